"""What failed in one experiment is found again in all others, while their files change and go."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from autosubmit_core import demo
from autosubmit_core.answers.v4.failures import failures_answer
from autosubmit_core.archive import open_archive
from autosubmit_core.demo.writing.catalogues import write_run_control
from autosubmit_core.demo.writing.logs import write_job_log
from autosubmit_core.demo.writing.servers import move_to_server
from autosubmit_core.status import Status
from autosubmit_core.store.failures import FoundFailures, NotedFailure, write_failures
from autosubmit_core.store.places import store_of, writing
from autosubmit_core.tables import JobHistory
from autosubmit_core.workers import failures
from autosubmit_core.workers.failures import FailuresTask
from autosubmit_core.workers.passes import PassSummary, Task

Work = Callable[[Task[Any], Path], PassSummary]
Rows = Callable[..., list[tuple[Any, ...]]]

NOW, HOUR = 1_780_000_000, 3600
QUOTA = "cp: <path>: Disk quota exceeded"


def failed(root: Path, expid: str, *lines: str, begin: int = NOW) -> None:
    """Make an experiment with a failed attempt for each line, an hour after the one before."""
    names = [f"{expid}_20200101_fc0_{chunk}_SIM" for chunk in range(1, len(lines) + 1)]
    logs = [f"{name}.20260101000000.err" for name in names]
    starts = [begin + HOUR * row for row in range(len(lines))]
    history = JobHistory.of(
        len(lines),
        id=range(1, len(lines) + 1),
        run_id=[1] * len(lines),
        job_name=names,
        section=["SIM"] * len(lines),
        status=[Status.FAILED] * len(lines),
        last=[True] * len(lines),
        submit=starts,
        start=starts,
        finish=[start + HOUR for start in starts],
        err=logs,
    )
    jobs = demo.jobs_named(names, status=[Status.FAILED] * len(lines))
    path = demo.make_experiment(root, expid, jobs=jobs, history=history)
    for log, line in zip(logs, lines):
        write_job_log(path, log, [line], modified=begin)


@pytest.fixture(params=["file", "server"])
def several(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Three experiments, of which two filled their disks, the second of them later."""
    folder = tmp_path / "installation"
    failed(folder, "t000", "cp: /scratch/1: Disk quota exceeded", "KeyError: 'tas' missing")
    failed(
        folder, "t001", *["cp: /projects/t001/x: Disk quota exceeded"] * 2, begin=NOW + 10 * HOUR
    )
    failed(folder, "t002", "cp: /scratch/7: Disk quota exceeded", begin=NOW + 5 * HOUR)
    if request.param == "server":
        write_run_control(folder / "autosubmitrc", folder)
        url = request.getfixturevalue("postgres").new_database()
        move_to_server(folder / "autosubmitrc", url)
    return folder


def groups(folder: Path, expid: str = "t000") -> dict[str, Any]:
    made = failures_answer(open_archive(folder).experiment(expid))["groups"]
    return {group["template"]: group["elsewhere"] for group in made}


def test_before_anybody_looked_nothing_is_known_of_others(several: Path) -> None:
    assert groups(several) == {QUOTA: None, "KeyError: 'tas' missing": None}


def test_the_same_failure_is_found_in_other_experiments(several: Path, work: Work) -> None:
    assert work(FailuresTask(), several).examined == 3
    found = groups(several)
    quota = found[QUOTA]
    assert quota["expids"] == ["t001", "t002"]  # that in which it happened last first
    assert (quota["experiments"], quota["attempts"]) == (2, 3)
    assert quota["first"] < quota["last"]
    nothing: dict[str, Any] = {
        "experiments": 0,
        "attempts": 0,
        "first": None,
        "last": None,
        "expids": [],
    }
    assert found["KeyError: 'tas' missing"] == nothing
    assert groups(several, "t001")[QUOTA]["expids"] == ["t002", "t000"]


def test_an_experiment_that_has_not_changed_is_not_read_again(several: Path, work: Work) -> None:
    work(FailuresTask(), several)
    assert work(FailuresTask(), several).unchanged == 3


def test_of_a_deleted_experiment_nothing_is_told(several: Path, work: Work, rows: Rows) -> None:
    work(FailuresTask(), several)
    rows(several / "autosubmit.db", "DELETE FROM experiment WHERE name = 't001'")
    work(FailuresTask(), several)
    assert groups(several)[QUOTA]["expids"] == ["t002"]


def test_what_is_noted_of_one_experiment_is_bounded(
    several: Path, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(failures, "MOST_NOTED", 1)
    work(FailuresTask(), several)
    assert groups(several, "t001")[QUOTA]["experiments"] == 2
    place = store_of(open_archive(several).installation)
    with writing(place, []) as connection:
        noted = connection.exec_driver_sql("SELECT count(*) FROM fleet_failures").scalar_one()
    assert noted == 3


def test_what_is_written_anew_takes_the_place_of_what_was(several: Path) -> None:
    place = store_of(open_archive(several).installation)
    for failure in (NotedFailure(QUOTA, 5, 1, 2), NotedFailure("other", 1, 1, 1)):
        with writing(place, []) as connection:
            write_failures(connection, [FoundFailures(9, "t009", (failure,))])
    assert groups(several)[QUOTA]["experiments"] == 0


def test_what_cannot_be_read_is_said_and_costs_only_itself(tmp_path: Path) -> None:
    failed(tmp_path, "t000", "cp: /scratch/1: Disk quota exceeded")
    (tmp_path / "autosubmit_api.db").write_bytes(b"no database at all" * 100)
    experiment = open_archive(tmp_path).experiment("t000")
    (group,) = failures_answer(experiment)["groups"]
    assert (group["template"], group["elsewhere"]) == (QUOTA, None)
    (warning,) = [one for one in experiment.warnings if one.source == "other_failures"]
    assert "it is not known where else the same failed" in warning.message
