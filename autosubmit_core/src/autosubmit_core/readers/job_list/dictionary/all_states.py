"""The states of all jobs of a pickle, taken apart side by side: an instruction of each at a time.

The states of a job list say much the same in the same order, so that what a loop over jobs would
do a hundred thousand times is done once, to columns. Nothing is built but the places of the values
that were asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from autosubmit_core.readers.job_list.dictionary.instructions import (
    CLOSES,
    GET,
    GLOBAL,
    KEEPS,
    LONG_TEXT,
    MAKES,
    MARK,
    NEEDS,
    NOTE,
    PUSHES,
    SET_ITEMS,
    SIZE,
)
from autosubmit_core.readers.job_list.dictionary.one_state import UnfamiliarError
from autosubmit_core.readers.job_list.dictionary.stretches import Stretch, stretches

__all__ = ["States", "walk"]

Places = npt.NDArray[np.int64]

#: How many steps are gone at most with the states that are gone through together. States of real
#: job lists have some 300 instructions; with the whole configuration in them, some thousands.
MOST_STEPS = 3000
#: How many marks are open at once at most: dictionaries and tuples within each other.
_DEEPEST = 8

#: How many states are gone through together: their bytes fit into the caches of a processor.
_AT_ONCE = 8192

#: By the first two bytes of an instruction: its size, if it is a value on its own; else 0. (65536,)
_VALUE_SIZE = np.where(np.tile(PUSHES == 1, 256), SIZE, 0)


@dataclass(frozen=True, slots=True)
class States:
    """Where the values of k keys are in n states. A job without the key has -1."""

    #: Where a value begins, where it ends, how many values of the state are noted before it, and
    #: after it. (4, k, n) int32
    values: npt.NDArray[np.int32]
    #: Where the last instruction of a state is. (n,) int32
    last: npt.NDArray[np.int32]
    #: How many values are noted in a state. (n,) int32
    noted: npt.NDArray[np.int32]
    #: The states that name something which is not in the pickle. (m,)
    naming: Places


def walk(data: bytearray, begin: Places, columns: npt.NDArray[np.int16], k: int) -> States:
    """Return where values are in all states; their first keys are at the places ``begin``, (n,).

    ``columns`` tells by the number under which a key was noted which of the k columns it is; -1 for
    keys that were not asked for, -2 for numbers that no key has. (256,)

    Raises :class:`UnfamiliarError` where the instructions are not those of a job list.
    """
    walk = _Walk(data, columns, (k, len(begin)))
    way = stretches(data, begin, columns)
    for first in range(0, len(begin), _AT_ONCE):
        rows = np.arange(first, min(first + _AT_ONCE, len(begin)))
        walk.steps = 0
        party = _Party(rows, begin[rows], np.zeros(len(rows), np.int64))
        for stretch in way:
            party = walk.through(stretch, party)
        walk.to(None, party)
    return walk.states()


@dataclass(frozen=True, slots=True)
class _Party:
    """Some states on their way. The three are of one length."""

    #: Which they are, where each has come to, and how many values have been noted on its way.
    rows: Places
    at: Places
    noted: Places

    def of(self, which: npt.NDArray[Any]) -> _Party:
        return _Party(self.rows[which], self.at[which], self.noted[which])

    def joined_by(self, other: _Party) -> _Party:
        if not len(other.rows):
            return self
        both = (self.rows, other.rows), (self.at, other.at), (self.noted, other.noted)
        return other if not len(self.rows) else _Party(*map(np.concatenate, both))


class _Walk:
    """A walk through the instructions of many states at once."""

    def __init__(
        self, data: bytearray, columns: npt.NDArray[np.int16], shape: tuple[int, int]
    ) -> None:
        self._data = data
        #: The four bytes from every place on, as one number.
        self._words = np.ndarray((len(data) - 3,), "<u4", data, strides=(1,))
        #: The columns by two bytes: the instruction that fetches a key, and its number.
        by_bytes = np.full((256, 256), -2, np.int16)
        by_bytes[:, GET] = columns
        self._columns = by_bytes.reshape(-1)
        self._values = np.full((4, *shape), -1, np.int32)
        self._last, self._noted = np.zeros((2, shape[1]), np.int32)
        self._naming = [np.zeros(0, np.int64)]
        self.steps = 0
        # By two bytes: whether a value ends before them, for they are a key, or the end of all.
        self._ends = self._columns > -2
        self._ends[SET_ITEMS::256] = True

    def states(self) -> States:
        """Return what was found."""
        naming = np.unique(np.concatenate(self._naming))
        return States(self._values, self._last, self._noted, naming)

    def through(self, stretch: Stretch, party: _Party) -> _Party:
        """Go to the end of a stretch, those that have its very bytes before them at once."""
        if not stretch.content:
            return self.to(stretch.next_key, party)
        size = len(stretch.content)
        windows = np.ndarray((len(self._data) - size + 1,), f"S{size}", self._data, strides=(1,))
        # Bytes of one length are the same if they are but for zeros at the end.
        same = windows[party.at] == np.bytes_(stretch.content)
        others = None if same.all() else party.of(~same)
        party = party if others is None else party.of(same)
        for column, begin, end, before, after in stretch.values:
            places = (party.at + begin, party.at + end, party.noted + before, party.noted + after)
            self._found(column, party.rows, *places)
        party = _Party(party.rows, party.at + size, party.noted + stretch.noted)
        return party if others is None else party.joined_by(self.to(stretch.next_key, others))

    def to(self, key: int | None, party: _Party) -> _Party:
        """Go on until all are at a key, or at their end; return those at the key."""
        arrived = party.of(np.zeros(0, np.int64))
        wanted = -1 if key is None else GET | key << 8
        while True:
            word = self._words[party.at] & 0xFFFF
            there, ended = word == wanted, (word & 0xFF) == SET_ITEMS
            stopped = there | ended
            if stopped.any():
                done = party.of(ended)
                self._last[done.rows], self._noted[done.rows] = done.at, done.noted
                arrived = arrived.joined_by(party.of(there))
                party, word = party.of(~stopped), word[~stopped]
            if not len(word):
                return arrived
            column = self._columns[word]
            if column.min() == -2:
                raise UnfamiliarError
            party = self._past_values(column, party)

    def _past_values(self, column: npt.NDArray[np.int16], party: _Party) -> _Party:
        """Go past a key and its value, and note where those are that were asked for."""
        begin = party.at + 2
        after = self._past_value(_Party(party.rows, begin, party.noted))
        places = (begin, after.at, party.noted, after.noted)
        if (column == column[0]).all():
            self._found(int(column[0]), party.rows, *places)
        else:
            for one in set(column.tolist()):
                here = column == one
                self._found(one, party.rows[here], *(place[here] for place in places))
        return after

    def _past_value(self, party: _Party) -> _Party:
        """Go past the value that each is at."""
        self._step()
        size = _VALUE_SIZE[self._words[party.at] & 0xFFFF]
        at, noted = party.at + size, party.noted
        word = self._words[at]
        going = np.flatnonzero((size == 0) | ~self._ends[word & 0xFFFF])
        if len(going):
            noted = noted.copy()
            # Most of those that go on are texts, and noted.
            texts = going[(size[going] > 0) & ((word[going] & 0xFF) == NOTE)]
            at[texts] += 1
            noted[texts] += 1
            ended = np.zeros(len(at), np.bool_)
            ended[texts] = self._ends[self._words[at[texts]] & 0xFFFF]
            others = going[~ended[going]]
            if len(others):
                past = self._past_several(party.of(others))
                at[others], noted[others] = past.at, past.noted
        return _Party(party.rows, at, noted)

    def _past_several(self, party: _Party) -> _Party:
        """Go past values that are made by several instructions."""
        at, noted = party.at.copy(), party.noted.copy()
        stacks = _Stacks(len(at))
        going = np.arange(len(at))
        while len(going):
            self._step()
            word = self._words[at[going]]
            code = word & 0xFF
            size = SIZE[word & 0xFFFF].astype(np.int64)
            long = code == LONG_TEXT
            if long.any():
                size[long] = 5 + self._words[at[going[long]] + 1].astype(np.int64)
            if not size.all():
                raise UnfamiliarError
            self._naming.append(party.rows[going[code == GLOBAL]])
            stacks.take(going, code)
            noted[going] += code == NOTE
            at[going] += size
            ended = stacks.hold_one(going) & self._ends[self._words[at[going]] & 0xFFFF]
            going = going[~ended]
        return _Party(party.rows, at, noted)

    def _found(self, column: int, rows: Places, *places: Places) -> None:
        if column < 0:
            return
        for of_all, place in zip(self._values, places):
            of_all[column, rows] = place

    def _step(self) -> None:
        self.steps += 1
        if self.steps > MOST_STEPS:
            raise UnfamiliarError


class _Stacks:
    """How many values are on each of n stacks, and at which heights they are marked."""

    def __init__(self, n: int) -> None:
        self._height = np.zeros(n, np.int64)
        self._level = np.zeros(n, np.int64)
        # At level 0 is the ground.
        self._marks = np.zeros((_DEEPEST + 1, n), np.int64)

    def take(self, which: Places, code: npt.NDArray[np.integer[Any]]) -> None:
        """Let each of some stacks take an instruction; none may reach below the last mark."""
        if (self._height[which] - self._ground(which) < NEEDS[code]).any():
            raise UnfamiliarError
        self._height[which] += PUSHES[code]
        opening, closes = which[code == MARK], CLOSES[code]
        if len(opening):
            self._open(opening)
        for how in (KEEPS, MAKES):
            closing = which[closes == how]
            if len(closing):
                self._close(closing, how)

    def hold_one(self, which: Places) -> npt.NDArray[np.bool_]:
        """Tell of some stacks whether there is one value on them, and no mark."""
        alone: npt.NDArray[np.bool_] = self._height[which] == 1
        ground: npt.NDArray[np.bool_] = self._level[which] == 0
        return alone & ground

    def _ground(self, which: Places) -> Places:
        return self._marks[self._level[which], which]

    def _open(self, which: Places) -> None:
        self._level[which] += 1
        if (self._level[which] > _DEEPEST).any():
            raise UnfamiliarError
        self._marks[self._level[which], which] = self._height[which]

    def _close(self, which: Places, how: int) -> None:
        height = self._ground(which)
        self._level[which] -= 1
        # What is kept is put into an object between the two last marks.
        if (self._level[which] < 0).any() or (
            how == KEEPS and (height <= self._ground(which)).any()
        ):
            raise UnfamiliarError
        self._height[which] = height + (how == MAKES)
