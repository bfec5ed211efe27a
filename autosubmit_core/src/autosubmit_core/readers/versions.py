"""Which version of a file was read: the key under which everything read is kept."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

__all__ = ["FileVersion", "database_versions", "file_version"]


class FileVersion(NamedTuple):
    """The identity of a file's content, as far as the file system tells it without a read."""

    path: str
    #: 0 where there is no such file; then so are the others.
    inode: int
    #: Bytes.
    size: int
    #: Last change, in nanoseconds since 1970.
    modified: int


def file_version(path: Path) -> FileVersion:
    """Return the version of a file or folder as it is now; zeros where there is none."""
    try:
        found = path.stat()
    except OSError:
        return FileVersion(str(path), 0, 0, 0)
    return FileVersion(str(path), found.st_ino, found.st_size, found.st_mtime_ns)


def database_versions(path: Path) -> tuple[FileVersion, ...]:
    """Return the versions of an SQLite database, of its write-ahead log and of its journal.

    The newest content may be in the log alone. The end of a journal is the moment at which its
    transaction counts, and may be all that a commit changes after a reader has looked.
    """
    return tuple(file_version(Path(f"{path}{suffix}")) for suffix in ("", "-wal", "-journal"))
