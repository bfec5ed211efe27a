"""A drawing by Autosubmit's own coordinates: a lane per date and member, a column per chunk."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from autosubmit_core.graphs.positions import STEP_X, STEP_Y, Positions
from autosubmit_core.tables import (
    FloatColumn,
    Int32Column,
    Int64Column,
    JobTable,
    Table,
    TextColumn,
    TimeColumn,
)
from autosubmit_core.tables.columns import column

__all__ = ["ColumnTable", "LaneTable", "Lanes", "lanes"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LaneTable(Table):
    """The lanes from top to bottom: by date, then by first appearance of the member."""

    #: Start date, NaT for jobs that have none, and member, None likewise. (n,)
    date: TimeColumn = column("datetime64[s]", "NaT")
    member: TextColumn = column(object, None)
    #: ``y`` of its first and last row of jobs. (n,) float64
    top: FloatColumn = column(np.float64)
    bottom: FloatColumn = column(np.float64)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ColumnTable(Table):
    """The columns from left to right: before the chunks, the chunks, after them."""

    #: Chunk number; 0 for the columns of jobs that have none. (n,) int32
    chunk: Int32Column = column(np.int32)
    #: ``x`` of its first and last row of jobs. (n,) float64
    left: FloatColumn = column(np.float64)
    right: FloatColumn = column(np.float64)


@dataclass(frozen=True, slots=True)
class Lanes:
    """The drawing, and where its lanes and columns are, to write their names beside them."""

    positions: Positions
    lanes: LaneTable
    columns: ColumnTable

    def memory_bytes(self) -> int:
        """Return how much memory the columns keep."""
        tables = (self.positions, self.lanes, self.columns)
        return sum(table.memory_bytes() for table in tables)


def lanes(jobs: JobTable) -> Lanes:
    """Return where each job stands by its date, member, chunk, section and split.

    Inside a column each section has a place of its own, by priority; jobs of one section, such as
    splits, stand under each other. Jobs without a chunk are in a column before the chunks, or
    after them if their section comes after one that has chunks. Costs O(V log V).

    >>> jobs = JobTable.of(
    ...     3, name=["INI", "1_SIM", "2_SIM"], section=["INI", "SIM", "SIM"],
    ...     chunk=[0, 1, 2], priority=[0, 1, 1],
    ... )
    >>> drawn = lanes(jobs)
    >>> drawn.positions.x.tolist(), drawn.columns.chunk.tolist()
    ([0.0, 360.0, 720.0], [0, 1, 2])
    """
    lane, lane_job = _ranked(_dates(jobs), _first_seen(jobs.member))
    columns = _columns(jobs)
    place, place_job = _ranked(columns, _sections(jobs))
    column_of_place, column_job = _ranked(columns[place_job])
    depth = _depths(lane, place)

    rows = np.zeros(len(lane_job), dtype=np.int64)
    np.maximum.at(rows, lane, depth + 1)
    # An empty row between lanes, and an empty place between columns.
    top = np.cumsum(rows + 1) - (rows + 1)
    left = np.arange(len(place_job)) + column_of_place
    first = np.flatnonzero(np.diff(column_of_place, prepend=-1))
    last = np.flatnonzero(np.diff(column_of_place, append=len(place_job)))
    return Lanes(
        positions=Positions(x=_scaled(left[place], STEP_X), y=_scaled(top[lane] + depth, STEP_Y)),
        lanes=LaneTable(
            date=jobs.date[lane_job],
            member=jobs.member[lane_job],
            top=_scaled(top, STEP_Y),
            bottom=_scaled(top + rows - 1, STEP_Y),
        ),
        columns=ColumnTable(
            chunk=jobs.chunk[place_job[column_job]],
            left=_scaled(left[first], STEP_X),
            right=_scaled(left[last], STEP_X),
        ),
    )


def _scaled(places: Int64Column, step: int) -> FloatColumn:
    return (places * step).astype(np.float64)


def _ranked(
    *keys: npt.NDArray[np.int64],
) -> tuple[Int64Column, npt.NDArray[np.intp]]:
    """Return the rank of each row among the distinct keys, and a row of each rank.

    The first key counts most.
    """
    order = np.lexsort(keys[::-1])
    new = np.zeros(len(order), dtype=np.bool_)
    for key in keys:
        new |= np.diff(key[order], prepend=-1) != 0
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.cumsum(new) - 1
    return rank, order[new]


def _dates(jobs: JobTable) -> Int64Column:
    """Return the rank of the date of each job among all dates; none comes first."""
    seconds = np.where(np.isnat(jobs.date), np.iinfo(np.int64).min, jobs.date.astype(np.int64))
    rank: Int64Column = np.unique(seconds, return_inverse=True)[1].astype(np.int64)
    return rank


def _first_seen(texts: TextColumn) -> Int64Column:
    """Return numbers of texts in order of first appearance from 1; 0 for None."""
    seen: dict[str | None, int] = {None: 0}
    return np.fromiter((seen.setdefault(text, len(seen)) for text in texts), np.int64, len(texts))


def _columns(jobs: JobTable) -> Int64Column:
    """Return numbers that sort the columns: chunk numbers, 0 before them and beyond them."""
    chunk = jobs.chunk.astype(np.int64)
    chunked = chunk > 0
    if not chunked.any():
        return chunk
    after = ~chunked & (jobs.priority > jobs.priority[chunked].min())
    return np.where(after, chunk.max() + 1, chunk)


def _sections(jobs: JobTable) -> Int64Column:
    """Return the rank of the section of each job, by its lowest priority, then first appearance."""
    section = _first_seen(jobs.section)
    priority = np.full(int(section.max(initial=0)) + 1, np.iinfo(np.int64).max)
    np.minimum.at(priority, section, jobs.priority)
    rank = np.empty(len(priority), dtype=np.int64)
    rank[np.argsort(priority, kind="stable")] = np.arange(len(priority))
    return rank[section]


def _depths(lane: Int64Column, place: Int64Column) -> Int64Column:
    """Return how many jobs of the same lane and place come before each job, in list order."""
    order = np.lexsort((place, lane))
    new = (np.diff(lane[order], prepend=-1) != 0) | (np.diff(place[order], prepend=-1) != 0)
    start = np.maximum.accumulate(np.where(new, np.arange(len(order)), 0))
    depth = np.empty(len(order), dtype=np.int64)
    depth[order] = np.arange(len(order)) - start
    return depth
