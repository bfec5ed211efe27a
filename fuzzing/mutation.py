"""Changes to files of any format: to bytes, and to lines of text."""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from random import Random

__all__ = ["LARGEST", "changed_bytes", "changed_text", "several"]

#: Larger files are not made, in bytes: what takes long with them takes longer with larger ones.
LARGEST = 1 << 20

#: Numbers at which something ends, of any width.
_NUMBERS = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
_LARGER_NUMBERS = (1 << 40, (1 << 63) - 1, 1 << 63, (1 << 64) - 1)
_WIDTHS = {1: "B", 2: "H", 4: "I", 8: "Q"}

#: What breaks readers of text.
_ODD = (
    *(b"\0", b"\xff\xfe", b"\xef\xbb\xbf", b"\xed\xa0\x80", b"\r", b"\x1b[31m", b"\x85"),
    *("\u2028".encode(), "\u202e".encode(), "Ⅷ٣".encode(), b"9" * 5000, b"x" * 70_000),
    *(b"nan", b"-0", b"1e999", b"-1", b"99999999999999999999", b"0x" + b"f" * 4000),
    *(b"<script>alert(1)</script>", b"../../etc/passwd", b"%s%n", b"${HOME}", b"20240230250000"),
)

Change = Callable[[Random, bytes, Sequence[bytes]], bytes]


def several(draw: Random, seeds: Sequence[bytes], changes: Sequence[Change]) -> bytes:
    """Return one of the seeds after one change or a few."""
    data = draw.choice(seeds)
    for _ in range(draw.choice((1, 1, 1, 2, 3, 8))):
        data = draw.choice(changes)(draw, data, seeds)
    return data[:LARGEST]


def changed_bytes(draw: Random, seeds: Sequence[bytes]) -> bytes:
    """Return bytes that differ from those of the seeds in a few places, or are parts of several."""
    return several(draw, seeds, _OF_BYTES)


def changed_text(words: Sequence[bytes]) -> Callable[[Random, Sequence[bytes]], bytes]:
    """Return what changes texts in which the given words mean something."""

    def odd(draw: Random, data: bytes, seeds: Sequence[bytes]) -> bytes:
        at = draw.randint(0, len(data))
        return data[:at] + draw.choice((*words, *words, *_ODD)) + data[at:]

    changes = (odd, odd, *_OF_LINES, *_OF_LINES, *_OF_BYTES)
    return lambda draw, seeds: several(draw, seeds, changes)


def _part(draw: Random, data: bytes) -> tuple[int, int]:
    begin = draw.randint(0, len(data))
    return begin, min(len(data), begin + draw.choice((1, 2, 4, 16, 100, 1000, len(data))))


def _flip(draw: Random, data: bytes, seeds: Sequence[bytes]) -> bytes:
    if not data:
        return data
    at = draw.randrange(len(data))
    return data[:at] + bytes([data[at] ^ 1 << draw.randrange(8)]) + data[at + 1 :]


def _number(draw: Random, data: bytes, seeds: Sequence[bytes]) -> bytes:
    width = draw.choice((1, 2, 4, 8))
    numbers = _NUMBERS + _LARGER_NUMBERS if width == 8 else _NUMBERS
    number = draw.choice(numbers) & ((1 << 8 * width) - 1)
    packed = struct.pack(draw.choice("<>") + _WIDTHS[width], number)
    at = draw.randint(0, len(data))
    return data[:at] + packed + data[at + width :]


def _cut(draw: Random, data: bytes, seeds: Sequence[bytes]) -> bytes:
    return data[: draw.randint(0, len(data))]


def _drop(draw: Random, data: bytes, seeds: Sequence[bytes]) -> bytes:
    begin, end = _part(draw, data)
    return data[:begin] + data[end:]


def _repeat(draw: Random, data: bytes, seeds: Sequence[bytes]) -> bytes:
    begin, end = _part(draw, data)
    times = min(draw.choice((2, 2, 10, 1000)), LARGEST // max(end - begin, 1) + 1)
    return data[:begin] + data[begin:end] * times + data[end:]


def _splice(draw: Random, data: bytes, seeds: Sequence[bytes]) -> bytes:
    other = draw.choice(seeds)
    begin, end = _part(draw, other)
    into, until = _part(draw, data)
    return data[:into] + other[begin:end] + data[draw.choice((into, until)) :]


def _exchange(draw: Random, data: bytes, seeds: Sequence[bytes]) -> bytes:
    begin, end = _part(draw, data)
    return data[:begin] + draw.randbytes(min(end - begin, 1000)) + data[end:]


def _other_line(draw: Random, data: bytes, seeds: Sequence[bytes]) -> bytes:
    lines, others = data.split(b"\n"), draw.choice(seeds).split(b"\n")
    lines.insert(draw.randint(0, len(lines)), draw.choice(others))
    return b"\n".join(lines)


def _without_line(draw: Random, data: bytes, seeds: Sequence[bytes]) -> bytes:
    lines = data.split(b"\n")
    del lines[draw.randrange(len(lines))]
    return b"\n".join(lines)


def _indented(draw: Random, data: bytes, seeds: Sequence[bytes]) -> bytes:
    lines = data.split(b"\n")
    at = draw.randrange(len(lines))
    lines[at] = draw.choice((b" ", b"  ", b"\t", b"- ", b"    " * 30)) + lines[at]
    return b"\n".join(lines)


def _moved_line(draw: Random, data: bytes, seeds: Sequence[bytes]) -> bytes:
    lines = data.split(b"\n")
    line = lines.pop(draw.randrange(len(lines)))
    lines.insert(draw.randint(0, len(lines)), line)
    return b"\n".join(lines)


_OF_BYTES: tuple[Change, ...] = (_flip, _flip, _number, _cut, _drop, _repeat, _splice, _exchange)
_OF_LINES: tuple[Change, ...] = (_other_line, _without_line, _indented, _moved_line)
