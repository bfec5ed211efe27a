"""Writing into a database of our own: an SQLite file, or the PostgreSQL server of the installation."""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cache, partial
from pathlib import Path
from typing import Any, TypeAlias

import sqlalchemy as sa
from sqlalchemy import exc

from autosubmit_core.errors import SourceUnreadableError, StoreError
from autosubmit_core.readers.database import open_readonly
from autosubmit_core.readers.installation import Installation
from autosubmit_core.readers.server_tables import ServerTables, look_anew
from autosubmit_core.readers.servers import Server, server_of
from autosubmit_core.readers.versions import Location, Version, database_versions, is_missing

__all__ = [
    "StorePlace",
    "read_columns",
    "read_rows",
    "runner_store_of",
    "store_of",
    "store_versions",
    "writing",
]

#: Where we keep what is ours.
StorePlace: TypeAlias = Path | Server

#: How long another writer of a file is waited for, in seconds.
_LOCK_SECONDS = 5.0

#: The lock by which writers of ours take turns on a server, among those that programs name by numbers.
_TURN = sa.text("SELECT pg_advisory_xact_lock(hashtextextended('autosubmit_core.store', 0))")


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
def writing(place: StorePlace, tables: Sequence[sa.Table]) -> Iterator[sa.Connection]:
    """Open a database for one transaction, which all of it is done in or nothing of it.

    Of the tables those are made that are not there yet. Two writers never write at once. Raises
    :class:`StoreError` if it cannot be written.
    """
    try:
        with _connected(place) as connection:
            for table in tables:
                table.create(connection, checkfirst=True)
            yield connection
    except (exc.DBAPIError, SourceUnreadableError, OSError) as error:
        raise StoreError(
            str(place), "This server has no way to write it down: its database cannot be written."
        ) from error


def read_columns(
    place: StorePlace, table: str, names: Sequence[str], where: dict[str, object] | None = None
) -> list[tuple[Any, ...]]:
    """Return rows of a table of ours; none if it was never made.

    Raises :class:`~autosubmit_core.SourceError` if it is there and cannot be read.
    """
    location = _location(place, table)
    if is_missing(location):
        return []
    with open_readonly(location) as database:
        columns = database.columns(table, names, where=where)
    return list(zip(*(columns[name] for name in names))) if columns else []


def read_rows(
    place: StorePlace, table: sa.Table, where: dict[str, object] | None = None
) -> list[dict[str, Any]]:
    """Return rows of a table that others may have made: what it has no column for is None.

    Raises as :func:`read_columns`.
    """
    location, names = _location(place, table.name), table.c.keys()
    if is_missing(location):
        return []
    with open_readonly(location) as database:
        columns = database.columns(table.name, names, where=where)
    nothing = dict.fromkeys(names)
    return [{**nothing, **dict(zip(columns, row))} for row in zip(*columns.values())]


def store_versions(place: StorePlace, *tables: str) -> tuple[Version, ...]:
    """Return the versions of some tables of ours, or of the file that they are in."""
    return database_versions(_location(place, *tables))


def _location(place: StorePlace, *tables: str) -> Location:
    return place if isinstance(place, Path) else ServerTables(place, "public", tables)


@contextmanager
def _connected(place: StorePlace) -> Iterator[sa.Connection]:
    """Give a connection in a transaction, when it is this writer's turn."""
    if isinstance(place, Path):
        _make(place)
        with _engine(place).begin() as connection:
            yield connection
        return
    with place.writing() as connection:
        connection.execute(_TURN)
        yield connection
    look_anew(place)


def _make(path: Path) -> None:
    """Make the file if there is none, for this user alone: it tells who works here, and when."""
    # One that is there is not opened: closing it would end the locks of other threads.
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))


@cache
def _engine(path: Path) -> sa.Engine:
    """Return what connects to a file, and keeps no connection open."""
    connect = partial(sqlite3.connect, path, timeout=_LOCK_SECONDS, isolation_level=None)
    engine = sa.create_engine("sqlite://", creator=connect, poolclass=sa.NullPool)
    sa.event.listen(engine, "begin", _begin)
    return engine


def _begin(connection: sa.Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")
