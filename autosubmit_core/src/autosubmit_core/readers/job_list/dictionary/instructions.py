"""The instructions that job lists of protocols 4 and 5 are made of, as tables over their first byte.

A pickle is a program for a machine with a stack. To tell where each value of a job begins and ends
it is enough to know how long an instruction is, how many values it takes from the stack and leaves
there; what the values are, nobody has to know. The tables hold what Autosubmit's job lists are made
of and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

__all__ = [
    "CLOSES",
    "GET",
    "GLOBAL",
    "KEEPS",
    "LONG_GET",
    "LONG_TEXT",
    "MAKES",
    "MARK",
    "NEEDS",
    "NOTE",
    "PUSHES",
    "SET_ITEMS",
    "SIZE",
    "TEXT",
    "size_of",
]

#: Fetch what was noted under a number of one byte, of four bytes.
GET, LONG_GET = b"hj"
#: A text whose length is in one byte, in four.
TEXT, LONG_TEXT = b"\x8cX"
#: Note the last value under the next number.
NOTE = 0x94
#: Exchange two texts for what they name: a module and something in it.
GLOBAL = 0x93
#: Mark this place of the stack; put all above the mark into the dictionary below it.
MARK, SET_ITEMS = b"(u"

#: What an instruction does with all above the last mark: nothing, put it into the object below,
#: make one object of it.
KEEPS, MAKES = 1, 2

#: Bytes of an instruction that puts a value on the stack; more follow those of :data:`_COUNTED`.
_VALUES = {b"N": 1, b"\x88": 1, b"\x89": 1, b")": 1, b"]": 1, b"}": 1, b"\x8f": 1}
_VALUES |= {b"K": 2, b"M": 3, b"J": 5, b"G": 9, b"h": 2, b"j": 5}
#: The second byte says how many follow it: text, bytes, a long integer.
_COUNTED = (b"\x8c", b"C", b"\x8a")

#: Instructions of one byte: how many values they take, and how many they leave.
_WORKERS = {
    b"\x94": (1, 1),
    b"\x85": (1, 1),
    b"\x86": (2, 1),
    b"\x87": (3, 1),
    b"R": (2, 1),
    b"\x93": (2, 1),
    b"\x81": (2, 1),
    b"b": (2, 1),
    b"a": (2, 1),
    b"s": (3, 1),
}
_CLOSERS = {b"t": MAKES, b"\x91": MAKES, b"e": KEEPS, b"u": KEEPS, b"\x90": KEEPS}


def _sizes() -> npt.NDArray[np.int32]:
    sizes = np.zeros((256, 256), np.int32)
    for code, size in _VALUES.items():
        sizes[:, code[0]] = size
    for code in _COUNTED:
        sizes[:, code[0]] = 2 + np.arange(256)
    for code in (*_WORKERS, *_CLOSERS, bytes([MARK])):
        sizes[:, code[0]] = 1
    return sizes.reshape(-1)


def _by_code(numbers: Mapping[bytes, int]) -> npt.NDArray[np.int32]:
    table = np.zeros(256, np.int32)
    for code, number in numbers.items():
        table[code[0]] = number
    return table


#: By the first byte and 256 times the second: how long it is; 0 for :data:`LONG_TEXT` and for what
#: no job list holds. (65536,)
SIZE = _sizes()

#: By the first byte: how many values it takes from the stack; how many more are there afterwards;
#: what it does with those above a mark. (256,)
NEEDS = _by_code({code: takes for code, (takes, _) in _WORKERS.items()})
PUSHES = _by_code(
    {code: leaves - takes for code, (takes, leaves) in _WORKERS.items()}
    | dict.fromkeys((*_VALUES, *_COUNTED, bytes([LONG_TEXT])), 1)
)
CLOSES = _by_code(_CLOSERS)


def size_of(data: bytearray, at: int) -> int:
    """Return how many bytes the instruction at a place has; 0 if no job list holds it.

    >>> size_of(bytearray(b"\\x8c\\x03SIM"), 0), size_of(bytearray(b"K\\x05"), 0), size_of(bytearray(b"i1"), 0)
    (5, 2, 0)
    """
    if data[at] == LONG_TEXT:
        return 5 + int.from_bytes(data[at + 1 : at + 5], "little")
    return int(SIZE[data[at] | data[at + 1] << 8]) if at + 1 < len(data) else 0
