"""Which version of a file or table was read: the key under which everything read is kept."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple, TypeAlias

from autosubmit_core.errors import SourceUnreadableError
from autosubmit_core.readers.server_tables import (
    ServerTables,
    TablesVersion,
    tables_bytes,
    tables_versions,
)

__all__ = [
    "FileVersion",
    "Location",
    "Version",
    "are_current",
    "current_groups",
    "database_versions",
    "databases_versions",
    "file_version",
    "is_current",
    "is_missing",
    "location_version",
    "locations_bytes",
    "sqlite_versions",
]

#: Where a source is: a file, or tables on a server.
Location: TypeAlias = Path | ServerTables

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

    @property
    def exists(self) -> bool:
        """Whether there is such a file."""
        return self.inode != 0


#: The version of a file or of tables.
Version: TypeAlias = FileVersion | TablesVersion


def file_version(path: Path) -> FileVersion:
    """Return the version of a file or folder as it is now; zeros where there is none."""
    try:
        found = path.stat()
    except OSError:
        return FileVersion(str(path), 0, 0, 0)
    return FileVersion(str(path), *_seen(found))


def location_version(location: Location) -> Version:
    """Return the version of a file, folder or table as it is now."""
    if isinstance(location, Path):
        return file_version(location)
    return tables_versions([location])[0]


def locations_bytes(locations: Iterable[Location]) -> int:
    """Return how many bytes files, or tables of one server, have; none where they cannot be read."""
    tables, total = [], 0
    for location in locations:
        if isinstance(location, ServerTables):
            tables.append(location)
        else:
            total += file_version(location).size
    try:
        return total + (tables_bytes(tables) if tables else 0)
    except SourceUnreadableError:
        return total


def are_current(versions: Iterable[Version]) -> bool:
    """Tell whether everything is still what it was when the versions were taken."""
    return all(current_groups([versions]))


def current_groups(groups: Sequence[Iterable[Version]]) -> list[bool]:
    """Tell of each of some groups of versions whether all of it is still what it was.

    A server is asked once for all that is on it, and after the files, which cost less.
    """
    asked: list[list[TablesVersion] | None] = [_tables_of(group) for group in groups]
    places = (version.place for tables in asked for version in tables or ())
    found = {version.place: version for version in tables_versions(dict.fromkeys(places))}
    return [
        tables is not None and all(found[version.place] == version for version in tables)
        for tables in asked
    ]


def _tables_of(versions: Iterable[Version]) -> list[TablesVersion] | None:
    """Return those of tables; None if a file has changed, or a server could not be asked before."""
    tables = []
    for version in versions:
        if isinstance(version, TablesVersion):
            tables.append(version)
            if version.digest is None:
                return None
        elif not is_current(version):
            return None
    return tables


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


def is_missing(location: Location) -> bool:
    """Tell whether there is nothing at a path, or no such table.

    Where the process may not look something may be: opening it then says what is wrong.
    """
    if isinstance(location, ServerTables):
        return location_version(location) == TablesVersion(location, "")
    try:
        location.stat()
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    return False


def database_versions(location: Location) -> tuple[Version, ...]:
    """Return the version of tables, or of an SQLite database, its write-ahead log and its journal."""
    if isinstance(location, ServerTables):
        return tables_versions([location])
    return sqlite_versions(location)


def databases_versions(locations: Iterable[Location]) -> tuple[Version, ...]:
    """Return the versions of several databases, those on a server as of one moment."""
    files, tables = list[FileVersion](), []
    for location in locations:
        if isinstance(location, ServerTables):
            tables.append(location)
        else:
            files += sqlite_versions(location)
    return (*files, *tables_versions(tables))


def sqlite_versions(path: Path) -> tuple[FileVersion, ...]:
    """Return the versions of an SQLite database, of its write-ahead log and of its journal.

    The newest content may be in the log alone. The end of a journal is the moment at which its
    transaction counts, and may be all that a commit changes after a reader has looked.
    """
    return tuple(file_version(Path(f"{path}{suffix}")) for suffix in ("", "-wal", "-journal"))
