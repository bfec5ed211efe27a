"""Opening an SQLite file for reading without leaving a trace beside it.

SQLite's own read-only mode leaves some: on a file in write-ahead mode it creates ``-wal`` and
``-shm`` files, and an orphaned ``-wal`` it may delete. Its ``immutable`` mode creates nothing, and
overlooks what only the ``-wal`` file holds. So a file is opened in place only where that is
harmless; otherwise a private copy is read, of the file together with its log or journal.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from autosubmit_core.errors import SourceMissingError, SourceUnreadableError
from autosubmit_core.readers.versions import database_versions

__all__ = ["LOCK_SECONDS", "locks_kept", "read_transaction"]

#: How long a read waits for a writer to let go of a database, in seconds.
LOCK_SECONDS = 2.0

#: How long to wait before a copy is tried again that a writer has spoilt, in seconds.
_RETRY_SECONDS = 0.05

#: The name of a private copy, and how much is copied at once, in bytes.
_COPY = "copy.db"
_BLOCK = 1 << 20

#: The header of an SQLite file: how it begins and how many bytes it has, where its page size is (in
#: units of 256 bytes), where the version of the format is, and the newest one, write-ahead mode.
_MAGIC = b"SQLite format 3\0"
_HEADER_BYTES = 100
_PAGE_SIZE = slice(16, 18)
_READ_VERSION = 19
_WRITE_AHEAD = 2


@contextmanager
def read_transaction(path: Path) -> Iterator[sqlite3.Connection]:
    """Connect to a database at its newest committed state, which stays the same within.

    Waits :data:`LOCK_SECONDS` at most. Raises :class:`SourceMissingError` if there is no file,
    :class:`SourceUnreadableError` if it is damaged, no database, not permitted or locked.
    """
    real = Path(os.path.realpath(path))
    with ExitStack() as stack:
        file = stack.enter_context(_held_open(path, real))
        try:
            connection = _connect_in_place(path, real, file)
            if connection is None:
                connection = _connect_to_copy(path, real, file, stack)
        except (OSError, sqlite3.OperationalError) as error:
            raise SourceUnreadableError(path, "the database cannot be read") from error
        yield stack.enter_context(closing(connection))


def _connect_in_place(path: Path, real: Path, file: int) -> sqlite3.Connection | None:
    """Return a connection to the file itself; None if only a copy can be read.

    A file in write-ahead mode, or with a ``-wal`` beside it, is never opened in place: SQLite
    would create or even delete files.
    """
    header = os.pread(file, _HEADER_BYTES, 0)
    if not header:
        # Autosubmit creates files before their tables: an empty one is a database without any.
        return sqlite3.connect(":memory:")
    if not header.startswith(_MAGIC) or len(header) < _HEADER_BYTES:
        raise SourceUnreadableError(path, "not an SQLite database, or its beginning is damaged")
    if header[_READ_VERSION] > _WRITE_AHEAD:
        raise SourceUnreadableError(path, "written by an SQLite newer than the one here")
    if header[_READ_VERSION] == _WRITE_AHEAD or _beside(real, "-wal").exists():
        return None
    try:
        connection = _connect(path, f"{real.as_uri()}?mode=ro")
    except sqlite3.OperationalError:
        # Locked, left over by a writer that died (its journal has to be rolled back first), or
        # on a file system without locks: a copy is none of these.
        return None
    # SQLite takes the missing end of a last page for zeros, and so makes up rows.
    if os.fstat(file).st_size % (int.from_bytes(header[_PAGE_SIZE], "little") << 8):
        connection.close()
        raise SourceUnreadableError(path, "the database is truncated")
    return connection


def _connect_to_copy(path: Path, real: Path, file: int, stack: ExitStack) -> sqlite3.Connection:
    """Return a connection to a private copy, in which SQLite may recover what it has to.

    The copy goes when the stack is closed.
    """
    deadline = time.monotonic() + LOCK_SECONDS
    folder = Path(stack.enter_context(TemporaryDirectory(prefix="autosubmit-")))
    while not _copied(real, file, folder):
        if time.monotonic() > deadline:
            raise SourceUnreadableError(path, "locked by a writer")
        time.sleep(_RETRY_SECONDS)
    return _connect(path, (folder / _COPY).as_uri())


def _copied(real: Path, file: int, folder: Path) -> bool:
    """Copy the database with its log and journal; False if a writer changed them meanwhile."""
    before = database_versions(real)
    with (folder / _COPY).open("wb") as target:
        # Other threads may read the same descriptor: its position is nobody's.
        while block := os.pread(file, _BLOCK, target.tell()):
            target.write(block)
    for suffix in ("-wal", "-journal"):
        copy = folder / f"{_COPY}{suffix}"
        copy.unlink(missing_ok=True)
        with suppress(FileNotFoundError):
            shutil.copyfile(_beside(real, suffix), copy)
    # The descriptor could be of a file that has been replaced under its name.
    return database_versions(real) == before and os.fstat(file).st_ino == before[0].inode


def _beside(real: Path, suffix: str) -> Path:
    return Path(f"{real}{suffix}")


def _connect(path: Path, uri: str) -> sqlite3.Connection:
    """Return a connection inside a read transaction: its lock is held, its state settled."""
    connection = sqlite3.connect(uri, uri=True, timeout=LOCK_SECONDS, isolation_level=None)
    try:
        connection.execute("PRAGMA query_only = 1")
        connection.execute("BEGIN")
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.OperationalError:
        connection.close()
        raise
    except sqlite3.DatabaseError as error:
        connection.close()
        raise SourceUnreadableError(path, "the database is damaged") from error
    return connection


# The locks that SQLite takes on a file belong to the process, and the operating system drops all
# of them as soon as the process closes any descriptor of that file. The one opened here is
# therefore shared by all who read the file, and closed by the last: inode → [descriptor, users].
_held: dict[tuple[int, int], list[int]] = {}
_held_lock = threading.Lock()


@contextmanager
def locks_kept(path: Path) -> Iterator[None]:
    """Keep the reads of other threads from dropping the locks that this one has on a database.

    To be held around every connection of this process that writes to an existing file which
    :func:`read_transaction` may read at the same time.

    Raises :class:`SourceMissingError` or :class:`SourceUnreadableError` as :func:`read_transaction`.
    """
    with _held_open(path, Path(os.path.realpath(path))):
        yield


@contextmanager
def _held_open(path: Path, real: Path) -> Iterator[int]:
    """Open a regular file for reading; its descriptor closes when nobody has it open any more."""
    with _held_lock:
        inode = _inode(path, real)
        if inode not in _held:
            _held[inode] = [_opened(path, real), 0]
        _held[inode][1] += 1
    try:
        yield _held[inode][0]
    finally:
        with _held_lock:
            _held[inode][1] -= 1
            if not _held[inode][1]:
                os.close(_held.pop(inode)[0])


def _inode(path: Path, real: Path) -> tuple[int, int]:
    try:
        found = real.stat()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise SourceMissingError(path) from error
    except OSError as error:
        raise SourceUnreadableError(path, "may not be read") from error
    if not stat.S_ISREG(found.st_mode):  # opening a pipe would wait for its writer
        raise SourceUnreadableError(path, "not a file")
    return found.st_dev, found.st_ino


def _opened(path: Path, real: Path) -> int:
    try:
        return os.open(real, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError as error:
        raise SourceMissingError(path) from error
    except OSError as error:
        raise SourceUnreadableError(path, "may not be read") from error
