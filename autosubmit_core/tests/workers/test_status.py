"""Running is what has a pulse; what is archived, deleted or unreadable is marked, and nothing of it lost."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from autosubmit_core.archive import Experiment, open_archive
from autosubmit_core.readers.server_tables import FRESH_SECONDS
from autosubmit_core.readers.versions import location_version
from autosubmit_core.workers.passes import PassSummary, Task
from autosubmit_core.workers.status import StatusTask

Work = Callable[[Task[Any], Path], PassSummary]
Rows = Callable[..., list[tuple[Any, ...]]]

TASK = StatusTask()


def running(folder: Path) -> set[str]:
    known = open_archive(folder).experiments()
    return set(known.name[known.running])


def states(folder: Path, rows: Rows) -> dict[str, str]:
    found = rows(folder / "autosubmit_api.db", "SELECT name, state FROM fleet_pulses")
    return dict(found)


def events(folder: Path, rows: Rows) -> list[tuple[str, str, int]]:
    found = rows(folder / "autosubmit_api.db", "SELECT name, event, jobs FROM fleet_events")
    return sorted(found)


def test_running_is_what_has_a_pulse(installation: Path, work: Work, rows: Rows) -> None:
    # A killed run stays RUNNING in Autosubmit's own database for ever.
    status = installation / "as_times.db"
    rows(status, "UPDATE experiment_status SET status = 'RUNNING' WHERE name = 'a0k2'")
    rows(status, "UPDATE experiment_status SET status = 'NOT RUNNING' WHERE name = 'o001'")
    work(TASK, installation)
    assert running(installation) == {"a1p7", "o001"}
    written = rows(status, "SELECT seconds_diff, modified FROM experiment_status WHERE name='o001'")
    assert written[0][0] == 0
    assert written[0][1][10] == "-"  # as Autosubmit API writes instants


def test_statuses_that_are_right_are_not_written_again(installation: Path, work: Work) -> None:
    archive = open_archive(installation)
    work(TASK, installation)
    before = location_version(archive.locations.statuses())
    time.sleep(2 * FRESH_SECONDS)
    work(TASK, installation)
    assert location_version(archive.locations.statuses()) == before


def test_only_what_moves_is_looked_at_again(installation: Path, work: Work) -> None:
    assert work(TASK, installation).examined == 8
    assert (work(TASK, installation).examined, work(TASK, installation).unchanged) == (2, 6)


def test_an_experiment_whose_files_change_is_looked_at_again(
    installation: Path, work: Work, job_list_written: Callable[..., None]
) -> None:
    work(TASK, installation)
    job_list_written(installation, "a2m9", seconds_ago=30)
    assert work(TASK, installation).examined == 3


def test_an_archived_experiment_keeps_what_was_known_and_is_marked(
    installation: Path, work: Work, rows: Rows, archive_away: Callable[[Path, str], None]
) -> None:
    work(TASK, installation)
    assert states(installation, rows)["a00f"] == "archived"
    archive_away(installation, "o001")
    work(TASK, installation)
    assert running(installation) == {"a1p7"}
    found = rows(
        installation / "autosubmit_api.db",
        "SELECT state, pulse, jobs FROM fleet_pulses WHERE name = 'o001'",
    )
    assert found == [("archived", "", 179)]
    assert events(installation, rows) == [("o001", "archived", 0)]


def test_a_deleted_experiment_loses_its_status_and_is_marked(
    installation: Path, work: Work, rows: Rows
) -> None:
    work(TASK, installation)
    rows(installation / "autosubmit.db", "DELETE FROM experiment WHERE name = 'o001'")
    for _ in range(2):
        work(TASK, installation)
    assert (
        rows(installation / "as_times.db", "SELECT * FROM experiment_status WHERE name='o001'")
        == []
    )
    assert states(installation, rows)["o001"] == "deleted"
    assert events(installation, rows) == [("o001", "deleted", 0)]


def test_what_autosubmit_notes_of_a_new_experiment_meanwhile_stays(
    installation: Path, work: Work, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    examine, begun = StatusTask.examine, iter((True,))

    def and_one_begins(task: StatusTask, experiment: Experiment) -> object:
        if next(begun, False):
            rows(
                installation / "autosubmit.db",
                "INSERT INTO experiment (id, name, description, autosubmit_version)"
                " VALUES (900, 'zz00', '', '4.1.17')",
            )
            rows(
                installation / "as_times.db",
                "INSERT INTO experiment_status (exp_id, name, status, seconds_diff, modified)"
                " VALUES (900, 'zz00', 'RUNNING', 0, '2026-01-01-00:00:00')",
            )
        return examine(task, experiment)

    monkeypatch.setattr(StatusTask, "examine", and_one_begins)
    work(TASK, installation)
    noted = rows(
        installation / "as_times.db", "SELECT status FROM experiment_status WHERE exp_id = 900"
    )
    assert noted == [("RUNNING",)]


@pytest.mark.parametrize(("age", "still"), [(60, True), (7200, False)])
def test_an_unreadable_experiment_keeps_its_status_while_its_job_list_changes(
    installation: Path,
    work: Work,
    rows: Rows,
    job_list_written: Callable[..., None],
    age: int,
    still: bool,
) -> None:
    work(TASK, installation)
    job_list_written(installation, "a1p7", seconds_ago=age, damaged=True)
    summary = work(TASK, installation)
    assert summary.unreadable == 1
    assert ("a1p7" in running(installation)) is still
    assert states(installation, rows)["a1p7"] == "unreadable"


def test_what_happens_between_two_passes_is_noted_once(
    installation: Path, work: Work, rows: Rows
) -> None:
    work(TASK, installation)
    assert events(installation, rows) == []  # all is new, so nothing has happened
    own = installation / "autosubmit_api.db"
    rows(own, "UPDATE fleet_pulses SET pulse = 'stalled', failed = failed - 2 WHERE name = 'a1p7'")
    rows(own, "UPDATE fleet_pulses SET failed = failed - 3 WHERE name = 'a2m9'")
    rows(own, "UPDATE worker_notes SET versions = ''")
    rows(own, "DELETE FROM fleet_pulses WHERE name = 't0ab'")
    for _ in range(2):
        work(TASK, installation)
    assert events(installation, rows) == [
        ("a1p7", "failed", 2),
        ("a1p7", "resumed", 0),
        ("a2m9", "failed", 3),
        ("t0ab", "created", 0),
    ]


def test_an_experiment_without_jobs_is_a_new_one(in_files: Path, work: Work, rows: Rows) -> None:
    (in_files / "t0ab" / "pkl" / "job_list_t0ab.pkl").unlink()
    assert work(TASK, in_files).unreadable == 0
    found = rows(
        in_files / "autosubmit_api.db",
        "SELECT state, pulse, jobs FROM fleet_pulses WHERE name = 't0ab'",
    )
    assert found == [("present", "created", 0)]
    assert work(TASK, in_files).examined == 2  # those that run
