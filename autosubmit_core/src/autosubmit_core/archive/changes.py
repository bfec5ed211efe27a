"""What changed in a job list since somebody last asked, at the price of one number a job.

Clients that watch an experiment ask every few seconds. Instead of past states, which would have to
be kept for each of them, the newest state is kept with the number of the observation at which each
job last changed: every client's question is then one comparison.
"""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["DEFAULT_CHANGES_BYTES", "ChangeLog", "JobChanges", "State", "changed_rows"]

#: How much memory the states of all watched experiments may take together, unless told otherwise.
DEFAULT_CHANGES_BYTES = 64 * 1024 * 1024

#: The columns of a list that are watched, (n,) each.
State = Mapping[str, npt.NDArray[Any]]


@dataclass(frozen=True, slots=True)
class JobChanges:
    """Which jobs changed since a cursor."""

    #: What to ask with next time.
    cursor: str
    #: The jobs, as rows of the list, ascending. (m,) int64
    rows: npt.NDArray[np.int64]
    #: Whether the cursor says nothing here: the list was made anew, or was forgotten meanwhile.
    #: Then no rows are told, and all of them have to be read again.
    reset: bool


@dataclass(slots=True)
class _Observed:
    """The newest state of one list."""

    list_version: str
    #: Tells this life of the list from others, so that an old cursor is known as such.
    life: str
    columns: State
    #: The number of the last observation in which something changed, and that of each job. (n,)
    number: int
    changed_at: npt.NDArray[np.int64]

    def cursor(self) -> str:
        return f"{self.life}.{self.number}"

    def size(self) -> int:
        return self.changed_at.nbytes + sum(values.nbytes for values in self.columns.values())


def changed_rows(before: State, after: State) -> npt.NDArray[np.int64]:
    """Return the rows in which two states of one list differ, ascending. (m,) int64"""
    different = np.zeros(len(next(iter(after.values()))), dtype=np.bool_)
    for name, values in after.items():
        different |= before[name] != values
    return np.flatnonzero(different).astype(np.int64)


class ChangeLog:
    """The newest observed state of the jobs of each experiment that somebody watches.

    Safe to use from many threads. When the states together are larger than ``limit_bytes``, those
    that were not asked for the longest are let go, and their clients told to read anew.
    """

    def __init__(self, limit_bytes: int = DEFAULT_CHANGES_BYTES) -> None:
        self._limit = limit_bytes
        self._total = 0
        self._observed: OrderedDict[str, _Observed] = OrderedDict()
        self._mutex = threading.Lock()

    def changes(
        self, expid: str, list_version: str, columns: State, since: str | None = None
    ) -> JobChanges:
        """Note the state of a list now, and return which jobs changed since a cursor.

        ``columns`` are the columns to watch, (n,) each. Without ``since`` there is only a cursor.
        """
        with self._mutex:
            observed = self._noted(expid, list_version, columns)
            seen = _number_of(since, observed)
            reset = since is not None and seen is None
            changed = observed.changed_at > (observed.number if seen is None else seen)
            return JobChanges(
                cursor=observed.cursor(),
                rows=np.flatnonzero(changed).astype(np.int64),
                reset=reset,
            )

    def knows(self, expid: str, cursor: str) -> bool:
        """Tell whether a cursor is that of the newest state of a list, which is not forgotten."""
        with self._mutex:
            observed = self._observed.get(expid)
            return observed is not None and observed.cursor() == cursor

    def kept_bytes(self) -> int:
        """Return how many bytes the states keep."""
        return self._total

    def _noted(self, expid: str, list_version: str, columns: State) -> _Observed:
        observed = self._observed.pop(expid, None)
        self._total -= observed.size() if observed else 0
        if observed is None or observed.list_version != list_version:
            n = len(next(iter(columns.values())))
            life = secrets.token_hex(6)
            observed = _Observed(list_version, life, columns, 0, np.zeros(n, dtype=np.int64))
        else:
            _note_differences(observed, columns)
        self._observed[expid] = observed
        self._total += observed.size()
        while self._total > self._limit and len(self._observed) > 1:
            _, forgotten = self._observed.popitem(last=False)
            self._total -= forgotten.size()
        return observed


def _number_of(cursor: str | None, observed: _Observed) -> int | None:
    """Return the number of the observation that a cursor names; None if it is of another life."""
    life, _, number = (cursor or "").partition(".")
    if life != observed.life or not number.isascii() or not number.isdigit() or len(number) > 18:
        return None
    return int(number) if int(number) <= observed.number else None


def _note_differences(observed: _Observed, columns: State) -> None:
    rows = changed_rows(observed.columns, columns)
    if len(rows):
        observed.number += 1
        observed.changed_at[rows] = observed.number
    observed.columns = columns
