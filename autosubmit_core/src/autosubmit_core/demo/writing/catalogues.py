"""Writes what an installation knows of its experiments, and the file that says where it is."""

from __future__ import annotations

from pathlib import Path

from autosubmit_core.demo.writing.databases import new_database
from autosubmit_core.tables import ExperimentTable

__all__ = ["write_catalogue", "write_run_control"]


def write_catalogue(folder: Path, experiments: ExperimentTable) -> None:
    """Write ``autosubmit.db`` and ``as_times.db`` into the root folder of an installation.

    An experiment of which no detail is known has no row in ``details``, one whose status was never
    noted none in ``experiment_status``.
    """
    rows = list(zip(*(column.tolist() for column in experiments.columns().values())))
    _write_main_database(folder / "autosubmit.db", rows)
    _write_status_database(folder / "as_times.db", rows)


def _write_main_database(path: Path, rows: list[tuple[object, ...]]) -> None:
    with new_database(path) as connection:
        connection.execute(
            "CREATE TABLE experiment (id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,"
            " name VARCHAR NOT NULL, description VARCHAR NOT NULL, autosubmit_version VARCHAR)"
        )
        connection.execute("CREATE TABLE db_version (version INTEGER NOT NULL)")
        connection.execute("INSERT INTO db_version VALUES (1)")
        connection.execute(
            "CREATE TABLE details (exp_id INTEGER PRIMARY KEY, user TEXT, created TEXT,"
            " model TEXT, branch TEXT, hpc TEXT)"
        )
        connection.executemany(
            "INSERT INTO experiment VALUES (?, ?, ?, ?)", [row[:4] for row in rows]
        )
        connection.executemany(
            "INSERT INTO details VALUES (?, ?, ?, ?, ?, ?)",
            [(row[0], *row[4:9]) for row in rows if any(row[4:9])],
        )


def _write_status_database(path: Path, rows: list[tuple[object, ...]]) -> None:
    with new_database(path) as connection:
        connection.execute(
            "CREATE TABLE experiment_status (exp_id INTEGER NOT NULL PRIMARY KEY,"
            " name TEXT NOT NULL, status TEXT NOT NULL, seconds_diff INTEGER NOT NULL,"
            " modified TEXT)"
        )
        connection.executemany(
            "INSERT INTO experiment_status VALUES (?, ?, ?, 0, ?)",
            [
                (row[0], row[1], "RUNNING" if running else "NOT RUNNING", modified)
                for row in rows
                for running, modified in (row[9:],)
                if running or modified
            ],
        )


def write_run_control(path: Path, root: Path) -> None:
    """Write an ``autosubmitrc`` for an installation that has everything below one folder."""
    # In this file a percent sign begins a reference to another option.
    base = str(root).replace("%", "%%")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        f"""\
[database]
path = {base}
filename = autosubmit.db

[local]
path = {base}

[structures]
path = {base}/metadata/structures

[historicdb]
path = {base}/metadata/data

[historiclog]
path = {base}/metadata/logs

[globallogs]
path = {base}/logs

[graph]
path = {base}/metadata/graph
""",
        encoding="utf-8",
    )
