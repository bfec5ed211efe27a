"""With which lines in their logs the attempts of each experiment failed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

import sqlalchemy as sa

from autosubmit_core.store.places import StoredText, prepare

__all__ = ["FoundFailures", "NotedFailure", "forget_failures", "write_failures"]

_FAILURES = sa.Table(
    "fleet_failures",
    sa.MetaData(),
    sa.Column("exp_id", sa.Integer, primary_key=True, autoincrement=False),
    # It is asked by the template: in which experiments else.
    sa.Column("template", StoredText, primary_key=True, index=True),
    sa.Column("name", StoredText, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("first", sa.BigInteger, nullable=False),
    sa.Column("last", sa.BigInteger, nullable=False),
)


class NotedFailure(NamedTuple):
    """A line, with all that varies replaced, and the attempts that failed with it."""

    template: str
    attempts: int
    #: When the first and the last of them ended, in seconds since 1970 UTC.
    first: int
    last: int


class FoundFailures(NamedTuple):
    """All such lines of one experiment."""

    exp_id: int
    name: str
    failures: tuple[NotedFailure, ...]


def write_failures(connection: sa.Connection, found: Sequence[FoundFailures]) -> None:
    """Write the failures of some experiments instead of those that were there."""
    prepare(connection, _FAILURES)
    _forget(connection, [one.exp_id for one in found])
    rows = [
        {"exp_id": one.exp_id, "name": one.name, **failure._asdict()}
        for one in found
        for failure in one.failures
    ]
    if rows:
        connection.execute(_FAILURES.insert(), rows)


def forget_failures(connection: sa.Connection, known: Collection[int]) -> None:
    """Remove the failures of all experiments but the known ones."""
    prepare(connection, _FAILURES)
    noted = set(connection.scalars(sa.select(_FAILURES.c.exp_id).distinct()))
    for number in noted - set(known):
        _forget(connection, [number])


def _forget(connection: sa.Connection, numbers: Sequence[int]) -> None:
    connection.execute(_FAILURES.delete().where(_FAILURES.c.exp_id.in_(numbers)))
