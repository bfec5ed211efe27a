"""Writing into a database: an SQLite file, or the PostgreSQL server of the installation."""

from __future__ import annotations

import os
import sqlite3
import stat
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, TypeAlias

import sqlalchemy as sa
from sqlalchemy import exc

from autosubmit_core.errors import SourceMissingError, SourceUnreadableError, StoreError
from autosubmit_core.readers.database import open_readonly
from autosubmit_core.readers.installation import Installation
from autosubmit_core.readers.server_tables import ServerTables, look_anew
from autosubmit_core.readers.servers import Server, server_of
from autosubmit_core.readers.sqlite_files import locks_kept
from autosubmit_core.readers.versions import Location, Version, database_versions

__all__ = [
    "StorePlace",
    "StoredText",
    "beside",
    "insert_rows",
    "make_file",
    "moment",
    "prepare",
    "read_columns",
    "read_rows",
    "replace_rows",
    "runner_store_of",
    "store_of",
    "store_versions",
    "writing",
]

#: Where we keep what is ours.
StorePlace: TypeAlias = Path | Server

#: How long another writer of a file is waited for, in seconds.
_LOCK_SECONDS = 5.0

#: What is wrong with a file by a part of what SQLite or the system says.
_REASONS = {
    "is locked": "it is locked by another writer",
    "is full": "there is no room left",
    "readonly": "the user that this process runs as may not",
    "Permission denied": "the user that this process runs as may not",
    "unable to open": "it cannot be opened",
}

#: Tables without a schema are those of ``public``; and the lock by which those who write into the same
#: ones take turns on a server, among the locks that programs name by numbers.
_TURN = sa.text(
    "SELECT set_config('search_path', 'public', true),"
    " pg_advisory_xact_lock(hashtextextended('autosubmit_core.' || :subject, 0))"
)


class StoredText(sa.types.TypeDecorator[str]):
    """Text from anybody's files, but for what not every database holds: NUL, and halves of characters."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: sa.Dialect) -> str | None:
        return value and value.replace("\0", "").encode("utf-8", "replace").decode("utf-8")


def store_of(installation: Installation) -> StorePlace:
    """Return where an installation has room for what a server keeps about its users.

    Raises :class:`InstallationError` if that is a server whose URL cannot be used.
    """
    if installation.database_backend == "postgres":
        return server_of(installation.database_conn_url)
    return installation.preferences_database()


def runner_store_of(installation: Installation) -> StorePlace:
    """Return where it is written down which commands of Autosubmit a server has started.

    Raises as :func:`store_of`, and :class:`StoreError` for a file that others could have written: it
    tells who owns what, and which processes are ended.
    """
    place = store_of(installation)
    if isinstance(place, Server):
        return place
    path = installation.runner_database()
    with suppress(FileNotFoundError):
        found = os.lstat(path)
        others = found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
        if not stat.S_ISREG(found.st_mode) or found.st_uid != os.geteuid() or others:
            raise StoreError(
                str(path),
                f"{path.name} is not a file that this server alone can write (chmod 600).",
            )
    return path


@contextmanager
def writing(
    place: StorePlace, tables: Sequence[sa.Table], *, create: bool = True, shared: bool = False
) -> Iterator[sa.Connection]:
    """Open a database for one transaction, which all of it is done in or nothing of it.

    The tables are prepared (:func:`prepare`). Without ``create`` a file must be there. It is made for
    this user alone unless it is ``shared``, as what Autosubmit writes into too. Two writers of the same
    file, or of the same first table, never write at once. What is left without an error is on the disk,
    whatever happens next. Raises :class:`StoreError` if it cannot be written.
    """
    try:
        with _connected(place, tables, create, shared) as connection:
            for table in tables:
                prepare(connection, table)
            yield connection
    except (exc.DBAPIError, SourceMissingError, SourceUnreadableError, OSError) as error:
        raise StoreError(
            str(place),
            "This server has no way to write it down: its database cannot be written"
            f"{_because(error)}.",
        ) from error


@contextmanager
def beside(
    connection: sa.Connection, location: Location, *, create: bool = True, shared: bool = False
) -> Iterator[sa.Connection]:
    """Write elsewhere within a transaction of :func:`writing`: on a server, that is the same one.

    Into a file it is a transaction of its own, which ends first. Raises as :func:`writing`.
    """
    if isinstance(location, ServerTables):
        yield connection
        return
    with writing(location, (), create=create, shared=shared) as other:
        yield other


def prepare(connection: sa.Connection, table: sa.Table) -> None:
    """Make a table, or give one that was made by older hands the columns that it lacks.

    A key that it lacks is not given: its rows may repeat. So nothing that is written counts on one
    (S-28).
    """
    table.create(connection, checkfirst=True)
    there = connection.execute(sa.select(sa.literal_column("*")).select_from(table).limit(0)).keys()
    quoted = connection.dialect.identifier_preparer
    for column in table.columns:
        if column.name not in there:
            # Rows that are there already have no value to be required of them.
            kind = column.type.compile(connection.dialect)
            added = f"ADD COLUMN {quoted.format_column(column)} {kind}"
            connection.exec_driver_sql(f"ALTER TABLE {quoted.format_table(table)} {added}")


def replace_rows(
    connection: sa.Connection,
    table: sa.Table,
    keys: Sequence[str],
    rows: Sequence[Mapping[str, Any]],
) -> None:
    """Write rows instead of all those that have the same values in some columns."""
    if not rows:
        return
    same = sa.and_(*(table.c[name] == sa.bindparam(f"old_{name}") for name in keys))
    old = [{f"old_{name}": row[name] for name in keys} for row in rows]
    connection.execute(table.delete().where(same), old)
    insert_rows(connection, table, rows)


def insert_rows(
    connection: sa.Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]]
) -> None:
    """Write rows that all have the same columns."""
    if not rows:
        return
    if connection.dialect.name == "sqlite":
        connection.execute(table.insert(), rows)
        return
    # As columns and in one statement: others wait for their turn meanwhile, and the layout of a large
    # experiment is a hundred thousand rows.
    names = list(rows[0])
    columns = (
        sa.literal([row[name] for row in rows], sa.ARRAY(table.c[name].type)) for name in names
    )
    together = sa.func.unnest(*columns).table_valued(*names).render_derived()
    connection.execute(table.insert().from_select(names, sa.select(*together.c)))


def moment(connection: sa.Connection) -> float:
    """Return what time it is, in seconds since 1970 UTC; on a server by its clock, which is one for all."""
    if connection.dialect.name == "sqlite":
        return time.time()
    return float(
        connection.execute(sa.text("SELECT extract(epoch FROM clock_timestamp())")).scalar_one()
    )


def read_columns(
    place: StorePlace, table: str, names: Sequence[str], where: dict[str, object] | None = None
) -> list[tuple[Any, ...]]:
    """Return rows of a table of ours; none if it was never made.

    Raises :class:`~autosubmit_core.SourceError` if it is there and cannot be read.
    """
    columns = _columns(place, table, names, where)
    return list(zip(*(columns[name] for name in names))) if columns else []


def read_rows(
    place: StorePlace, table: sa.Table, where: dict[str, object] | None = None
) -> list[dict[str, Any]]:
    """Return rows of a table that others may have made: what it has no column for is None.

    Raises as :func:`read_columns`.
    """
    columns = _columns(place, table.name, table.c.keys(), where)
    nothing = dict.fromkeys(table.c.keys())
    return [{**nothing, **dict(zip(columns, row))} for row in zip(*columns.values())]


def _columns(
    place: StorePlace, table: str, names: Sequence[str], where: dict[str, object] | None
) -> dict[str, list[Any]]:
    """Return columns of a table of ours; none if it was never made."""
    # Whether it is there is not asked before: a server answers that from all of its rows.
    try:
        with open_readonly(_location(place, table)) as database:
            return database.columns(table, names, where=where)
    except SourceMissingError:
        return {}


def store_versions(place: StorePlace, *tables: str) -> tuple[Version, ...]:
    """Return the versions of some tables of ours, or of the file that they are in."""
    return database_versions(_location(place, *tables))


def _location(place: StorePlace, *tables: str) -> Location:
    return place if isinstance(place, Path) else ServerTables(place, "public", tables)


@contextmanager
def _connected(
    place: StorePlace, tables: Sequence[sa.Table], create: bool, shared: bool
) -> Iterator[sa.Connection]:
    """Give a connection in a transaction, when it is this writer's turn."""
    if isinstance(place, Path):
        if create:
            make_file(place, 0o666 if shared else 0o600)
        with locks_kept(place), _engine(place).begin() as connection:
            yield connection
        return
    with place.writing() as connection:
        connection.execute(_TURN, {"subject": tables[0].name if tables else ""})
        yield connection
    look_anew(place)


def make_file(path: Path, mode: int = 0o600) -> None:
    """Make the file if there is none. What is ours is this user's alone: it tells who works here, and when."""
    # One that is there is not opened: closing it would end the locks of other threads.
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode))


@lru_cache(maxsize=16)
def _engine(path: Path) -> sa.Engine:
    """Return what connects to a file, and keeps no connection open."""
    connect = partial(sqlite3.connect, path, timeout=_LOCK_SECONDS, isolation_level=None)
    engine = sa.create_engine("sqlite://", creator=connect, poolclass=sa.NullPool)
    sa.event.listen(engine, "begin", _begin)
    return engine


def _begin(connection: sa.Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _because(error: Exception) -> str:
    """Return what is wrong in words for a user, where it is known; no text of a driver."""
    if isinstance(error, SourceUnreadableError):
        return f": {error.reason}"
    # Python 3.10 has no codes of errors.
    said = str(error.orig) if isinstance(error, exc.DBAPIError) else str(error)
    return next((f": {words}" for part, words in _REASONS.items() if part in said), "")
