"""Which experiments are running: the table ``experiment_status`` of ``as_times.db``, or of a server."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa

from autosubmit_core.readers.database import open_readonly
from autosubmit_core.readers.values import text
from autosubmit_core.readers.versions import Location, is_missing
from autosubmit_core.store.places import StoredText, beside, prepare
from autosubmit_core.times import epoch_of_text

__all__ = ["FoundStatus", "forget_statuses", "write_statuses"]

#: As Autosubmit API makes it. In old installations it has no key.
_STATUSES = sa.Table(
    "experiment_status",
    sa.MetaData(),
    sa.Column("exp_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("name", StoredText, nullable=False),
    sa.Column("status", StoredText, nullable=False),
    sa.Column("seconds_diff", sa.Integer, nullable=False),
    sa.Column("modified", StoredText, nullable=False),
)

#: Autosubmit waits meanwhile, as it does for the lock on a file.
_ALONE = sa.text("LOCK TABLE experiment_status IN SHARE ROW EXCLUSIVE MODE")


class FoundStatus(NamedTuple):
    """Whether one experiment was found to run."""

    exp_id: int
    name: str
    running: bool
    #: When the status was noted that this one takes the place of, as it is written; None if none was.
    instead_of: str | None


def write_statuses(
    connection: sa.Connection, location: Location, found: Sequence[FoundStatus]
) -> None:
    """Write some statuses, all of them or none.

    What has been noted since somebody looked stays: Autosubmit notes the start of a run itself.
    ``connection`` is a transaction of our own database. Raises :class:`~autosubmit_core.StoreError` if
    the database cannot be written.
    """
    now = datetime.now().astimezone().isoformat("-", timespec="seconds")
    with _alone(connection, location) as database:
        for one in found:
            if _noted(database, one.exp_id) == one.instead_of:
                _forget(database, one.exp_id)
                status = "RUNNING" if one.running else "NOT RUNNING"
                row = {"exp_id": one.exp_id, "name": one.name, "status": status}
                database.execute(_STATUSES.insert(), [{**row, "seconds_diff": 0, "modified": now}])


def forget_statuses(connection: sa.Connection, location: Location, known: Collection[int]) -> int:
    """Remove the statuses of all experiments but the known ones; return of how many.

    ``connection`` is a transaction of our own database. Raises
    :class:`~autosubmit_core.StoreError` if the database cannot be written.
    """
    if is_missing(location):
        return 0
    with open_readonly(location) as noted:
        numbers = noted.columns("experiment_status", ["exp_id"]).get("exp_id", [])
    gone = set(numbers) - set(known) - {None}
    if gone:
        with _alone(connection, location) as database:
            for number in gone:
                _forget(database, number)
    return len(gone)


@contextmanager
def _alone(connection: sa.Connection, location: Location) -> Iterator[sa.Connection]:
    """Write into the statuses while nobody else does."""
    with beside(connection, location, shared=True) as database:
        prepare(database, _STATUSES)
        if database.dialect.name == "postgresql":
            database.execute(_ALONE)
        yield database


def _noted(connection: sa.Connection, exp_id: int) -> str | None:
    """Return when the newest status of an experiment was noted, as it is written."""
    # As it is in the file, which need not be text.
    written: sa.ColumnClause[object] = sa.literal_column("modified")
    rows = sa.select(written).select_from(_STATUSES).where(_STATUSES.c.exp_id == exp_id)
    noted = [text(modified) for modified in connection.scalars(rows)]
    return max(reversed(noted), key=epoch_of_text, default=None)


def _forget(connection: sa.Connection, exp_id: int) -> None:
    connection.execute(_STATUSES.delete().where(_STATUSES.c.exp_id == exp_id))
