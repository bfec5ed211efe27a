"""Unpacks logs that were packed with xz or gzip, at a bounded cost.

Neither format can be read from its end. A stream is unpacked from the start and all but its end
is dropped on the way, until one of the limits below is met: then what was kept is not the end of
the log, and the note says so.
"""

from __future__ import annotations

import lzma
import os
import time
import zlib
from collections.abc import Iterator
from typing import Literal, Protocol, TypeAlias

__all__ = ["Compression", "compression_of", "unpacked_end"]

Compression: TypeAlias = Literal["none", "xz", "gzip"]

#: What one log may cost: bytes read, bytes unpacked, bytes of memory for the dictionary of the
#: packer (``xz -9`` needs 65 MiB), seconds.
PACKED_BYTES = 64 * 2**20
UNPACKED_BYTES = 512 * 2**20
DICTIONARY_BYTES = 80 * 2**20
SECONDS = 10.0

#: How much is read and unpacked at a time.
_BLOCK_BYTES = 64 * 2**10

_FIRST_BYTES: dict[bytes, Compression] = {b"\xfd7zXZ\0": "xz", b"\x1f\x8b": "gzip"}

_TOO_LARGE = "The log is packed and too large to be unpacked to its end."
_ENDS_EARLY = "The packed file ends early; the last lines are missing."
_DAMAGED = "The packed file is damaged or cannot be unpacked; lines may be missing."


class _Unpacker(Protocol):
    """The part of :class:`lzma.LZMADecompressor` that is used here."""

    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int) -> bytes: ...


class _GzipUnpacker:
    """Gives zlib's decompressor the manners of lzma's: it keeps the input it did not get to."""

    def __init__(self) -> None:
        self._stream = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
        self.needs_input = True

    @property
    def eof(self) -> bool:
        return self._stream.eof

    @property
    def unused_data(self) -> bytes:
        return self._stream.unused_data

    def decompress(self, data: bytes, max_length: int) -> bytes:
        block = self._stream.decompress(self._stream.unconsumed_tail + data, max_length)
        self.needs_input = not self._stream.unconsumed_tail and len(block) < max_length
        return block


class _StoppedEarly(Exception):  # noqa: N818  # no error: the way out of a stream, with its note
    """The end of the log was not reached; carries the note that says why."""


def compression_of(first: bytes) -> Compression:
    """Return how a log is packed, told by its first six bytes, for names are not to be trusted.

    >>> compression_of(b"\\x1f\\x8b\\x08"), compression_of(b"2024-01-12"), compression_of(b"")
    ('gzip', 'none', 'none')
    """
    for magic, kind in _FIRST_BYTES.items():
        if first.startswith(magic):
            return kind
    return "none"


def unpacked_end(
    descriptor: int, kind: Compression, keep_bytes: int
) -> tuple[bytes, bool, str | None]:
    """Return the end of a packed log, at most ``keep_bytes`` of it.

    Also whether that is all there was before it, and a note if the end of the log itself was not
    reached: a limit was met, or the packed file is cut or damaged.
    """
    kept = bytearray()
    volume, note = 0, None
    deadline = time.monotonic() + SECONDS
    try:
        for block in _blocks(descriptor, kind):
            kept += block
            volume += len(block)
            if len(kept) > 2 * keep_bytes:
                del kept[:-keep_bytes]
            if volume >= UNPACKED_BYTES or time.monotonic() >= deadline:
                raise _StoppedEarly(_TOO_LARGE)
    except _StoppedEarly as stop:
        note = str(stop)
    except (lzma.LZMAError, zlib.error):
        note = _DAMAGED
    return bytes(kept[-keep_bytes:]), volume <= keep_bytes, note


def _blocks(descriptor: int, kind: Compression) -> Iterator[bytes]:
    """Unpack the streams of a file one after the other, a block at a time.

    Blocks may be empty: a file can hold millions of empty streams, and the caller's clock has to
    be asked all the same.
    """
    unpacker: _Unpacker | None = None
    data, read = b"", 0
    while True:
        if not data and (unpacker is None or unpacker.needs_input):
            data = os.pread(descriptor, _BLOCK_BYTES, read)
            read += len(data)
            if not data and unpacker is None:
                return
            if not data:
                raise _StoppedEarly(_ENDS_EARLY)
            if read > PACKED_BYTES:
                raise _StoppedEarly(_TOO_LARGE)
        if unpacker is None:
            data = data.lstrip(b"\0")  # both formats may be padded between streams
            if not data:
                continue
            unpacker = _unpacker(kind)
        yield unpacker.decompress(data, _BLOCK_BYTES)
        data = b""
        if unpacker.eof:
            data, unpacker = unpacker.unused_data, None


def _unpacker(kind: Compression) -> _Unpacker:
    """Return what unpacks one stream of a kind."""
    if kind == "xz":
        return lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=DICTIONARY_BYTES)
    return _GzipUnpacker()
