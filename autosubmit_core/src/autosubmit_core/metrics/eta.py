"""How long the chunks of a section that are not complete will still take.

Two estimates stand beside each other. The older counts chunk numbers over all start dates and
members at once, so the "run time" of chunk 1 lasts from its first start in any member to its last
finish in any other. The newer counts instances, a chunk of one start date and one member, and how
many of them run side by side.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from autosubmit_core.metrics.job_times import newest_rows
from autosubmit_core.status import Status
from autosubmit_core.tables import (
    BoolColumn,
    InstantColumn,
    Int64Column,
    JobHistory,
    JobTable,
)

__all__ = ["EstimatedTime", "concurrency", "estimated_time"]

#: How far back :func:`concurrency` looks from the last finish, in mean run times of an instance.
_RECENT_RUN_TIMES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class EstimatedTime:
    """What remains of a section; seconds are NaN where nothing has been measured yet."""

    #: Jobs of the section; without a job there is no such section.
    jobs: int
    #: Chunk numbers, and those of which some job is not COMPLETED; 0 if the section has no chunks.
    chunks_total: int
    chunks_remaining: int
    #: Mean time from the first start to the last finish of a complete chunk number. Seconds
    chunk_seconds: float
    #: ``chunk_seconds`` · ``chunks_remaining``; 0.0 if nothing remains. Seconds
    seconds: float
    #: The same for instances: a chunk of one start date and one member.
    instances_total: int
    instances_remaining: int
    instance_seconds: float
    #: How many instances have been running at the same time lately, on average; at least 1.
    concurrency: float
    #: ``instance_seconds`` · ``instances_remaining`` / ``concurrency``. Seconds
    instances_seconds: float


def estimated_time(jobs: JobTable, history: JobHistory, section: str) -> EstimatedTime:
    """Return how long the rest of a section will take if it goes on as before.

    Jobs of the section without a chunk are left out. A chunk is complete when all its jobs are
    COMPLETED, splits included; it took from the first start to the last finish of their newest rows
    in the history, and counts for no mean if one of the two is not known.

    >>> jobs = JobTable.of(
    ...     2, name=["a_1_SIM", "a_2_SIM"], section=["SIM"] * 2, chunk=[1, 2], status=[5, 0]
    ... )
    >>> history = JobHistory.of(1, job_name=["a_1_SIM"], start=[1000], finish=[1300], last=[True])
    >>> estimated_time(jobs, history, "SIM").seconds
    300.0
    """
    of_section = jobs.section == section
    chunked = jobs.take(np.flatnonzero(of_section & (jobs.chunk > 0)))
    rows = newest_rows(chunked.name, history)
    has_row = rows >= 0
    start, finish = np.zeros((2, len(chunked)), dtype=np.int64)
    start[has_row], finish[has_row] = history.start[rows[has_row]], history.finish[rows[has_row]]
    completed = chunked.status == Status.COMPLETED

    chunks = _Groups.of(chunked.chunk.tolist(), completed, start, finish)
    dates = chunked.date.astype(np.int64).tolist()
    instances = _Groups.of(
        zip(dates, chunked.member.tolist(), chunked.chunk.tolist()), completed, start, finish
    )
    side_by_side = concurrency(
        instances.start[instances.measured], instances.finish[instances.measured]
    )
    return EstimatedTime(
        jobs=int(np.count_nonzero(of_section)),
        chunks_total=len(chunks.complete),
        chunks_remaining=chunks.remaining,
        chunk_seconds=chunks.mean_seconds,
        seconds=chunks.mean_seconds * chunks.remaining if chunks.remaining else 0.0,
        instances_total=len(instances.complete),
        instances_remaining=instances.remaining,
        instance_seconds=instances.mean_seconds,
        concurrency=side_by_side,
        instances_seconds=(
            instances.mean_seconds * instances.remaining / side_by_side
            if instances.remaining
            else 0.0
        ),
    )


def concurrency(start: InstantColumn, finish: InstantColumn) -> float:
    """Return how many instances have been running at the same time lately, on average.

    Lately is the time of five mean run times before the last finish; of it counts the part in which
    at least one ran, so that a pause of the whole experiment changes nothing. Both are (n,)
    seconds since 1970 UTC; NaN for n = 0.

    Two and two side by side, with a pause between:

    >>> concurrency(np.array([1000, 1000, 2500, 2500]), np.array([1600, 1600, 3100, 3100]))
    2.0
    """
    if not len(start):
        return float("nan")
    since = finish.max() - _RECENT_RUN_TIMES * np.mean(finish - start)
    order = np.argsort(start, kind="stable")
    begins, ends = np.maximum(start[order], since), np.maximum(finish[order], since)
    busy_until = np.maximum.accumulate(ends)
    idle_from = np.concatenate([[since], busy_until[:-1]])
    busy = np.maximum(busy_until - np.maximum(begins, idle_from), 0).sum()
    return float((ends - begins).sum() / busy) if busy > 0 else 1.0


@dataclass(frozen=True, slots=True)
class _Groups:
    """Jobs that make a chunk or an instance together, one place per group."""

    #: Whether all jobs are COMPLETED. (g,) bool
    complete: BoolColumn
    #: First start and last finish; 0 if none is known. (g,) seconds
    start: InstantColumn
    finish: InstantColumn

    @classmethod
    def of(
        cls,
        keys: Iterable[Hashable],
        completed: BoolColumn,
        start: InstantColumn,
        finish: InstantColumn,
    ) -> _Groups:
        numbers: dict[Hashable, int] = {}
        group = np.array([numbers.setdefault(key, len(numbers)) for key in keys], dtype=np.intp)
        never = np.iinfo(np.int64).max
        complete = np.ones(len(numbers), dtype=np.bool_)
        complete[group[~completed]] = False
        first = np.full(len(numbers), never, dtype=np.int64)
        np.minimum.at(first, group, np.where(start > 0, start, never))
        last: Int64Column = np.zeros(len(numbers), dtype=np.int64)
        np.maximum.at(last, group, finish)
        return cls(complete, np.where(first == never, 0, first), last)

    @property
    def measured(self) -> npt.NDArray[np.bool_]:
        """The complete groups of which start and finish are known."""
        return self.complete & (self.start > 0) & (self.finish >= self.start)

    @property
    def remaining(self) -> int:
        return int(np.count_nonzero(~self.complete))

    @property
    def mean_seconds(self) -> float:
        seconds = (self.finish - self.start)[self.measured]
        return float(seconds.mean()) if len(seconds) else float("nan")
