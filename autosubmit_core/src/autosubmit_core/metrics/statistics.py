"""What jobs asked of the machine, what they used, and how much of it was lost to failures.

Everything is counted from the lines of ``TOTAL_STATS`` files, one per attempt.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from autosubmit_core.metrics.constants import SECONDS_PER_HOUR
from autosubmit_core.metrics.durations import durations
from autosubmit_core.status import Status
from autosubmit_core.tables import (
    AttemptTable,
    BoolColumn,
    FloatColumn,
    Int32Column,
    Int64Column,
    JobTable,
    Table,
)
from autosubmit_core.tables.columns import column

__all__ = [
    "JobStatistics",
    "StatisticsSummary",
    "Wallclock",
    "counted_attempts",
    "job_statistics",
    "jobs_active_since",
    "summarized",
    "wallclock_hours",
]

_WALLCLOCK = re.compile(r"(\d{1,9})(?::(\d{1,9}))?(?::(\d{1,9}))?", re.ASCII)

#: Fields of a line of which the attempt has ended.
_WHOLE_LINE = 4


class Wallclock(NamedTuple):
    """What a requested wall clock means."""

    hours: float
    #: Whether the value was not understood, and 0 stands for it.
    doubtful: bool


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class JobStatistics(Table):
    """What the attempts of jobs took, one row per job that has any. Times are in hours."""

    #: Row of the job in the job list. (n,) int32
    job: Int32Column = column(np.int32)
    #: Processing elements of its section. (n,) int64
    processors: Int64Column = column(np.int64)
    #: Requested wall clock. (n,) hours
    wallclock: FloatColumn = column(np.float64)
    #: Counted attempts: all, those that succeeded (0 or 1), the others. (n,) int64
    attempts: Int64Column = column(np.int64)
    completed: Int64Column = column(np.int64)
    failed: Int64Column = column(np.int64)
    #: Those of the failed that have not ended, or never noted that they did. (n,) int64
    unfinished: Int64Column = column(np.int64)
    #: Sums over the attempts. (n,) hours
    completed_queue: FloatColumn = column(np.float64)
    completed_run: FloatColumn = column(np.float64)
    failed_queue: FloatColumn = column(np.float64)
    failed_run: FloatColumn = column(np.float64)

    @property
    def run(self) -> FloatColumn:
        """Run time of all attempts. (n,) hours"""
        return self.completed_run + self.failed_run

    @property
    def core_hours(self) -> FloatColumn:
        """Used by all attempts. (n,) hours"""
        return self.processors * self.completed_run + self.processors * self.failed_run

    @property
    def failed_core_hours(self) -> FloatColumn:
        """Used by attempts that failed. (n,) hours"""
        return self.processors * self.failed_run

    @property
    def expected_core_hours(self) -> FloatColumn:
        """Asked for by one attempt, however many there were. (n,) hours"""
        return self.wallclock * self.processors


@dataclass(frozen=True, slots=True, kw_only=True)
class StatisticsSummary:
    """The sums over jobs, in hours."""

    attempts: int
    completed: int
    failed: int
    unfinished: int
    #: Of all attempts.
    queue: float
    run: float
    failed_run: float
    #: Requested wall clocks.
    expected_run: float
    core_hours: float
    failed_core_hours: float
    expected_core_hours: float
    #: ``core_hours`` / ``expected_core_hours`` · 100; 0.0 if nothing was expected.
    core_hours_percentage: float


def wallclock_hours(value: object) -> Wallclock:
    """Return a requested wall clock in hours; 0.0 if it is absent.

    It is ``H``, ``H:MM`` or ``H:MM:SS``. Anything else is 0.0 and doubtful.

    >>> [wallclock_hours(value).hours for value in ("00:05", "1:30", "24", "0:30:36", None, "soon")]
    [0.08333333333333333, 1.5, 24.0, 0.51, 0.0, 0.0]
    """
    text = "" if value is None else str(value).strip()
    if not text:
        return Wallclock(0.0, doubtful=False)
    found = _WALLCLOCK.fullmatch(text)
    if found is None:
        return Wallclock(0.0, doubtful=True)
    hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return Wallclock(hours + minutes / 60 + seconds / SECONDS_PER_HOUR, doubtful=False)


def jobs_active_since(attempts: AttemptTable, since: int, n: int) -> BoolColumn:
    """Tell which of n jobs have an attempt that started or finished after an instant, (n,) bool.

    All lines are looked at, not only the counted ones. A job that was only submitted has neither.
    """
    active = np.zeros(n, dtype=np.bool_)
    active[attempts.job[(attempts.start > since) | (attempts.finish > since)]] = True
    return active


def counted_attempts(attempts: AttemptTable) -> BoolColumn:
    """Tell which lines count as attempts of the present, (n,) bool.

    ``TOTAL_STATS`` files keep attempts of earlier years. Of each job count the lines from the end up
    to the second one that says COMPLETED, that one not included: the last success, the failures
    before it, and what came after. A line with a field that is no date does not count.

    >>> lines = AttemptTable.of(
    ...     4, job=[0] * 4, fields=[4] * 4, has_outcome=[True] * 4, outcome=[5, -1, 5, -1]
    ... )
    >>> counted_attempts(lines).tolist()
    [False, True, True, True]
    """
    from_the_end = np.lexsort((-np.arange(len(attempts)), attempts.job))
    job = attempts.job[from_the_end]
    success = _succeeded(attempts)[from_the_end].astype(np.int64)
    met = np.cumsum(success)
    begin = np.searchsorted(job, job, side="left")
    met_here = met - met[begin] + success[begin]
    counted = np.zeros(len(attempts), dtype=np.bool_)
    counted[from_the_end] = met_here <= 1
    return counted & attempts.readable


def job_statistics(
    jobs: JobTable,
    attempts: AttemptTable,
    *,
    selected: BoolColumn,
    processors: Int64Column,
    wallclock: FloatColumn,
    delays: Int64Column | None = None,
) -> JobStatistics:
    """Return what the counted attempts of the selected jobs took.

    ``attempts.job`` are rows of ``jobs``; the other columns have a value per job, (n,):
    ``selected`` by section and period, ``processors`` the processing elements, ``wallclock`` in
    hours, and ``delays`` what :func:`~autosubmit_core.metrics.wrapper_queue.wrapper_delays` says, which
    shortens the queue of each attempt.

    An attempt succeeded if its line has exactly four fields and ends in COMPLETED; every other one
    failed, that of a job which is queuing or running included. Queue is start - submit and run
    finish - start, never negative. Jobs without attempts are left out. The order is that of start
    date, member, section and chunk; jobs without a date come last, in list order.

    An attempt of a minute on four processors, of the hour that was asked for:

    >>> jobs = JobTable.of(1, name=["a_INI"])
    >>> line = AttemptTable.of(
    ...     1, submit=[100], start=[100], finish=[160], fields=[4], has_outcome=[True], outcome=[5]
    ... )
    >>> made = job_statistics(
    ...     jobs, line, selected=np.array([True]), processors=np.array([4]), wallclock=np.array([1.0])
    ... )
    >>> made.core_hours.round(4).tolist(), made.expected_core_hours.tolist()
    ([0.0667], [4.0])
    """
    lines = attempts.take(np.flatnonzero(counted_attempts(attempts) & selected[attempts.job]))
    queue, run = durations(lines.submit, lines.start), durations(lines.start, lines.finish)
    if delays is not None:
        queue = np.maximum(queue - delays[lines.job], 0)
    success = _succeeded(lines)

    def total(values: npt.NDArray[np.integer | np.bool_]) -> Int64Column:
        return np.bincount(lines.job, weights=values, minlength=len(jobs)).astype(np.int64)

    counts = np.bincount(lines.job, minlength=len(jobs))
    rows = _in_order_of_chunks(jobs, np.flatnonzero(counts))
    return JobStatistics.of(
        len(rows),
        job=rows,
        processors=processors[rows],
        wallclock=wallclock[rows],
        attempts=counts[rows],
        completed=total(success)[rows],
        failed=total(~success)[rows],
        unfinished=total(lines.fields < _WHOLE_LINE)[rows],
        completed_queue=total(queue * success)[rows] / SECONDS_PER_HOUR,
        completed_run=total(run * success)[rows] / SECONDS_PER_HOUR,
        failed_queue=total(queue * ~success)[rows] / SECONDS_PER_HOUR,
        failed_run=total(run * ~success)[rows] / SECONDS_PER_HOUR,
    )


def summarized(statistics: JobStatistics) -> StatisticsSummary:
    """Return the sums over all jobs; 0 over none."""
    used, expected = statistics.core_hours.sum(), statistics.expected_core_hours.sum()
    return StatisticsSummary(
        attempts=int(statistics.attempts.sum()),
        completed=int(statistics.completed.sum()),
        failed=int(statistics.failed.sum()),
        unfinished=int(statistics.unfinished.sum()),
        queue=float((statistics.completed_queue + statistics.failed_queue).sum()),
        run=float(statistics.run.sum()),
        failed_run=float(statistics.failed_run.sum()),
        expected_run=float(statistics.wallclock.sum()),
        core_hours=float(used),
        failed_core_hours=float(statistics.failed_core_hours.sum()),
        expected_core_hours=float(expected),
        core_hours_percentage=float(used / expected * 100) if expected > 0 else 0.0,
    )


def _succeeded(attempts: AttemptTable) -> BoolColumn:
    success: BoolColumn = (
        (attempts.fields == _WHOLE_LINE)
        & attempts.has_outcome
        & (attempts.outcome == Status.COMPLETED)
        & attempts.readable
    )
    return success


def _in_order_of_chunks(jobs: JobTable, rows: npt.NDArray[np.intp]) -> npt.NDArray[np.intp]:
    undated = np.isnat(jobs.date[rows])
    dated = rows[~undated]
    keys = zip(
        jobs.date[dated].astype(np.int64).tolist(),
        [member or "" for member in jobs.member[dated]],
        [section or "" for section in jobs.section[dated]],
        jobs.chunk[dated].tolist(),
        dated.tolist(),
    )
    in_order = np.array([key[-1] for key in sorted(keys)], dtype=np.intp)
    return np.concatenate([in_order, rows[undated]])
