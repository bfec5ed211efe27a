"""Writes the past of an experiment: historical databases, ``_TOTAL_STATS`` files, user metrics."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from autosubmit_core.demo.writing.databases import new_database
from autosubmit_core.demo.writing.instants import local_stamp
from autosubmit_core.status import Status
from autosubmit_core.tables import AttemptTable, JobHistory, RunTable, Table, UserMetricTable

__all__ = ["write_history", "write_total_stats", "write_user_metrics"]

_TEXT = "TEXT NOT NULL"
_INTEGER = "INTEGER NOT NULL"
_REAL = "REAL NOT NULL DEFAULT 0.0"

#: The columns of ``job_data``: name, declaration, and the version that it is there since.
_JOB_DATA = (
    ("id", "INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT", 10),
    ("counter", _INTEGER, 10),
    ("job_name", _TEXT, 10),
    ("created", _TEXT, 10),
    ("modified", "TEXT", 10),
    ("submit", _INTEGER, 10),
    ("start", _INTEGER, 10),
    ("finish", _INTEGER, 10),
    ("status", _TEXT, 10),
    ("rowtype", _INTEGER, 10),
    ("ncpus", _INTEGER, 10),
    ("wallclock", _TEXT, 10),
    ("qos", _TEXT, 10),
    ("energy", _INTEGER, 10),
    ("date", _TEXT, 10),
    ("section", _TEXT, 10),
    ("member", _TEXT, 10),
    ("chunk", _INTEGER, 10),
    ("last", _INTEGER, 10),
    ("platform", _TEXT, 10),
    ("job_id", _INTEGER, 10),
    ("extra_data", _TEXT, 10),
    ("nnodes", "INTEGER NOT NULL DEFAULT 0", 12),
    ("run_id", "INTEGER", 12),
    ("MaxRSS", _REAL, 15),
    ("AveRSS", _REAL, 15),
    ("out", _TEXT, 15),
    ("err", _TEXT, 15),
    ("rowstatus", "INTEGER NOT NULL DEFAULT 0", 15),
    ("children", "TEXT", 17),
    ("platform_output", "TEXT", 17),
    ("workflow_commit", "TEXT", 19),
    ("split", "INTEGER", 20),
    ("splits", "INTEGER", 20),
    ("fail_count", "INTEGER NOT NULL DEFAULT 0", 21),
)

#: The columns of ``experiment_run``, likewise, and the version that brought the table.
_FIRST_WITH_RUNS = 12
_EXPERIMENT_RUN = (
    ("run_id", "INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT", 12),
    ("created", _TEXT, 12),
    ("modified", "TEXT", 16),
    ("start", _INTEGER, 12),
    ("finish", "INTEGER", 12),
    ("chunk_unit", _TEXT, 12),
    ("chunk_size", _INTEGER, 12),
    ("completed", _INTEGER, 12),
    ("total", _INTEGER, 12),
    ("failed", _INTEGER, 12),
    ("queuing", _INTEGER, 12),
    ("running", _INTEGER, 12),
    ("submitted", _INTEGER, 12),
    ("suspended", "INTEGER NOT NULL DEFAULT 0", 14),
    ("metadata", "TEXT", 14),
)

_Declared = Sequence[tuple[str, str, int]]


def write_history(
    path: Path,
    history: JobHistory,
    runs: RunTable,
    *,
    schema: int = 19,
    metadata: Mapping[int, str] = {},
) -> None:
    """Write ``job_data_<expid>.db`` with the columns that a version of it has, 10 to 21.

    What a version has no column for is lost, as it was then; before 12 that is every run. Rows
    whose number is 0 are numbered. ``metadata`` holds the configuration noted with a run, by its
    number.
    """
    attempts = _stored(history, none_for_zero=("id", "run_id", "split", "splits"))
    attempts["status"] = [Status(code).name for code in history.status.tolist()]
    attempts["last"] = history.last.astype(int).tolist()
    attempts["fail_count"] = history.fail_count.clip(min=0).tolist()
    attempts["MaxRSS"], attempts["AveRSS"] = history.max_rss.tolist(), history.ave_rss.tolist()
    for unused in ("extra_data", "children", "platform_output"):
        attempts[unused] = [""] * len(history)
    launches = _stored(runs, none_for_zero=("run_id",))
    launches["metadata"] = [metadata.get(run) for run in runs.run_id.tolist()]
    with new_database(path, user_version=schema) as database:
        unique = "UNIQUE(counter, job_name)"
        _write_table(database, "job_data", _of_version(_JOB_DATA, schema), attempts, unique)
        database.execute("CREATE INDEX ID_JOB_NAME ON job_data(job_name)")
        if schema >= _FIRST_WITH_RUNS:
            _write_table(database, "experiment_run", _of_version(_EXPERIMENT_RUN, schema), launches)


def _of_version(declared: _Declared, schema: int) -> _Declared:
    return [column for column in declared if column[2] <= schema]


def _write_table(
    database: sqlite3.Connection,
    table: str,
    declared: _Declared,
    columns: Mapping[str, list[Any]],
    *constraints: str,
) -> None:
    definitions = [*(f"{name} {kind}" for name, kind, _ in declared), *constraints]
    database.execute(f"CREATE TABLE {table} ({', '.join(definitions)})")
    database.executemany(
        f"INSERT INTO {table} VALUES ({', '.join('?' * len(declared))})",
        zip(*(columns[name] for name, _, _ in declared)),
    )


def _stored(table: Table, *, none_for_zero: Sequence[str]) -> dict[str, list[Any]]:
    """Return the columns of a table as Autosubmit stores them."""
    stored: dict[str, list[Any]] = {}
    for name, column in table.columns().items():
        values = column.tolist()
        if name in none_for_zero:
            values = [value or None for value in values]
        elif column.dtype == object and name != "modified":
            values = [value or "" for value in values]
        stored[name] = values
    return stored


def write_total_stats(folder: Path, names: Sequence[str], attempts: AttemptTable) -> None:
    """Write ``<job>_TOTAL_STATS`` of every job that has attempts into the folder ``tmp``.

    Instants that are 0 become the words of the template that Autosubmit fills in.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lines: dict[str, list[str]] = {}
    rows = zip(*(column.tolist() for column in attempts.columns().values()))
    for job, submit, start, finish, fields, outcome, has_outcome, _ in rows:
        stamps = [
            local_stamp(instant) if instant else word
            for instant, word in ((submit, "submit"), (start, "start"), (finish, "end"))
        ]
        end = Status(outcome).name if outcome != Status.UNKNOWN else "status"
        stamps.append(end if has_outcome else stamps[2])
        # With seven fields, a second attempt follows the first on its line.
        line = " ".join((stamps + stamps[1:])[:fields])
        lines.setdefault(names[job], []).append(line)
    for name, written in lines.items():
        (folder / f"{name}_TOTAL_STATS").write_text("\n".join(written), encoding="ascii")


def write_user_metrics(path: Path, metrics: UserMetricTable) -> None:
    """Write ``tmp/metrics_<expid>.db``."""
    with new_database(path) as connection:
        connection.execute(
            "CREATE TABLE user_metrics (user_metric_id INTEGER PRIMARY KEY AUTOINCREMENT,"
            " run_id INTEGER, job_name TEXT, metric_name TEXT, metric_value TEXT, modified TEXT)"
        )
        connection.executemany(
            "INSERT INTO user_metrics (run_id, job_name, metric_name, metric_value, modified)"
            " VALUES (nullif(?, 0), ?, ?, ?, ?)",
            zip(*(column.tolist() for column in metrics.columns().values())),
        )
