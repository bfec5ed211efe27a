"""Jobs that have been on their platform for longer than they may, or than is usual."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from autosubmit_core.metrics.past_times import FEW, PastTimes, quantile
from autosubmit_core.status import QUEUED, Status
from autosubmit_core.tables import (
    BoolColumn,
    FloatColumn,
    InstantColumn,
    Int32Column,
    Int64Column,
    JobTable,
    Table,
)
from autosubmit_core.tables.columns import column

__all__ = ["OverdueJobs", "overdue_jobs"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class OverdueJobs(Table):
    """Jobs that run or queue for too long, one row each, in list order."""

    #: Row of the job in the job list. (n,) int32
    job: Int32Column = column(np.int32)
    #: Whether it runs; else it queues. (n,) bool
    running: BoolColumn = column(np.bool_, False)
    #: For how long it has been doing so. (n,) seconds
    seconds: Int64Column = column(np.int64)
    #: How long it may run; 0 if unknown, and for one that queues. (n,) seconds
    wallclock: Int64Column = column(np.int64)
    #: What 99 of 100 jobs of its section did not exceed; 0 if too few tell. (n,) seconds
    usual: Int64Column = column(np.int64)
    #: Whether it runs and nobody noted since when: these times count from its submission. (n,) bool
    with_queue: BoolColumn = column(np.bool_, False)


def overdue_jobs(
    jobs: JobTable,
    submit: InstantColumn,
    start: InstantColumn,
    wallclock: FloatColumn,
    past: PastTimes,
    now: int,
) -> OverdueJobs:
    """Return the jobs that run for longer than their wall clock, or run or queue for longer than usual.

    Usual is what 99 of 100 past attempts of the section took, where there are at least 20. Of a job
    that runs Autosubmit often notes its submission as its start; to be overdue it has to be so with
    the usual queue time on top, and where no such time is known nothing is said of it.
    ``wallclock`` is in seconds, 0 if unknown; all columns are row by row those of the jobs.

    >>> jobs = JobTable.of(2, name=["a_SIM", "a_POST"], section=["SIM", "POST"], status=[4, 4])
    >>> start, none = np.array([100, 100]), PastTimes(run={}, queue={})
    >>> made = overdue_jobs(jobs, start - 60, start, np.array([3600.0, 0.0]), none, now=3800)
    >>> made.job.tolist(), made.seconds.tolist()
    ([0], [3700])
    """
    running = jobs.status == Status.RUNNING
    since = np.where(running, start, submit)
    rows = np.flatnonzero((running | np.isin(jobs.status, QUEUED)) & (since > 0))
    sections = set(jobs.section[rows].tolist())
    queue, run = (
        np.array([known[name] for name in jobs.section[rows]], dtype=np.int64)
        for known in (
            {name: _usual(times, name) for name in sections} for times in (past.queue, past.run)
        )
    )
    with_queue = running[rows] & (start[rows] <= submit[rows] + 1)
    usual = np.where(running[rows], run, queue)
    usual = np.where(with_queue & (usual > 0), usual + queue, usual)
    allowed = np.where(running[rows], wallclock[rows], 0).astype(np.int64)
    allowed = np.where(with_queue & (allowed > 0), allowed + queue, allowed)
    seconds = np.maximum(now - since[rows], 0)
    over = ((allowed > 0) & (seconds > allowed)) | ((usual > 0) & (seconds > usual))
    over &= ~with_queue | (queue > 0)
    return OverdueJobs.of(
        int(over.sum()),
        job=rows[over].astype(np.int32),
        running=running[rows][over],
        seconds=seconds[over],
        wallclock=np.where(running[rows], wallclock[rows], 0).astype(np.int64)[over],
        usual=usual[over],
        with_queue=with_queue[over],
    )


def _usual(times: Mapping[str, Int64Column], section: str | None) -> int:
    values = times.get(section or "")
    return 0 if values is None or len(values) < FEW else quantile(values, 0.99) or 0
