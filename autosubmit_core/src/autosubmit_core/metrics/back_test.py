"""How well a forecast would have done: made at moments of the past, held against what came.

At each moment only what was known then is used. The end to be told is that of the chunks which have
been completed in all members since: of those that only the fastest members have reached, the slow
ones would be missing. Beside it stands the older estimate (:mod:`~autosubmit_core.metrics.eta`) of
the same moment, of the end of one section.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from autosubmit_core.metrics.eta import estimated_time
from autosubmit_core.metrics.forecast import PastJobs, Progress, forecast, pools
from autosubmit_core.metrics.past_times import FEW, numbered
from autosubmit_core.metrics.simulation import Graph
from autosubmit_core.status import Status
from autosubmit_core.tables import (
    BoolColumn,
    FloatColumn,
    InstantColumn,
    Int64Column,
    JobHistory,
    JobTable,
    Table,
)
from autosubmit_core.tables.columns import column

__all__ = ["BackTest", "back_test", "relative_error"]

#: The moments, as shares of the length of the run.
SHARES = (0.2, 0.35, 0.5, 0.65, 0.8)
#: What is to be told has to be so many jobs.
FEWEST_LEFT = 5


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BackTest(Table):
    """What was forecast at moments of the past, and what came, one row a moment. Seconds from it"""

    #: Seconds since 1970 UTC. (n,)
    moment: InstantColumn = column(np.int64)
    #: When the last job of the completed chunks ended. (n,) seconds
    actual: FloatColumn = column(np.float64)
    #: The forecast: the middle, and what 8 of 10 courses lie between. (n,) seconds
    low: FloatColumn = column(np.float64)
    middle: FloatColumn = column(np.float64)
    high: FloatColumn = column(np.float64)
    #: The end of the section: what came, the middle of the forecast, and the two older estimates by
    #: chunks and by instances; NaN where nothing of the section was left. (n,) seconds
    section_actual: FloatColumn = column(np.float64)
    section_middle: FloatColumn = column(np.float64)
    by_chunks: FloatColumn = column(np.float64)
    by_instances: FloatColumn = column(np.float64)


def relative_error(estimate: FloatColumn, actual: FloatColumn) -> float:
    """Return the median of |estimate - actual| / actual over the moments; NaN for none.

    >>> relative_error(np.array([90.0, 120.0, np.nan]), np.array([100.0, 100.0, 100.0]))
    0.15
    """
    known = np.isfinite(estimate) & (actual > 0)
    if not known.any():
        return float("nan")
    return float(np.round(np.median(np.abs(estimate - actual)[known] / actual[known]), 12))


def back_test(
    jobs: JobTable,
    history: JobHistory,
    past: PastJobs,
    graph: Graph,
    wallclock: FloatColumn,
    section: str,
) -> BackTest:
    """Return how forecasts would have done in the run in which most jobs were completed.

    Of no run with enough jobs the table is empty. Everything is row by row that of the jobs, but for
    the history.
    """
    runs, counts = np.unique(past.run_id[past.known], return_counts=True)
    if not len(runs):
        return BackTest.empty()
    in_run = past.known & (past.run_id == runs[counts.argmax()])
    begin = int((past.start - past.lag)[in_run].min())
    end = int(past.finish[in_run].max())
    whole = _whole_chunks(jobs, past.known)
    rows = [
        _at(
            *(jobs, history, past, graph, wallclock, section),
            in_run=in_run,
            whole=whole,
            moment=begin + round(share * (end - begin)),
        )
        for share in SHARES
    ]
    kept = [row for row in rows if row]
    columns = {name: [row[name] for row in kept] for name in BackTest.empty().columns()}
    return BackTest.of(len(kept), **columns)


def _whole_chunks(jobs: JobTable, completed: BoolColumn) -> BoolColumn:
    """Return which jobs are of a section and chunk that is completed in all members. (n,) bool"""
    section, _ = numbered(jobs.section)
    chunk = jobs.chunk.astype(np.int64)
    _, group = np.unique(section * (chunk.max(initial=0) + 1) + chunk, return_inverse=True)
    whole = np.ones(int(group.max(initial=0)) + 1, dtype=np.bool_)
    whole[group[~completed]] = False
    made: BoolColumn = whole[group]
    return made


def _at(
    jobs: JobTable,
    history: JobHistory,
    past: PastJobs,
    graph: Graph,
    wallclock: FloatColumn,
    section: str,
    *,
    in_run: BoolColumn,
    whole: BoolColumn,
    moment: int,
) -> dict[str, float]:
    """Return the forecast of one moment and what came; nothing if too little was known or left."""
    left = in_run & (past.finish > moment)
    ended = past.known & (past.finish <= moment)
    if (left & whole).sum() < FEWEST_LEFT or ended.sum() < FEW:
        return {}
    rows = np.flatnonzero(left)
    told_of = np.flatnonzero(whole[rows])
    progress = Progress.of(
        len(rows),
        job=rows,
        start=np.where(past.start[rows] <= moment, past.start[rows], 0),
        ready=np.where(past.ready[rows] <= moment, past.ready[rows], 0),
    )
    made = forecast(jobs, graph, progress, pools(jobs.section, past, moment), wallclock, moment)
    low, middle, high = np.quantile(made.end_of(told_of), (0.1, 0.5, 0.9)).tolist()
    of_section = told_of[jobs.section[rows[told_of]] == section]
    told = {
        "moment": moment,
        "actual": float(past.finish[rows[told_of]].max() - moment),
        **{"low": low, "middle": middle, "high": high},
        **dict.fromkeys(("section_actual", "section_middle", "by_chunks", "by_instances"), np.nan),
    }
    if len(of_section):
        older = _older(
            jobs, history, np.flatnonzero((left & whole) | ended), ended, moment, section
        )
        told |= {
            "section_actual": float(past.finish[rows[of_section]].max() - moment),
            "section_middle": float(np.median(made.end_of(of_section))),
            **dict(zip(("by_chunks", "by_instances"), older)),
        }
    return told


def _older(
    jobs: JobTable,
    history: JobHistory,
    rows: Int64Column,
    ended: BoolColumn,
    moment: int,
    section: str,
) -> tuple[float, float]:
    """Return what the older estimates would have said, of the same jobs and the same past."""
    then = np.where(ended[rows], Status.COMPLETED, Status.WAITING).astype(np.int8)
    known = history.take(np.flatnonzero((history.finish > 0) & (history.finish <= moment)))
    made = estimated_time(replace(jobs.take(rows), status=then), known, section)
    return made.seconds, made.instances_seconds
