"""The sessions of those who are logged in: which live, since when, and in which browser.

A browser holds a token that the core signs; what stands here says which of these tokens still count. A
signature alone could not be taken back, and would not tell when a browser was used last; a table
alone would let in everybody who can write it. So nobody is let in without both. What else is remembered
of users stands beside it: when they last looked at what is new.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

import sqlalchemy as sa
from autosubmit_core.server import StorePlace, read_rows, writing

__all__ = ["Session", "SessionStore"]

#: For how long a use of a session need not be noted, in seconds: reading is the rule, writing not.
_NOTED_EVERY = 60

_METADATA = sa.MetaData()
_SESSIONS = sa.Table(
    "site_sessions",
    _METADATA,
    sa.Column("session_id", sa.Text, primary_key=True),
    sa.Column("user_key", sa.Text, nullable=False),
    sa.Column("browser", sa.Text, nullable=False),
    sa.Column("begun", sa.BigInteger, nullable=False),
    sa.Column("used", sa.BigInteger, nullable=False),
    sa.Column("ends", sa.BigInteger, nullable=False),
)
#: When somebody looked at what is new before their last visit, and in it. Sessions end, this stays.
_LOOKS = sa.Table(
    "site_looks",
    _METADATA,
    sa.Column("user_key", sa.Text, primary_key=True),
    sa.Column("before", sa.BigInteger, nullable=False),
    sa.Column("last", sa.BigInteger, nullable=False),
)


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


class SessionStore:
    """Where sessions are kept: on a PostgreSQL server, or in an SQLite file made with the first login.

    All methods raise :class:`~autosubmit_core.SourceError` or :class:`OSError` when it cannot be used.
    """

    def __init__(self, place: StorePlace, idle_seconds: int) -> None:
        self._place = place
        #: How long a session may be unused before it ends.
        self._idle_seconds = idle_seconds

    def begin(self, session: Session) -> None:
        """Add a session; those that are over go."""
        if isinstance(self._place, Path):
            # Nobody else need know who works here, and when.
            self._place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        now, its = session.begun, _SESSIONS.c
        over = (its.ends <= now) | (its.used <= now - self._idle_seconds)
        with writing(self._place, [_SESSIONS]) as database:
            database.execute(_SESSIONS.delete().where(over))
            database.execute(_SESSIONS.insert().values(asdict(session)))

    def check(self) -> None:
        """Read what is there, if anything is yet."""
        read_rows(self._place, _SESSIONS, {"session_id": ""})

    def use(self, session_id: str, now: int) -> bool:
        """Note that a session is used, and tell whether it lives."""
        session = self._living(session_id, now)
        if session is not None and now - session.used >= _NOTED_EVERY:
            this = _SESSIONS.c.session_id == session_id
            with writing(self._place, [_SESSIONS]) as database:
                database.execute(_SESSIONS.update().where(this).values(used=now))
        return session is not None

    def lives(self, session_id: str, now: int) -> bool:
        """Tell whether a session lives, which is no use of it."""
        return self._living(session_id, now) is not None

    def of_user(self, user_key: str, now: int) -> list[Session]:
        """Return the sessions of somebody that live, the one used last first."""
        found = self._those("user_key", user_key, now)
        return sorted(found, key=lambda one: (one.used, one.begun), reverse=True)

    def end(self, user_key: str, session_id: str) -> None:
        """End a session of somebody; that of somebody else stays."""
        self._delete(user_key, _SESSIONS.c.session_id == session_id)

    def end_others(self, user_key: str, session_id: str) -> None:
        """End all sessions of somebody but one."""
        self._delete(user_key, _SESSIONS.c.session_id != session_id)

    def looked(self, user_key: str) -> tuple[int, int] | None:
        """Return when somebody looked before their last visit, and in it; None if they never did."""
        rows = read_rows(self._place, _LOOKS, {"user_key": user_key})
        return (int(rows[0]["before"]), int(rows[0]["last"])) if rows else None

    def note_look(self, user_key: str, held: tuple[int, int]) -> None:
        """Remember when somebody looked before their visit, and in it."""
        before, last = held
        with writing(self._place, [_LOOKS]) as database:
            database.execute(_LOOKS.delete().where(_LOOKS.c.user_key == user_key))
            row = {"user_key": user_key, "before": before, "last": last}
            database.execute(_LOOKS.insert().values(row))

    def _living(self, session_id: str, now: int) -> Session | None:
        return next(iter(self._those("session_id", session_id, now)), None)

    def _those(self, column: str, value: str, now: int) -> list[Session]:
        """Return the sessions with a value in a column that live."""
        found = [Session(**row) for row in read_rows(self._place, _SESSIONS, {column: value})]
        return [one for one in found if one.used > now - self._idle_seconds and one.ends > now]

    def _delete(self, user_key: str, which: sa.ColumnElement[bool]) -> None:
        with writing(self._place, [_SESSIONS]) as database:
            database.execute(_SESSIONS.delete().where(_SESSIONS.c.user_key == user_key, which))
