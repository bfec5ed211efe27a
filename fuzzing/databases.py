"""Databases, held against what SQLite itself gives of them, value by value."""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

from autosubmit_core.demo.writing.job_lists import write_jobs_table
from autosubmit_core.readers import fleet
from autosubmit_core.readers.catalogue import read_catalogue, read_experiments, read_statuses
from autosubmit_core.readers.installation import Installation, read_installation
from autosubmit_core.readers.job_history import (
    last_noted,
    read_job_history,
    read_run_metadata,
    read_runs,
)
from autosubmit_core.readers.job_list import choose_storage, jobs_table_modified, read_jobs_table
from autosubmit_core.readers.locations import locations_of
from autosubmit_core.readers.places import read_places
from autosubmit_core.readers.structure import read_structure
from autosubmit_core.readers.user_metrics import read_user_metrics
from autosubmit_core.readers.wrappers import read_wrappers
from autosubmit_core.status import Status
from autosubmit_core.tables.columns import Table
from fuzzing.database_changes import changed_database
from fuzzing.job_lists import sound_jobs
from fuzzing.target import Target, same

__all__ = ["databases"]

#: Larger files of the demo are left out: what can be wrong in them can be in smaller ones.
_LARGEST_SEED = 400_000


def databases(demo: Path) -> dict[str, Target]:
    """Return the targets that are databases, with those of a demo installation to begin with."""
    return {
        "catalogue": _target(demo, ["autosubmit.db"], _catalogue),
        "statuses": _target(demo, ["as_times.db"], _statuses),
        "history": _target(demo, ["metadata/data/job_data_*.db"], _history),
        "structure": _target(demo, ["metadata/structures/*.db", "*/db/job_list.db"], _structure),
        "wrappers": _target(demo, ["*/pkl/job_packages_*.db", "*/db/job_list.db"], _wrappers),
        "jobs-table": _target(demo, ["*/db/job_list.db"], _jobs_table, _small_jobs_table),
        "user-metrics": _target(demo, ["*/tmp/metrics_*.db"], _user_metrics),
        "places": _target(demo, [], _places, _drawn),
        "fleet": _target(demo, ["autosubmit_api.db"], _fleet),
    }


def _target(
    demo: Path,
    patterns: Sequence[str],
    read: Callable[[Path], None],
    *writers: Callable[[Path], None],
) -> Target:
    def seeds(folder: Path) -> list[bytes]:
        made = [folder / f"seed_{at}.db" for at in range(len(writers))]
        for path, write in zip(made, writers):
            write(path)
        found = [path for pattern in patterns for path in sorted(demo.glob(pattern))]
        small = [path for path in found if path.stat().st_size <= _LARGEST_SEED]
        return [path.read_bytes() for path in (*made, *(small or found[:1]))]

    return Target(seeds, changed_database, partial(_written_and_read, read))


def _written_and_read(read: Callable[[Path], None], folder: Path, data: bytes) -> None:
    path = folder / "file.db"
    path.write_bytes(data)
    before = sorted(entry.name for entry in folder.iterdir())
    try:
        read(path)
    finally:
        same("the files there", sorted(entry.name for entry in folder.iterdir()), before)
        same("the file", path.read_bytes(), data)


# -- the readers ---------------------------------------------------------------------------------


def _catalogue(path: Path) -> None:
    experiments = read_experiments(path)
    for version in experiments.autosubmit_version.tolist():
        choose_storage(version, True, True)
    known, _ = read_catalogue(locations_of(_all_at(path)))
    same("the experiments", known.name.tolist(), experiments.name.tolist())


def _all_at(path: Path) -> Installation:
    run_control = path.parent / "autosubmitrc"
    run_control.write_text(f"[database]\npath = {path.parent}\nfilename = {path.name}\n")
    installation = read_installation(run_control)
    run_control.unlink()
    return installation


def _statuses(path: Path) -> None:
    for _, (running, modified) in read_statuses(path).items():
        assert isinstance(running, bool)
        assert modified is None or isinstance(modified, str)


_HISTORY = {
    **dict.fromkeys(("id", "counter", "ncpus", "nnodes", "job_id", "run_id"), "integer"),
    **dict.fromkeys(("chunk", "split", "splits"), "small"),
    **dict.fromkeys(("submit", "start", "finish"), "instant"),
    **dict.fromkeys(("job_name", "section", "platform", "out", "err", "created"), "text"),
    **{"energy": "number", "status": "status"},
}
_RUNS = {
    **dict.fromkeys(("run_id", "chunk_size", "completed", "total", "failed"), "integer"),
    **dict.fromkeys(("start", "finish"), "instant"),
    **dict.fromkeys(("created", "chunk_unit"), "text"),
}


def _history(path: Path) -> None:
    history = read_job_history(path)
    last_noted(history)
    _hold(path, "job_data", history, _HISTORY)
    runs = read_runs(path)
    _hold(path, "experiment_run", runs, _RUNS)
    for run in [*runs.run_id.tolist()[:2], 1]:
        read_run_metadata(path, run)
    for name in history.job_name.tolist()[:2]:
        read_job_history(path, name or "")


def _structure(path: Path) -> None:
    structure = read_structure(path)
    assert all(isinstance(name, str) and name for name in structure.job.tolist())
    assert not (structure.parent == structure.child).any()


def _wrappers(path: Path) -> None:
    table = read_wrappers(path)
    assert all(table.wrapper.tolist())
    assert all(table.job_name.tolist())


_JOBS = {
    **dict.fromkeys(("member", "section", "platform"), "text or none"),
    **{"status": "status", "chunk": "count", "priority": "small", "fail_count": "small or -1"},
}


def _jobs_table(path: Path) -> None:
    jobs = read_jobs_table(path)
    jobs_table_modified(path)
    same("a code of no status", set(jobs.status.tolist()) - set(map(int, Status)), set())
    same("the number of names", len(set(jobs.name.tolist())), len(jobs))
    _hold(path, "jobs", jobs, _JOBS, {"platform": "platform_name"}, where='"name"')


def _user_metrics(path: Path) -> None:
    table = read_user_metrics(path)
    kinds = {"run_id": "integer", **dict.fromkeys(("job_name", "metric_value"), "text")}
    _hold(path, "user_metrics", table, kinds)


def _places(path: Path) -> None:
    table = read_places(path)
    assert all(map(math.isfinite, [*table.x.tolist(), *table.y.tolist()]))
    assert all(table.job_name.tolist())


def _fleet(path: Path) -> None:
    experiments, _ = fleet.read_fleet(path)
    same("experiments twice", len(set(experiments.id.tolist())), len(experiments))
    fleet.read_events(path)
    fleet.read_failures(path, ["Segmentation fault"])
    fleet.read_finished(path)


def _small_jobs_table(path: Path) -> None:
    write_jobs_table(path, sound_jobs(), modified=1_647_000_000)


def _drawn(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(
            "CREATE TABLE experiment_graph_draw (id INTEGER PRIMARY KEY, job_name TEXT NOT NULL,"
            " x REAL NOT NULL, y REAL NOT NULL)"
        )
        rows = [(name, 10.5 * at, -at) for at, name in enumerate(sound_jobs().name.tolist())]
        connection.executemany(
            "INSERT INTO experiment_graph_draw(job_name, x, y) VALUES (?, ?, ?)", rows
        )
        connection.commit()


# -- what a file says ----------------------------------------------------------------------------

#: Kind → from what is stored to what a column then holds; None where that is not held to anything.
_MEANINGS: dict[str, Callable[[Any], Any]] = {
    "integer": lambda value: value if type(value) is int else None,
    "small": lambda value: value if type(value) is int and abs(value) < 1 << 31 else None,
    "small or -1": lambda value: value if type(value) is int and 0 <= value < 1 << 31 else None,
    "count": lambda value: value if type(value) is int and 0 < value < 1 << 31 else None,
    "instant": lambda value: value if type(value) is int and 0 <= value < 10**11 else None,
    "number": lambda value: (
        float(value) if type(value) in (int, float) and math.isfinite(value) else None
    ),
    "text": lambda value: value if type(value) is str else None,
    "text or none": lambda value: value if type(value) is str and value else None,
    "status": lambda value: int(Status.of(value)) if type(value) in (int, str) else None,
}


def _hold(
    path: Path,
    table: str,
    read: Table,
    kinds: Mapping[str, str],
    names: Mapping[str, str] = {},
    where: str = "1",
) -> None:
    """Hold columns against a plain reading; for files in which SQLite finds nothing wrong."""
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True)) as connection:
        connection.text_factory = lambda data: data.decode("utf-8", "replace")
        for column, kind in kinds.items():
            try:
                stored = _stored(connection, table, names.get(column, column), where)
            except sqlite3.Error:
                continue
            if stored is None:
                continue
            same(f"rows of {table}", len(read), len(stored))
            for found, value in zip(read.columns()[column].tolist(), stored):
                meant = _MEANINGS[kind](value)
                if meant is not None:
                    same(f"{column} of {table}", found, meant)


def _stored(
    connection: sqlite3.Connection, table: str, column: str, where: str
) -> list[object] | None:
    """Return the values of a column; None if it is none that a real table stores."""
    connection.execute("PRAGMA query_only = 1")
    (real,) = connection.execute(
        "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND rootpage > 0 AND name = ?",
        [table],
    ).fetchone()
    listed = connection.execute(
        "SELECT length(ifnull(dflt_value, '')) FROM pragma_table_info(?) WHERE name = ?",
        [table, column],
    ).fetchall()
    if not real or not listed or listed[0][0] > 255:
        return None
    rows = connection.execute(f"SELECT [{column}], {where} FROM [{table}] NOT INDEXED").fetchall()
    return [value for value, kept in rows if kept not in (None, "", b"")]
