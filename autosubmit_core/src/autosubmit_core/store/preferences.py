"""Which Linux account each user prefers: a hint for clients, which this server makes no use of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from autosubmit_core.store.database import read_columns, writing

__all__ = ["Preference", "preference_of", "remember_preference"]

#: As Autosubmit API makes it.
_TABLE = (
    "CREATE TABLE IF NOT EXISTS user_preferences (user_id TEXT NOT NULL PRIMARY KEY,"
    " preferred_username TEXT, created TEXT, modified TEXT)"
)


@dataclass(frozen=True, slots=True)
class Preference:
    """What a user prefers."""

    #: The Linux account.
    username: str
    #: When it was first and when last said, as Autosubmit API writes instants.
    created: str
    modified: str


def preference_of(path: Path, user_key: str) -> Preference | None:
    """Return what a user prefers, None if they never said."""
    names = ("preferred_username", "created", "modified")
    rows = read_columns(path, "user_preferences", names, {"user_id": user_key})
    return Preference(*rows[-1]) if rows else None


def remember_preference(path: Path, user_key: str, username: str) -> Preference:
    """Write down what a user prefers from now on."""
    now = datetime.now().astimezone().isoformat("-", timespec="seconds")
    with writing(path, [_TABLE]) as connection:
        # S-28: an old table may lack its key, so that nothing here counts on one.
        changed = connection.execute(
            "UPDATE user_preferences SET preferred_username = ?, modified = ? WHERE user_id = ?",
            (username, now, user_key),
        )
        if not changed.rowcount:
            connection.execute(
                "INSERT INTO user_preferences VALUES (?, ?, ?, ?)", (user_key, username, now, now)
            )
        (created,) = connection.execute(
            "SELECT created FROM user_preferences WHERE user_id = ?", (user_key,)
        ).fetchone()
    return Preference(username, created, now)
