"""Durations between instants of which either may be unknown."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from autosubmit_core.status import Status
from autosubmit_core.tables import InstantColumn, Int64Column, JobHistory

__all__ = ["durations", "row_durations"]


def durations(begin: InstantColumn, end: InstantColumn | int) -> Int64Column:
    """Return the seconds from one instant to another, never negative; 0 if either is unknown.

    Both are seconds since 1970 UTC with 0 for unknown, (n,) or one number for all.

    >>> durations(np.array([100, 0, 300]), np.array([160, 160, 200])).tolist()
    [60, 0, 0]
    """
    seconds: Int64Column = np.where(begin > 0, np.maximum(end - begin, 0), 0)
    return seconds


def row_durations(
    history: JobHistory, rows: npt.NDArray[np.integer], now: int
) -> tuple[InstantColumn, Int64Column, Int64Column]:
    """Return finish, queue time and run time of rows of the history, each (n,) seconds.

    A row that is RUNNING and the newest of its job runs until ``now``; queue is start - submit and
    run is finish - start, as in :func:`durations`.
    """
    running = (history.status[rows] == Status.RUNNING) & history.last[rows]
    start, finish = history.start[rows], np.where(running, now, history.finish[rows])
    return finish, durations(history.submit[rows], start), durations(start, finish)
