"""The commands of Autosubmit that this server has started.

``runner_processes`` in ``api_runners.db`` is as Autosubmit API makes it, with two columns more (``user``, ``command_id``): one row
for each run of an experiment. ``runner_commands`` beside it has every command, the runs among them.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from autosubmit_core.store.database import read_rows, writing

__all__ = [
    "LIVE",
    "CommandRow",
    "RunRow",
    "add_command",
    "claim_run",
    "command_of",
    "commands_of",
    "creator_of",
    "end_command",
    "live_runs",
    "newest_run",
    "set_run",
]

#: The states of a run that is not over. ``STARTING`` is never published.
LIVE = ("STARTING", "ACTIVE")

_RUNS = (
    "CREATE TABLE IF NOT EXISTS runner_processes (id INTEGER NOT NULL PRIMARY KEY, expid TEXT,"
    " pid INTEGER, status TEXT, runner TEXT, module_loader TEXT, modules TEXT, created TEXT,"
    " modified TEXT, runner_extra_params TEXT)"
)
#: What a table that Autosubmit API has made lacks.
_OWN = ("user", "command_id")
_COMMANDS = (
    "CREATE TABLE IF NOT EXISTS runner_commands (command_id TEXT NOT NULL PRIMARY KEY,"
    " action TEXT NOT NULL, expid TEXT, user TEXT NOT NULL, profile TEXT NOT NULL,"
    " runner_extra_params TEXT, created REAL NOT NULL, ended REAL, result TEXT)"
)
_RUN_COLUMNS = (
    *("id", "expid", "pid", "status", "runner", "module_loader", "modules", "created", "modified"),
    *("runner_extra_params", "user", "command_id"),
)
_COMMAND_COLUMNS = (
    *("command_id", "action", "expid", "user", "profile", "runner_extra_params", "created"),
    *("ended", "result"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRow:
    """One run of an experiment that a server has started."""

    id: int = 0
    expid: str
    #: The number of its process; None until it has one.
    pid: int | None = None
    #: ``STARTING``, ``ACTIVE``, ``COMPLETED`` or ``TERMINATED``.
    status: str = "STARTING"
    #: ``LOCAL`` or ``SSH``; the module loader and what it loaded, one a line.
    runner: str
    module_loader: str
    modules: str
    #: ISO 8601 with offset.
    created: str = ""
    modified: str = ""
    #: JSON: ``ssh_host``, ``ssh_user`` and ``ssh_port`` of another machine.
    runner_extra_params: str | None = None
    #: Who started it, and under which name its folder is found; None if another server did.
    user: str | None = None
    command_id: str | None = None

    @property
    def login(self) -> dict[str, Any] | None:
        """Where it runs, None for this machine."""
        return json.loads(self.runner_extra_params) if self.runner_extra_params else None


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandRow:
    """One command."""

    command_id: str
    #: The last part of its published path.
    action: str
    #: None while the experiment that it creates has no name.
    expid: str | None
    user: str
    profile: str
    runner_extra_params: str | None = None
    #: Seconds since 1970 UTC; 0 and None while it is not there yet.
    created: float = 0
    ended: float | None = None
    #: ``done``, or why not.
    result: str | None = None

    @property
    def login(self) -> dict[str, Any] | None:
        """Where it runs, None for this machine."""
        return json.loads(self.runner_extra_params) if self.runner_extra_params else None


def claim_run(path: Path, row: RunRow) -> int | None:
    """Write down that an experiment is about to run and return the number of the row (RS-8).

    None if it runs already: of all who ask at one moment, one gets a number.
    """
    now = _now()
    with _writing(path) as connection:
        (live,) = connection.execute(
            "SELECT count(*) FROM runner_processes WHERE expid = ? AND status IN (?, ?)",
            (row.expid, *LIVE),
        ).fetchone()
        if live:
            return None
        names = [name for name in _RUN_COLUMNS if name not in ("id", "created", "modified")]
        columns = ", ".join(f'"{name}"' for name in [*names, "created", "modified"])
        marks = ", ".join("?" for _ in range(len(names) + 2))
        done = connection.execute(
            f"INSERT INTO runner_processes ({columns}) VALUES ({marks})",
            [*(getattr(row, name) for name in names), now, now],
        )
        return done.lastrowid


def set_run(path: Path, number: int, status: str, pid: int | None = None) -> None:
    """Write down what has become of a run that was not over."""
    with _writing(path) as connection:
        connection.execute(
            "UPDATE runner_processes SET status = ?, pid = ifnull(?, pid), modified = ?"
            " WHERE id = ? AND status IN (?, ?)",
            (status, pid, _now(), number, *LIVE),
        )


def newest_run(path: Path, expid: str) -> RunRow | None:
    """Return the run of an experiment that was started last; None if no server ever started one."""
    return max(_runs(path, {"expid": expid}), key=lambda row: (row.created, row.id), default=None)


def live_runs(path: Path, expid: str | None = None) -> list[RunRow]:
    """Return the runs that are not known to be over, of one experiment or of all."""
    where: dict[str, object] = {} if expid is None else {"expid": expid}
    return [row for status in LIVE for row in _runs(path, {"status": status, **where})]


def add_command(path: Path, row: CommandRow) -> None:
    """Write down that a command begins."""
    with _writing(path) as connection:
        marks = ", ".join("?" for _ in _COMMAND_COLUMNS)
        values = {name: getattr(row, name) for name in _COMMAND_COLUMNS} | {"created": time.time()}
        connection.execute(
            f"INSERT INTO runner_commands ({', '.join(_COMMAND_COLUMNS)}) VALUES ({marks})",
            list(values.values()),
        )


def end_command(path: Path, command_id: str, result: str, expid: str | None = None) -> None:
    """Write down how a command ended, and the name of the experiment that it created."""
    with _writing(path) as connection:
        connection.execute(
            "UPDATE runner_commands SET ended = ?, result = ?, expid = ifnull(?, expid)"
            " WHERE command_id = ? AND ended IS NULL",
            (time.time(), result, expid, command_id),
        )


def command_of(path: Path, command_id: str) -> CommandRow | None:
    """Return a command, None if there is none of that name."""
    return next(iter(_commands(path, {"command_id": command_id})), None)


def commands_of(path: Path, expid: str) -> list[CommandRow]:
    """Return the commands about an experiment, the newest first."""
    return sorted(_commands(path, {"expid": expid}), key=lambda row: -row.created)


def creator_of(path: Path, expid: str) -> str | None:
    """Return the user who created an experiment through a server; None if nobody did."""
    where: dict[str, object] = {"expid": expid, "action": "create-experiment", "result": "done"}
    return next((row.user for row in _commands(path, where)), None)


def _commands(path: Path, where: dict[str, object]) -> list[CommandRow]:
    return [
        CommandRow(**row) for row in read_rows(path, "runner_commands", _COMMAND_COLUMNS, where)
    ]


def _runs(path: Path, where: dict[str, object]) -> list[RunRow]:
    return [RunRow(**row) for row in read_rows(path, "runner_processes", _RUN_COLUMNS, where)]


@contextmanager
def _writing(path: Path) -> Iterator[sqlite3.Connection]:
    """Open the database for one transaction, with all columns there."""
    with writing(path, (_RUNS, _COMMANDS)) as connection:
        there = {row[1] for row in connection.execute("PRAGMA table_info(runner_processes)")}
        for name in _OWN:
            # One that Autosubmit API has made.
            if name not in there:
                connection.execute(f'ALTER TABLE runner_processes ADD COLUMN "{name}" TEXT')
        yield connection


def _now() -> str:
    return datetime.now().astimezone().isoformat(timespec="seconds")
