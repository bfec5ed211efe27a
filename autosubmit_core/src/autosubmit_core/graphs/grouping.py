"""The jobs of each date and member as one: what a drawing shows from afar."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from autosubmit_core.graphs.positions import Positions
from autosubmit_core.status import Status
from autosubmit_core.tables import (
    FloatColumn,
    Int8Column,
    JobTable,
    Table,
    TextColumn,
    TimeColumn,
)
from autosubmit_core.tables.columns import column

__all__ = ["ROOM", "GroupTable", "date_member_groups"]

#: Groups nearer to each other than this, in both axes, are moved apart.
ROOM = 250

#: The status of a group is the first of these that one of its jobs has, else WAITING.
_TELLING = (
    Status.FAILED,
    Status.RUNNING,
    Status.SUSPENDED,
    Status.SUBMITTED,
    Status.QUEUING,
    Status.COMPLETED,
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GroupTable(Table):
    """Groups of jobs, by date, then first appearance of the member."""

    #: Start date and member, which all have. (n,)
    date: TimeColumn = column("datetime64[s]", "NaT")
    member: TextColumn = column(object, None)
    #: The status that tells most of the group. (n,) int8
    status: Int8Column = column(np.int8)
    #: Where the group is drawn; whole numbers. (n,) float64
    x: FloatColumn = column(np.float64)
    y: FloatColumn = column(np.float64)


def date_member_groups(jobs: JobTable, drawn: Positions) -> GroupTable:
    """Return a group for each date and member that has jobs, at the mean of their places.

    Jobs without a date or member are in no group. Groups on top of each other are moved apart.

    >>> jobs = JobTable.of(
    ...     2, name=["a", "b"], date=["2000-01-01"] * 2, member=["fc0"] * 2, status=[5, 4]
    ... )
    >>> groups = date_member_groups(jobs, Positions.of(2, x=[0, 181], y=[0, 90]))
    >>> groups.x.tolist(), groups.y.tolist(), groups.status.tolist() == [Status.RUNNING]
    ([90.0], [45.0], True)
    """
    rows = [row for row in np.flatnonzero(~np.isnat(jobs.date)).tolist() if jobs.member[row]]
    members = {member: rank for rank, member in enumerate(dict.fromkeys(jobs.member[rows]))}
    keys = zip(jobs.date[rows].astype(np.int64).tolist(), map(members.get, jobs.member[rows]))
    found: dict[tuple[int, int | None], list[int]] = {}
    for row, key in zip(rows, keys):
        found.setdefault(key, []).append(row)
    groups = [found[key] for key in sorted(found)]
    firsts = [group[0] for group in groups]
    x = np.array([int(drawn.x[group].mean()) for group in groups], dtype=np.float64)
    y = np.array([int(drawn.y[group].mean()) for group in groups], dtype=np.float64)
    return GroupTable(
        date=jobs.date[firsts],
        member=jobs.member[firsts],
        status=np.array([_telling(jobs.status[group]) for group in groups], dtype=np.int8),
        x=x,
        y=_moved_apart(x, y),
    )


def _telling(status: Int8Column) -> Status:
    present = set(status.tolist())
    return next((one for one in _TELLING if one in present), Status.WAITING)


def _moved_apart(x: FloatColumn, y: FloatColumn) -> FloatColumn:
    """Return ``y`` of groups, each moved away from those above it that are too near."""
    moved = y.copy()
    order = np.argsort(-y, kind="stable")
    for place, group in enumerate(order.tolist()):
        others = order[place + 1 :]
        beside = others[np.abs(x[others] - x[group]) < ROOM]
        for other in y[beside].tolist():
            distance = abs(moved[group] - other)
            if distance < ROOM:
                missing = ROOM - distance
                moved[group] += missing if moved[group] > other else -missing
    return moved
