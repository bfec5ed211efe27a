"""The journal of events: what was told of experiments lately, and what they were then.

A client that comes back names the last event it has seen. Whoever answers it, after a restart or in
another process, finds in the journal what came since; and what an experiment was when nobody looked
any more, so that what changed until now can be told as well.

The journal is bounded in events and bytes: the oldest go first. While its file is locked, what there
is to tell waits. Where it cannot be written it is kept in memory, and named anew, so that nobody takes
its numbers for those of the file.
"""

from __future__ import annotations

import logging
import secrets
import sqlite3
import time
import weakref
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import NamedTuple, TypeVar

from autosubmit_core.errors import StoreError
from autosubmit_core.store.places import make_file

__all__ = ["EventJournal", "JournalEntry", "StoredSnapshot"]

log = logging.getLogger(__name__)

Result = TypeVar("Result")

_MEMORY = ":memory:"

#: How many events are kept, and how many bytes of them; when there are more, a tenth of them goes.
MOST_EVENTS = 20_000
MOST_BYTES = 32 * 1024 * 1024
#: Of how many experiments it is kept what they were.
MOST_SNAPSHOTS = 500
#: After so many events of an experiment it is written down again what it is.
SNAPSHOT_EVERY = 100
#: More than this is not told to one who was away: reading all anew is less. Bytes
MOST_MISSED = 4 * 1024 * 1024

#: How long another process that writes is waited for, in seconds.
_LOCK_SECONDS = 5.0
#: A lock that was waited for so often does not pass: some file systems know no others.
_MOST_LOCKED = 12
#: After so many events it is looked whether there are too many.
_SHORTEN_EVERY = 100

_TABLES = (
    "CREATE TABLE IF NOT EXISTS journal (id TEXT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS events (number INTEGER PRIMARY KEY AUTOINCREMENT,"
    " expid TEXT NOT NULL, name TEXT NOT NULL, data BLOB NOT NULL)",
    "CREATE INDEX IF NOT EXISTS events_of_experiment ON events (expid, number)",
    # ``number`` is the newest event of the experiment, or what was the newest of all when it was first
    # written down; ``at`` is up to which the snapshot is.
    "CREATE TABLE IF NOT EXISTS experiments (expid TEXT NOT NULL PRIMARY KEY,"
    " number INTEGER NOT NULL, at INTEGER NOT NULL, written REAL NOT NULL, snapshot BLOB NOT NULL)",
)


class JournalEntry(NamedTuple):
    """One event."""

    number: int
    expid: str
    name: str
    #: JSON.
    data: bytes


class StoredSnapshot(NamedTuple):
    """What is known of an experiment from before."""

    #: What :meth:`EventJournal.append` is to be given as ``after``.
    number: int
    snapshot: bytes
    #: What was told since that snapshot.
    since: list[JournalEntry]


class EventJournal:
    """The journal of one installation, which several processes may share; for one thread at a time.

    Nothing is opened before it is asked. All methods raise :class:`StoreError` while the file is locked,
    which is to be tried again, or if not even memory serves.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._opened: sqlite3.Connection | None = None
        #: Names the journal: numbers of another mean nothing here.
        self.id = ""
        #: The newest event that was returned.
        self.read = 0
        #: How many were written since it was last looked whether there are too many.
        self._written = 0
        #: How often the file was found locked since it last was not.
        self._locked = 0

    def open(self) -> None:
        """Be ready: :attr:`id` and :attr:`read` are known from here on."""
        self._safely(lambda: self._connection)

    def close(self) -> None:
        """Let go of the file."""
        if self._opened is not None:
            self._opened.close()
            self._opened = None

    def append(
        self,
        expid: str,
        after: int,
        told: Sequence[tuple[str, bytes]],
        snapshot: Callable[[], bytes],
    ) -> tuple[bool, list[JournalEntry]]:
        """Write down what is told of an experiment, whose newest event was ``after``.

        Returns whether that was so, else nothing is written: another process was first. With it come
        all events, of whatever experiment, that were not returned yet, in their order.
        """
        return self._safely(lambda: self._append(expid, after, told, snapshot))

    def missed(self, after: int, until: int, expid: str | None) -> list[JournalEntry] | None:
        """Return the events from one number, which is not told, to another; of an experiment or all.

        None if some of them are not known any more, or are too many.
        """
        return self._safely(lambda: self._missed(after, until, expid))

    def stored(self, expid: str) -> tuple[StoredSnapshot | None, list[JournalEntry]]:
        """Return what is known of an experiment, None if nothing is.

        With it come all events that were not returned yet, as of :meth:`append`: those behind it may be
        among them.
        """
        return self._safely(lambda: self._stored(expid))

    # -- details -----------------------------------------------------------------------------

    @property
    def _connection(self) -> sqlite3.Connection:
        if self._opened is None:
            self._use(str(self._path))
        assert self._opened is not None
        return self._opened

    def _safely(self, do: Callable[[], Result]) -> Result:
        try:
            done = do()
        except sqlite3.Error as error:
            if self._waits(error):
                raise StoreError(self._path, "the journal of events is locked") from error
            self._stay_in_memory(error)
        else:
            self._locked = 0
            return done
        try:
            return do()
        except sqlite3.Error as error:
            raise StoreError(self._path, "events cannot be written down, nor read") from error

    def _waits(self, error: sqlite3.Error) -> bool:
        """Tell whether an error is a lock that may yet pass."""
        # Python 3.10 has no codes of errors.
        if not (isinstance(error, sqlite3.OperationalError) and "is locked" in str(error)):
            return False
        self._locked += 1
        return self._locked < _MOST_LOCKED

    def _missed(self, after: int, until: int, expid: str | None) -> list[JournalEntry] | None:
        connection = self._connection
        (first,) = connection.execute("SELECT min(number) FROM events").fetchone()
        if not (first or self.read + 1) - 1 <= after <= until:
            return None
        where = "number > ? AND number <= ?" + ("" if expid is None else " AND expid = ?")
        of = (after, until) if expid is None else (after, until, expid)
        (size,) = connection.execute(
            f"SELECT sum(length(data)) FROM events WHERE {where}", of
        ).fetchone()
        return None if (size or 0) > MOST_MISSED else self._entries(where, of)

    def _stored(self, expid: str) -> tuple[StoredSnapshot | None, list[JournalEntry]]:
        with self._transaction() as connection:
            found = connection.execute(
                "SELECT number, at, snapshot FROM experiments WHERE expid = ?", (expid,)
            ).fetchone()
            stored = None
            if found is not None:
                number, at, snapshot = found
                where = "expid = ? AND number > ? AND number <= ?"
                since = self._entries(where, (expid, at, number))
                stored = StoredSnapshot(number, snapshot, since)
            entries = self._unread()
        return stored, self._now_read(entries)

    def _append(
        self,
        expid: str,
        after: int,
        told: Sequence[tuple[str, bytes]],
        snapshot: Callable[[], bytes],
    ) -> tuple[bool, list[JournalEntry]]:
        with self._transaction() as connection:
            known = connection.execute(
                "SELECT number, at FROM experiments WHERE expid = ?", (expid,)
            ).fetchone()
            first = known is None or known[0] == after
            if first:
                self._write(expid, known and known[1], told, snapshot)
            entries = self._unread()
        return first, self._now_read(entries)

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        connection = self._connection
        connection.execute("BEGIN IMMEDIATE")
        with connection:
            yield connection

    def _unread(self) -> list[JournalEntry]:
        return self._entries("number > ?", (self.read,))

    def _now_read(self, entries: list[JournalEntry]) -> list[JournalEntry]:
        self.read = entries[-1].number if entries else self.read
        return entries

    def _write(
        self,
        expid: str,
        at: int | None,
        told: Sequence[tuple[str, bytes]],
        snapshot: Callable[[], bytes],
    ) -> None:
        connection = self._connection
        for name, data in told:
            connection.execute(
                "INSERT INTO events (expid, name, data) VALUES (?, ?, ?)", (expid, name, data)
            )
        number = self._newest()
        (count,) = connection.execute(
            "SELECT count(*) FROM events WHERE expid = ? AND number > ?", (expid, at or 0)
        ).fetchone()
        if at is None or count >= SNAPSHOT_EVERY or any(name == "resync" for name, _ in told):
            connection.execute(
                "INSERT OR REPLACE INTO experiments VALUES (?, ?, ?, ?, ?)",
                (expid, number, number, time.time(), snapshot()),
            )
            connection.execute(
                "DELETE FROM experiments WHERE expid NOT IN"
                " (SELECT expid FROM experiments ORDER BY written DESC LIMIT ?)",
                (MOST_SNAPSHOTS,),
            )
        else:
            connection.execute("UPDATE experiments SET number = ? WHERE expid = ?", (number, expid))
        self._written += len(told)
        if self._written >= _SHORTEN_EVERY:
            self._shorten()

    def _newest(self) -> int:
        (number,) = self._connection.execute(
            "SELECT seq FROM sqlite_sequence WHERE name = 'events'"
        ).fetchone()
        return int(number)

    def _shorten(self) -> None:
        self._written = 0
        connection = self._connection
        count, size, last = connection.execute(
            "SELECT count(*), sum(length(data)), max(number) FROM events"
        ).fetchone()
        if count <= MOST_EVENTS and (size or 0) <= MOST_BYTES:
            return
        (until,) = connection.execute(
            "SELECT number FROM events ORDER BY number LIMIT 1 OFFSET ?", (count // 10,)
        ).fetchone()
        # What an experiment was is not known any more without all that came after its snapshot.
        connection.execute(
            "DELETE FROM experiments WHERE at < (SELECT max(number) FROM events"
            " WHERE events.expid = experiments.expid AND events.number <= ?)",
            (until,),
        )
        connection.execute("DELETE FROM events WHERE number <= ? AND number < ?", (until, last))

    def _entries(self, where: str, values: tuple[object, ...]) -> list[JournalEntry]:
        rows = self._connection.execute(
            f"SELECT number, expid, name, data FROM events WHERE {where} ORDER BY number", values
        )
        return [JournalEntry(*row) for row in rows]

    def _use(self, path: str, beginning: int = 0) -> None:
        if path != _MEMORY:
            # What cannot be made cannot be opened either, which is said there.
            with suppress(OSError):
                make_file(Path(path))
        connection = sqlite3.connect(path, timeout=_LOCK_SECONDS, check_same_thread=False)
        with ExitStack() as undo:
            undo.callback(connection.close)
            connection.isolation_level = None
            # What is told outlives this process; not every machine's disk has to be waited for.
            connection.execute("PRAGMA synchronous = OFF")
            connection.execute("BEGIN IMMEDIATE")
            for statement in _TABLES:
                connection.execute(statement)
            found = connection.execute("SELECT id FROM journal").fetchone()
            if found is None:
                found = (secrets.token_hex(4),)
                connection.execute("INSERT INTO journal VALUES (?)", found)
                connection.execute("INSERT INTO sqlite_sequence VALUES ('events', ?)", (beginning,))
            connection.execute("COMMIT")
            undo.pop_all()
        self._opened, self.id = connection, found[0]
        # A journal that nobody has any more leaves no open file behind.
        weakref.finalize(self, connection.close)
        self.read = self._newest()

    def _stay_in_memory(self, error: sqlite3.Error) -> None:
        log.warning(
            "events are kept in memory, and clients that come back after a restart read anew: "
            "%s cannot be written (%s)",
            self._path,
            error,
        )
        self.close()
        # Numbers go on, for those who hear them: they rise.
        self._use(_MEMORY, self.read)
