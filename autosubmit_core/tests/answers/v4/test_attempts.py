"""Every attempt of every job, from the history or from TOTAL_STATS files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from autosubmit_core import demo
from autosubmit_core.answers.v4.attempts import attempts_answer
from autosubmit_core.archive import Archive, Experiment, open_archive
from autosubmit_core.status import Status
from autosubmit_core.tables import AttemptTable, JobHistory

NAMES = ["t000_A", "t000_B", "t000_C", "t000_D"]
STATUS = [Status.COMPLETED, Status.WAITING, Status.FAILED, Status.WAITING]
NOW = 1_780_000_000

ToJson = Callable[[object], Any]


@pytest.fixture
def experiment(tmp_path: Path) -> Experiment:
    """A failed and then succeeded, B failed and waits again; of C only its TOTAL_STATS tell."""
    history = JobHistory.of(
        4,
        job_name=[NAMES[0], NAMES[1], NAMES[0], "t000_NOT_IN_THE_LIST"],
        status=[Status.FAILED, Status.FAILED, Status.COMPLETED, Status.COMPLETED],
        counter=[1, 2, 3, 4],
        last=[False, True, True, True],
        submit=[NOW - 900, NOW - 800, NOW - 500, NOW - 10],
        start=[NOW - 890, 0, NOW - 490, NOW - 9],
        finish=[NOW - 850, NOW - 700, NOW - 400, NOW - 8],
        run_id=[1, 1, 2, 2],
    )
    lines = AttemptTable.of(
        2,
        job=[2, 2],
        submit=[NOW - 300, NOW - 200],
        start=[NOW - 290, NOW - 190],
        finish=[NOW - 280, NOW - 180],
        fields=[4, 4],
        outcome=[Status.FAILED, Status.FAILED],
        has_outcome=[True, True],
    )
    jobs = demo.jobs_named(NAMES, status=STATUS)
    demo.make_experiment(tmp_path, jobs=jobs, history=history, attempts=lines)
    return open_archive(tmp_path).experiment("t000", now=NOW)


def _told(answer: Any) -> list[tuple[Any, ...]]:
    """Return the job, status and submit of each attempt, from its columns."""
    words, columns = answer["tables"]["status"], answer["columns"]
    assert len({len(column) for column in columns.values()}) == 1
    return [
        (NAMES[job], words[status], submit - NOW)
        for job, status, submit in zip(columns["job"], columns["status"], columns["submit"])
    ]


def test_attempts_are_told_job_by_job_from_old_to_new(
    experiment: Experiment, as_json: ToJson
) -> None:
    answer = as_json(attempts_answer(experiment))
    assert (answer["n"], answer["list_version"]) == (5, experiment.list_version)
    assert _told(answer) == [
        ("t000_A", "FAILED", -900),
        ("t000_A", "COMPLETED", -500),
        ("t000_B", "FAILED", -800),
        ("t000_C", "FAILED", -300),
        ("t000_C", "FAILED", -200),
    ]
    assert answer["columns"]["run_id"] == [1, 2, 1, 0, 0]
    assert answer["columns"]["start"][2] == 0


def test_of_the_past_are_those_that_the_list_does_not_show(
    experiment: Experiment, as_json: ToJson
) -> None:
    assert _told(as_json(attempts_answer(experiment, past=True))) == [
        ("t000_A", "FAILED", -900),
        ("t000_B", "FAILED", -800),
        ("t000_C", "FAILED", -300),
    ]


def test_an_experiment_that_never_ran_has_no_attempts(tmp_path: Path, as_json: ToJson) -> None:
    demo.make_experiment(tmp_path, jobs=demo.jobs_named(NAMES))
    answer = as_json(attempts_answer(open_archive(tmp_path).experiment("t000")))
    assert (answer["n"], answer["columns"]["job"]) == (0, [])


def test_real_attempts_are_those_of_the_history_of_each_job(
    reference_archive: Archive, expid: str, as_json: ToJson
) -> None:
    experiment = reference_archive.experiment(expid)
    answer = as_json(attempts_answer(experiment))
    told = [experiment.jobs.name[row] for row in answer["columns"]["job"]]
    for name in dict.fromkeys(told[:20]):
        noted = experiment.history.take(experiment.history_rows(name))
        if len(noted):
            assert told.count(name) == int(((noted.submit > 0) & (noted.rowtype > 1)).sum())
