"""Which tokens are revoked, and which users gave names to (S-05)."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from autosubmit_core.store.database import read_columns, writing

__all__ = [
    "LEEWAY",
    "NamedToken",
    "Revocations",
    "name_token",
    "named_tokens",
    "note_use",
    "revocations",
    "revoke",
    "revoke_all",
]

#: How far the clocks of replicas may be apart, in seconds: for so long tokens outlive their end.
LEEWAY = 60

_TABLES = (
    "CREATE TABLE IF NOT EXISTS revoked_tokens (token_id TEXT NOT NULL PRIMARY KEY,"
    " expires INTEGER NOT NULL)",
    "CREATE TABLE IF NOT EXISTS revoked_users (user_id TEXT NOT NULL PRIMARY KEY,"
    " valid_from REAL NOT NULL)",
    "CREATE TABLE IF NOT EXISTS named_tokens (token_id TEXT NOT NULL PRIMARY KEY,"
    " user_id TEXT NOT NULL, name TEXT NOT NULL, issued INTEGER NOT NULL, expires INTEGER NOT NULL,"
    " used INTEGER NOT NULL)",
)


@dataclass(frozen=True, slots=True)
class Revocations:
    """What was issued and is not good any more."""

    #: The ids of tokens.
    tokens: frozenset[str] = frozenset()
    #: By user: what was issued to them before, in seconds since 1970 UTC, is not good.
    valid_from: Mapping[str, float] = field(default_factory=dict)

    def hold(self, token_id: str, user_key: str, issued: float) -> bool:
        """Tell whether a token is revoked."""
        return token_id in self.tokens or issued < self.valid_from.get(user_key, 0)


@dataclass(frozen=True, slots=True)
class NamedToken:
    """A token that a user made and gave a name; not the token itself, which is kept nowhere."""

    token_id: str
    name: str
    #: Seconds since 1970 UTC.
    issued: int
    expires: int
    #: When it was used last, to the hour; 0 if it never was.
    used: int = 0


def revocations(path: Path) -> Revocations:
    """Return all that is revoked."""
    tokens = read_columns(path, "revoked_tokens", ("token_id",))
    users = read_columns(path, "revoked_users", ("user_id", "valid_from"))
    return Revocations(frozenset(token_id for (token_id,) in tokens), dict(users))


def revoke(path: Path, token_id: str, expires: int) -> None:
    """Let a token be no good any more; it is forgotten when it has ended by itself on all servers."""
    with writing(path, _TABLES) as connection:
        now = int(time.time()) - LEEWAY
        connection.execute("DELETE FROM revoked_tokens WHERE expires < ?", (now,))
        connection.execute(
            "INSERT OR REPLACE INTO revoked_tokens VALUES (?, ?)", (token_id, expires)
        )
        connection.execute(
            "DELETE FROM named_tokens WHERE token_id = ? OR expires < ?", (token_id, now)
        )


def revoke_all(path: Path, user_key: str) -> None:
    """Let nothing be good any more that was issued to a user so far."""
    with writing(path, _TABLES) as connection:
        connection.execute(
            "INSERT OR REPLACE INTO revoked_users VALUES (?, ?)", (user_key, time.time())
        )
        connection.execute("DELETE FROM named_tokens WHERE user_id = ?", (user_key,))


def name_token(path: Path, user_key: str, token: NamedToken) -> None:
    """Write down that a user made a token."""
    with writing(path, _TABLES) as connection:
        connection.execute(
            "INSERT INTO named_tokens VALUES (?, ?, ?, ?, ?, ?)",
            (token.token_id, user_key, token.name, token.issued, token.expires, token.used),
        )


def note_use(path: Path, token_id: str) -> None:
    """Write down that a token is used now; of one without a name nothing is known."""
    if read_columns(path, "named_tokens", ("token_id",), {"token_id": token_id}):
        with writing(path, _TABLES) as connection:
            connection.execute(
                "UPDATE named_tokens SET used = ? WHERE token_id = ?", (int(time.time()), token_id)
            )


def named_tokens(path: Path, user_key: str) -> list[NamedToken]:
    """Return the tokens that a user made and that are still good, the newest first."""
    names = ("token_id", "name", "issued", "expires", "used")
    rows = read_columns(path, "named_tokens", names, {"user_id": user_key})
    good = [NamedToken(*row) for row in rows if row[3] > time.time()]
    return sorted(good, key=lambda token: -token.issued)
