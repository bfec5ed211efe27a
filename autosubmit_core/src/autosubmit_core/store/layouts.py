"""Where the jobs of an experiment are drawn: in ``graph_data_<expid>.db``, or its schema on a server."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import sqlalchemy as sa

from autosubmit_core.errors import StoreError
from autosubmit_core.readers.versions import Location
from autosubmit_core.store.places import StoredText, beside, insert_rows, prepare

__all__ = ["write_layout"]


def write_layout(
    connection: sa.Connection,
    location: Location,
    names: Sequence[str],
    x: Iterable[float],
    y: Iterable[float],
) -> None:
    """Write the places of all jobs of an experiment instead of what was there.

    ``connection`` is a transaction of our own database. Raises :class:`StoreError` if the database, or
    the folder that it is in, cannot be written.
    """
    schema = None
    if isinstance(location, Path):
        _make_folder(location.parent)
    else:
        schema = location.schema
        if not sa.inspect(connection).has_schema(schema):
            connection.execute(sa.schema.CreateSchema(schema))
    table = _table(schema)
    rows = zip(range(1, len(names) + 1), names, map(round, x), map(round, y))
    with beside(connection, location, shared=True) as database:
        prepare(database, table)
        database.execute(table.delete())
        insert_rows(database, table, [dict(zip(table.c.keys(), row)) for row in rows])


def _table(schema: str | None) -> sa.Table:
    """Return the table as Autosubmit API makes it."""
    return sa.Table(
        "experiment_graph_draw",
        sa.MetaData(schema=schema),
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("job_name", StoredText, nullable=False),
        sa.Column("x", sa.Integer, nullable=False),
        sa.Column("y", sa.Integer, nullable=False),
    )


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(folder, "The folder of layouts cannot be made.") from error
