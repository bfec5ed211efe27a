"""A program: a file system that shows a folder, read only, and of which some files can stop to answer.

``python stalling_files.py SOURCE MOUNT CONTROL``, as a user who may mount: what a network file system is
that has lost a server. Each line of the file CONTROL is a part of paths; who looks at such a file or
reads from it waits until the line is gone. It speaks the kernel's own protocol (linux/fuse.h), of
which it needs a dozen words.
"""

from __future__ import annotations

import ctypes
import errno
import os
import select
import stat
import struct
import sys
from pathlib import Path

_IN = struct.Struct("<IIQQIIIHH")
_OUT = struct.Struct("<IiQ")
_ATTRIBUTES = struct.Struct("<6Q10I")
_ENTRY = struct.Struct("<4Q2I")
_READ = struct.Struct("<QQI")

_LOOKUP, _FORGET, _GETATTR, _READLINK, _OPEN, _READ_FILE, _RELEASE = 1, 2, 3, 5, 14, 15, 18
_INIT, _OPENDIR, _READDIR, _RELEASEDIR, _INTERRUPT, _BATCH_FORGET = 26, 27, 28, 29, 36, 42
_SILENT = (_FORGET, _BATCH_FORGET, _INTERRUPT)
_READ_ONLY, _NOSUID_NODEV, _DETACH = 1, 6, 2
#: Who looks for one file of a folder holds up nobody who looks for another.
_PARALLEL = 1 << 18
#: Of an open file: nothing of it is kept by the kernel.
_DIRECT = 1


class Stalling:
    """The file system; every node is a path below the source."""

    def __init__(self, source: Path, control: Path) -> None:
        self._control = control
        self._paths = {1: source}
        self._nodes = {source: 1}
        self._held: list[bytes] = []

    def serve(self, device: int) -> None:
        """Answer until the file system is gone."""
        while True:
            ready, _, _ = select.select([device], [], [], 0.02)
            asked, self._held = self._held, []
            try:
                for request in [*asked, *([os.read(device, 2**17)] if ready else [])]:
                    self._answer(device, request)
            except OSError as error:
                if error.errno != errno.ENOENT:  # who asked waits no more
                    return

    def _answer(self, device: int, request: bytes) -> None:
        _, opcode, unique, node, *_ = _IN.unpack_from(request)
        body = request[_IN.size :]
        if opcode in _SILENT:
            return
        if opcode in (_LOOKUP, _GETATTR, _READ_FILE) and self._stalls(opcode, node, body):
            self._held.append(request)
            return
        try:
            number, reply = 0, self._reply(opcode, node, body)
        except OSError as error:
            number, reply = -(error.errno or errno.EIO), b""
        os.write(device, _OUT.pack(_OUT.size + len(reply), number, unique) + reply)

    def _stalls(self, opcode: int, node: int, body: bytes) -> bool:
        path = self._named(node, body) if opcode == _LOOKUP else self._paths[node]
        parts = self._control.read_text().split() if self._control.exists() else []
        return any(part in str(path) for part in parts)

    def _named(self, node: int, body: bytes) -> Path:
        return self._paths[node] / os.fsdecode(body.partition(b"\0")[0])

    def _reply(self, opcode: int, node: int, body: bytes) -> bytes:
        if opcode == _INIT:
            return struct.pack("<IIIIHHIIHHI7I", 7, 31, 0, _PARALLEL, 64, 48, 2**16, 1, *[0] * 10)
        if opcode == _LOOKUP:
            path = self._named(node, body)
            found = os.lstat(path)
            number = self._nodes.setdefault(path, len(self._nodes) + 1)
            self._paths[number] = path
            return _ENTRY.pack(number, 0, 0, 0, 0, 0) + _attributes(found)
        path = self._paths[node]
        if opcode == _GETATTR:
            return struct.pack("<QII", 0, 0, 0) + _attributes(os.lstat(path))
        if opcode == _READLINK:
            return os.fsencode(os.readlink(path))
        if opcode == _OPEN:
            return struct.pack("<QII", os.open(path, os.O_RDONLY), _DIRECT, 0)
        if opcode == _OPENDIR:
            return struct.pack("<QII", 0, 0, 0)
        if opcode == _READ_FILE:
            handle, offset, size = _READ.unpack_from(body)
            return os.pread(handle, size, offset)
        if opcode == _READDIR:
            return _entries(path, *_READ.unpack_from(body)[1:])
        if opcode == _RELEASE:
            os.close(_READ.unpack_from(body)[0])
            return b""
        if opcode == _RELEASEDIR:
            return b""
        raise OSError(errno.ENOSYS, "not needed")


def _attributes(found: os.stat_result) -> bytes:
    times = (found.st_atime_ns, found.st_mtime_ns, found.st_ctime_ns)
    return _ATTRIBUTES.pack(
        *(found.st_ino, found.st_size, found.st_blocks),
        *(nanoseconds // 10**9 for nanoseconds in times),
        *(nanoseconds % 10**9 for nanoseconds in times),
        *(found.st_mode, found.st_nlink, found.st_uid, found.st_gid, 0, 4096, 0),
    )


def _entries(path: Path, offset: int, size: int) -> bytes:
    told = b""
    for number, name in enumerate(sorted(os.listdir(path)), 1):
        if number <= offset:
            continue
        encoded = os.fsencode(name)
        mode = stat.S_IFMT(os.lstat(path / name).st_mode) >> 12
        entry = struct.pack("<QQII", number + 1, number, len(encoded), mode) + encoded
        entry += bytes(-len(entry) % 8)
        if len(told) + len(entry) > size:
            break
        told += entry
    return told


def main() -> None:
    """Show the folder until the mount is taken away."""
    source, mount, control = map(Path, sys.argv[1:])
    device = os.open("/dev/fuse", os.O_RDWR)
    library = ctypes.CDLL(None, use_errno=True)
    mode = stat.S_IFMT(os.stat(source).st_mode)
    told = f"fd={device},rootmode={mode:o},user_id={os.getuid()},group_id={os.getgid()},allow_other"
    flags = _READ_ONLY | _NOSUID_NODEV
    if library.mount(b"stalling", os.fsencode(mount), b"fuse", flags, told.encode()):
        raise OSError(ctypes.get_errno(), "a file system cannot be mounted here")
    print("mounted", flush=True)
    try:
        Stalling(source, control).serve(device)
    finally:
        library.umount2(os.fsencode(mount), _DETACH)


if __name__ == "__main__":
    main()
