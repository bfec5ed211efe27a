"""What crosses between a server and its computing process: pickles, and large bodies beside them.

A pickle can make whoever reads it run anything. These two trust each other: one started the other,
of the same program, and they speak through a pair of sockets that no other process can open, because
it has no name and only they hold its ends. No byte of a file or of a client comes this way but as a
value that one of them has made of it.

Whatever knows its archive, such as a :class:`~autosubmit_core.archive.Consulted`, knows that of the
process in which it is: archives and their change logs do not cross, they are named.
"""

from __future__ import annotations

import io
import pickle
import socket
import struct
from collections.abc import Sequence
from typing import Any

from autosubmit_core.archive import Archive
from autosubmit_core.archive.changes import ChangeLog

__all__ = ["pack", "receive", "send", "unpack"]

#: From this many bytes on a text of bytes crosses beside the pickle, which would copy it.
_BODY_BYTES = 64 * 1024

_ARCHIVE, _CHANGES = "archive", "changes"

_COUNT = struct.Struct("!Q")


class _Packer(pickle.Pickler):
    def __init__(self, file: io.BytesIO) -> None:
        super().__init__(file, pickle.HIGHEST_PROTOCOL)
        self.bodies: list[bytes] = []

    def persistent_id(self, value: object) -> object:
        if isinstance(value, bytes) and len(value) >= _BODY_BYTES:
            self.bodies.append(value)
            return len(self.bodies) - 1
        if isinstance(value, Archive):
            return _ARCHIVE
        return _CHANGES if isinstance(value, ChangeLog) else None


class _Unpacker(pickle.Unpickler):
    def __init__(self, file: io.BytesIO, bodies: Sequence[bytes], here: dict[str, object]) -> None:
        super().__init__(file)
        self._bodies, self._here = bodies, here

    def persistent_load(self, name: Any) -> object:
        return self._here[name] if isinstance(name, str) else self._bodies[name]


def pack(value: object) -> list[bytes]:
    """Return a value as the parts of a message: a pickle, and the large bodies in it."""
    file = io.BytesIO()
    packer = _Packer(file)
    packer.dump(value)
    return [file.getvalue(), *packer.bodies]


def unpack(parts: Sequence[bytes], archive: object = None, changes: object = None) -> Any:
    """Return the value of a message; ``archive`` and ``changes`` are those of this process."""
    here = {_ARCHIVE: archive, _CHANGES: changes}
    return _Unpacker(io.BytesIO(parts[0]), parts[1:], here).load()


def send(channel: socket.socket, parts: Sequence[bytes]) -> None:
    """Send a message; raises :class:`OSError` if there is nobody at the other end."""
    sizes = map(len, parts)
    channel.sendall(b"".join(map(_COUNT.pack, (len(parts), *sizes))))
    for part in parts:
        channel.sendall(part)


def receive(channel: socket.socket) -> list[bytes]:
    """Wait for a message; raises :class:`EOFError` or :class:`OSError` if the other end is closed."""
    count = _COUNT.unpack(_read(channel, _COUNT.size))[0]
    sizes = [_COUNT.unpack(_read(channel, _COUNT.size))[0] for _ in range(count)]
    return [_read(channel, size) for size in sizes]


def _read(channel: socket.socket, size: int) -> bytes:
    """Read so many bytes, which other threads need not wait for and nothing copies afterwards."""
    pieces = []
    while size:
        piece = channel.recv(size, socket.MSG_WAITALL)
        if not piece:
            raise EOFError("the other process has closed its end")
        pieces.append(piece)
        size -= len(piece)
    return b"".join(pieces)
