"""Writes pickles of objects whose classes are not here: Autosubmit's jobs, a graph of networkx.

Python's own pickler looks up every class it writes and demands that it is the very one. This one
writes protocol 5 as that one does (frames, batches, a note of everything that repeats), and
takes the name of a class on trust.
"""

from __future__ import annotations

import struct
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pickle import dumps
from typing import Any, BinaryIO

__all__ = ["Built", "Called", "Global", "Noted", "PickleStream", "date_payload"]

#: A frame is closed at the first end of an item after so many bytes; batches have so many items.
_FRAME_BYTES = 1 << 16
_BATCH = 1000
#: The instructions that make a tuple of the last one, two or three values.
_TUPLES = (b"", b"\x85", b"\x86", b"\x87")


@dataclass(frozen=True, slots=True)
class Global:
    """A class, by name."""

    module: str
    name: str


@dataclass(frozen=True, slots=True)
class Called:
    """What a class gives when it is called. Equal ones are one object."""

    function: Global
    arguments: tuple[Hashable, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Built:
    """An object made without a call and given its state."""

    cls: Global
    state: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Noted:
    """An object made before, by the number under which the reader noted it."""

    place: int


class PickleStream:
    """A pickle that is being written to a file, piece after piece."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._frame = bytearray()
        #: How many objects the reader has noted by now, and the numbers of those that may repeat.
        self._count = 0
        self._places: dict[Hashable, int] = {}
        self._fixed: dict[int, tuple[bytes, int]] = {}
        file.write(b"\x80\x05")

    def write(self, instructions: bytes) -> None:
        """Add instructions that end where a frame may end."""
        self._frame += instructions
        if len(self._frame) >= _FRAME_BYTES:
            self._close_frame()

    def end(self) -> None:
        """Add the last instruction and write out what is left."""
        self._frame += b"."
        self._close_frame()

    def _close_frame(self) -> None:
        self._file.write(b"\x95" + len(self._frame).to_bytes(8, "little") + self._frame)
        self._frame.clear()

    def write_items(self, items: Iterable[bytes]) -> None:
        """Add (key, value) pairs of the dictionary begun last, each pair given as instructions."""
        batch = 0
        for item in items:
            self.write(b"(" + item if batch % _BATCH == 0 else item)
            batch += 1
            if batch % _BATCH == 0:
                self.write(b"u")
        if batch % _BATCH:
            self.write(b"u")

    def value(self, value: Any) -> bytes:
        """Return the instructions that make a value."""
        kind = type(value)
        if kind in _SHARED:
            return self._shared(value)
        if kind is dict:
            return self.empty_dict() + (b"(" + self.items(value) + b"u" if value else b"")
        if kind is list:
            return self._noted(b"]") + (b"(" + self._all(value) + b"e" if value else b"")
        if kind is tuple:
            return self._tuple(value)
        if kind is Built:
            return self.new_object(value.cls) + self.value(dict(value.state)) + b"b"
        if kind is Noted:
            return _get(value.place)
        return dumps(value, 2)[2:-1]  # the one instruction of a number, without begin and end

    def _tuple(self, values: tuple[Any, ...]) -> bytes:
        """Return the instructions that make a tuple: short ones need no mark."""
        if not values:
            return b")"
        made = self._all(values)
        short = len(values) < len(_TUPLES)
        return self._noted(made + _TUPLES[len(values)] if short else b"(" + made + b"t")

    def empty_dict(self) -> bytes:
        """Return the instruction for a dictionary, to be filled by others."""
        return self._noted(b"}")

    def new_object(self, cls: Global) -> bytes:
        """Return the instructions for an object without a state."""
        return self._noted(self.value(cls) + b")\x81")

    def last(self) -> Noted:
        """Return a reference to the object that the last instructions made."""
        return Noted(self._count - 1)

    def items(self, items: Mapping[str, Any]) -> bytes:
        """Return the instructions for keys and values in turn."""
        return self._all(part for item in items.items() for part in item)

    def fixed_items(self, items: Mapping[str, Any]) -> bytes:
        """Return :meth:`items` of a mapping that is the same in many dictionaries.

        From the third time on they are taken from memory: all texts are noted by then.
        """
        known = self._fixed.get(id(items))
        if known is not None:
            self._count += known[1]
            return known[0]
        first, before = next(iter(items)) not in self._places, self._count
        made = self.items(items)
        if not first:
            self._fixed[id(items)] = made, self._count - before
        return made

    def _all(self, values: Iterable[Any]) -> bytes:
        return b"".join([self.value(value) for value in values])

    def _noted(self, instructions: bytes) -> bytes:
        """Return the instructions and one that makes the reader note the object made."""
        self._count += 1
        return instructions + b"\x94"

    def _shared(self, value: str | datetime | Global | Called) -> bytes:
        """Return the instructions that make a value, or fetch it if it has been made before."""
        place = self._places.get(value)
        if place is not None:
            return _get(place)
        made = self._noted(self._made(value))
        self._places[value] = self._count - 1
        return made

    def _made(self, value: str | datetime | Global | Called) -> bytes:
        if isinstance(value, str):
            return _text(value)
        if isinstance(value, Global):
            return self.value(value.module) + self.value(value.name) + b"\x93"
        if isinstance(value, Called):
            return self.value(value.function) + self.value(value.arguments) + b"R"
        payload = date_payload(value)
        function = self.value(Global("datetime", "datetime"))
        argument = self._noted(b"C" + bytes([len(payload)]) + payload)
        return function + self._noted(argument + b"\x85") + b"R"


_SHARED = (str, datetime, Global, Called)


def date_payload(value: datetime) -> bytes:
    """Return the ten bytes that any pickle holds of a date."""
    parts = (value.year, value.month, value.day, value.hour, value.minute, value.second)
    return struct.pack(">HBBBBB", *parts) + value.microsecond.to_bytes(3, "big")


def _get(place: int) -> bytes:
    return b"h" + bytes([place]) if place < 256 else b"j" + struct.pack("<I", place)


def _text(text: str) -> bytes:
    data = text.encode("utf-8", "surrogatepass")
    if len(data) < 256:
        return b"\x8c" + bytes([len(data)]) + data
    return b"X" + struct.pack("<I", len(data)) + data
