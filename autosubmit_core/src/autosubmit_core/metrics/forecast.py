"""When an experiment will be done, with how sure that is.

What remains is simulated many times: each job takes, from the end of the last that it waits for, as
long as some past job of its section did. That holds all that has delayed jobs before, which nobody
models: queues, limits of a platform, wrappers, retries, and Autosubmit's own pauses between two
looks. Members run side by side and chunks one after the other because their jobs wait for each
other so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from autosubmit_core.metrics.simulation import (
    Graph,
    Pool,
    Seconds,
    courses,
    critical_path,
    finish_times,
    slacks,
)
from autosubmit_core.status import Status
from autosubmit_core.tables import (
    UNWRAPPED,
    BoolColumn,
    FloatColumn,
    InstantColumn,
    Int64Column,
    JobHistory,
    JobTable,
    Table,
    TextColumn,
    positions,
)
from autosubmit_core.tables.columns import column

__all__ = ["Forecast", "PastJobs", "Progress", "forecast", "past_jobs", "pools"]

#: Of each section so many of the jobs that ended last tell how long others will take.
NEWEST = 500
#: The simulations begin with this, so that the same question has the same answer.
SEED = 20_260_101


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PastJobs(Table):
    """The successful attempts of the jobs of a list, row by row; zeros for jobs without one."""

    #: Seconds since 1970 UTC. (n,)
    start: InstantColumn = column(np.int64)
    finish: InstantColumn = column(np.int64)
    #: The end of the last job that it waited for; 0 if not known. (n,) seconds since 1970 UTC
    ready: InstantColumn = column(np.int64)
    #: From then, else from its submission, until it ran. (n,) seconds
    lag: Int64Column = column(np.int64)
    #: The run in which it was completed. (n,) int64
    run_id: Int64Column = column(np.int64)

    @property
    def known(self) -> BoolColumn:
        """Which jobs have one. (n,) bool"""
        return self.finish > 0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Progress(Table):
    """The jobs that are still to be done at some moment, one row each."""

    #: Row of the job in the job list. (k,) int64
    job: Int64Column = column(np.int64)
    #: Since when it has been running; 0 if it does not. (k,) seconds since 1970 UTC
    start: InstantColumn = column(np.int64)
    #: When the last that it waits for ended; 0 if that has not happened. (k,)
    ready: InstantColumn = column(np.int64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """When the rest will be done. Seconds from the moment of the forecast"""

    progress: Progress
    #: The end of each job. (k, courses)
    finish: Seconds
    #: What each job takes on average, and by how much it could be late. (k,)
    took: FloatColumn
    slack: FloatColumn
    #: The jobs that decide when the end is, as rows of :attr:`progress`, first to last.
    critical: Int64Column

    def end_of(self, rows: npt.NDArray[np.integer] | slice = slice(None)) -> Seconds:
        """Return when the last of some rows ends, in each course. (courses,)"""
        ends: Seconds = self.finish[rows].max(axis=0, initial=0.0)
        return ends


def past_jobs(
    jobs: JobTable,
    history: JobHistory,
    parent: npt.NDArray[np.integer],
    child: npt.NDArray[np.integer],
) -> PastJobs:
    """Return how the jobs of a list were completed; ``parent`` and ``child`` are their dependencies.

    A time of waiting that a pause between two runs is part of tells nothing: there the time since
    the submission counts.

    >>> jobs = JobTable.of(2, name=["INI", "SIM"])
    >>> history = JobHistory.of(
    ...     2, job_name=["INI", "SIM"], status=[5, 5], run_id=[1, 1],
    ...     submit=[10, 130], start=[20, 200], finish=[120, 800],
    ... )
    >>> made = past_jobs(jobs, history, np.array([0]), np.array([1]))
    >>> made.lag.tolist(), made.ready.tolist()
    ([10, 80], [0, 120])
    """
    whole = (history.start > 0) & (history.finish >= history.start)
    rows = np.flatnonzero(
        whole & (history.status == Status.COMPLETED) & (history.rowtype >= UNWRAPPED)
    )
    # Of several successes the last row tells.
    newest = positions(jobs.name, history.job_name[rows])
    has = newest >= 0
    row = rows[newest[has]]
    n = len(jobs)
    start, finish, submit, run_id = np.zeros((4, n), dtype=np.int64)
    start[has], finish[has] = history.start[row], history.finish[row]
    submit[has], run_id[has] = history.submit[row], history.run_id[row]
    ready, run_before = np.zeros((2, n), dtype=np.int64)
    np.maximum.at(ready, child, finish[parent])
    np.maximum.at(run_before, child, run_id[parent])
    ready[child[finish[parent] == 0]] = 0
    waited = (ready > 0) & (ready <= start) & (run_before == run_id)
    since = np.where(waited, ready, np.where(submit > 0, submit, start))
    return PastJobs(
        start=start,
        finish=finish,
        ready=ready,
        lag=np.maximum(start - since, 0),
        run_id=run_id,
    )


def pools(section: TextColumn, past: PastJobs, until: int) -> dict[str, Pool]:
    """Return what jobs of each section took that ended until a moment, the newest 500 of each."""
    rows = np.flatnonzero(past.known & (past.finish <= until))
    rows = rows[np.argsort(past.finish[rows], kind="stable")]
    names = section[rows]
    return {
        name: Pool(lag=past.lag[newest], run=(past.finish - past.start)[newest])
        for name in dict.fromkeys(names.tolist())
        if name
        for newest in [rows[names == name][-NEWEST:]]
    }


def forecast(
    jobs: JobTable,
    graph: Graph,
    progress: Progress,
    known: Mapping[str, Pool],
    wallclock: FloatColumn,
    now: int,
) -> Forecast:
    """Return when the rest of the jobs will be done.

    ``graph`` is of all jobs of the list, ``wallclock`` how long each may run, in seconds, 0 if
    unknown. Jobs of a section of which nothing is known take as much of their wall clock as some job
    of another section took of its own; ``known`` must not be empty.
    """
    rest = graph.of(progress.job)
    random = np.random.default_rng(SEED)
    section, allowed = jobs.section[progress.job], wallclock[progress.job]
    took = np.zeros((len(progress), courses(len(progress))), dtype=np.float32)
    for name in dict.fromkeys(section.tolist()):
        rows = np.flatnonzero(section == name)
        if name not in known:
            took[rows] = _guessed(jobs, known, wallclock, allowed[rows], took.shape[1], random)
            continue
        pool = known[name]
        took[rows] = pool.drawn((len(rows), took.shape[1]), random)
        for row in rows[(progress.start[rows] > 0) | (progress.ready[rows] > 0)].tolist():
            left = _left(pool, progress, row, now, float(allowed[row]))
            if len(left):
                took[row] = left[random.integers(0, len(left), took.shape[1])]
    mean = took.mean(axis=1, keepdims=True)
    return Forecast(
        progress=progress,
        finish=finish_times(rest, took),
        took=mean[:, 0].astype(np.float64),
        slack=slacks(rest, mean).astype(np.float64),
        critical=critical_path(rest, finish_times(rest, mean)[:, 0]),
    )


def _left(pool: Pool, progress: Progress, row: int, now: int, wallclock: float) -> FloatColumn:
    """Return how long a job may still take that runs, or could; of none before so late, nothing."""
    if progress.start[row] > 0:
        ran = max(now - int(progress.start[row]), 0)
        left = pool.after_run(ran)
        # It has been running longer than any before: its wall clock is all that is known.
        return (left if len(left) else np.array([max(wallclock - ran, 0.0)])).astype(np.float64)
    return pool.after_lag(max(now - int(progress.ready[row]), 0)).astype(np.float64)


def _guessed(
    jobs: JobTable,
    known: Mapping[str, Pool],
    wallclock: FloatColumn,
    allowed: FloatColumn,
    count: int,
    random: np.random.Generator,
) -> Seconds:
    """Return how long jobs may take of a section of which there was none yet, (jobs, courses).

    All of them in one course take the same part of their wall clock, that of some job of some other
    section: one thing is unknown here and not one for each job. Without wall clocks they take what
    that job took.
    """
    of_section = dict(zip(jobs.section.tolist(), wallclock.tolist()))
    took = np.zeros((len(allowed), count), dtype=np.float32)
    names = list(known)
    for course, which in enumerate(random.integers(0, len(names), count).tolist()):
        pool, its = known[names[which]], of_section.get(names[which], 0.0)
        at = int(random.integers(0, len(pool)))
        run = float(pool.run[at])
        share = run / its if its > 0 else 1.0
        took[:, course] = pool.lag[at] + np.where(allowed > 0, allowed * share, run)
    return took
