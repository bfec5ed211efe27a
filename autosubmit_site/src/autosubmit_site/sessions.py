"""The sessions of those who are logged in: which live, since when, and in which browser.

A browser holds a token that the core signs; this file says which of these tokens still count. A
signature alone could not be taken back, and would not tell when a browser was used last; a file
alone would let in everybody who can write it. So nobody is let in without both. What else is remembered
of users stands in the same file: when they last looked at what is new.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Session", "SessionFile"]

#: For how long a use of a session need not be noted, in seconds: reading is the rule, writing not.
_NOTED_EVERY = 60

#: For how long to wait for another process that writes, in seconds.
_BUSY_SECONDS = 5.0

_TABLE = """
CREATE TABLE IF NOT EXISTS sessions (
    session_id TEXT PRIMARY KEY,
    user_key TEXT NOT NULL,
    browser TEXT NOT NULL,
    begun INTEGER NOT NULL,
    used INTEGER NOT NULL,
    ends INTEGER NOT NULL
)
"""
#: When somebody looked at what is new before their last visit, and in it. Sessions end, this stays.
_LOOKS = """
CREATE TABLE IF NOT EXISTS looks (
    user_key TEXT PRIMARY KEY,
    before INTEGER NOT NULL,
    last INTEGER NOT NULL
)
"""


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody who is logged in at one browser."""

    #: The id of the token that the browser holds; without its signature it lets nobody in.
    session_id: str
    #: Whose it is, :attr:`autosubmit_core.api.access.User.key`.
    user_key: str
    #: The browser as it names itself, in a few words.
    browser: str
    #: When it began, when it was used last to the minute, and when it ends, in seconds since 1970 UTC.
    begun: int
    used: int
    ends: int


class SessionFile:
    """The file of sessions, an SQLite database made with the first login.

    All methods raise :class:`sqlite3.Error` or :class:`OSError` when the file cannot be used.
    """

    def __init__(self, folder: Path, idle_seconds: int) -> None:
        self._folder = folder
        #: The file itself.
        self.path = folder / "sessions.db"
        #: How long a session may be unused before it ends.
        self._idle_seconds = idle_seconds

    def begin(self, session: Session) -> None:
        """Add a session; those that are over go."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Nobody else need know who works here, and when.
        self.path.touch(mode=0o600)
        with self._open("rwc") as database:
            database.execute(_TABLE)
            database.execute(
                "DELETE FROM sessions WHERE ends <= ? OR used <= ?",
                (session.begun, session.begun - self._idle_seconds),
            )
            database.execute(
                "INSERT INTO sessions VALUES (?, ?, ?, ?, ?, ?)",
                (
                    session.session_id,
                    session.user_key,
                    session.browser,
                    session.begun,
                    session.used,
                    session.ends,
                ),
            )

    def check(self) -> None:
        """Read the file, if there is one yet."""
        if self.path.exists():
            with self._open("rw") as database:
                database.execute("PRAGMA schema_version")

    def use(self, session_id: str, now: int) -> bool:
        """Note that a session is used, and tell whether it lives."""
        if not self.path.exists():
            return False
        with self._open("rw") as database:
            used = self._used(database, session_id, now)
            if used is not None and now - used >= _NOTED_EVERY:
                database.execute(
                    "UPDATE sessions SET used = ? WHERE session_id = ?", (now, session_id)
                )
        return used is not None

    def lives(self, session_id: str, now: int) -> bool:
        """Tell whether a session lives, which is no use of it."""
        if not self.path.exists():
            return False
        with self._open("rw") as database:
            return self._used(database, session_id, now) is not None

    def of_user(self, user_key: str, now: int) -> list[Session]:
        """Return the sessions of somebody that live, the one used last first."""
        with self._open("rw") as database:
            found = database.execute(
                "SELECT * FROM sessions WHERE user_key = ? AND used > ? AND ends > ?"
                " ORDER BY used DESC, begun DESC",
                (user_key, now - self._idle_seconds, now),
            ).fetchall()
        return [Session(*row) for row in found]

    def end(self, user_key: str, session_id: str) -> None:
        """End a session of somebody; that of somebody else stays."""
        self._delete("user_key = ? AND session_id = ?", user_key, session_id)

    def end_others(self, user_key: str, session_id: str) -> None:
        """End all sessions of somebody but one."""
        self._delete("user_key = ? AND session_id <> ?", user_key, session_id)

    def looked(self, user_key: str) -> tuple[int, int] | None:
        """Return when somebody looked before their last visit, and in it; None if they never did."""
        with self._open("rw") as database:
            database.execute(_LOOKS)
            found = database.execute(
                "SELECT before, last FROM looks WHERE user_key = ?", (user_key,)
            ).fetchone()
        return None if found is None else (int(found[0]), int(found[1]))

    def note_look(self, user_key: str, held: tuple[int, int]) -> None:
        """Remember when somebody looked before their visit, and in it."""
        with self._open("rw") as database:
            database.execute(_LOOKS)
            database.execute("REPLACE INTO looks VALUES (?, ?, ?)", (user_key, *held))

    def _used(self, database: sqlite3.Connection, session_id: str, now: int) -> int | None:
        """Return when a session was used last, None if it does not live."""
        found = database.execute(
            "SELECT used FROM sessions WHERE session_id = ? AND used > ? AND ends > ?",
            (session_id, now - self._idle_seconds, now),
        ).fetchone()
        return None if found is None else int(found[0])

    def _delete(self, condition: str, *values: str) -> None:
        with self._open("rw") as database:
            database.execute(f"DELETE FROM sessions WHERE {condition}", values)

    @contextmanager
    def _open(self, mode: str) -> Iterator[sqlite3.Connection]:
        """Open the file; all that is done with it is done at once, or not at all."""
        address = f"{self.path.resolve().as_uri()}?mode={mode}"
        made = sqlite3.connect(address, timeout=_BUSY_SECONDS, uri=True)
        with closing(made) as database, database:
            yield database
