"""Which Linux account each user prefers: a hint for clients, which this server makes no use of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from autosubmit_core.store.places import StorePlace, read_columns, writing

__all__ = ["Preference", "preference_of", "remember_preference"]

#: As Autosubmit API makes it.
_TABLE = sa.Table(
    "user_preferences",
    sa.MetaData(),
    sa.Column("user_id", sa.Text, primary_key=True),
    sa.Column("preferred_username", sa.Text),
    sa.Column("created", sa.Text),
    sa.Column("modified", sa.Text),
)


@dataclass(frozen=True, slots=True)
class Preference:
    """What a user prefers."""

    #: The Linux account.
    username: str
    #: When it was first and when last said, as Autosubmit API writes instants.
    created: str
    modified: str


def preference_of(place: StorePlace, user_key: str) -> Preference | None:
    """Return what a user prefers, None if they never said."""
    names = ("preferred_username", "created", "modified")
    rows = read_columns(place, "user_preferences", names, {"user_id": user_key})
    return Preference(*rows[-1]) if rows else None


def remember_preference(place: StorePlace, user_key: str, username: str) -> Preference:
    """Write down what a user prefers from now on."""
    now = datetime.now().astimezone().isoformat("-", timespec="seconds")
    theirs = _TABLE.c.user_id == user_key
    said = {"preferred_username": username, "modified": now}
    with writing(place, [_TABLE]) as connection:
        # S-28: an old table may lack its key, so that nothing here counts on one.
        changed = connection.execute(_TABLE.update().where(theirs).values(said))
        if not changed.rowcount:
            connection.execute(_TABLE.insert().values(user_id=user_key, created=now, **said))
        created = connection.execute(sa.select(_TABLE.c.created).where(theirs)).scalar_one()
    return Preference(username, created, now)
