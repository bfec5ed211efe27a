"""Statistics of attempts: which lines count, what they add up to, and in which order."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from autosubmit_core.metrics.statistics import (
    JobStatistics,
    counted_attempts,
    job_statistics,
    jobs_active_since,
    summarized,
    wallclock_hours,
)
from autosubmit_core.status import Status
from autosubmit_core.tables import AttemptTable, JobTable

#: job, then submit, start and finish as far as they are there, then how it ended
Line = tuple[int | Status, ...]


def attempts_of(*lines: Line, readable: list[bool] | None = None) -> AttemptTable:
    """Return lines of TOTAL_STATS files."""
    columns: dict[str, list[Any]] = {
        name: []
        for name in ("job", "submit", "start", "finish", "fields", "outcome", "has_outcome")
    }
    for job, *fields in lines:
        ended = [field for field in fields if isinstance(field, Status)]
        instants = [field for field in fields if not isinstance(field, Status)] + [0] * 3
        values = (job, *instants[:3], len(fields), [*ended, Status.UNKNOWN][0], bool(ended))
        for column, value in zip(columns.values(), values):
            column.append(value)
    return AttemptTable.of(len(lines), readable=readable, **columns)


def statistics_of(
    attempts: AttemptTable,
    *,
    n: int = 1,
    processors: int = 1,
    wallclock: float = 0.0,
    delays: list[int] | None = None,
) -> JobStatistics:
    return job_statistics(
        JobTable.of(n, name=[f"a_{job}" for job in range(n)]),
        attempts,
        selected=np.ones(n, dtype=np.bool_),
        processors=np.full(n, processors),
        wallclock=np.full(n, wallclock),
        delays=None if delays is None else np.array(delays),
    )


FAILED, COMPLETED = Status.FAILED, Status.COMPLETED


def test_worked_example_a003() -> None:
    """The second COMPLETED line from the end stops the reading."""
    lines = attempts_of((0, 1000, 1000, 1005, COMPLETED), (0, 9000, 9000, 9005, COMPLETED))
    made = statistics_of(lines, processors=16, wallclock=wallclock_hours("00:05").hours)
    assert made.attempts.tolist() == [1]
    # 5 s = 0.0013889 h
    assert made.completed_run.tolist() == [5 / 3600]
    assert made.core_hours.tolist() == pytest.approx([0.022222], abs=1e-6)
    assert made.expected_core_hours.tolist() == pytest.approx([1.333333], abs=1e-6)


def test_worked_example_a3tb() -> None:
    lines = attempts_of(
        (0, 1000, 1094, 1147, FAILED),
        (0, 2000, 2105, 2169, FAILED),
        (0, 3000, 3367, 3849, COMPLETED),
    )
    made = statistics_of(lines, processors=768, wallclock=1.5)
    assert (made.attempts[0], made.completed[0], made.failed[0]) == (3, 1, 2)
    # 94 + 105 seconds in the queue, 53 + 64 running
    assert made.failed_queue.tolist() == [199 / 3600]
    assert made.failed_run.tolist() == [117 / 3600]
    assert made.completed_queue.tolist() == [367 / 3600]
    # 768 · (482 + 117) / 3600
    assert made.core_hours.tolist() == pytest.approx([127.7867], abs=1e-4)
    assert made.failed_core_hours.tolist() == pytest.approx([768 * 117 / 3600])
    # one attempt of 1.5 h, however many there were
    assert made.expected_core_hours.tolist() == [1152]


def test_lines_count_from_the_end_up_to_the_second_success() -> None:
    of_two_jobs = attempts_of(
        (1, 1, 2, 3, COMPLETED),
        (0, 1, 2, 3, FAILED),
        (0, 1, 2, 3, COMPLETED),
        (0, 1, 2, 3, FAILED),
        (1, 1, 2, 3, FAILED),
        (0, 1, 2, 3, COMPLETED),
        (0, 1, 2, 3, FAILED),
        (0, 1),
    )
    expected = [True, False, False, True, True, True, True, True]
    assert counted_attempts(of_two_jobs).tolist() == expected


def test_lines_of_jobs_that_never_succeeded_all_count() -> None:
    assert counted_attempts(attempts_of((0, 1), (0, 1, 2), (0, 1, 2, 3, FAILED))).all()
    assert len(counted_attempts(AttemptTable.empty())) == 0


def test_m10_every_other_line_is_a_failure_and_unfinished_ones_are_told_apart() -> None:
    """A job that runs now, one that queues, and two attempts that 4.1.10 ran together on one line."""
    together = AttemptTable.of(
        1,
        job=[2],
        submit=[1000],
        start=[1010],
        finish=[1070],
        fields=[7],
        outcome=[FAILED],
        has_outcome=[True],
    )
    lines = attempts_of((0, 1000, 1060), (1, 1000), (3, 1000, 1010, 1020))
    columns = {
        name: np.concatenate([values, together.columns()[name]])
        for name, values in lines.columns().items()
    }
    made = statistics_of(AttemptTable.of(4, **columns), n=4)
    assert made.job.tolist() == [0, 1, 2, 3]
    assert made.failed.tolist() == [1, 1, 1, 1]
    assert made.unfinished.tolist() == [1, 1, 0, 1]
    assert made.failed_queue.tolist() == [60 / 3600, 0, 10 / 3600, 10 / 3600]
    assert made.failed_run.tolist() == [0, 0, 60 / 3600, 10 / 3600]


def test_a_success_has_exactly_four_fields() -> None:
    lines = AttemptTable.of(
        1, fields=[7], outcome=[COMPLETED], has_outcome=[True], submit=[1], start=[2], finish=[3]
    )
    made = statistics_of(lines)
    assert (made.completed[0], made.failed[0]) == (0, 1)


def test_m11_lines_that_do_not_parse_are_no_attempts() -> None:
    lines = attempts_of(
        (0, 1000, 1010, 1020, COMPLETED), (0, 0, 0, 0, COMPLETED), readable=[True, False]
    )
    made = statistics_of(lines)
    assert (made.attempts[0], made.completed[0], made.failed[0]) == (1, 1, 0)
    only_words = statistics_of(attempts_of((0, 0, 0, 0, FAILED), readable=[False]))
    assert len(only_words) == 0


def test_jobs_without_attempts_have_no_statistics() -> None:
    assert statistics_of(attempts_of((1, 1000)), n=3).job.tolist() == [1]
    assert len(statistics_of(AttemptTable.empty(), n=3)) == 0
    assert len(statistics_of(AttemptTable.empty(), n=0)) == 0


def test_durations_are_never_negative() -> None:
    made = statistics_of(attempts_of((0, 1001, 1000, 990, FAILED)))
    assert (made.failed_queue[0], made.failed_run[0]) == (0, 0)


def test_queue_is_shortened_by_what_the_job_waited_for_its_wrapper() -> None:
    lines = attempts_of((0, 1000, 1100, 1200, FAILED), (0, 2000, 2710, 2800, COMPLETED))
    made = statistics_of(lines, delays=[700])
    assert (made.failed_queue[0], made.completed_queue[0]) == (0, 10 / 3600)


def test_a_period_selects_jobs_by_all_their_lines_and_no_lines() -> None:
    lines = attempts_of(
        (0, 1000, 1100, 1200, COMPLETED),
        (1, 1000, 1100, 5000, COMPLETED),
        (1, 5000, 5000, 5100, COMPLETED),
        (2, 9000),
        (3, 1000, 6000),
        (4, 9000, 9000, 9100, COMPLETED),
        (4, 1000, 1100, 1200, COMPLETED),
    )
    # a job that was only submitted has neither started nor finished
    assert jobs_active_since(lines, 5000, 6).tolist() == [False, True, False, True, True, False]
    # after, not at
    assert jobs_active_since(lines, 5100, 6).tolist() == [False, False, False, True, True, False]
    assert jobs_active_since(lines, 6000, 6).tolist() == [False, False, False, False, True, False]


def test_only_selected_jobs_are_in_the_statistics() -> None:
    lines = attempts_of((0, 1000), (1, 1000))
    made = job_statistics(
        JobTable.of(2),
        lines,
        selected=np.array([False, True]),
        processors=np.array([1, 2]),
        wallclock=np.array([1.0, 2.0]),
    )
    assert made.job.tolist() == [1]
    assert (made.processors.tolist(), made.wallclock.tolist()) == ([2], [2.0])


def test_order_is_date_member_section_chunk_and_then_jobs_without_a_date() -> None:
    jobs = JobTable.of(
        7,
        date=np.array(
            ["NaT", "1994-01-01", "1993-01-01", "1993-01-01", "1993-01-01", "1993-01-01", "NaT"],
            dtype="datetime64[s]",
        ),
        member=[None, "fc0", "fc1", "fc0", "fc0", None, None],
        section=["POST", "SIM", "SIM", "SIM", "SIM", "INI", "CLEAN"],
        chunk=[0, 1, 1, 10, 9, 0, 0],
    )
    made = job_statistics(
        jobs,
        attempts_of(*((job, 1000) for job in range(7))),
        selected=np.ones(7, np.bool_),
        processors=np.ones(7, np.int64),
        wallclock=np.ones(7),
    )
    assert made.job.tolist() == [5, 4, 3, 2, 1, 0, 6]


def test_sums_and_the_percentage_of_what_was_asked_for() -> None:
    lines = attempts_of(
        (0, 1000, 1360, 4600 + 360, COMPLETED), (1, 1000, 1360, 3160, FAILED), (1, 9000)
    )
    made = summarized(statistics_of(lines, n=2, processors=4, wallclock=2.0))
    assert (made.attempts, made.completed, made.failed, made.unfinished) == (3, 1, 2, 1)
    # 360 + 360 seconds; 1 h and half an hour, on 4 processors
    assert made.queue == pytest.approx(0.2)
    assert (made.run, made.failed_run, made.expected_run) == (1.5, 0.5, 4.0)
    assert (made.core_hours, made.failed_core_hours, made.expected_core_hours) == (6.0, 2.0, 16.0)
    assert made.core_hours_percentage == 37.5


def test_nothing_expected_is_no_percentage() -> None:
    made = summarized(statistics_of(attempts_of((0, 1000, 1000, 1005, COMPLETED))))
    assert made.core_hours > 0
    assert made.core_hours_percentage == 0
    assert summarized(JobStatistics.empty()).attempts == 0


@pytest.mark.parametrize(
    ("value", "hours"),
    [("00:05", 5 / 60), ("1:30", 1.5), ("24", 24), (24, 24), ("0:30:36", 0.51), ("100:00", 100)],
)
def test_m12_wall_clocks_of_one_two_or_three_parts(value: object, hours: float) -> None:
    assert wallclock_hours(value) == (hours, False)


@pytest.mark.parametrize("value", [None, "", " "])
def test_no_wall_clock_is_zero(value: object) -> None:
    assert wallclock_hours(value) == (0.0, False)


@pytest.mark.parametrize("value", ["soon", "1:2:3:4", ":30", "-1:00", "1.5", "9" * 5000])
def test_m12_other_wall_clocks_are_zero_and_doubtful(value: object) -> None:
    assert wallclock_hours(value) == (0.0, True)
