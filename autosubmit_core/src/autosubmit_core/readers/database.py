"""Reading a database by table and column name.

:class:`Database` is all that readers know of a database; :func:`open_readonly` gives the one in an
SQLite file or on a server.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from autosubmit_core.errors import SourceMissingError, SourceUnreadableError
from autosubmit_core.readers.row_blocks import columns_of_blocks
from autosubmit_core.readers.server_tables import read_server_tables
from autosubmit_core.readers.sqlite_files import read_transaction, unreadable
from autosubmit_core.readers.versions import Location

__all__ = ["Database", "open_readonly"]

#: How many rows are fetched at once: few enough for the garbage collector not to look at them.
_ROWS = 500

#: The fewest bytes that a row takes in a file. A file of a few pages whose pages name each other
#: again and again would have more rows than fit any memory.
_ROW_BYTES = 6

#: The longest default of a column, in characters of SQL. It stands in the file once and in every row
#: that is older than the column.
_LONGEST_DEFAULT = 255


class Database(Protocol):
    """The tables of one database, read by name; a missing table or column is no error."""

    def tables(self) -> frozenset[str]:
        """Return the names of the tables."""

    def columns_of(self, table: str) -> tuple[str, ...]:
        """Return the column names of a table, in its order; none if there is no such table."""

    def columns(
        self,
        table: str,
        names: Sequence[str],
        *,
        order_by: Sequence[str] = (),
        where: Mapping[str, object] | None = None,
    ) -> dict[str, list[Any]]:
        """Return those of the named columns that the table has, one list each, of equal length.

        Equal texts of a column are one object.
        Rows come in the order of the table (on a server, which has none, in that of its key) unless
        ``order_by`` names columns (those the table lacks are passed over). ``where`` keeps the rows in
        which columns equal values; a column that the table lacks equals nothing.
        """


@contextmanager
def open_readonly(location: Location) -> Iterator[Database]:
    """Open a database at its newest committed state; creates and changes nothing.

    Everything read within is of that one state. A writer's lock on a file is waited for
    :data:`~autosubmit_core.readers.sqlite_files.LOCK_SECONDS`, then the state before the writer's
    transaction is read from a copy.

    Raises :class:`SourceMissingError` if there is no file, or none of the tables on a server;
    :class:`SourceUnreadableError` (also from the reads within) if it is damaged, no database, not
    permitted or locked, or the server cannot be used.
    """
    if isinstance(location, Path):
        with read_transaction(location) as connection:
            yield _SQLiteDatabase(location, connection)
        return
    with read_server_tables(location) as database:
        if not database.tables():
            raise SourceMissingError(str(location))
        yield database


class _SQLiteDatabase:
    """A :class:`Database` over a connection that is inside a read transaction."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self._path = path
        self._connection = connection
        # Views and virtual tables have no root page: what they compute is not ours to run.
        names = self._rows("SELECT name FROM sqlite_master WHERE type = 'table' AND rootpage > 0")
        self._tables = frozenset(name for (name,) in names)
        pages = self._rows("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size")
        self._most_rows = pages[0][0] // _ROW_BYTES

    def tables(self) -> frozenset[str]:
        return self._tables

    def columns_of(self, table: str) -> tuple[str, ...]:
        if table not in self._tables:
            return ()
        rows = self._rows(
            "SELECT name FROM pragma_table_info(?) WHERE length(ifnull(dflt_value, '')) <= ?"
            " ORDER BY cid",
            [table, _LONGEST_DEFAULT],
        )
        return tuple(name for (name,) in rows)

    def columns(
        self,
        table: str,
        names: Sequence[str],
        *,
        order_by: Sequence[str] = (),
        where: Mapping[str, object] | None = None,
    ) -> dict[str, list[Any]]:
        known = self.columns_of(table)
        wanted = [name for name in dict.fromkeys(names) if name in known]
        if not wanted:
            return {}
        conditions = where or {}
        if not conditions.keys() <= set(known):
            return {name: [] for name in wanted}
        query = _query(table, wanted, [name for name in order_by if name in known], conditions)
        with _damage_named(self._path):
            try:
                return self._fetched(wanted, query, list(conditions.values()), str)
            except sqlite3.OperationalError as error:
                if "decode to UTF-8" not in str(error):
                    raise
            # Some hand wrote Latin-1. Slower by far, so only for the tables that need it.
            return self._fetched(wanted, query, list(conditions.values()), _replacing_text)

    def _fetched(
        self,
        names: Sequence[str],
        query: str,
        values: Sequence[object],
        text_factory: Callable[[bytes], str],
    ) -> dict[str, list[Any]]:
        """Return the columns of a query."""
        self._connection.text_factory = text_factory
        return columns_of_blocks(names, self._blocks(self._connection.execute(query, values)))

    def _blocks(self, rows: sqlite3.Cursor) -> Iterator[list[tuple[Any, ...]]]:
        """Return the rows block by block, no more than the file can hold."""
        fetched = 0
        while block := rows.fetchmany(_ROWS):
            fetched += len(block)
            if fetched > self._most_rows:
                raise SourceUnreadableError(self._path, "the database is damaged")
            yield block

    def _rows(self, query: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        with _damage_named(self._path):
            return self._connection.execute(query, values).fetchall()


@contextmanager
def _damage_named(path: Path) -> Iterator[None]:
    try:
        yield
    except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
        raise unreadable(path, error) from error


def _query(
    table: str, names: Sequence[str], order_by: Sequence[str], conditions: Mapping[str, object]
) -> str:
    """Return the SELECT of the columns; every identifier in it is quoted."""
    query = f"SELECT {', '.join(map(_quoted, names))} FROM {_quoted(table)}"
    if not order_by:
        # An index that holds all the columns would be read instead, in the order of its keys.
        query += " NOT INDEXED"
    if conditions:
        query += " WHERE " + " AND ".join(f"{_quoted(name)} IS ?" for name in conditions)
    if order_by:
        query += f" ORDER BY {', '.join(map(_quoted, order_by))}"
    return query


def _quoted(identifier: str) -> str:
    """Return an SQL identifier of any text.

    >>> _quoted('MaxRSS'), _quoted('a"; DROP TABLE b')
    ('"MaxRSS"', '"a""; DROP TABLE b"')
    """
    return '"' + identifier.replace('"', '""') + '"'


def _replacing_text(data: bytes) -> str:
    return data.decode("utf-8", "replace")
