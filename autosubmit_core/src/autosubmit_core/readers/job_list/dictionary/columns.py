"""From where the values of a job list are to columns of them."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from datetime import datetime
from functools import cached_property
from typing import Any

import numpy as np

from autosubmit_core.readers.job_list.columns import RawColumn
from autosubmit_core.readers.job_list.dictionary.instructions import (
    GET,
    LONG_TEXT,
    MARK,
    NOTE,
    TEXT,
)
from autosubmit_core.readers.job_list.dictionary.jobs import Places, find_jobs
from autosubmit_core.readers.job_list.dictionary.notes import Notes
from autosubmit_core.readers.job_list.dictionary.one_state import UnfamiliarError
from autosubmit_core.readers.job_list.unpickle import STATE_KEYS, is_permitted, plain

__all__ = ["read_dictionary"]

_KEYS = tuple(key for keys in STATE_KEYS.values() for key in keys)
_PAIRS = ("_local_logs", "_remote_logs")

_NONE, _TRUE, _FALSE = b"N\x88\x89"
_BYTE, _SHORT, _INTEGER, _LONG, _FLOAT = b"KMJ\x8aG"
_EMPTY_TUPLE, _PAIR, _TUPLE = b")\x86t"

#: Instructions that are a number or a text on their own.
_ALONE = (_NONE, _TRUE, _FALSE, _BYTE, _SHORT, _INTEGER, _LONG, _FLOAT, TEXT, LONG_TEXT)

#: What stands in a column of places for values that have none, so that equal ones are equal; small
#: numbers are counted from :data:`_ZERO`.
_MISSING, _YES, _NO, _ZERO = -1, -2, -3, -(1 << 33)

_DATETIME = ("datetime", "datetime")
#: A date is ten bytes, noted; an argument of them, noted; a call with it, noted.
_DATE, _CALLED = b"C\x0a", b"\x94\x85\x94R\x94"

#: How many values at the start of a column tell whether values repeat in it.
_SAMPLE = 512
#: How many jobs are looked at at once: few enough for all that is worked out to stay in the caches
#: of a processor, and not to be asked of the system anew each time.
_AT_ONCE = 8192


def read_dictionary(data: bytearray) -> dict[str, RawColumn]:
    """Return the raw columns of a job list, by field name.

    ``data`` is a pickle in dictionary layout without its frames, and
    :data:`~.frames.PADDING` zeros. Raises :class:`UnfamiliarError` if it is anything else.
    """
    try:
        return _Columns(data).by_field()
    except (IndexError, UnicodeDecodeError, ValueError, struct.error) as error:
        raise UnfamiliarError from error


class _Columns:
    """The columns of one file."""

    def __init__(self, data: bytearray) -> None:
        self._data = data
        self._jobs = find_jobs(data, _KEYS)
        self._notes = Notes(data, self._jobs)
        self._bytes = self._notes.bytes
        if not all(is_permitted(*named) for named in self._notes.named.values()):
            raise UnfamiliarError
        #: By key, the values as :class:`Notes` knows them; :data:`_MISSING` in jobs without. (n,)
        self._values = {key: self._places(row) for row, key in enumerate(_KEYS)}

    def by_field(self) -> dict[str, RawColumn]:
        """Return the columns by the names of their fields."""
        columns = {"name": self._column(self._jobs.name)}
        for field, keys in STATE_KEYS.items():
            if keys[0] in _PAIRS:
                side = field.partition("_")[0]
                halves = self._halves(self._fetched(keys[0]))
                columns[f"{side}_out"], columns[f"{side}_err"] = map(self._column, halves)
            elif field == "date":
                columns[field] = self._dates(self._fetched(keys[0]))
            else:
                columns[field] = self._column(self._first_of(keys))
        return columns

    def _places(self, row: int) -> Places:
        """Return the values of a key, and tell the notes what is noted of them."""
        places: Places = self._jobs.begin[row].astype(np.int64)
        for some in _parts_of(len(places)):
            self._note(row, some, places[some])
        return places

    def _note(self, row: int, some: slice, places: Places) -> None:
        """Make values of the places of a key in some jobs, and tell the notes what is noted of them."""
        jobs = self._jobs
        begin, length = places.copy(), jobs.end[row, some] - places
        noted = jobs.after[row, some] - jobs.before[row, some]
        longer = np.flatnonzero(length > 1)
        alone = length[longer] == self._notes.sizes(begin[longer]) + noted[longer]
        several = longer[~alone]
        places[several] = -2 - begin[several]
        made = np.flatnonzero(noted > 0)
        numbers = jobs.first_number[some] + jobs.before[row, some]
        self._notes.add(numbers[made] + noted[made] - 1, places[made])
        if _KEYS[row] in _PAIRS and len(several):
            self._note_halves(begin[several], begin[several] + length[several], numbers[several])

    def _note_halves(self, begin: Places, end: Places, number: Places) -> None:
        """Tell the notes about the texts that pairs are made of."""
        *halves, after = self._halves_at(begin)
        if (end != after).any():
            raise UnfamiliarError
        for half in halves:
            texts = np.isin(self._bytes[half], (TEXT, LONG_TEXT))
            self._notes.add(number[texts], half[texts])
            number = number + texts

    def _fetched(self, key: str) -> Places:
        """Return the values of a key, those that are only referred to included."""
        return self._resolved(self._values[key])

    def _resolved(self, values: Places) -> Places:
        """Return values, each that is only a reference as what it refers to."""
        values = values.copy()
        for some in _parts_of(len(values)):
            here = some.start + np.flatnonzero(values[some] >= 0)
            numbers = self._notes.number(values[here])
            refer = numbers >= 0
            values[here[refer]] = self._notes.values(numbers[refer])
        return values

    def _first_of(self, keys: tuple[str, ...]) -> Places:
        """Return the values of the first of some keys that has one."""
        values = self._fetched(keys[0])
        for key in keys[1:]:
            others = self._fetched(key)
            lacking = (values == _MISSING) | (self._bytes[np.maximum(values, 0)] == _NONE)
            values = np.where(lacking, others, values)
        return values

    def _halves_at(self, begin: Places) -> tuple[Places, Places, Places]:
        """Return where the halves of pairs begin that begin at some places, and where these end."""
        codes = self._bytes
        marked = codes[begin] == MARK
        first = begin + marked
        second = first + self._notes.sizes(first)
        second += codes[second] == NOTE
        last = second + self._notes.sizes(second)
        last += codes[last] == NOTE
        pair = (codes[last] == np.where(marked, _TUPLE, _PAIR)) & (codes[last + 1] == NOTE)
        if not pair.all():
            raise UnfamiliarError
        return first, second, last + 2

    def _halves(self, values: Places) -> tuple[Places, Places]:
        """Return the first and the second of each pair; missing twice for what is not a pair."""
        first, second = np.full((2, len(values)), _MISSING)
        pairs = np.flatnonzero(values < _MISSING)
        first[pairs], second[pairs], _ = self._halves_at(-2 - values[pairs])
        others = values[values >= 0]
        if not np.isin(self._bytes[others], (_NONE, _EMPTY_TUPLE)).all():
            raise UnfamiliarError
        return self._resolved(first), self._resolved(second)

    def _dates(self, values: Places) -> RawColumn:
        """Return a column of dates, in ISO form."""
        if not (self._bytes[values[values >= 0]] == _NONE).all():
            raise UnfamiliarError
        dates = np.flatnonzero(values < _MISSING)
        payload = np.full(len(values), _MISSING)
        payload[dates] = self._payloads(-2 - values[dates])
        return self._raw(payload)

    def _payloads(self, begin: Places) -> Places:
        """Return where the bytes of dates are that begin at some places."""
        numbers = self._notes.number(begin)
        payload = begin + np.where(self._bytes[begin] == GET, 2, 5)
        # The first date of a file begins with what its class is called.
        for row in np.flatnonzero(numbers < 0).tolist():
            numbers[row], payload[row] = self._notes.named_at(int(begin[row]))
        named = {self._notes.named.get(number) for number in set(numbers.tolist())}
        made = self._all(payload, _DATE) and self._all(payload + len(_DATE) + 10, _CALLED)
        if named - {_DATETIME} or not made:
            raise UnfamiliarError
        return payload

    def _all(self, at: Places, content: bytes) -> bool:
        """Tell whether the same bytes are at all places; they do not end with a zero."""
        size = len(content)
        windows = np.ndarray((len(self._data) - size + 1,), f"S{size}", self._data, strides=(1,))
        return bool((windows[at] == content).all())

    def _column(self, values: Places) -> RawColumn:
        """Return a column of numbers and texts."""
        same = np.empty_like(values)
        for some in _parts_of(len(values)):
            same[some] = self._alike(values[some])
        return self._raw(same)

    def _alike(self, values: Places) -> Places:
        """Return places, and for numbers what is the same wherever they stand."""
        if (values < _MISSING).any():
            raise UnfamiliarError
        codes = np.where(values == _MISSING, _NONE, self._bytes[values])
        if not np.isin(codes, _ALONE).all():
            raise UnfamiliarError
        same = values.copy()
        for code, stands in ((_NONE, _MISSING), (_TRUE, _YES), (_FALSE, _NO)):
            same[codes == code] = stands
        for code, dtype in ((_BYTE, "u1"), (_SHORT, "<u2"), (_INTEGER, "<i4")):
            here = np.flatnonzero(codes == code)
            size = np.dtype(dtype).itemsize
            numbers = np.ndarray((len(self._data) - size + 1,), dtype, self._data, strides=(1,))
            same[here] = _ZERO + numbers[values[here] + 1].astype(np.int64)
        return same

    def _raw(self, same: Places) -> RawColumn:
        """Return the column of the values that some places stand for; equal places, equal values."""
        if (same == same[0]).all():
            return RawColumn([self._value(int(same[0]))], np.zeros(len(same), np.uint32))
        long = (self._bytes[np.maximum(same, 0)] == LONG_TEXT).any()
        if long or len(set(same[:_SAMPLE].tolist())) <= _SAMPLE // 2:
            distinct, codes = np.unique(same, return_inverse=True)
            return RawColumn(list(map(self._value, distinct.tolist())), codes.astype(np.uint32))
        values = self._all_values(same)
        # Texts may repeat that the file says again each time.
        repeats = len(set(values[:_SAMPLE])) <= _SAMPLE // 2
        return RawColumn.of(values) if repeats else RawColumn(values)

    def _all_values(self, same: Places) -> list[Any]:
        """Return :meth:`_value` of all places; most of them are of short texts."""
        values = np.empty(len(same), object)
        is_text = (same >= 0) & (self._bytes[np.maximum(same, 0)] == TEXT)
        is_small = same < _NO
        begin = same[is_text] + 2
        end = begin + self._bytes[begin - 1]
        values[is_text] = self._texts(begin.tolist(), end.tolist())
        values[is_small] = (same[is_small] - _ZERO).tolist()
        others = ~(is_text | is_small | (same == _MISSING))
        values[others] = list(map(self._value, same[others].tolist()))
        return values.tolist()

    def _texts(self, begins: list[int], ends: list[int]) -> list[str]:
        """Return the texts between some places."""
        # Taking pieces of a text is quicker than decoding pieces, but right for ASCII alone.
        whole = self._whole
        texts = [whole[begin:end] for begin, end in zip(begins, ends)]
        if "".join(texts).isascii():
            return texts
        data = self._data
        return [
            data[begin:end].decode("utf-8", "surrogatepass") for begin, end in zip(begins, ends)
        ]

    @cached_property
    def _whole(self) -> str:
        """The file, each byte a character."""
        return self._data.decode("latin-1")

    def _value(self, at: int) -> Any:
        """Return what stands at a place, or what a number below zero stands for."""
        if at < 0:
            return {_MISSING: None, _YES: 1, _NO: 0}.get(at, at - _ZERO)
        code, data = self._data[at], self._data
        if code == TEXT:
            return data[at + 2 : at + 2 + data[at + 1]].decode("utf-8", "surrogatepass")
        if code == LONG_TEXT:
            size = int.from_bytes(data[at + 1 : at + 5], "little")
            return data[at + 5 : at + 5 + size].decode("utf-8", "surrogatepass")
        if code == _LONG:
            return plain(
                int.from_bytes(data[at + 2 : at + 2 + data[at + 1]], "little", signed=True)
            )
        if code == _FLOAT:
            return struct.unpack(">d", data[at + 1 : at + 9])[0]
        year, *day = struct.unpack(">HBBBBB", data[at + 2 : at + 9])
        return datetime(year, *day).isoformat(timespec="seconds")


def _parts_of(n: int) -> Iterator[slice]:
    """Yield the rows of a column of n, some at a time."""
    for begin in range(0, n, _AT_ONCE):
        yield slice(begin, min(begin + _AT_ONCE, n))
