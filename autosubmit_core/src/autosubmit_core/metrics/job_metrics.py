"""How fast single jobs and single attempts simulated.

Three questions, each with its own rules of old: the jobs of the current list
(:func:`job_speeds`), the past of a job (:func:`attempt_metrics`), and the jobs of one run
(:func:`run_detail`). What does not apply, or cannot be computed, is NaN.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from autosubmit_core.chunks import years_per_chunk
from autosubmit_core.metrics.durations import durations, row_durations
from autosubmit_core.metrics.formulas import simulated_years_per_day
from autosubmit_core.metrics.job_times import JobTimes
from autosubmit_core.metrics.runs import completed_rows, postprocessing_by_run
from autosubmit_core.metrics.simulated_years import splits_of, years_of_runs
from autosubmit_core.metrics.wrapper_queue import mate_delays, queue_among_mates
from autosubmit_core.status import Status
from autosubmit_core.tables import (
    BoolColumn,
    FloatColumn,
    InstantColumn,
    Int8Column,
    Int32Column,
    Int64Column,
    JobHistory,
    JobTable,
    RunTable,
    Table,
)
from autosubmit_core.tables.columns import column

__all__ = [
    "AttemptMetrics",
    "JobSpeeds",
    "attempt_metrics",
    "job_speeds",
    "run_detail",
]

_RAN = (Status.RUNNING, Status.COMPLETED, Status.FAILED)
_QUEUED = (*_RAN, Status.SUBMITTED, Status.QUEUING, Status.HELD, Status.PREPARED)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class JobSpeeds(Table):
    """SYPD and ASYPD of jobs, row by row as in the job list; NaN where they do not apply."""

    #: Of COMPLETED jobs with a chunk. (n,) float64
    simulated_years_per_day: FloatColumn = column(np.float64, np.nan)
    actual_simulated_years_per_day: FloatColumn = column(np.float64, np.nan)
    #: Whether the run of the job says how long its chunks are; else the configuration did. (n,) bool
    run_knows_chunks: BoolColumn = column(np.bool_, False)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AttemptMetrics(Table):
    """Times and speeds of rows of the history, in the order in which they were asked for."""

    #: Seconds since 1970 UTC; 0 if not known. ``finish`` of a running row is the present. (n,)
    submit: InstantColumn = column(np.int64)
    start: InstantColumn = column(np.int64)
    finish: InstantColumn = column(np.int64)
    #: Queue without waiting for jobs of the same wrapper, and run time. (n,) seconds
    queue: Int64Column = column(np.int64)
    run: Int64Column = column(np.int64)
    #: SYPD and ASYPD, splits counted as whole chunks; NaN where they do not apply. (n,) float64
    simulated_years_per_day: FloatColumn = column(np.float64, np.nan)
    actual_simulated_years_per_day: FloatColumn = column(np.float64, np.nan)
    #: SYPD with a split counted as its part of the chunk. (n,) float64
    simulated_years_per_day_per_split: FloatColumn = column(np.float64, np.nan)
    #: Whether the run that the row names is known. (n,) bool
    run_known: BoolColumn = column(np.bool_, False)


def job_speeds(
    jobs: JobTable, times: JobTimes, runs: RunTable, unit: str, size: int, post_seconds: float
) -> JobSpeeds:
    """Return SYPD and ASYPD of each COMPLETED job that has a chunk.

    SYPD = 86400 y / s / r and ASYPD = 86400 y / s / (q + r + p), with q and r the queue and run
    seconds of the job, s its splits, p
    :func:`~autosubmit_core.metrics.performance.postprocessing_seconds`, and y the years of a chunk: of
    the run that the job's history row names where it has a chunk unit and size, else of those given,
    which are the ones configured now. An unknown unit makes them 0.0. (Balaji et al. 2017,
    doi:10.5194/gmd-10-19-2017.)

    Four months in six hours:

    >>> jobs = JobTable.of(1, name=["a_1_SIM"], status=[5], chunk=[1])
    >>> times = JobTimes.of(1, run=[21_600])
    >>> made = job_speeds(jobs, times, RunTable.empty(), "month", 4, post_seconds=0.0)
    >>> made.simulated_years_per_day.round(3).tolist()
    [1.333]
    """
    of_run = years_of_runs(times.run_id, runs)
    known = ~np.isnan(of_run)
    years = np.where(known, of_run, years_per_chunk(unit, size)) / splits_of(jobs.splits)
    years[~_simulated(jobs.status, jobs.chunk)] = np.nan
    return JobSpeeds(
        simulated_years_per_day=simulated_years_per_day(years, times.run),
        actual_simulated_years_per_day=simulated_years_per_day(
            years, times.queue + times.run + post_seconds
        ),
        run_knows_chunks=known,
    )


def attempt_metrics(
    history: JobHistory, rows: npt.NDArray[np.integer], runs: RunTable, now: int
) -> AttemptMetrics:
    """Return times and speeds of rows of the history, of any jobs and runs.

    Formulas are those of :func:`job_speeds`, with the run, status and chunk of the row itself,
    queue times by :func:`~autosubmit_core.metrics.wrapper_queue.queue_among_mates`, and p the mean
    queue + run of the COMPLETED ``POST`` rows of the run, 0 if it has none. Splits are ignored as they
    always were here, but for the additional speed per split.

    >>> history = JobHistory.of(
    ...     1, status=[5], chunk=[1], splits=[4], submit=[100], start=[110], finish=[115], run_id=[1]
    ... )
    >>> runs = RunTable.of(1, run_id=[1], chunk_unit=["month"], chunk_size=[4])
    >>> made = attempt_metrics(history, np.array([0]), runs, now=500)
    >>> made.simulated_years_per_day.tolist(), made.simulated_years_per_day_per_split.tolist()
    ([5760.0], [1440.0])
    """
    finish, _, run = row_durations(history, rows, now)
    queue = queue_among_mates(history, rows)
    post = np.nan_to_num(postprocessing_by_run(history, history.run_id[rows]))
    return _attempts(history, rows, runs, history.start[rows], finish, queue, run, post)


def run_detail(history: JobHistory, runs: RunTable, now: int) -> AttemptMetrics:
    """Return times and speeds of the rows of one run; ``history`` holds just these.

    The run's detail has rules of its own: of rows that are not the last of their job, a missing
    start is the submission and a missing finish the start. Run time counts for RUNNING, COMPLETED
    and FAILED rows with a start, to ``now`` if there is no finish; queue time for these and
    SUBMITTED, QUEUING, HELD and PREPARED rows, to ``now`` if there is no start, less
    :func:`~autosubmit_core.metrics.wrapper_queue.mate_delays`. Speeds are those of
    :func:`attempt_metrics`, with p rounded to 2 decimals.

    >>> history = JobHistory.of(1, status=[int(Status.FAILED)], submit=[100], run_id=[1])
    >>> made = run_detail(history, RunTable.empty(), now=500)
    >>> made.start.tolist(), made.finish.tolist(), made.queue.tolist()
    ([100], [100], [0])
    """
    rows = np.arange(len(history))
    submit = history.submit
    start = np.where((history.start <= 0) & ~history.last, submit, history.start)
    finish = np.where((history.finish <= 0) & ~history.last, start, history.finish)
    ran, queued = np.isin(history.status, _RAN), np.isin(history.status, _QUEUED)
    run = np.where(ran, durations(start, np.where(finish > 0, finish, now)), 0)
    whole_queue = np.where(queued, durations(submit, np.where(start > 0, start, now)), 0)
    queue = np.maximum(whole_queue - mate_delays(history, start, whole_queue, run, now), 0)

    done = completed_rows(history, "POST")
    post = float((queue + run)[done].mean()) if len(done) else 0.0
    return _attempts(
        history, rows, runs, start, finish, queue, run, np.full(len(rows), round(post, 2))
    )


def _attempts(
    history: JobHistory,
    rows: npt.NDArray[np.integer],
    runs: RunTable,
    start: InstantColumn,
    finish: InstantColumn,
    queue: Int64Column,
    run: Int64Column,
    post_seconds: FloatColumn,
) -> AttemptMetrics:
    years = years_of_runs(history.run_id[rows], runs)
    years[~_simulated(history.status[rows], history.chunk[rows])] = np.nan
    speed = simulated_years_per_day(years, run)
    return AttemptMetrics(
        submit=history.submit[rows],
        start=start,
        finish=finish,
        queue=queue,
        run=run,
        simulated_years_per_day=speed,
        actual_simulated_years_per_day=simulated_years_per_day(years, queue + run + post_seconds),
        simulated_years_per_day_per_split=speed / splits_of(history.splits[rows]),
        run_known=np.isin(history.run_id[rows], runs.run_id),
    )


def _simulated(status: Int8Column, chunk: Int32Column) -> BoolColumn:
    simulated: BoolColumn = (status == Status.COMPLETED) & (chunk >= 1)
    return simulated
