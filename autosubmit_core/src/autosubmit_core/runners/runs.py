"""Runs of experiments: one of each at a time, and what has become of them."""

from __future__ import annotations

import time
from contextlib import suppress
from threading import Lock

from autosubmit_core.errors import AlreadyRunningError, CommandError, UnconfirmedError
from autosubmit_core.runners import command_lines
from autosubmit_core.runners.machines import Machines
from autosubmit_core.runners.permissions import Caller, read_allow
from autosubmit_core.runners.profiles import Profile
from autosubmit_core.runners.rows import command_row, login_of, written_login
from autosubmit_core.store import commands as store
from autosubmit_core.store.commands import RunRow
from autosubmit_core.times import epoch_of_text

__all__ = ["Runs"]

#: How long a run may take to get a process, in seconds; then whoever started it is gone.
_STARTING_SECONDS = 90
#: For how long what another machine said of a run is believed, in seconds.
_BELIEVED_SECONDS = 5


class Runs:
    """The runs of the experiments of one installation; all of it may take long."""

    def __init__(self, machines: Machines) -> None:
        self._machines = machines
        self._mutex = Lock()
        self._asked: dict[str, float] = {}

    def claim(self, caller: Caller, expid: str, profile: Profile, command_id: str) -> int:
        """Write down that an experiment is about to run, and return the number of that run.

        Raises :class:`AlreadyRunningError` to all who ask while it runs, and to all but one of those
        who ask at one moment, and :class:`CommandInvalidError` if the name of the command is taken.
        """
        self.refresh(expid)
        row = RunRow(
            expid=expid,
            runner=profile.runner,
            module_loader=profile.loader,
            modules="\n".join(profile.modules),
            runner_extra_params=written_login(profile.login),
            user=caller.key,
            command_id=command_id,
        )
        lines = [command_lines.run(expid)]
        command = command_row(caller, "run-experiment", expid, profile, lines, command_id)
        number = store.claim_run(self._machines.database, row, command)
        if number is None:
            raise AlreadyRunningError(expid)
        return number

    def begin(self, number: int, expid: str, profile: Profile, command_id: str) -> int:
        """Start a run that was claimed, and return the number of its process.

        Only what cannot have begun is written down as over; :meth:`refresh` finds the rest.
        """
        try:
            arguments = command_lines.run(expid)
            pid = self._machines.start(profile, arguments, command_id, limited=False)
        except UnconfirmedError:
            raise
        except CommandError as error:
            self.give_up(number, command_id, str(error))
            raise
        store.set_run(self._machines.database, number, "ACTIVE", pid)
        return pid

    def give_up(self, number: int, command_id: str, reason: str) -> None:
        """Write down that a run that was claimed has not begun."""
        store.set_run(self._machines.database, number, "TERMINATED")
        self._machines.give_up(command_id, reason)

    def status(self, expid: str) -> RunRow | None:
        """Return the newest run of an experiment as its machine has it now; None if there is none."""
        self.refresh(expid)
        return store.newest_run(self._machines.database, expid)

    def claim_stop(self, caller: Caller, expid: str, command_id: str) -> RunRow:
        """Write down that the run of an experiment is about to be ended, and return that run.

        Raises :class:`CommandError` if it does not run.
        """
        for live in store.live_runs(self._machines.database, expid):
            self._refresh(live)
        row = store.newest_run(self._machines.database, expid)
        if row is None:
            raise CommandError(f"No process found for expid {expid}")
        if row.status != "ACTIVE" or row.command_id is None:
            raise CommandError(f"Experiment {expid} is not running.")
        profile, lines = self.profile_of(row), [command_lines.stop(expid)]
        self._machines.note(caller, "stop-experiment", expid, profile, lines, command_id)
        return row

    def stop(self, row: RunRow, command_id: str) -> None:
        """End a run as Ctrl-C would, and wait a while for that.

        Raises :class:`CommandError` if it does not end in time.
        """
        try:
            self._interrupt(row)
        except CommandError as error:
            store.end_command(self._machines.database, command_id, "failed", reason=str(error))
            raise
        self._over(row, "TERMINATED", "stopped")
        store.end_command(self._machines.database, command_id, "done")

    def refresh(self, expid: str | None = None) -> None:
        """Look how the runs are that are not known to be over, and write down what has become of them.

        A machine that does not answer says nothing about them.
        """
        for row in store.live_runs(self._machines.database, expid):
            with suppress(CommandError):
                if row.login is None or self._is_due(row.expid):
                    self._refresh(row)

    def profile_of(self, row: RunRow) -> Profile:
        """Return what an experiment was run with, which also says who may end that.

        That is its profile, or what the configuration says of a free choice; by default its owner may.
        """
        told = self._machines.configuration
        command = store.command_of(self._machines.database, row.command_id or "")
        name, login = command.profile if command else "", row.login
        free = told.free if name == f"{row.runner}/{row.module_loader}" else {}
        return Profile(
            name=name,
            loader=row.module_loader,
            modules=tuple(filter(None, row.modules.split("\n"))),
            login=login_of(login) if login else None,
            allow=read_allow(told.profiles.get(name, free).get("ALLOW")),
        )

    def _refresh(self, row: RunRow) -> None:
        if row.command_id is None:
            # Another server's: there is no telling whether the number is still that process's.
            self._over(row, "TERMINATED", "lost")
            return
        seen = self._machines.of_login(row.login).look(row.command_id)
        if seen.ended is not None and store.is_being_stopped(self._machines.database, row.expid):
            self._over(row, "TERMINATED", "stopped")
        elif seen.ended is not None:
            done = seen.ended == "0"
            self._over(row, "COMPLETED" if done else "TERMINATED", "done" if done else seen.ended)
        elif seen.pid is None:
            if time.time() > epoch_of_text(row.created) + _STARTING_SECONDS:
                self._over(row, "TERMINATED", "lost")
        elif not seen.alive:
            self._over(row, "TERMINATED", "lost")
        elif row.status == "STARTING":
            store.set_run(self._machines.database, row.id, "ACTIVE", seen.pid)

    def _over(self, row: RunRow, status: str, result: str) -> None:
        store.set_run(self._machines.database, row.id, status)
        if row.command_id:
            store.end_command(self._machines.database, row.command_id, result)

    def _interrupt(self, row: RunRow) -> None:
        machine = self._machines.of_login(row.login)
        seconds = self._machines.configuration.stop_seconds
        machine.interrupt(row.command_id or "", group=row.module_loader == "CONDA")
        seen = machine.look(row.command_id or "", seconds)
        if seen.alive and seen.ended is None:
            raise CommandError(f"timeout after {seconds} seconds (pid={row.pid})")

    def _is_due(self, expid: str) -> bool:
        with self._mutex:
            now = time.monotonic()
            due = now > self._asked.get(expid, -_BELIEVED_SECONDS) + _BELIEVED_SECONDS
            if due:
                self._asked[expid] = now
            return due
