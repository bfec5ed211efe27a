"""Where the jobs of a pickle are, and where each says what is asked for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from autosubmit_core.readers.job_list.dictionary.all_states import walk
from autosubmit_core.readers.job_list.dictionary.instructions import (
    GET,
    MARK,
    NOTE,
    SET_ITEMS,
    TEXT,
    size_of,
)
from autosubmit_core.readers.job_list.dictionary.one_state import (
    OneState,
    UnfamiliarError,
    take_apart,
)

__all__ = ["Jobs", "Places", "find_jobs"]

Places: TypeAlias = npt.NDArray[np.int64]

#: How a dictionary begins: empty, noted, and a mark above it for what goes into it.
_BEGIN = b"}\x94("
#: What ends the file: "put these into the dictionary", or "this one", and "that is all". Jobs are
#: put into it by the thousand; after the last full thousand there may be a mark with none above.
_ENDS = (b"u.", b"s.", b"u(u.")

#: Real states have at least twice as many bytes, and those of a long file may not have less: what is
#: found of each takes memory.
_SHORTEST_STATE, _FEW = 200, 1000

#: What is noted before the values of the first state: the dictionary, a name, the state.
_NOTED_FIRST = 3
#: What is noted of a job but for the values of its state: name and state.
_NOTED_OF_JOB = 2


@dataclass(frozen=True, slots=True)
class Jobs:
    """Where n jobs are in a pickle, and k values of each."""

    #: Where the name of a job is, and the first key of its state. (n,)
    name: Places
    state: Places
    #: The number under which its name is noted, and that of the first value noted in its state. (n,)
    number: Places
    first_number: Places
    #: Where a value begins and ends; -1 in a job without it. (k, n)
    begin: npt.NDArray[np.int32]
    end: npt.NDArray[np.int32]
    #: How many values of the state are noted before it, and after it. (k, n)
    before: npt.NDArray[np.int32]
    after: npt.NDArray[np.int32]
    #: The jobs whose states name something that is not in the pickle. (m,)
    naming: Places
    #: How many values are noted in all.
    noted: int


def find_jobs(data: bytearray, keys: Sequence[str]) -> Jobs:
    """Return where the jobs are, and where their states say what goes by ``keys``, (k,).

    ``data`` is the pickle without its frames, and some zeros. Raises :class:`UnfamiliarError`.
    """
    # The dictionary of a single job has no mark.
    name = len(_BEGIN) - (data[len(_BEGIN) - 1] != MARK)
    if not data.startswith(_BEGIN[:-1]) or data[name] != TEXT:
        raise UnfamiliarError
    state = name + size_of(data, name) + 1 + len(_BEGIN)
    first = take_apart(data, state, _NOTED_FIRST)
    keys_of_first = _numbers_of_keys(data, first)
    columns = np.full(256, -2, np.int16)
    for key, number in keys_of_first.items():
        columns[number] = keys.index(key) if key in keys else -1
    others = _other_states(data, first)
    states = walk(data, others, columns, len(keys))

    last = np.concatenate([[first.end], states.last])
    names = np.concatenate([[name], _names_after(data, last[:-1])])
    begins = np.concatenate([[state], others])
    _check(data, names, begins, int(last[-1]))
    noted = _NOTED_OF_JOB + np.concatenate([[len(first.noted)], states.noted])
    numbers = _NOTED_FIRST - _NOTED_OF_JOB + np.cumsum(noted) - noted
    values = np.concatenate([_first_values(first, keys_of_first, keys), states.values], axis=2)
    return Jobs(
        name=names,
        state=begins,
        number=numbers,
        first_number=numbers + _NOTED_OF_JOB,
        begin=values[0],
        end=values[1],
        before=values[2],
        after=values[3],
        naming=np.concatenate([[0], 1 + states.naming]),
        noted=int(numbers[-1] + noted[-1]),
    )


def _numbers_of_keys(data: bytearray, first: OneState) -> dict[str, int]:
    """Return the keys by which the first state goes, and under which numbers they are noted."""
    numbers = {}
    for at, number in zip(first.begins[::2], first.noted_before[::2]):
        size = size_of(data, at)
        if data[at] != TEXT or data[at + size] != NOTE or number > 255:
            raise UnfamiliarError
        numbers[data[at + 2 : at + size].decode("utf-8", "replace")] = number
    if 2 * len(numbers) < len(first.begins):  # a key that is there twice
        raise UnfamiliarError
    return numbers


def _first_values(
    first: OneState, numbers: Iterable[str], keys: Sequence[str]
) -> npt.NDArray[np.int32]:
    """Return the values of :class:`~.all_states.States` of the first job alone. (4, k, 1)"""
    place = {key: at for at, key in enumerate(numbers)}
    begins = [*first.begins, first.end]
    notes = [*first.noted_before, _NOTED_FIRST + len(first.noted)]
    values = np.full((4, len(keys), 1), -1, np.int32)
    for row, key in enumerate(keys):
        at = 2 * place.get(key, -1) + 1
        if at > 0:
            values[:, row, 0] = begins[at], begins[at + 1], notes[at], notes[at + 1]
    values[2:] -= _NOTED_FIRST
    return values


def _other_states(data: bytearray, first: OneState) -> Places:
    """Return where the other states begin, all of which have the same first key."""
    if not first.begins:
        raise UnfamiliarError
    begin = _BEGIN + bytes([GET, first.noted_before[0]])
    found, at = [], data.find(begin, first.end)
    while at >= 0:
        found.append(at + len(_BEGIN))
        at = data.find(begin, at + len(begin))
    if len(found) > max(_FEW, len(data) // _SHORTEST_STATE):
        raise UnfamiliarError
    return np.array(found, np.int64)


def _names_after(data: bytearray, last: Places) -> Places:
    """Return where the names after the last instructions of states are."""
    codes = np.frombuffer(data, np.uint8)
    at: Places = last + 1
    # There may be a new thousand between the two.
    at += codes[at] == SET_ITEMS
    at += codes[at] == MARK
    return at


def _check(data: bytearray, name: Places, state: Places, last: int) -> None:
    """Raise :class:`UnfamiliarError` unless each name is followed by its state, and the last by nothing."""
    codes = np.frombuffer(data, np.uint8)
    after = name + 2 + codes[name + 1]
    between = np.ndarray((len(data) - 3,), "<u4", data, strides=(1,))[after]
    follows = (codes[name] == TEXT) & (between == int.from_bytes(bytes([NOTE]) + _BEGIN, "little"))
    if not (follows & (after + 1 + len(_BEGIN) == state)).all():
        raise UnfamiliarError
    if data[last + 1 :].rstrip(b"\0") not in _ENDS:
        raise UnfamiliarError
