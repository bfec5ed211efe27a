"""The metrics of each run of an experiment, from the history alone.

What a run simulated is counted by its rows, so attempts that Autosubmit repeated count again and
splits count as whole chunks. CHSY takes the processors that the scheduler reported with each
row, where :mod:`~autosubmit_core.metrics.performance` takes the processing elements configured today.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from autosubmit_core.metrics.durations import durations
from autosubmit_core.metrics.formulas import (
    core_hours_per_simulated_year,
    simulated_years_per_day,
)
from autosubmit_core.metrics.job_times import JobTimes, shown_instants
from autosubmit_core.metrics.outliers import valid_run_times
from autosubmit_core.metrics.simulated_years import years_of_runs
from autosubmit_core.metrics.wrapper_queue import queue_among_mates
from autosubmit_core.status import Status
from autosubmit_core.tables import (
    FloatColumn,
    InstantColumn,
    Int64Column,
    JobHistory,
    JobTable,
    RunTable,
    Table,
    positions,
)
from autosubmit_core.tables.columns import column

__all__ = ["RunMetrics", "completed_rows", "postprocessing_by_run", "run_metrics"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RunMetrics(Table):
    """The metrics of runs, row by row as in the table of runs; NaN where not computable."""

    #: SYPD, ASYPD and CHSY. (n,) float64
    simulated_years_per_day: FloatColumn = column(np.float64, np.nan)
    actual_simulated_years_per_day: FloatColumn = column(np.float64, np.nan)
    core_hours_per_simulated_year: FloatColumn = column(np.float64, np.nan)


def completed_rows(history: JobHistory, section: str) -> npt.NDArray[np.intp]:
    """Return the COMPLETED rows of a section, whichever of two columns names it.

    Autosubmit before 3.13 wrote section and member into each other's column.
    """
    of_section = (history.section == section) | (history.member == section)
    return np.flatnonzero(of_section & (history.status == Status.COMPLETED))


def postprocessing_by_run(
    history: JobHistory, run_id: Int64Column, finish: InstantColumn | None = None
) -> FloatColumn:
    """Return the mean queue + run of the COMPLETED ``POST`` rows of each run asked for, (n,) seconds.

    NaN where a run has none. ``finish`` replaces that of the history, row by row. Queue times are
    those of :func:`~autosubmit_core.metrics.wrapper_queue.queue_among_mates`.
    """
    rows = completed_rows(history, "POST")
    rows = rows[np.isin(history.run_id[rows], run_id)]
    finish = history.finish if finish is None else finish
    took = queue_among_mates(history, rows) + durations(history.start[rows], finish[rows])
    known, which = np.unique(history.run_id[rows], return_inverse=True)
    means = np.bincount(which, weights=took) / np.bincount(which)
    mean_of = dict(zip(known.tolist(), means.tolist()))
    return np.array([mean_of.get(run, np.nan) for run in run_id.tolist()], dtype=np.float64)


def run_metrics(history: JobHistory, runs: RunTable, jobs: JobTable, times: JobTimes) -> RunMetrics:
    """Return SYPD, ASYPD and CHSY of each run.

    With the n rows of a run's COMPLETED simulations whose run time r is no outlier, their queue q
    (:func:`~autosubmit_core.metrics.wrapper_queue.queue_among_mates`), y the years of a chunk in the run
    and p the mean q + r of its COMPLETED ``POST`` rows rounded to 2 decimals: SYPD = n y 86400 / Σr,
    CHSY = mean(ncpus · r) / y / 3600, and ASYPD = n y 86400 / (Σ(q + r) + p), for which all rows count
    whose job has a row without an outlier. A run without simulations has none of them; one
    without ``POST`` rows has no ASYPD.

    ``jobs`` and ``times`` are the current list and may be empty: a row of the last run that has no
    finish takes that of the job in the list.

    >>> history = JobHistory.of(
    ...     2, job_name=["a_1_SIM", "a_POST"], section=["SIM", "POST"], status=[5, 5], run_id=[1, 1],
    ...     submit=[100, 100], start=[100, 110], finish=[105, 115], ncpus=[8, 1],
    ... )
    >>> runs = RunTable.of(1, run_id=[1], chunk_unit=["month"], chunk_size=[4])
    >>> made = run_metrics(history, runs, JobTable.empty(), JobTimes.empty())
    >>> made.simulated_years_per_day.tolist(), made.actual_simulated_years_per_day.tolist()
    ([5760.0], [1440.0])
    """
    finish = _with_finishes_of_the_list(history, runs, jobs, times)
    rows = completed_rows(history, "SIM")
    rows = rows[np.argsort(history.run_id[rows], kind="stable")]
    queue = queue_among_mates(history, rows)
    run = durations(history.start[rows], finish[rows])
    years = np.nan_to_num(years_of_runs(runs.run_id, runs))
    post = postprocessing_by_run(history, runs.run_id, finish)
    first = np.searchsorted(history.run_id[rows], runs.run_id, side="left")
    last = np.searchsorted(history.run_id[rows], runs.run_id, side="right")

    metrics = np.full((3, len(runs)), np.nan)
    for place in np.flatnonzero(last > first).tolist():
        mine = slice(int(first[place]), int(last[place]))
        r, y = run[mine], years[place]
        valid = valid_run_times(r)
        names = history.job_name[rows[mine]]
        counted = positions(names, names[valid]) >= 0
        took = int((queue[mine] + r)[counted].sum()) + round(post[place], 2)
        if valid.any():
            spent = (history.ncpus[rows[mine]] * r)[valid].mean()
            metrics[0, place] = simulated_years_per_day(valid.sum() * y, r[valid].sum())
            metrics[2, place] = core_hours_per_simulated_year(1, spent, y)
        metrics[1, place] = simulated_years_per_day(counted.sum() * y, took)
    return RunMetrics(
        simulated_years_per_day=metrics[0],
        actual_simulated_years_per_day=metrics[1],
        core_hours_per_simulated_year=metrics[2],
    )


def _with_finishes_of_the_list(
    history: JobHistory, runs: RunTable, jobs: JobTable, times: JobTimes
) -> InstantColumn:
    """Return the finish of each row; in the last run a missing one is that of the job now."""
    if not len(runs) or not len(jobs):
        return history.finish
    lacking = np.flatnonzero((history.run_id == runs.run_id.max()) & (history.finish <= 0))
    place = positions(history.job_name[lacking], jobs.name)
    _, _, now_finished = shown_instants(times, jobs.status)
    finish = history.finish.copy()
    finish[lacking[place >= 0]] = now_finished[place[place >= 0]]
    return finish
