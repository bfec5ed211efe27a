"""Changes to SQLite files: to their pages, and to what is in their tables."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from itertools import count
from pathlib import Path
from random import Random
from shutil import rmtree
from tempfile import mkdtemp

from fuzzing.mutation import changed_bytes

__all__ = ["changed_database"]

#: Where the header of a file says things: page size, versions of the format, payload fractions, number
#: of pages, free pages, schema, cache, largest root page, encoding, incremental vacuum.
_HEADER = (16, 18, 19, 20, 21, 22, 23, 28, 32, 36, 40, 44, 48, 52, 56, 60, 64, 92, 96)

#: More pages are not made.
_MOST_PAGES = 5_000

#: How often, after 10,000 instructions of SQLite each, a statement is let go on.
_MOST_LOOKS = 300

#: Values that no column expects, in SQL.
_VALUES = (
    *("NULL", "''", "0", "-1", "5", "5.0", "1e999", "-1e999", "3.7", "9223372036854775807"),
    *("-9223372036854775808", "1e18", "'17'", "'017'", "' 4 '", "'1_000'", "'٣'", "'COMPLETED'"),
    *("x'00'", "x'ff'", "x'3137'", "''||x'00'", "'a'||char(0)||'b'", "CAST(x'ff41' AS TEXT)"),
    *("CAST(x'eda080' AS TEXT)", "zeroblob(100000)", "zeroblob(20000000)", "'<b>'", "char(8238)"),
    "replace(hex(zeroblob(3000)),'0','9')",
    *("'2024-02-30-10:00:00'", "'2024-01-12T10:00:00+99:99'", "'9999-12-31-23:59:59'", "'SIM'"),
    *("20240112101010", "99999999999999", "253402300800", "'20240112101010'", "1705069800.5"),
)
#: Statements over a table T with a column C; V is a value.
_STATEMENTS = (
    *["UPDATE T SET C = V"] * 3,
    *["UPDATE T SET C = V WHERE abs(random()) % 3 = 0"] * 6,
    *(
        "UPDATE T SET C = (SELECT C FROM T LIMIT 1)",
        "DELETE FROM T",
        "INSERT INTO T SELECT * FROM T",
    ),
    *("INSERT INTO T(C) VALUES (V)", "DELETE FROM T WHERE abs(random()) % 2 = 0"),
    *("DROP TABLE T", "ALTER TABLE T DROP COLUMN C", "ALTER TABLE T RENAME COLUMN C TO other"),
    *("ALTER TABLE T RENAME TO other", 'ALTER TABLE T ADD COLUMN "odd""\n" TEXT DEFAULT \'x\''),
    "CREATE TABLE kept AS SELECT * FROM T; DROP TABLE T; CREATE VIEW T AS SELECT * FROM kept",
    "DROP TABLE T; CREATE VIEW T AS WITH RECURSIVE r(C) AS (SELECT 1 UNION ALL SELECT C + 1 FROM r)"
    " SELECT C FROM r",
    "CREATE TABLE kept AS SELECT * FROM T; DROP TABLE T; CREATE TABLE T AS SELECT * FROM kept;"
    " CREATE INDEX i ON T(C DESC)",
    "DROP TABLE T; CREATE TABLE T (C PRIMARY KEY) WITHOUT ROWID; INSERT INTO T VALUES (V)",
    "DROP TABLE T; CREATE TABLE T (a INTEGER PRIMARY KEY, C AS (zeroblob(100000000)));"
    " INSERT INTO T(a) VALUES (1), (2)",
    "DROP TABLE T; CREATE TABLE T (a INTEGER PRIMARY KEY, C AS (V)); INSERT INTO T(a) VALUES (1)",
    "DROP TABLE T; CREATE VIRTUAL TABLE T USING fts5(C); INSERT INTO T VALUES ('x')",
    "DROP TABLE T; CREATE VIRTUAL TABLE T USING rtree(a, C, b)",
    "CREATE TRIGGER t AFTER INSERT ON T BEGIN DELETE FROM T; END",
    "CREATE INDEX i ON T(C)",
    *("PRAGMA journal_mode = wal", "PRAGMA auto_vacuum = 1; VACUUM", "PRAGMA user_version = -1"),
    *("PRAGMA page_size = 512; VACUUM", "PRAGMA page_size = 65536; VACUUM"),
    "PRAGMA writable_schema = 1; UPDATE sqlite_master SET rootpage = abs(random()) % 12",
    "PRAGMA writable_schema = 1; UPDATE sqlite_master SET rootpage = 2",
    "PRAGMA writable_schema = 1; UPDATE sqlite_master SET sql = replace(sql, 'TEXT', 'INTEGER')",
    "PRAGMA writable_schema = 1; UPDATE sqlite_master SET sql = 'CREATE TABLE T (C)'"
    " WHERE name = 'T'",
    "PRAGMA writable_schema = 1; UPDATE sqlite_master SET sql = 'nonsense' WHERE name = 'T'",
    "PRAGMA writable_schema = 1; UPDATE sqlite_master SET sql = NULL",
    "PRAGMA writable_schema = 1; UPDATE sqlite_master SET sql = sql || ' WITHOUT ROWID'",
    "PRAGMA writable_schema = 1; UPDATE sqlite_master SET type = 'view'",
    "PRAGMA writable_schema = 1; UPDATE sqlite_master SET name = CAST(x'ff' AS TEXT)",
)


def changed_database(draw: Random, seeds: Sequence[bytes]) -> bytes:
    """Return a database made of some others: changed by SQL, or byte by byte, or both."""
    data = draw.choice(seeds)
    if draw.random() < 0.7:
        data = _by_statements(draw, data)
    if draw.random() < 0.5:
        data = draw.choice((_page, _page, _cell, _header, _bytes))(draw, data, seeds)
    return data


def _by_statements(draw: Random, data: bytes) -> bytes:
    # The random numbers of SQLite itself are others each time.
    made = Path(mkdtemp()) / "made.db"
    made.write_bytes(data)
    with closing(sqlite3.connect(made, isolation_level=None)) as connection:
        # A view may go on for ever; time is no measure, for the same seed is to make the same file.
        looks = count()
        connection.set_progress_handler(lambda: next(looks) > _MOST_LOOKS, 10_000)
        connection.create_function("random", 0, lambda: draw.getrandbits(31))
        for _ in range(draw.choice((1, 1, 2, 4))):
            # What is damaged already cannot be changed so.
            with suppress(sqlite3.Error, UnicodeDecodeError, MemoryError):
                connection.execute("PRAGMA synchronous = OFF")
                connection.execute(f"PRAGMA max_page_count = {_MOST_PAGES}")
                _one_statement(draw, connection)
    changed = made.read_bytes()
    rmtree(made.parent)
    return changed


def _one_statement(draw: Random, connection: sqlite3.Connection) -> None:
    tables = connection.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
    ).fetchall()
    (table,) = draw.choice(tables or [("T",)])
    columns = connection.execute("SELECT name FROM pragma_table_info(?)", [table]).fetchall()
    (column,) = draw.choice(columns or [("C",)])
    value = draw.choice(_VALUES)
    for statement in draw.choice(_STATEMENTS).split(";"):
        words = statement.replace("V)", f"{value})").replace(" = V", f" = {value}")
        words = words.replace("'T'", f"'{table}'")
        made = " ".join({"T": table, "C": column}.get(word, word) for word in words.split(" "))
        for short, name in (("T(", table), ("T (", table), ("(C", column), ("C)", column)):
            made = made.replace(short, short.replace(short.strip("( )"), name))
        connection.execute(made)


def _page_size(data: bytes) -> int:
    size = int.from_bytes(data[16:18], "big")
    return size if size >= 512 else 4096


_Change = Callable[[Random, bytes, Sequence[bytes]], bytes]


def _page(draw: Random, data: bytes, seeds: Sequence[bytes]) -> bytes:
    """Exchange a page for another of any of the files, or for noise."""
    size = _page_size(data)
    other = draw.choice(seeds)
    into = draw.randrange(max(len(data) // size, 1)) * size
    source = draw.randrange(max(len(other) // size, 1)) * size
    page = draw.choice((other[source : source + size], bytes(size), draw.randbytes(size)))
    return data[:into] + page + data[into + size :]


def _cell(draw: Random, data: bytes, seeds: Sequence[bytes]) -> bytes:
    """Change the header of a page, or the places of its cells: where trees become circles."""
    size = _page_size(data)
    page = draw.randrange(max(len(data) // size, 1)) * size
    at = page + (100 if page == 0 else 0) + draw.randrange(40)
    number = draw.choice((0, 1, 2, 3, 5, 10, 13, 255, draw.randrange(256)))
    return data[:at] + bytes([number]) + data[at + 1 :]


def _header(draw: Random, data: bytes, seeds: Sequence[bytes]) -> bytes:
    at = draw.choice(_HEADER)
    changed = draw.choice((bytes(4), b"\xff" * 4, b"\0\0\0\2", draw.randbytes(4)))
    return data[:at] + changed[: draw.choice((1, 2, 4))] + data[at + 4 :]


def _bytes(draw: Random, data: bytes, seeds: Sequence[bytes]) -> bytes:
    return changed_bytes(draw, [data, *seeds])
