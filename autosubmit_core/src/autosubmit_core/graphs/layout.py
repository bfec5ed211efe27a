"""A drawing of the workflow in layers: every job below all that it waits for."""

from __future__ import annotations

from itertools import accumulate

import numpy as np

from autosubmit_core.graphs.neighbourhoods import Dependencies, compressed_rows
from autosubmit_core.graphs.positions import STEP_X, STEP_Y, Positions
from autosubmit_core.tables import Int32Column

__all__ = ["WIDEST_ROW", "layered_layout"]

#: How many jobs stand beside each other before a level goes on in a row below.
WIDEST_ROW = 200


def layered_layout(made: Dependencies, levels: Int32Column, wrapper: Int32Column) -> Positions:
    """Return a drawing in layers, the roots on top and the last level at ``y`` 0.

    ``levels`` are those of :func:`~autosubmit_core.graphs.levels.levels`; ``wrapper`` numbers the
    wrapper of each job, -1 for none: jobs of one wrapper and level stay together.

    This is the layered drawing of Sugiyama et al. 1981 (doi:10.1109/TSMC.1981.4308636): crossings
    are reduced by one sweep down and one up, in which each level is sorted by the mean place of
    its jobs' neighbours; then each job moves as near to its parents as the order allows. An edge
    that passes levels by has no place in them. Costs O((V + E) log V), needs no external program,
    and gives the same for the same.

    >>> from autosubmit_core.graphs.neighbourhoods import dependencies
    >>> from autosubmit_core.tables import JobTable, Structure
    >>> jobs = JobTable.of(3, name=["SIM", "POST", "CLEAN"])
    >>> made = dependencies(jobs, Structure.of_edges(["SIM", "SIM"], ["POST", "CLEAN"]))
    >>> level, unwrapped = np.array([1, 2, 2]), np.full(3, -1)
    >>> drawn = layered_layout(made, level, unwrapped)
    >>> drawn.x.tolist(), drawn.y.tolist()
    ([0.0, -90.0, 90.0], [-90.0, 0.0, 0.0])
    """
    rows = _jobs_of_levels(levels)
    above, below = _neighbours_by_level(made, levels)
    wrappers = wrapper.tolist() if (wrapper >= 0).any() else None
    place = [0.0] * len(levels)
    for jobs in rows:
        _arrange(jobs, above, wrappers, place)
    for jobs in reversed(rows):
        _arrange(jobs, below, wrappers, place)
    for jobs in rows:
        _move(jobs, above, place)
    if any(len(jobs) > WIDEST_ROW for jobs in rows):
        return _in_rows_of_equal_steps(rows, len(levels))
    return _drawn(rows, place)


def _jobs_of_levels(levels: Int32Column) -> list[list[int]]:
    """Return the jobs of each level that has any, in list order."""
    order = np.argsort(levels, kind="stable")
    ends = np.flatnonzero(np.diff(levels[order])) + 1
    return [jobs.tolist() for jobs in np.split(order, ends)] if len(order) else []


def _neighbours_by_level(
    made: Dependencies, levels: Int32Column
) -> tuple[list[list[int]], list[list[int]]]:
    """Return the parents above and the children below each job; edges that close a cycle are out."""
    parents, children = made.edges()
    down = levels[parents] < levels[children]
    if down.all():
        return list(made.parents), list(made.children)
    parents, children, n = parents[down], children[down], len(levels)
    return list(compressed_rows(children, parents, n)), list(compressed_rows(parents, children, n))


def _arrange(
    jobs: list[int],
    neighbours: list[list[int]],
    wrappers: list[int] | None,
    place: list[float],
) -> None:
    """Sort the jobs of a level by the places that their neighbours have, and place them."""
    wanted = _wanted(jobs, neighbours, place)
    if len(jobs) > 1:
        keys = wanted if wrappers is None else _with_mates(jobs, wanted, wrappers)
        order = sorted(range(len(jobs)), key=keys.__getitem__)
        jobs[:] = [jobs[index] for index in order]
        wanted = [wanted[index] for index in order]
    _put(jobs, wanted, place)


def _move(jobs: list[int], neighbours: list[list[int]], place: list[float]) -> None:
    """Place the jobs of a level as near to their neighbours as their order allows."""
    _put(jobs, _wanted(jobs, neighbours, place), place)


def _wanted(jobs: list[int], neighbours: list[list[int]], place: list[float]) -> list[float]:
    """Return the mean place of the neighbours of each job; its own if it has none."""
    at = place.__getitem__
    return [
        sum(map(at, near)) / len(near) if (near := neighbours[job]) else place[job] for job in jobs
    ]


def _with_mates(
    jobs: list[int], wanted: list[float], wrappers: list[int]
) -> list[tuple[float, int, float]]:
    """Return keys to sort by, in which the jobs of a wrapper want the mean place of them all."""
    own = [wrappers[job] for job in jobs]
    mates: dict[int, list[float]] = {}
    for one, want in zip(own, wanted):
        if one >= 0:
            mates.setdefault(one, []).append(want)
    means = {one: sum(wants) / len(wants) for one, wants in mates.items()}
    return [(means.get(one, want), one, want) for one, want in zip(own, wanted)]


def _put(jobs: list[int], wanted: list[float], place: list[float]) -> None:
    """Give jobs the places nearest to those wanted in which they are a step apart, in order.

    Pushing all to the right as far as needed gives one such row, to the left another; their mean
    is one too, and favours no side.
    """
    free = [want - index for index, want in enumerate(wanted)]
    rightmost = list(accumulate(free, max))
    leftmost = list(accumulate(reversed(free), min))[::-1]
    for index, (job, right, left) in enumerate(zip(jobs, rightmost, leftmost)):
        place[job] = (right + left) / 2 + index


def _drawn(rows: list[list[int]], place: list[float]) -> Positions:
    y = [0] * len(place)
    for index, jobs in enumerate(rows):
        for job in jobs:
            y[job] = (index + 1 - len(rows)) * STEP_Y
    x = np.round(np.array(place, dtype=np.float64) * STEP_X)
    return Positions(x=x, y=np.array(y, dtype=np.float64))


def _in_rows_of_equal_steps(rows: list[list[int]], n: int) -> Positions:
    """Return the drawing of levels of which some are too wide: these go on in rows below.

    Beside rows that were cut, places that follow the neighbours would be far outside; so each row
    is centred and its jobs stand a step apart.
    """
    x, y = np.empty(n), np.empty(n)
    cut = [
        jobs[begin : begin + WIDEST_ROW]
        for jobs in rows
        for begin in range(0, len(jobs), WIDEST_ROW)
    ]
    for index, jobs in enumerate(cut):
        x[jobs] = np.round((np.arange(len(jobs)) - (len(jobs) - 1) / 2) * STEP_X)
        y[jobs] = (index + 1 - len(cut)) * STEP_Y
    return Positions(x=x, y=y)
