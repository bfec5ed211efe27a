"""Opening an SQLite file for reading without leaving a trace beside it.

SQLite's own read-only mode leaves some: on a file in write-ahead mode it creates ``-wal`` and
``-shm`` files, and an orphaned ``-wal`` it may delete. Its ``immutable`` mode creates nothing, and
overlooks what only the ``-wal`` file holds. So a file is opened in place only where that is
harmless; otherwise a private copy is read, of the file together with its log or journal.
"""

from __future__ import annotations

import os
import sqlite3
import stat
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from autosubmit_core.errors import SourceMissingError, SourceUnreadableError
from autosubmit_core.readers.versions import sqlite_versions

__all__ = ["LOCK_SECONDS", "locks_kept", "read_transaction", "unreadable"]

#: How long a read waits for a writer to let go of a database, in seconds.
LOCK_SECONDS = 2.0

#: How long a database may be read, in seconds: this, and so much per megabyte. A million rows take
#: ten seconds; a damaged or hostile file of a few pages can say that it has any number of them.
READ_SECONDS = 30.0
READ_SECONDS_PER_MEGABYTE = 1.0
#: How many instructions of SQLite there are between two looks at the clock.
_INSTRUCTIONS = 100_000

#: The largest value, in bytes. The configuration of a run, the largest of all, has some hundred
#: thousand; what a long one unfolds to takes ten times its size.
LARGEST_VALUE = 16 << 20

#: The largest database, with its log and journal, of which a copy is made, in bytes.
LARGEST_COPY = 2 << 30

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

#: How a journal ends that belongs to a change of several databases at once.
_SHARED_JOURNAL = bytes.fromhex("d9d505f920a163d7")


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
                connection = _connect_to_copy(path, real, file)
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
        connection = _connect(path, f"{real.as_uri()}?mode=ro", os.fstat(file).st_size)
    except sqlite3.OperationalError:
        # Locked, left over by a writer that died (its journal has to be rolled back first), or
        # on a file system without locks: a copy is none of these.
        return None
    return _whole(path, connection, os.fstat(file).st_size, header)


def _connect_to_copy(path: Path, real: Path, file: int) -> sqlite3.Connection:
    """Return a connection to a private copy, in which SQLite may recover what it has to.

    Once it is open the copy has no name any more, so that nothing of it stays when the process is
    ended while it reads.
    """
    deadline = time.monotonic() + LOCK_SECONDS
    with TemporaryDirectory(prefix="autosubmit-") as folder:
        copy = Path(folder) / _COPY
        while not _copied(path, real, file, copy):
            if time.monotonic() > deadline:
                raise SourceUnreadableError(path, "locked by a writer")
            time.sleep(_RETRY_SECONDS)
        if _is_shared(_beside(copy, "-journal")):
            raise SourceUnreadableError(path, "left half changed, together with another database")
        connection = _connect(path, copy.as_uri(), copy.stat().st_size)
        log = _beside(copy, "-wal")
        if log.exists() and log.stat().st_size:
            return connection  # what the file lacks may be in there
        with _open(copy) as recovered:
            header = os.pread(recovered, _HEADER_BYTES, 0)
        return _whole(path, connection, copy.stat().st_size, header)


def _whole(
    path: Path, connection: sqlite3.Connection, size: int, header: bytes
) -> sqlite3.Connection:
    """Return a connection unless its file ends within a page.

    SQLite takes what is missing of a last page for zeros, and so makes up rows.
    """
    if size % (int.from_bytes(header[_PAGE_SIZE], "little") << 8):
        connection.close()
        raise SourceUnreadableError(path, "the database is truncated")
    return connection


def _copied(path: Path, real: Path, file: int, copy: Path) -> bool:
    """Copy the database with its log and journal; False if a writer changed them meanwhile."""
    before = sqlite_versions(real)
    room = LARGEST_COPY - _copy(path, file, copy, LARGEST_COPY)
    for suffix in ("-wal", "-journal"):
        _beside(copy, suffix).unlink(missing_ok=True)
        with suppress(SourceMissingError), _open(_beside(real, suffix)) as beside:
            room -= _copy(path, beside, _beside(copy, suffix), room)
    # The descriptor could be of a file that has been replaced under its name.
    return sqlite_versions(real) == before and os.fstat(file).st_ino == before[0].inode


def _copy(path: Path, source: int, target: Path, room: int) -> int:
    """Copy an open file as long as it is now, and return how many bytes that are."""
    size = os.fstat(source).st_size
    if size > room:
        raise SourceUnreadableError(path, "cannot be read in place, and is too large for a copy")
    with target.open("wb") as copy:
        # Other threads may read the same descriptor: its position is nobody's.
        while block := os.pread(source, min(_BLOCK, size - copy.tell()), copy.tell()):
            copy.write(block)
    return size


def _is_shared(journal: Path) -> bool:
    """Tell whether a journal is one of several that belong to the same change.

    Autosubmit never makes one. It names a file, which can be any, and SQLite would delete that file
    when it has undone the change.
    """
    if not journal.exists():
        return False
    with journal.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(size - len(_SHARED_JOURNAL), 0))
        return file.read() == _SHARED_JOURNAL


def _beside(real: Path, suffix: str) -> Path:
    return Path(f"{real}{suffix}")


def _connect(path: Path, uri: str, size: int) -> sqlite3.Connection:
    """Return a connection inside a read transaction: its lock is held, its state settled."""
    connection = sqlite3.connect(uri, uri=True, timeout=LOCK_SECONDS, isolation_level=None)
    end = time.monotonic() + READ_SECONDS + READ_SECONDS_PER_MEGABYTE * (size >> 20)
    connection.set_progress_handler(lambda: time.monotonic() > end, _INSTRUCTIONS)
    if sys.version_info >= (3, 11):
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LARGEST_VALUE)
    try:
        connection.execute("PRAGMA query_only = 1")
        connection.execute("BEGIN")
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
        connection.close()
        if isinstance(error, sqlite3.OperationalError) and not _is_overdue(error):
            raise
        raise unreadable(path, error) from error
    return connection


def unreadable(
    path: Path, error: sqlite3.DatabaseError | UnicodeDecodeError
) -> SourceUnreadableError:
    """Return the error of the family that an error of SQLite is.

    What SQLite says of a damaged file quotes the file, which may be no text.
    """
    if _is_overdue(error):
        return SourceUnreadableError(path, "takes too long to be read")
    if isinstance(error, sqlite3.DataError):
        return SourceUnreadableError(path, "a value in it is too large")
    return SourceUnreadableError(path, "the database is damaged")


def _is_overdue(error: sqlite3.DatabaseError | UnicodeDecodeError) -> bool:
    return str(error) == "interrupted"


# The locks that SQLite takes on a file belong to the process, and the operating system drops all
# of them as soon as the process closes any descriptor of that file. The one opened here is
# therefore shared by all who read the file, and closed by the last.
@dataclass(slots=True)
class _Held:
    #: How many read the file.
    users: int = 0
    descriptor: int | None = None
    #: Held while it is opened: a file system that does not answer makes nobody else wait.
    opening: threading.Lock = field(default_factory=threading.Lock)


_held: dict[tuple[int, int], _Held] = {}
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
    inode = _inode(path, real)
    with _held_lock:
        held = _held.setdefault(inode, _Held())
        held.users += 1
    try:
        with held.opening:
            if held.descriptor is None:
                held.descriptor = _opened(path, real)
        yield held.descriptor
    finally:
        with _held_lock:
            held.users -= 1
            if not held.users:
                del _held[inode]
                if held.descriptor is not None:
                    os.close(held.descriptor)


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


@contextmanager
def _open(path: Path) -> Iterator[int]:
    """Open a regular file for reading."""
    file = _opened(path, path)
    try:
        yield file
    finally:
        os.close(file)


def _opened(path: Path, real: Path) -> int:
    try:
        # Without O_NONBLOCK, opening a pipe would wait for its writer.
        file = os.open(real, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError as error:
        raise SourceMissingError(path) from error
    except OSError as error:
        raise SourceUnreadableError(path, "may not be read") from error
    if not stat.S_ISREG(os.fstat(file).st_mode):
        os.close(file)
        raise SourceUnreadableError(path, "not a file")
    return file
