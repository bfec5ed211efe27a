"""Which tokens are revoked, and which users gave names to (S-05)."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

import sqlalchemy as sa

from autosubmit_core.readers.versions import Version
from autosubmit_core.store.places import StorePlace, read_columns, store_versions, writing

__all__ = [
    "LEEWAY",
    "NamedToken",
    "Revocations",
    "name_token",
    "named_tokens",
    "note_use",
    "revocations",
    "revocations_versions",
    "revoke",
    "revoke_all",
]

#: How far the clocks of replicas may be apart, in seconds: for so long tokens outlive their end.
LEEWAY = 60

_METADATA = sa.MetaData()
_REVOKED_TOKENS = sa.Table(
    "revoked_tokens",
    _METADATA,
    sa.Column("token_id", sa.Text, primary_key=True),
    sa.Column("expires", sa.BigInteger, nullable=False),
)
_REVOKED_USERS = sa.Table(
    "revoked_users",
    _METADATA,
    sa.Column("user_id", sa.Text, primary_key=True),
    sa.Column("valid_from", sa.Double, nullable=False),
)
_NAMED_TOKENS = sa.Table(
    "named_tokens",
    _METADATA,
    sa.Column("token_id", sa.Text, primary_key=True),
    sa.Column("user_id", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("issued", sa.BigInteger, nullable=False),
    sa.Column("expires", sa.BigInteger, nullable=False),
    sa.Column("used", sa.BigInteger, nullable=False),
)
_TABLES = (_REVOKED_TOKENS, _REVOKED_USERS, _NAMED_TOKENS)


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


def revocations(place: StorePlace) -> Revocations:
    """Return all that is revoked."""
    tokens = read_columns(place, "revoked_tokens", ("token_id",))
    users = read_columns(place, "revoked_users", ("user_id", "valid_from"))
    return Revocations(frozenset(token_id for (token_id,) in tokens), dict(users))


def revocations_versions(place: StorePlace) -> tuple[Version, ...]:
    """Return the versions of all that is revoked, under which it may be kept."""
    return store_versions(place, "revoked_tokens", "revoked_users")


def revoke(place: StorePlace, token_id: str, expires: int) -> None:
    """Let a token be no good any more; it is forgotten when it has ended by itself on all servers."""
    with writing(place, _TABLES) as connection:
        now = int(time.time()) - LEEWAY
        for table in (_REVOKED_TOKENS, _NAMED_TOKENS):
            over = (table.c.token_id == token_id) | (table.c.expires < now)
            connection.execute(table.delete().where(over))
        connection.execute(_REVOKED_TOKENS.insert().values(token_id=token_id, expires=expires))


def revoke_all(place: StorePlace, user_key: str) -> None:
    """Let nothing be good any more that was issued to a user so far."""
    with writing(place, _TABLES) as connection:
        for table in (_REVOKED_USERS, _NAMED_TOKENS):
            connection.execute(table.delete().where(table.c.user_id == user_key))
        row = {"user_id": user_key, "valid_from": time.time()}
        connection.execute(_REVOKED_USERS.insert().values(row))


def name_token(place: StorePlace, user_key: str, token: NamedToken) -> None:
    """Write down that a user made a token."""
    with writing(place, _TABLES) as connection:
        connection.execute(_NAMED_TOKENS.insert().values(user_id=user_key, **asdict(token)))


def note_use(place: StorePlace, token_id: str) -> None:
    """Write down that a token is used now; of one without a name nothing is known."""
    if read_columns(place, "named_tokens", ("token_id",), {"token_id": token_id}):
        with writing(place, _TABLES) as connection:
            this = _NAMED_TOKENS.c.token_id == token_id
            connection.execute(_NAMED_TOKENS.update().where(this).values(used=int(time.time())))


def named_tokens(place: StorePlace, user_key: str) -> list[NamedToken]:
    """Return the tokens that a user made and that are still good, the newest first."""
    names = ("token_id", "name", "issued", "expires", "used")
    rows = read_columns(place, "named_tokens", names, {"user_id": user_key})
    good = [NamedToken(*row) for row in rows if row[3] > time.time()]
    return sorted(good, key=lambda token: -token.issued)
