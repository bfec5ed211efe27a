"""Times of the jobs of the current list, source by source and status by status."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autosubmit_core.metrics.job_times import (
    JobTimes,
    job_times,
    jobs_without_matching_row,
    newest_attempt,
    newest_rows,
    shown_instants,
)
from autosubmit_core.readers.job_times import read_attempts
from autosubmit_core.status import Status
from autosubmit_core.tables import AttemptTable, JobHistory, JobTable

NOW = 10_000


def one_job(status: Status, **columns: Any) -> JobTable:
    return JobTable.of(
        1,
        name=["a_INI"],
        status=[status],
        **{name: [value] for name, value in columns.items()},
    )


def one_row(status: Status, **columns: Any) -> JobHistory:
    made = {
        "job_name": "a_INI",
        "last": True,
        "submit": 1000,
        "start": 1100,
        "finish": 1700,
        **columns,
    }
    return JobHistory.of(1, status=[status], **{name: [value] for name, value in made.items()})


def one_line(*stamps: int, outcome: Status | None = None, fields: int = 0) -> AttemptTable:
    submit, start, finish = (*stamps, 0, 0, 0)[:3]
    return AttemptTable.of(
        1,
        submit=[submit],
        start=[start],
        finish=[finish],
        fields=[fields or len(stamps) + (outcome is not None)],
        has_outcome=[outcome is not None],
        outcome=[Status.UNKNOWN if outcome is None else outcome],
    )


def times_of(
    jobs: JobTable, history: JobHistory | None = None, lines: AttemptTable | None = None
) -> tuple[int, int, int, int, int]:
    """Return submit, start, finish, queue and run of the only job."""
    made = job_times(jobs, JobHistory.empty() if history is None else history, lines, NOW)
    columns = (made.submit, made.start, made.finish, made.queue, made.run)
    submit, start, finish, queue, run = (int(column[0]) for column in columns)
    return submit, start, finish, queue, run


# -- the newest row of the history -----------------------------------------------------------


@pytest.mark.parametrize("status", [Status.COMPLETED, Status.FAILED, Status.HELD, Status.WAITING])
def test_a_row_of_the_same_status_tells_as_it_stands(status: Status) -> None:
    assert times_of(one_job(status), one_row(status)) == (1000, 1100, 1700, 100, 600)


def test_a_running_row_runs_until_now() -> None:
    running = one_row(Status.RUNNING, finish=0)
    assert times_of(one_job(Status.RUNNING), running) == (1000, 1100, NOW, 100, NOW - 1100)


def test_a_queuing_row_shows_no_queue_until_it_starts() -> None:
    row = one_row(Status.QUEUING, start=0, finish=0)
    assert times_of(one_job(Status.QUEUING), row) == (1000, 0, 0, 0, 0)


def test_a_suspended_row_keeps_its_durations_only() -> None:
    row = one_row(Status.SUSPENDED)
    assert times_of(one_job(Status.SUSPENDED), row) == (0, 0, 0, 100, 600)


def test_durations_are_never_negative() -> None:
    row = one_row(Status.FAILED, submit=1200, finish=1000)
    assert times_of(one_job(Status.FAILED), row) == (1200, 1100, 1000, 0, 0)


def test_a_row_brings_run_processors_and_commit() -> None:
    row = one_row(Status.COMPLETED, run_id=7, ncpus=96, workflow_commit="947903f")
    made = job_times(one_job(Status.COMPLETED), row, None, NOW)
    assert (made.run_id[0], made.processors[0], made.workflow_commit[0]) == (7, 96, "947903f")
    assert made.history_row.tolist() == [0]


@pytest.mark.parametrize(("stored", "joules"), [(1570.6, 1570), (1570.999, 1571), (40590, 40590)])
def test_energy_is_rounded_to_two_decimals_and_cut_to_whole_joules(
    stored: float, joules: int
) -> None:
    row = one_row(Status.COMPLETED, energy=stored)
    assert job_times(one_job(Status.COMPLETED), row, None, NOW).energy.tolist() == [joules]


def test_a_row_of_another_status_tells_nothing_but_is_still_the_newest() -> None:
    made = job_times(one_job(Status.WAITING), one_row(Status.COMPLETED, run_id=7), None, NOW)
    assert (made.run[0], made.run_id[0], made.history_row[0]) == (0, 0, 0)


def test_of_two_last_rows_bulk_takes_the_later_and_one_job_the_highest_counter() -> None:
    history = JobHistory.of(
        4,
        job_name=["a_INI", "a_INI", "b_INI", "a_INI"],
        last=[True, True, True, False],
        counter=[9, 3, 1, 12],
    )
    names = np.array(["b_INI", "a_INI", "c_INI"], dtype=object)
    assert newest_rows(names, history).tolist() == [2, 1, -1]
    assert newest_attempt("a_INI", history).counter.tolist() == [9]
    assert len(newest_attempt("c_INI", history)) == 0


def test_rows_of_rowtype_one_are_left_aside() -> None:
    assert len(newest_attempt("a_INI", one_row(Status.COMPLETED, rowtype=1))) == 0
    assert times_of(one_job(Status.COMPLETED), one_row(Status.COMPLETED, rowtype=1))[4] == 0


def test_one_job_is_asked_about_with_its_newest_attempt() -> None:
    history = JobHistory.of(
        2, job_name=["a_INI"] * 2, last=[True] * 2, counter=[9, 3], status=[5, -1], start=[100, 200]
    )
    jobs = one_job(Status.COMPLETED)
    assert jobs_without_matching_row(jobs, history).tolist() == [0]
    alone = newest_attempt("a_INI", history)
    assert jobs_without_matching_row(jobs, alone).tolist() == []
    assert times_of(jobs, alone)[1] == 100


# -- the last line of TOTAL_STATS ------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "lines", "expected"),
    [
        (Status.RUNNING, one_line(1000, 1100), (1000, 1100, NOW, 100, NOW - 1100)),
        (Status.RUNNING, one_line(1000), (1000, 1000, NOW, 0, NOW - 1000)),
        (Status.QUEUING, one_line(1000), (1000, 0, 0, NOW - 1000, 0)),
        (Status.SUBMITTED, one_line(1000, 1100), (1000, 0, 0, NOW - 1000, 0)),
        (
            Status.FAILED,
            one_line(1000, 1100, 1700, outcome=Status.FAILED),
            (1000, 1100, 1700, 100, 600),
        ),
        (Status.FAILED, one_line(1000, 1100), (1000, 1100, 1100, 100, 0)),
        (Status.FAILED, one_line(1000), (1000, 1000, 1000, 0, 0)),
        # start before submit, finish before start: a difference loses its sign
        (
            Status.FAILED,
            one_line(1001, 1000, 990, outcome=Status.FAILED),
            (1001, 1000, 990, 1, 10),
        ),
        # words in place of dates are unknown, never the present
        (Status.FAILED, one_line(0, 1100, 1700, outcome=Status.FAILED), (0, 1100, 1700, 0, 600)),
        (Status.RUNNING, one_line(0, 1100), (0, 1100, NOW, 0, NOW - 1100)),
        (Status.QUEUING, one_line(0), (0, 0, 0, 0, 0)),
        (Status.FAILED, one_line(0, 0, 0, fields=4), (0, 0, 0, 0, 0)),
        (
            Status.COMPLETED,
            one_line(1000, 1100, 1700, outcome=Status.COMPLETED),
            (1000, 1100, 1700, 100, 600),
        ),
        (Status.COMPLETED, one_line(1000, 1100, 1700, outcome=Status.FAILED), (0, 0, 0, 0, 0)),
        (Status.COMPLETED, one_line(1000, 1100), (0, 0, 0, 0, 0)),
    ],
)
def test_the_last_line_tells_where_no_row_does(
    status: Status, lines: AttemptTable, expected: tuple[int, ...]
) -> None:
    assert times_of(one_job(status), lines=lines) == expected
    other = one_row(Status.READY)
    assert times_of(one_job(status), other, lines) == expected


@pytest.mark.parametrize("status", [Status.WAITING, Status.READY, Status.HELD, Status.SKIPPED])
def test_jobs_that_never_were_on_a_platform_have_no_times(status: Status) -> None:
    jobs = one_job(status, submit=1000, start=1100)
    assert len(jobs_without_matching_row(jobs, JobHistory.empty())) == 0
    assert times_of(jobs) == (0, 0, 0, 0, 0)


def test_lines_are_asked_for_where_no_row_matches_and_count_in_that_order() -> None:
    jobs = JobTable.of(
        4,
        name=["a", "b", "c", "d"],
        status=[Status.COMPLETED, Status.WAITING, Status.QUEUING, Status.RUNNING],
    )
    history = JobHistory.of(1, job_name=["a"], status=[Status.COMPLETED], last=[True])
    assert jobs_without_matching_row(jobs, history).tolist() == [2, 3]
    lines = AttemptTable.of(3, job=[0, 1, 1], submit=[1000, 500, 2000], fields=[1, 1, 1])
    made = job_times(jobs, history, lines, NOW)
    # of d the last of its two lines
    assert made.submit.tolist() == [0, 0, 1000, 2000]
    assert made.energy.tolist() == [0] * 4
    assert made.run_id.tolist() == [0] * 4


@pytest.mark.parametrize(
    ("outcome", "fields", "suspicious"),
    [(Status.COMPLETED, 4, True), (Status.FAILED, 4, False), (None, 4, False), (None, 2, False)],
)
def test_m13_a_line_that_contradicts_the_status_makes_the_job_suspicious(
    outcome: Status | None, fields: int, suspicious: bool
) -> None:
    lines = one_line(1000, 1100, 1700, outcome=outcome, fields=fields)
    made = job_times(one_job(Status.FAILED), JobHistory.empty(), lines, NOW)
    assert made.suspicious.tolist() == [suspicious]


@pytest.fixture
def _madrid(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "Europe/Madrid")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("_madrid")
def test_m02_lines_are_local_times_by_the_rule_of_their_date(tmp_path: Path) -> None:
    (tmp_path / "a_INI_TOTAL_STATS").write_text(
        "20240701120000 20240701120100 20240701121100 FAILED"
    )
    lines = read_attempts(tmp_path, ["a_INI"])
    # 10:00 UTC in summer
    assert times_of(one_job(Status.FAILED), lines=lines) == (
        1719828000,
        1719828060,
        1719828660,
        60,
        600,
    )


# -- the job list ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "told", "expected"),
    [
        (Status.SUBMITTED, {"submit": 1000}, (1000, 0, 0, NOW - 1000, 0)),
        (Status.QUEUING, {"submit": 1000, "start": 1000}, (1000, 0, 0, NOW - 1000, 0)),
        (Status.RUNNING, {"submit": 1000, "start": 1100}, (1000, 1100, NOW, 100, NOW - 1100)),
        # 4.1.10 notes the submission only
        (Status.RUNNING, {"submit": 1000}, (1000, 0, 0, 0, 0)),
        # 4.1.17 and 4.2 note it as the start too
        (Status.RUNNING, {"submit": 1000, "start": 1000}, (1000, 1000, NOW, 0, NOW - 1000)),
        (Status.RUNNING, {}, (0, 0, 0, 0, 0)),
        (Status.FAILED, {"submit": 1000, "start": 1100}, (0, 0, 0, 0, 0)),
        (Status.COMPLETED, {"submit": 1000, "start": 1100}, (0, 0, 0, 0, 0)),
    ],
)
def test_the_list_tells_of_jobs_on_a_platform_where_nothing_else_does(
    status: Status, told: dict[str, int], expected: tuple[int, ...]
) -> None:
    assert times_of(one_job(status, **told)) == expected


@pytest.mark.parametrize("submit", [1700, 2000])
def test_a_retried_job_is_not_told_by_the_line_of_its_earlier_attempt(submit: int) -> None:
    """Since 4.1.12 the line of an attempt is written when it has ended."""
    earlier = one_line(1000, 1100, 1700, outcome=Status.FAILED)
    jobs = one_job(Status.RUNNING, submit=submit, start=2100)
    expected = (submit, 2100, NOW, 2100 - submit, NOW - 2100)
    assert times_of(jobs, one_row(Status.FAILED), earlier) == expected
    made = job_times(jobs, one_row(Status.FAILED), earlier, NOW)
    assert made.suspicious.tolist() == [False]


@pytest.mark.parametrize(
    "line", [one_line(1000, 1100), one_line(1000, 1100, 2500, outcome=Status.FAILED)]
)
def test_a_line_that_did_not_end_before_the_submission_tells(line: AttemptTable) -> None:
    jobs = one_job(Status.RUNNING, submit=2000, start=2100)
    assert times_of(jobs, lines=line) == (1000, 1100, NOW, 100, NOW - 1100)


# -- what is shown ---------------------------------------------------------------------------


def test_instants_are_shown_of_statuses_that_have_them() -> None:
    status = np.array([int(code) for code in Status], dtype=np.int8)
    times = JobTimes.of(13, submit=[1] * 13, start=[2] * 13, finish=[3] * 13)
    submit, start, finish = shown_instants(times, status)
    names = np.array([code.name for code in Status])
    assert set(names[submit > 0]) == {"SUBMITTED", "QUEUING", "RUNNING", "COMPLETED", "FAILED"}
    assert set(names[start > 0]) == {"RUNNING", "COMPLETED", "FAILED"}
    assert set(names[finish > 0]) == {"COMPLETED", "FAILED"}


def test_no_jobs_have_no_times() -> None:
    assert len(job_times(JobTable.empty(), JobHistory.empty(), None, NOW)) == 0
