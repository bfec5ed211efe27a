"""Writing into the SQLite files that Autosubmit API has always written."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import NamedTuple, TypeAlias

from autosubmit_core.errors import StoreError

__all__ = ["Shape", "Transaction", "prepare", "writing"]

#: A connection inside a transaction: what is executed through it is of one piece.
Transaction: TypeAlias = sqlite3.Connection

#: How long another writer is waited for, in seconds.
_LOCK_SECONDS = 5.0


class Shape(NamedTuple):
    """A table as it is made where there is none: every column with its type and what holds for it."""

    table: str
    columns: Mapping[str, str]
    #: The columns of the key; a table that others made may lack it.
    key: tuple[str, ...] = ()


@contextmanager
def writing(
    path: Path, tables: Sequence[str] = (), *, create: bool = True, shared: bool = False
) -> Iterator[Transaction]:
    """Open a database for one transaction, which all of it is done in or nothing of it.

    ``tables`` are the statements that make what is not there yet; without ``create`` the file itself
    must be there. It is made for this user alone unless it is ``shared``, as what Autosubmit writes
    into too. Raises :class:`StoreError` if it cannot be written: not permitted, full, or locked
    for more than five seconds. What is left without an error is on the disk, whatever happens next.
    """
    mode = "rwc" if create else "rw"
    try:
        if create and not shared:
            _make(path)
        with closing(
            sqlite3.connect(
                f"{path.absolute().as_uri()}?mode={mode}", uri=True, timeout=_LOCK_SECONDS
            )
        ) as connection:
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


def prepare(connection: Transaction, shape: Shape) -> None:
    """Make a table, or give one that was made by older hands the columns that it lacks.

    A key that it lacks is not given: its rows may repeat. So nothing that is written counts on one
    (S-28).
    """
    columns = [f"{name} {kind}" for name, kind in shape.columns.items()]
    if shape.key:
        columns.append(f"PRIMARY KEY ({', '.join(shape.key)})")
    connection.execute(f"CREATE TABLE IF NOT EXISTS {shape.table} ({', '.join(columns)})")
    rows = connection.execute("SELECT name FROM pragma_table_info(?)", (shape.table,))
    known = {name for (name,) in rows}
    for name, kind in shape.columns.items():
        if name not in known:
            # Rows that are there already have no value to be required of them.
            (plain, *_) = kind.split()
            connection.execute(f"ALTER TABLE {shape.table} ADD COLUMN {name} {plain}")
