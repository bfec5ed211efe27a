"""Where the values are that a file says once, notes under a number, and refers to."""

from __future__ import annotations

import numpy as np

from autosubmit_core.readers.job_list.dictionary.instructions import (
    GET,
    LONG_GET,
    LONG_TEXT,
    SIZE,
    TEXT,
    size_of,
)
from autosubmit_core.readers.job_list.dictionary.jobs import Jobs, Places
from autosubmit_core.readers.job_list.dictionary.one_state import UnfamiliarError, take_apart

__all__ = ["Notes"]

#: How many states are looked at one by one, for what they note or name. Real job lists make do with
#: the first few.
_MOST_STATES = 100

_UNKNOWN = -1


class Notes:
    """What is noted in a pickle.

    A value of one instruction is known by its place. One that several instructions make is known by
    ``-2 - place`` of the first of them, so that the two are never taken for each other.
    """

    def __init__(self, data: bytearray, jobs: Jobs) -> None:
        self._data = data
        self._jobs = jobs
        self.bytes = np.frombuffer(data, np.uint8)
        self._words = np.ndarray((len(data) - 3,), "<u4", data, strides=(1,))
        self._known = np.full(jobs.noted, _UNKNOWN, np.int32)
        self._known[jobs.number] = jobs.name
        self._looked_at: set[int] = set()
        #: What is named, by its number: a module and something in it.
        self.named: dict[int, tuple[str, str]] = {}
        self._named_at: dict[int, tuple[int, int]] = {}
        for row in np.unique(jobs.naming).tolist():
            self._look_at(row)

    def sizes(self, at: Places) -> Places:
        """Return how long the instructions at some places are; 0 for what no job list holds."""
        words = self._words[at]
        sizes: Places = SIZE[words & 0xFFFF].astype(np.int64)
        long = np.flatnonzero((words & 0xFF) == LONG_TEXT)
        sizes[long] = 5 + self._words[at[long] + 1].astype(np.int64)
        return sizes

    def add(self, numbers: Places, values: Places) -> None:
        """Tell which values are noted under some numbers."""
        self._known[numbers] = values

    def number(self, at: Places) -> Places:
        """Return the numbers that the instructions at some places fetch; -1 where they do not."""
        words = self._words[at]
        code, number = words & 0xFF, ((words >> 8) & 0xFF).astype(np.int64)
        long = np.flatnonzero(code == LONG_GET)
        number[long] = self._words[at[long] + 1]
        number[(code != GET) & (code != LONG_GET)] = -1
        return number

    def values(self, numbers: Places) -> Places:
        """Return the values noted under some numbers; raises :class:`UnfamiliarError`."""
        if len(numbers) and numbers.max() >= len(self._known):
            raise UnfamiliarError
        found = self._known[numbers]
        missing = np.unique(numbers[found == _UNKNOWN])
        if len(missing):
            for row in np.unique(np.searchsorted(self._jobs.number, missing, "right") - 1).tolist():
                self._look_at(row)
            found = self._known[numbers]
        if (found == _UNKNOWN).any():
            raise UnfamiliarError
        return found.astype(np.int64)

    def text(self, at: int) -> str:
        """Return the text at a place, or the one that is fetched there."""
        number = int(self.number(np.array([at]))[0])
        if number >= 0:
            at = int(self.values(np.array([number]))[0])
        if at < 0 or self._data[at] not in (TEXT, LONG_TEXT):
            raise UnfamiliarError
        begin = at + (2 if self._data[at] == TEXT else 5)
        return self._data[begin : at + size_of(self._data, at)].decode("utf-8", "surrogatepass")

    def named_at(self, begin: int) -> tuple[int, int]:
        """Return the number of what is named at a place, and where that ends."""
        if begin not in self._named_at:
            raise UnfamiliarError
        return self._named_at[begin]

    def _look_at(self, row: int) -> None:
        """Learn all that one state notes and names."""
        if row < 0 or row in self._looked_at:
            raise UnfamiliarError
        self._looked_at.add(row)
        if len(self._looked_at) > _MOST_STATES:
            raise UnfamiliarError
        jobs = self._jobs
        state = take_apart(self._data, int(jobs.state[row]), int(jobs.first_number[row]))
        for number, (begin, end) in state.noted.items():
            alone = end == begin + size_of(self._data, begin) + 1
            self._known[number] = begin if alone else -2 - begin
        for number, texts in state.named.items():
            module, name = map(self.text, texts)
            self.named[number] = module, name
            self._named_at[texts[0]] = number, state.noted[number][1]
