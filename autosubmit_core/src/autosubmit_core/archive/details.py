"""The newest attempt of single jobs, and the times it gives them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from autosubmit_core.metrics.job_times import (
    job_times,
    jobs_without_matching_row,
    shown_instants,
)
from autosubmit_core.status import Status
from autosubmit_core.tables import (
    UNWRAPPED,
    AttemptTable,
    InstantColumn,
    Int32Column,
    JobHistory,
    JobTable,
    Table,
    TextColumn,
    positions,
)
from autosubmit_core.tables.columns import column

__all__ = ["JobDetails", "job_details"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class JobDetails(Table):
    """Times of a few jobs, asked for one by one, row by row as they were asked for."""

    #: Seconds since 1970 UTC, as far as the status of the job lets them be shown; else 0. (n,)
    submit: InstantColumn = column(np.int64)
    start: InstantColumn = column(np.int64)
    finish: InstantColumn = column(np.int64)
    #: The newest attempt, a row of the history that tells; -1 if there is none. (n,) int32
    history_row: Int32Column = column(np.int32, -1)


def job_details(
    jobs: JobTable,
    history: JobHistory,
    attempts: Callable[[Sequence[str]], AttemptTable],
    now: int,
) -> JobDetails:
    """Return the newest attempts and the times of a few jobs.

    The newest attempt is the row marked as the last one with the highest counter. If it is of the
    status that the job has, its times are those of the job as they are stored (a running one has
    none to finish), and none if that is SUSPENDED. Else they are those that ``TOTAL_STATS`` lines or the job
    list tell: ``attempts`` reads such lines of some jobs.
    """
    rows = _newest_rows(jobs.name, history)
    newest = history.take(rows[rows >= 0])
    asked = jobs_without_matching_row(jobs, newest)
    lines = attempts(jobs.name[asked].tolist())
    submit, start, finish = shown_instants(job_times(jobs, newest, lines, now), jobs.status)
    told = JobDetails(submit=submit, start=start, finish=finish, history_row=rows)
    if not len(newest):
        return told
    stored = history.take(np.maximum(rows, 0))
    agree = (rows >= 0) & (stored.status == jobs.status) & (jobs.status != Status.SUSPENDED)
    return replace(
        told,
        submit=np.where(agree, stored.submit, submit),
        start=np.where(agree, stored.start, start),
        finish=np.where(agree, stored.finish, finish),
    )


def _newest_rows(names: TextColumn, history: JobHistory) -> Int32Column:
    """Return the marked row of each job with the highest counter, -1 where there is none."""
    wanted = set(names)
    found = [row for row, name in enumerate(history.job_name) if name in wanted]
    rows = np.array(found, dtype=np.int32)
    rows = rows[history.last[rows] & (history.rowtype[rows] >= UNWRAPPED)]
    rows = rows[np.argsort(history.counter[rows], kind="stable")]
    places = positions(names, history.job_name[rows])
    newest: Int32Column = np.where(places >= 0, np.append(rows, -1)[places], -1).astype(np.int32)
    return newest
