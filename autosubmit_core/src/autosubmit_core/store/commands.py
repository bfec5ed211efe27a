"""The commands of Autosubmit that this server has started.

``runner_processes`` is as Autosubmit API makes it, with two columns more (``user``, ``command_id``):
one row for each run of an experiment. ``runner_commands`` beside it has every command, the runs among
them.
"""

from __future__ import annotations

import json
import re
import time
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from autosubmit_core.errors import CommandError, CommandInvalidError
from autosubmit_core.store.places import StorePlace, read_rows, writing

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
    "is_being_stopped",
    "live_runs",
    "newest_run",
    "open_commands",
    "set_run",
]

#: The states of a run that is not over. ``STARTING`` is never published.
LIVE = ("STARTING", "ACTIVE")

_METADATA = sa.MetaData()
_RUNS = sa.Table(
    "runner_processes",
    _METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("expid", sa.Text),
    sa.Column("pid", sa.Integer),
    sa.Column("status", sa.Text),
    sa.Column("runner", sa.Text),
    sa.Column("module_loader", sa.Text),
    sa.Column("modules", sa.Text),
    sa.Column("created", sa.Text),
    sa.Column("modified", sa.Text),
    sa.Column("runner_extra_params", sa.Text),
    sa.Column("user", sa.Text),
    sa.Column("command_id", sa.Text),
)
_COMMANDS = sa.Table(
    "runner_commands",
    _METADATA,
    sa.Column("command_id", sa.Text, primary_key=True),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("expid", sa.Text),
    sa.Column("user", sa.Text, nullable=False),
    sa.Column("profile", sa.Text, nullable=False),
    sa.Column("runner_extra_params", sa.Text),
    sa.Column("created", sa.Double, nullable=False),
    sa.Column("ended", sa.Double),
    sa.Column("result", sa.Text),
    sa.Column("reason", sa.Text),
    sa.Column("arguments", sa.Text),
)
_TABLES = (_RUNS, _COMMANDS)


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
        """Where it runs, None for this machine; raises :class:`CommandError`."""
        return _login(self.runner_extra_params)


def _login(written: str | None) -> dict[str, Any] | None:
    """Return where something runs; raises :class:`CommandError` if what is written makes no sense."""
    if not written:
        return None
    try:
        told = json.loads(written)
    except ValueError:
        told = None
    if not isinstance(told, dict) or not {"ssh_host", "ssh_user"} <= told.keys():
        raise CommandError("It is not known any more on which machine this ran.")
    return told


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
    #: ``done``, or in a word why not, and in a sentence if there is one.
    result: str | None = None
    reason: str | None = None
    #: What Autosubmit was told, a command a line as a shell would be told it; cut where it is very long.
    arguments: str | None = None

    @property
    def login(self) -> dict[str, Any] | None:
        """Where it runs, None for this machine; raises :class:`CommandError`."""
        return _login(self.runner_extra_params)

    @property
    def exit_status(self) -> int | None:
        """What Autosubmit ended with; None while it goes on, and where that is not known."""
        if self.result == "done" and self.action != "stop-experiment":
            return 0
        told = re.fullmatch(r"-?\d{1,9}", self.result or "", re.ASCII)
        return int(told[0]) if told else None


def claim_run(place: StorePlace, row: RunRow, command: CommandRow) -> int | None:
    """Write down that an experiment is about to run and return the number of the row (RS-8).

    None if it runs already: of all who ask at one moment, one gets a number. The command of the run is
    written down with it; raises as :func:`add_command`.
    """
    now = _now()
    with writing(place, _TABLES) as connection:
        theirs = (_RUNS.c.expid == row.expid) & _RUNS.c.status.in_(LIVE)
        if connection.scalar(sa.select(sa.func.count()).where(theirs)):
            return None
        _add(connection, command)
        values = asdict(row) | {"created": now, "modified": now}
        del values["id"]
        done = connection.execute(_RUNS.insert().values(values))
        (number,) = done.inserted_primary_key or (None,)
        return number


def set_run(place: StorePlace, number: int, status: str, pid: int | None = None) -> None:
    """Write down what has become of a run that was not over."""
    values = {"status": status, "modified": _now()} | ({} if pid is None else {"pid": pid})
    this = (_RUNS.c.id == number) & _RUNS.c.status.in_(LIVE)
    with writing(place, _TABLES) as connection:
        connection.execute(_RUNS.update().where(this).values(values))


def newest_run(place: StorePlace, expid: str) -> RunRow | None:
    """Return the run of an experiment that was started last; None if no server ever started one."""
    return max(_runs(place, {"expid": expid}), key=lambda row: (row.created, row.id), default=None)


def live_runs(place: StorePlace, expid: str | None = None) -> list[RunRow]:
    """Return the runs that are not known to be over, of one experiment or of all."""
    where: dict[str, object] = {} if expid is None else {"expid": expid}
    return [row for status in LIVE for row in _runs(place, {"status": status, **where})]


def add_command(place: StorePlace, row: CommandRow) -> None:
    """Write down that a command begins; raises :class:`CommandInvalidError` if its name is taken."""
    with writing(place, _TABLES) as connection:
        _add(connection, row)


def end_command(
    place: StorePlace,
    command_id: str,
    result: str,
    expid: str | None = None,
    reason: str | None = None,
) -> None:
    """Write down how a command ended and why, and the name of the experiment that it created."""
    values: dict[str, object] = {"ended": time.time(), "result": result, "reason": reason}
    if expid is not None:
        values["expid"] = expid
    this = (_COMMANDS.c.command_id == command_id) & _COMMANDS.c.ended.is_(None)
    with writing(place, _TABLES) as connection:
        connection.execute(_COMMANDS.update().where(this).values(values))


def command_of(place: StorePlace, command_id: str) -> CommandRow | None:
    """Return a command, None if there is none of that name."""
    return next(iter(_commands(place, {"command_id": command_id})), None)


def commands_of(place: StorePlace, expid: str) -> list[CommandRow]:
    """Return the commands about an experiment, the newest first."""
    return sorted(_commands(place, {"expid": expid}), key=lambda row: -row.created)


def open_commands(place: StorePlace) -> list[CommandRow]:
    """Return the commands that are not known to be over, the runs among them."""
    return _commands(place, {"ended": None})


def is_being_stopped(place: StorePlace, expid: str) -> bool:
    """Tell whether somebody waits for the end of an experiment's run, having asked for it."""
    return bool(_commands(place, {"expid": expid, "action": "stop-experiment", "ended": None}))


def creator_of(place: StorePlace, expid: str) -> str | None:
    """Return the user who created an experiment through a server; None if nobody did.

    Autosubmit gives the name of a deleted experiment again, so that the newest of that name counts.
    Only what the server's own account ran on its own machine tells: the name of the experiment is in
    what a command printed, and on another machine the account of the user itself decides what that is.
    """
    where: dict[str, object] = {"expid": expid, "action": "create-experiment", "result": "done"}
    rows = [row for row in _commands(place, where) if not row.runner_extra_params]
    return max(rows, key=lambda row: row.created).user if rows else None


def _add(connection: sa.Connection, row: CommandRow) -> None:
    same = sa.select(sa.func.count()).where(_COMMANDS.c.command_id == row.command_id)
    if connection.scalar(same):
        raise CommandInvalidError("command_id", "there is a command of this name")
    connection.execute(_COMMANDS.insert().values(asdict(row) | {"created": time.time()}))


def _commands(place: StorePlace, where: dict[str, object]) -> list[CommandRow]:
    return [CommandRow(**row) for row in read_rows(place, _COMMANDS, where)]


def _runs(place: StorePlace, where: dict[str, object]) -> list[RunRow]:
    return [RunRow(**row) for row in read_rows(place, _RUNS, where)]


def _now() -> str:
    return datetime.now().astimezone().isoformat(timespec="seconds")
