"""Who watches a job list is told what changed, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from autosubmit_core import demo
from autosubmit_core.answers.v4.changes import changes_answer
from autosubmit_core.answers.v4.columns import columns_answer
from autosubmit_core.archive import Archive, open_archive
from autosubmit_core.status import Status
from autosubmit_core.tables import JobHistory

NAMES = [f"t000_20200101_fc0_{chunk}_SIM" for chunk in range(1, 6)]
NOW = 1_780_000_000

ToJson = Callable[[object], Any]


class Watched:
    """An experiment whose jobs change, and a client that watches them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.moment = NOW
        self.becomes([Status.WAITING] * 5)
        self.archive = open_archive(folder)
        self.cursor: str | None = None

    def becomes(self, status: list[Status], **columns: Any) -> None:
        self.moment += 10
        demo.make_experiment(
            self.folder,
            jobs=demo.jobs_named(NAMES[: len(status)], status=status, **columns),
            modified=self.moment,
        )

    def asks(self, archive: Archive | None = None) -> dict[str, Any]:
        experiment = (archive or self.archive).experiment("t000", now=self.moment)
        answer = changes_answer(experiment, since=self.cursor)
        self.cursor = answer["cursor"]
        return answer


@pytest.fixture
def watched(tmp_path: Path) -> Watched:
    return Watched(tmp_path)


def test_the_first_question_only_begins(watched: Watched, as_json: ToJson) -> None:
    answer = as_json(watched.asks())
    assert answer["changed"]["index"] == []
    assert answer["reset"] is False
    assert answer["counts"] == {"WAITING": 5}


def test_what_changed_is_told_once(watched: Watched, as_json: ToJson) -> None:
    watched.asks()
    watched.becomes([Status.COMPLETED, Status.RUNNING, *[Status.WAITING] * 3])
    answer = as_json(watched.asks())
    assert answer["changed"]["index"] == [0, 1]
    names = answer["tables"]["status"]
    told = [names[place] for place in answer["changed"]["status"]]
    assert told == ["COMPLETED", "RUNNING"]
    assert answer["counts"] == {"WAITING": 3, "RUNNING": 1, "COMPLETED": 1}
    assert as_json(watched.asks())["changed"]["index"] == []


def test_each_client_is_told_what_it_has_not_seen(watched: Watched, as_json: ToJson) -> None:
    first = watched.asks()["cursor"]
    watched.becomes([Status.READY, *[Status.WAITING] * 4])
    second = watched.asks()["cursor"]
    watched.becomes([Status.READY, Status.READY, *[Status.WAITING] * 3])
    for cursor, rows in ((first, [0, 1]), (second, [1])):
        watched.cursor = cursor
        assert as_json(watched.asks())["changed"]["index"] == rows


def test_the_cursor_of_the_columns_goes_on_from_them(watched: Watched, as_json: ToJson) -> None:
    watched.cursor = columns_answer(watched.archive.experiment("t000"))["cursor"]
    watched.becomes([Status.READY, *[Status.WAITING] * 4])
    assert as_json(watched.asks())["changed"]["index"] == [0]


def test_a_number_of_the_scheduler_is_a_change_and_a_longer_queue_is_none(
    watched: Watched, as_json: ToJson
) -> None:
    queuing = [Status.QUEUING, *[Status.WAITING] * 4]
    submit = [NOW - 100, 0, 0, 0, 0]
    watched.becomes(queuing, submit=submit)
    watched.asks()
    watched.moment += 500
    assert as_json(watched.asks())["changed"]["index"] == []
    watched.becomes(queuing, submit=submit, scheduler_id=[4711, 0, 0, 0, 0])
    changed = as_json(watched.asks())["changed"]
    assert (changed["index"], changed["scheduler_id"]) == ([0], [4711])


def test_times_that_the_history_tells_are_changes_too(tmp_path: Path, as_json: ToJson) -> None:
    jobs = demo.jobs_named(NAMES[:1], status=[Status.COMPLETED])
    demo.make_experiment(tmp_path, jobs=jobs)
    archive = open_archive(tmp_path)
    cursor = changes_answer(archive.experiment("t000"))["cursor"]
    history = JobHistory.of(
        1, job_name=NAMES[:1], status=[Status.COMPLETED], last=[True], finish=[NOW]
    )
    demo.make_experiment(tmp_path, jobs=jobs, history=history)
    changed = as_json(changes_answer(archive.experiment("t000"), since=cursor))["changed"]
    assert (changed["index"], changed["finish"]) == ([0], [NOW])


def test_another_list_is_a_reset(watched: Watched, as_json: ToJson) -> None:
    watched.asks()
    watched.becomes([Status.WAITING] * 4)
    answer = as_json(watched.asks())
    assert (answer["reset"], answer["changed"]["index"]) == (True, [])
    assert as_json(watched.asks())["reset"] is False


@pytest.mark.parametrize("cursor", ["nonsense", "", ".", "0.0", "é.é", "x" * 300])
def test_a_cursor_of_nobody_is_a_reset(watched: Watched, cursor: str) -> None:
    watched.cursor = cursor
    answer = watched.asks()
    assert answer["reset"] is True
    life, _, _ = answer["cursor"].partition(".")
    watched.cursor = f"{life}.999999"
    assert watched.asks()["reset"] is True


def test_a_server_that_was_started_again_says_reset(watched: Watched) -> None:
    watched.asks()
    assert watched.asks(open_archive(watched.folder))["reset"] is True
