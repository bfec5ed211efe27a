"""Writes how the jobs of an experiment hang together: dependencies, and wrappers."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import numpy as np

from autosubmit_core.demo.writing.databases import new_database
from autosubmit_core.tables import JobTable, Structure, WrapperTable

__all__ = ["write_structure", "write_wrappers"]

#: When rows of wrappers were written; nothing reads it.
_TIMESTAMP = datetime(2024, 4, 11, 15, 7, 16, 500_000).isoformat()


def write_structure(
    path: Path, structure: Structure, jobs: JobTable, *, generation: Literal["4.1", "4.2"]
) -> None:
    """Write the table of dependencies.

    Up to Autosubmit 4.1 it is alone in ``structure_<expid>.db``, and a job without any edge is in
    it as its own child. In 4.2 it is a table among others in ``db/job_list.db``.
    """
    parents = structure.job[structure.parent].tolist()
    children = structure.job[structure.child].tolist()
    if generation == "4.1":
        alone = sorted(set(jobs.name.tolist()).difference(parents, children))
        with new_database(path) as connection:
            connection.execute(
                "CREATE TABLE experiment_structure (e_from TEXT NOT NULL, e_to TEXT NOT NULL,"
                " UNIQUE (e_from, e_to))"
            )
            connection.executemany(
                "INSERT INTO experiment_structure VALUES (?, ?)",
                [*zip(parents, children), *zip(alone, alone)],
            )
        return
    conditions = (
        structure.min_trigger_status,
        structure.completion_status,
        structure.from_step,
        structure.fail_ok,
    )
    with _own_tables(path, "experiment_structure") as connection:
        connection.execute(
            "CREATE TABLE experiment_structure (e_from VARCHAR NOT NULL, e_to VARCHAR NOT NULL,"
            " min_trigger_status VARCHAR, completion_status VARCHAR, from_step INTEGER,"
            " fail_ok BOOLEAN, PRIMARY KEY (e_from, e_to))"
        )
        connection.executemany(
            "INSERT INTO experiment_structure VALUES (?, ?, ?, ?, ?, ?)",
            zip(parents, children, *(column.tolist() for column in conditions)),
        )


def write_wrappers(
    path: Path,
    wrappers: WrapperTable,
    expid: str,
    *,
    generation: Literal["4.0", "4.1.12", "4.1.17", "4.2"],
) -> None:
    """Write the tables of wrappers: those of submitted ones, and those of planned ones.

    Up to Autosubmit 4.1 they are alone in ``pkl/job_packages_<expid>.db``, in 4.2 among others in
    ``db/job_list.db``. Facts about a wrapper are kept since 4.1.17, its wall clock since 4.1.12.
    """
    if generation == "4.2":
        # The tables of planned wrappers are made when they are asked for.
        prefixes = ["", "preview_"] if wrappers.preview else [""]
        names = [f"{prefix}wrappers_{kind}" for prefix in prefixes for kind in ("info", "jobs")]
        with _own_tables(path, *names) as connection:
            for prefix in prefixes:
                _write_facts(connection, prefix, wrappers, since_4_2=True)
        return
    with new_database(path) as connection:
        if generation == "4.1.17":
            for prefix in ("", "preview_"):
                _write_facts(connection, prefix, wrappers, since_4_2=False)
        else:
            _write_packages(connection, wrappers, expid, with_wallclock=generation == "4.1.12")


def _write_packages(
    connection: sqlite3.Connection, wrappers: WrapperTable, expid: str, *, with_wallclock: bool
) -> None:
    """Write the two tables of Autosubmit up to 4.1.16."""
    rows = [
        (expid, *row)[: 4 if with_wallclock else 3]
        for row in zip(wrappers.wrapper, wrappers.job_name, wrappers.wallclock)
    ]
    columns = "exp_id, package_name, job_name" + (", wallclock" if with_wallclock else "")
    for table, preview in (("job_package", False), ("wrapper_job_package", True)):
        connection.execute(f"CREATE TABLE {table} ({columns})")
        if preview == wrappers.preview:
            marks = ", ".join("?" * len(columns.split(",")))
            connection.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)


def _write_facts(
    connection: sqlite3.Connection, prefix: str, wrappers: WrapperTable, *, since_4_2: bool
) -> None:
    """Write the two tables that Autosubmit 4.1.17 and later keep of either kind."""
    run = ", run_id INTEGER" if since_4_2 else ""
    connection.execute(
        f"CREATE TABLE {prefix}wrappers_info (name VARCHAR NOT NULL, id INTEGER,"
        " script_name VARCHAR, status TEXT NOT NULL, local_logs_out VARCHAR,"
        " local_logs_err VARCHAR, remote_logs_out VARCHAR, remote_logs_err VARCHAR,"
        f" updated_log INTEGER, {'updated_stats INTEGER, ' if since_4_2 else ''}"
        " platform_name VARCHAR, wallclock VARCHAR, num_processors INTEGER, type TEXT,"
        f" sections TEXT, method TEXT{run}, PRIMARY KEY (name))"
    )
    connection.execute(
        f"CREATE TABLE {prefix}wrappers_jobs (package_id INTEGER NOT NULL,"
        " package_name VARCHAR NOT NULL, job_name VARCHAR NOT NULL, timestamp VARCHAR"
        f"{run}, PRIMARY KEY (package_id, package_name, job_name))"
    )
    if wrappers.preview != (prefix == "preview_"):
        return
    connection.executemany(
        f"INSERT INTO {prefix}wrappers_info (name, id, script_name, status, updated_log,"
        " platform_name, wallclock, num_processors, type, method)"
        " VALUES (:name, :id, :name || '.cmd', :status, 0, :platform, :wallclock, :processors,"
        " :type, :method)",
        _facts(wrappers),
    )
    connection.executemany(
        f"INSERT INTO {prefix}wrappers_jobs (package_id, package_name, job_name, timestamp)"
        " VALUES (?, ?, ?, ?)",
        [
            (*row, _TIMESTAMP)
            for row in zip(wrappers.wrapper_id.tolist(), wrappers.wrapper, wrappers.job_name)
        ],
    )


def _facts(wrappers: WrapperTable) -> list[dict[str, Any]]:
    """Return what is known of each wrapper, in order of appearance."""
    first = np.sort(np.unique(wrappers.wrapper.astype(str), return_index=True)[1])
    rows = wrappers.take(first).columns()
    names = {"wrapper": "name", "wrapper_id": "id"}
    kept = {names.get(name, name): column.tolist() for name, column in rows.items()}
    facts = [dict(zip(kept, row)) for row in zip(*kept.values())]
    return [fact | {"status": fact["status"] or "UNKNOWN"} for fact in facts]


@contextmanager
def _own_tables(path: Path, *tables: str) -> Iterator[sqlite3.Connection]:
    """Open a database that others write too, without the named tables; all is one transaction."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("BEGIN")
        for table in tables:
            connection.execute(f"DROP TABLE IF EXISTS {table}")
        yield connection
        connection.execute("COMMIT")
