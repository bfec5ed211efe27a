"""Writing into an SQLite file of our own."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

from autosubmit_core.errors import StoreError
from autosubmit_core.readers.database import open_readonly
from autosubmit_core.readers.versions import is_missing

__all__ = ["read_columns", "read_rows", "writing"]

#: How long another writer is waited for, in seconds.
_LOCK_SECONDS = 5.0


@contextmanager
def writing(path: Path, tables: Sequence[str]) -> Iterator[sqlite3.Connection]:
    """Open a database for one transaction, which all of it is done in or nothing of it.

    ``tables`` are the statements that make what is not there yet. Raises :class:`StoreError` if it
    cannot be written.
    """
    try:
        _make(path)
        with closing(sqlite3.connect(path, timeout=_LOCK_SECONDS)) as connection:
            connection.isolation_level = None
            connection.execute("BEGIN IMMEDIATE")
            for statement in tables:
                connection.execute(statement)
            yield connection
            connection.execute("COMMIT")
    except (sqlite3.Error, OSError) as error:
        raise StoreError(
            path, "This server has no way to write it down: its database cannot be written."
        ) from error


def _make(path: Path) -> None:
    """Make the file if there is none, for this user alone: it tells who works here, and when."""
    # One that is there is not opened: closing it would end the locks of other threads.
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))


def read_columns(
    path: Path, table: str, names: Sequence[str], where: dict[str, object] | None = None
) -> list[tuple[Any, ...]]:
    """Return rows of a table of ours; none if it was never made.

    Raises :class:`~autosubmit_core.SourceError` if it is there and cannot be read.
    """
    if is_missing(path):
        return []
    with open_readonly(path) as database:
        columns = database.columns(table, names, where=where)
    return list(zip(*(columns[name] for name in names))) if columns else []


def read_rows(
    path: Path, table: str, names: Sequence[str], where: dict[str, object] | None = None
) -> list[dict[str, Any]]:
    """Return rows of a table that others may have made: what it has no column for is None.

    Raises as :func:`read_columns`.
    """
    if is_missing(path):
        return []
    with open_readonly(path) as database:
        columns = database.columns(table, names, where=where)
    nothing = dict.fromkeys(names)
    return [{**nothing, **dict(zip(columns, row))} for row in zip(*columns.values())]
