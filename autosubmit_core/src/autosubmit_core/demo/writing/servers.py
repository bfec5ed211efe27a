"""Moves an installation from files onto a PostgreSQL server, as Autosubmit 4.1.16 and later lay it out.

There is one schema for each experiment, with the tables of all its databases, and a table of pickles
for all. Folders, configurations, logs and TOTAL_STATS files stay where they are.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from autosubmit_core.readers.catalogue import read_experiments
from autosubmit_core.readers.installation import Installation, read_installation
from autosubmit_core.readers.servers import server_of

__all__ = ["move_to_server"]

_PUBLIC = "public"

#: Columns that hold 0 or 1 in a file.
_BOOLEANS = {"fail_ok", "packed", "synchronize"}
#: Numbers from here on need 64 bits, which Autosubmit gives a column only where it must.
_LARGE = 2**31


def move_to_server(run_control: Path, url: str) -> None:
    """Move what an installation has in databases and pickles onto an empty database of a server.

    The run-control file, with a section ``[database]`` as Autosubmit writes it, names the server then.
    """
    installation = read_installation(run_control)
    expids = read_experiments(installation.main_database()).name.tolist()
    with server_of(url).writing() as connection:
        for path in (installation.main_database(), installation.status_database()):
            _move_tables(connection, path, _PUBLIC)
        pickles = sa.Table(
            "job_pkl",
            sa.MetaData(),
            sa.Column("expid", sa.String, primary_key=True),
            sa.Column("pkl", sa.LargeBinary),
            sa.Column("modified", sa.String),
        )
        pickles.create(connection)
        for expid in expids:
            connection.execute(sa.schema.CreateSchema(expid))
            for path in _databases(installation, expid):
                _move_tables(connection, path, expid)
            _move_pickle(connection, pickles, installation.job_list_pickle(expid), expid)
    doubled = url.replace("%", "%%")
    named = f"[database]\nbackend = postgres\nconnection_url = {doubled}\n"
    said = run_control.read_text(encoding="utf-8").replace("[database]\n", named)
    run_control.write_text(said, encoding="utf-8")


def _databases(installation: Installation, expid: str) -> tuple[Path, ...]:
    return (
        installation.job_data(expid),
        installation.structure(expid),
        installation.job_packages(expid),
        installation.job_list_database(expid),
        installation.user_metrics(expid),
        installation.graph_data(expid),
    )


def _move_tables(connection: sa.Connection, path: Path, schema: str) -> None:
    if not path.exists():
        return
    with closing(sqlite3.connect(path)) as database:
        for table, rows in _tables(database, schema):
            table.create(connection)
            if rows:
                connection.execute(table.insert(), rows)
    path.unlink()


def _tables(
    database: sqlite3.Connection, schema: str
) -> Iterator[tuple[sa.Table, list[dict[str, Any]]]]:
    """Yield each table of a database, as a server declares it, and its rows."""
    database.row_factory = sqlite3.Row
    named = database.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    ).fetchall()
    for (name,) in named:
        rows = [dict(row) for row in database.execute(f'SELECT * FROM "{name}" NOT INDEXED')]
        declared = database.execute(f'PRAGMA table_info("{name}")').fetchall()
        columns = []
        for column in declared:
            kind = _type(column["name"], column["type"], [row[column["name"]] for row in rows])
            columns.append(sa.Column(column["name"], kind))
            for row in rows:
                row[column["name"]] = _cell(row[column["name"]], kind)
        yield sa.Table(name, sa.MetaData(), *columns, schema=schema), rows


def _type(name: str, declared: str, values: Sequence[object]) -> sa.types.TypeEngine[Any]:
    """Return the type of a column on a server, where it can hold what the file does."""
    present = [value for value in values if value is not None]
    if name in _BOOLEANS:
        return sa.Boolean()
    if any(isinstance(value, (str, bytes)) for value in present):
        return sa.String()
    if any(isinstance(value, float) for value in present) or declared.upper() in ("REAL", "FLOAT"):
        return sa.Double()
    if present or "INT" in declared.upper():
        large = any(isinstance(value, int) and abs(value) >= _LARGE for value in present)
        return sa.BigInteger() if large else sa.Integer()
    return sa.String()


def _cell(value: object, kind: sa.types.TypeEngine[Any]) -> object:
    if value is None:
        return None
    if isinstance(kind, sa.String):
        text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
        return text
    return bool(value) if isinstance(kind, sa.Boolean) else value


def _move_pickle(connection: sa.Connection, pickles: sa.Table, path: Path, expid: str) -> None:
    if not path.exists():
        return
    modified = datetime.fromtimestamp(path.stat().st_mtime).isoformat(" ", timespec="microseconds")
    row = {"expid": expid, "pkl": path.read_bytes(), "modified": modified}
    connection.execute(pickles.insert(), [row])
    path.unlink()
