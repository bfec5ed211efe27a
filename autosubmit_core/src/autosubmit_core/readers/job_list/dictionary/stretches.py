"""Stretches of a job's state that most jobs have in common, byte by byte.

Most of what a job list says of a job it says of every job. Where bytes are known, their
instructions need not be looked at again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

import numpy as np
import numpy.typing as npt

from autosubmit_core.readers.job_list.dictionary.instructions import GET
from autosubmit_core.readers.job_list.dictionary.one_state import (
    OneState,
    UnfamiliarError,
    take_apart,
)

__all__ = ["Stretch", "stretches"]

#: How many states tell what is common, and how few are not worth the question.
_SAMPLE, _FEW = 24, 200
#: Shorter stretches are as soon gone through.
_SHORTEST = 12


@dataclass(frozen=True, slots=True)
class Stretch:
    """Some keys in a row with their values."""

    #: The number of the key after it; None at the end of the state.
    next_key: int | None
    #: Its bytes; empty where jobs differ.
    content: bytes = b""
    #: How many values are noted in it.
    noted: int = 0
    #: Of each value that was asked for: its column; where it begins and ends; how many values are
    #: noted before it and after it.
    values: tuple[tuple[int, int, int, int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class _Pair:
    """A key and its value, as a sampled state has them."""

    number: int
    content: bytes
    #: How many values are noted before the value, and after it.
    before: int
    after: int


def stretches(
    data: bytearray, begin: npt.NDArray[np.int64], columns: npt.NDArray[np.int16]
) -> list[Stretch]:
    """Return the stretches that most states, whose first keys are at ``begin``, go through in turn.

    ``columns`` tells the column of a key by its number. Where states have little in common, or are
    few, there are no stretches.
    """
    if len(begin) < _FEW:
        return []
    chosen = begin[np.linspace(0, len(begin) - 1, _SAMPLE).astype(np.int64)]
    samples = [_pairs(data, take_apart(data, at, 0)) for at in chosen.tolist()]
    orders = Counter(tuple(pair.number for pair in sample) for sample in samples)
    order, _ = orders.most_common(1)[0]
    alike = [sample for sample in samples if tuple(pair.number for pair in sample) == order]
    common = [
        len({(one.content, one.after - one.before) for one in pairs}) == 1 for pairs in zip(*alike)
    ]
    return list(_stretches(alike[0], common, columns))


def _pairs(data: bytearray, state: OneState) -> list[_Pair]:
    keys = state.begins[::2]
    if any(data[key] != GET for key in keys):
        raise UnfamiliarError
    ends = [*keys[1:], state.end]
    before = state.noted_before[1::2]
    after = [*before[1:], len(state.noted)]
    return [
        _Pair(data[key + 1], bytes(data[key:end]), *noted)
        for key, end, *noted in zip(keys, ends, before, after)
    ]


def _stretches(
    pairs: list[_Pair], common: list[bool], columns: npt.NDArray[np.int16]
) -> Iterator[Stretch]:
    numbers = [*(pair.number for pair in pairs[1:]), None]
    at = 0
    for together, group in groupby(common):
        size = len(list(group))
        part, next_keys = pairs[at : at + size], numbers[at : at + size]
        at += size
        content = b"".join(pair.content for pair in part)
        if together and len(content) >= _SHORTEST:
            noted = part[-1].after - part[0].before
            yield Stretch(next_keys[-1], content, noted, tuple(_values(part, columns)))
        else:
            yield from map(Stretch, next_keys)


def _values(
    pairs: list[_Pair], columns: npt.NDArray[np.int16]
) -> Iterator[tuple[int, int, int, int, int]]:
    begin, first = 0, pairs[0].before
    for pair in pairs:
        end = begin + len(pair.content)
        column = int(columns[pair.number])
        if column >= 0:
            yield column, begin + 2, end, pair.before - first, pair.after - first
        begin = end
