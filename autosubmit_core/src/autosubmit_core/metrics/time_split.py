"""Where the time of an experiment went: simulating, in queues, in failures, postprocessing, or nowhere.

ASYPD adds up run and queue times; what failed attempts took, and when nothing was under way, is in
none of them. Here the time that passed is divided, so that the parts add up to it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from autosubmit_core.status import Status
from autosubmit_core.tables import (
    BoolColumn,
    InstantColumn,
    Int8Column,
    Int32Column,
    Int64Column,
    JobTable,
    Table,
)
from autosubmit_core.tables.columns import column

__all__ = ["PARTS", "ListedAttempts", "TimeSplit", "split_seconds", "time_split"]

#: The parts, the one that counts first where several are under way.
PARTS = ("run", "queue", "failures", "postprocessing", "idle")
_RUN, _QUEUE, _FAILURES, _POST, _IDLE = range(len(PARTS))

#: An attempt that has not ended, or ended well.
_WELL = (
    *(Status.COMPLETED, Status.RUNNING, Status.QUEUING, Status.SUBMITTED),
    *(Status.HELD, Status.PREPARED),
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ListedAttempts(Table):
    """Attempts of the jobs of a list, in no order."""

    #: Row of the job in the list. (n,) int32
    job: Int32Column = column(np.int32)
    #: How it ended, or what it is doing: a :class:`~autosubmit_core.status.Status` code. (n,) int8
    status: Int8Column = column(np.int8)
    #: Seconds since 1970 UTC; 0 if it has not come to that. Of one that goes on, ``finish`` is the
    #: present, and so is ``start`` while it waits. (n,)
    submit: InstantColumn = column(np.int64)
    start: InstantColumn = column(np.int64)
    finish: InstantColumn = column(np.int64)


@dataclass(frozen=True, slots=True)
class TimeSplit:
    """The time that passed for the simulations, divided; all in seconds.

    A chain is what follows on each other: the jobs of one start date and member that has simulations.
    Its time begins with its first submission and ends with its last finish, or goes on. At each
    moment a chain is in one part only, the first of these that holds:

    - run: a simulation (section ``SIM``) runs that completed, or still runs;
    - queue: such a simulation waits in the queue;
    - failures: an attempt that failed, of any of its jobs, waits or runs;
    - postprocessing: any other of its jobs waits or runs;
    - idle: nothing of it is under way: Autosubmit was not running, or waited for something else.
    """

    run: int
    queue: int
    failures: int
    postprocessing: int
    idle: int
    #: How many chains the sums are over, and how many years they simulated.
    chains: int
    simulated_years: float

    @property
    def elapsed(self) -> int:
        """The time that passed for all chains: the sum of the parts."""
        return sum(self.parts.values())

    @property
    def parts(self) -> dict[str, int]:
        """The parts by their names."""
        return {name: getattr(self, name) for name in PARTS}


def time_split(jobs: JobTable, attempts: ListedAttempts, simulated_years: float) -> TimeSplit:
    """Return where the time of an experiment went; all parts are 0 if no simulation was submitted.

    ``simulated_years`` are those of its completed simulations. Jobs that no chain has for its own,
    such as those of the whole experiment, count for none.
    """
    simulation = jobs.section == "SIM"
    chain = _chains(jobs, simulation)
    known = attempts.take((chain[attempts.job] >= 0) & (attempts.submit > 0))
    of_simulation = simulation[known.job]
    failed = ~np.isin(known.status, _WELL)
    waiting = np.select([failed, of_simulation], [_FAILURES, _QUEUE], _POST)
    running = np.select([failed, of_simulation], [_FAILURES, _RUN], _POST)
    waited_until = np.where(known.start > 0, known.start, known.submit)
    seconds = split_seconds(
        np.tile(chain[known.job], 2),
        np.concatenate([waiting, running]),
        np.concatenate([known.submit, waited_until]),
        np.concatenate([waited_until, np.where(known.start > 0, known.finish, 0)]),
    )
    return TimeSplit(
        **dict(zip(PARTS, seconds.tolist())),
        chains=len(np.unique(chain[known.job])),
        simulated_years=simulated_years,
    )


def split_seconds(
    chain: npt.NDArray[np.integer],
    part: npt.NDArray[np.integer],
    begin: InstantColumn,
    end: InstantColumn,
) -> Int64Column:
    """Return the seconds of each of :data:`PARTS`, (5,), that intervals of chains come to.

    Each is (n,): which chain, which part, and from when to when; one that does not end after it begins
    is none. Of one chain, 10 s run from 100, with 8 s of postprocessing from 105, and 4 s from 120:

    >>> split_seconds(
    ...     np.zeros(3, int), np.array([0, 3, 3]), np.array([100, 105, 120]), np.array([110, 113, 124])
    ... ).tolist()
    [10, 0, 0, 7, 7]
    """
    real = end > begin
    chains, steps = np.tile(chain[real], 2), np.repeat([1, -1], np.count_nonzero(real))
    moments = np.concatenate([begin[real], end[real]])
    order = np.lexsort((moments, chains))
    changes = np.zeros((len(order), _IDLE), dtype=np.int32)
    changes[np.arange(len(order)), np.tile(part[real], 2)[order]] = steps[order]
    # Between one moment and the next of its chain nothing changes. At its end all is 0 again.
    under_way: BoolColumn = np.cumsum(changes, axis=0)[:-1] > 0
    lasts = np.where(np.diff(chains[order]) == 0, np.diff(moments[order]), 0)
    which = np.where(under_way.any(axis=1), under_way.argmax(axis=1), _IDLE)
    return np.bincount(which, weights=lasts, minlength=len(PARTS)).astype(np.int64)


def _chains(jobs: JobTable, simulation: BoolColumn) -> Int64Column:
    """Return a number for the chain of each job, -1 for those of none. (n,) int64"""
    numbers: dict[tuple[object, object], int] = {}
    keys = list(zip(jobs.date.astype(np.int64).tolist(), jobs.member.tolist()))
    for row in np.flatnonzero(simulation).tolist():
        numbers.setdefault(keys[row], len(numbers))
    return np.array([numbers.get(key, -1) for key in keys], dtype=np.int64)
