"""Which version of a file was read: the key under which everything read is kept."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import NamedTuple

__all__ = ["FileVersion", "database_versions", "file_version", "is_current", "is_missing"]

#: The longest step in which a file system counts time, and some more, in nanoseconds.
_STEP = 2 * 10**9


class FileVersion(NamedTuple):
    """The identity of a file's content, as far as the file system tells it without a read."""

    path: str
    #: 0 where there is no such file; then so are the others.
    inode: int
    #: Bytes.
    size: int
    #: Last change, in nanoseconds since 1970.
    modified: int
    #: Whether that was long ago when the version was taken. A file that changes twice within a step of
    #: its file system's clock looks as it did in between; so what was read just after a change counts
    #: for a moment only.
    settled: bool = True


def file_version(path: Path) -> FileVersion:
    """Return the version of a file or folder as it is now; zeros where there is none."""
    try:
        found = path.stat()
    except OSError:
        return FileVersion(str(path), 0, 0, 0)
    return FileVersion(str(path), *_seen(found))


def is_current(version: FileVersion) -> bool:
    """Tell whether a file is still the one whose version was taken."""
    try:
        found = os.stat(version.path)
    except OSError:
        return not version.inode
    return version[1:] == _seen(found)


def _seen(found: os.stat_result) -> tuple[int, int, int, bool]:
    modified = found.st_mtime_ns
    return found.st_ino, found.st_size, modified, abs(time.time_ns() - modified) > _STEP


def is_missing(path: Path) -> bool:
    """Tell whether there is nothing at a path.

    Where the process may not look something may be: opening it then says what is wrong.
    """
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    return False


def database_versions(path: Path) -> tuple[FileVersion, ...]:
    """Return the versions of an SQLite database, of its write-ahead log and of its journal.

    The newest content may be in the log alone. The end of a journal is the moment at which its
    transaction counts, and may be all that a commit changes after a reader has looked.
    """
    return tuple(file_version(Path(f"{path}{suffix}")) for suffix in ("", "-wal", "-journal"))
