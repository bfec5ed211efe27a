"""What a server does for those who want a command of Autosubmit run: :class:`Runners`.

All of it may take long, and is called from threads.
"""

from __future__ import annotations

import json
import re
import secrets
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from threading import Lock
from typing import Any

from autosubmit_core.archive import Archive
from autosubmit_core.errors import (
    AlreadyRunningError,
    CommandError,
    CommandForbiddenError,
    UnconfirmedError,
)
from autosubmit_core.runners import command_lines
from autosubmit_core.runners.configuration import Configuration, ConfigurationFile
from autosubmit_core.runners.loaders import command_of
from autosubmit_core.runners.local import LocalMachine
from autosubmit_core.runners.machine import Machine, Order
from autosubmit_core.runners.permissions import (
    Allow,
    Caller,
    Ownership,
    Rule,
    accounts_of,
    read_allow,
)
from autosubmit_core.runners.profiles import Login, Profile
from autosubmit_core.runners.rules import FINAL_STATUSES
from autosubmit_core.runners.ssh import SshMachine
from autosubmit_core.store import commands as store
from autosubmit_core.store.commands import CommandRow, RunRow
from autosubmit_core.store.places import StorePlace, runner_store_of
from autosubmit_core.times import epoch_of_text

__all__ = ["Runners"]

#: The most bytes of output that one question gets.
OUTPUT_BYTES = 65_536

#: How long a run may take to get a process, in seconds; then whoever started it is gone.
_STARTING_SECONDS = 90
#: For how long what another machine said of a run is believed, in seconds.
_BELIEVED_SECONDS = 5

_CHOICES = re.compile(r"--status_final \{([A-Z_,]+)\}")


class Runners:
    """The commands of one installation."""

    def __init__(self, archive: Archive, file: ConfigurationFile, rule: Rule | None = None) -> None:
        self._archive = archive
        self._file = file
        #: What decides who may do what.
        self.rule: Rule = rule or Ownership(
            lambda expid: archive.installation.experiment_folder(expid),
            lambda expid: store.creator_of(self.database, expid),
        )
        self._mutex = Lock()
        self._asked: dict[str, float] = {}
        self._statuses: dict[tuple[object, ...], tuple[str, ...]] = {}

    @property
    def database(self) -> StorePlace:
        """Where it is written down what was started."""
        return runner_store_of(self._archive.installation)

    @property
    def configuration(self) -> Configuration:
        """What the administrator permits now."""
        return self._file.now()

    def caller(self, key: str) -> Caller:
        """Return what is known of a user, by their key; of nobody if it is empty."""
        told = self.configuration
        return Caller(key, accounts_of(key, told.accounts), key in told.administrators)

    def check(self, caller: Caller, action: str, expid: str | None, allow: Allow) -> None:
        """Raise if there is no such experiment, or a caller may not do something to it."""
        if expid is not None:
            self._archive.experiment(expid)
        self.rule.check(caller, action, expid, allow)

    def allow_of(self, row: RunRow) -> Allow:
        """Return whom that lets act which an experiment was run with, by default its owner.

        That is its profile, or what the configuration says of a free choice.
        """
        command, told = store.command_of(self.database, row.command_id or ""), self.configuration
        name = command.profile if command else ""
        free = told.free if name == f"{row.runner}/{row.module_loader}" else {}
        return read_allow(told.profiles.get(name, free).get("ALLOW"))

    def profiles_of(self, caller: Caller) -> dict[str, Mapping[str, Any]]:
        """Return the profiles as they are written that a caller may use at all."""
        usable = {}
        for name, written in self.configuration.profiles.items():
            with suppress(CommandForbiddenError):
                self.rule.check(caller, "profile", None, read_allow(written.get("ALLOW")))
                usable[name] = written
        return usable

    # -- runs --------------------------------------------------------------------------------

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
            runner_extra_params=_extra(profile.login),
            user=caller.key,
            command_id=command_id,
        )
        command = _row(caller, "run-experiment", expid, profile, command_id)
        number = store.claim_run(self.database, row, command)
        if number is None:
            raise AlreadyRunningError(expid)
        return number

    def run(self, number: int, expid: str, profile: Profile, command_id: str) -> int:
        """Start a run that was claimed, and return the number of its process.

        Only what cannot have begun is written down as over; :meth:`refresh` finds the rest.
        """
        try:
            arguments = command_lines.run(expid)
            pid = self._start(profile, arguments, command_id, limited=False)
        except UnconfirmedError:
            raise
        except CommandError:
            self.give_up(number, command_id)
            raise
        store.set_run(self.database, number, "ACTIVE", pid)
        return pid

    def give_up(self, number: int, command_id: str) -> None:
        """Write down that a run that was claimed has not begun."""
        store.set_run(self.database, number, "TERMINATED")
        store.end_command(self.database, command_id, "not started")

    def status(self, expid: str) -> RunRow | None:
        """Return the newest run of an experiment as its machine has it now; None if there is none."""
        self.refresh(expid)
        return store.newest_run(self.database, expid)

    def stop(self, expid: str) -> None:
        """End the run of an experiment as Ctrl-C would, and wait a while for that.

        Raises :class:`CommandError` if it does not run, or does not end in time.
        """
        for live in store.live_runs(self.database, expid):
            self._refresh(live)
        row = store.newest_run(self.database, expid)
        if row is None:
            raise CommandError(f"No process found for expid {expid}")
        if row.status != "ACTIVE" or row.command_id is None:
            raise CommandError(f"Experiment {expid} is not running.")
        machine, seconds = self._machine(row.login), self.configuration.stop_seconds
        machine.interrupt(row.command_id, group=row.module_loader == "CONDA")
        seen = machine.look(row.command_id, seconds)
        if seen.alive and seen.ended is None:
            raise CommandError(f"timeout after {seconds} seconds (pid={row.pid})")
        self._over(row, "TERMINATED", "stopped")

    def refresh(self, expid: str | None = None) -> None:
        """Look how the runs are that are not known to be over, and write down what has become of them.

        A machine that does not answer says nothing about them.
        """
        for row in store.live_runs(self.database, expid):
            with suppress(CommandError):
                if row.login is None or self._is_due(row.expid):
                    self._refresh(row)

    def watch(self) -> None:
        """Do the same for all runs, where anything can be run."""
        told = self.configuration
        if told.profiles or told.free:
            self.refresh()

    def _refresh(self, row: RunRow) -> None:
        if row.command_id is None:
            # Another server's: there is no telling whether the number is still that process's.
            self._over(row, "TERMINATED", "lost")
            return
        seen = self._machine(row.login).look(row.command_id)
        if seen.ended is not None:
            done = seen.ended == "0"
            self._over(row, "COMPLETED" if done else "TERMINATED", "done" if done else seen.ended)
        elif seen.pid is None:
            if time.time() > epoch_of_text(row.created) + _STARTING_SECONDS:
                self._over(row, "TERMINATED", "lost")
        elif not seen.alive:
            self._over(row, "TERMINATED", "lost")
        elif row.status == "STARTING":
            store.set_run(self.database, row.id, "ACTIVE", seen.pid)

    def _over(self, row: RunRow, status: str, result: str) -> None:
        store.set_run(self.database, row.id, status)
        if row.command_id:
            store.end_command(self.database, row.command_id, result)

    def _is_due(self, expid: str) -> bool:
        with self._mutex:
            now = time.monotonic()
            due = now > self._asked.get(expid, -_BELIEVED_SECONDS) + _BELIEVED_SECONDS
            if due:
                self._asked[expid] = now
            return due

    # -- commands that are waited for --------------------------------------------------------

    def create_experiment(
        self,
        caller: Caller,
        profile: Profile,
        wanted: command_lines.NewExperiment,
        command_id: str,
    ) -> str:
        """Create an experiment and return its name.

        Raises :class:`CommandError` if Autosubmit names none, or one that was there before.
        """
        arguments, before = wanted.arguments(), set(self._archive.experiments().name)
        output = self._done(caller, "create-experiment", None, profile, arguments, command_id)
        expid = command_lines.new_expid(output)
        # Who created it owns it: what a program prints makes nobody the owner of another's.
        if expid is None or expid in before:
            store.end_command(self.database, command_id, "failed")
            raise CommandError("Failed to extract experiment ID from output.")
        store.end_command(self.database, command_id, "done", expid)
        return expid

    def execute(
        self,
        caller: Caller,
        action: str,
        expid: str,
        profile: Profile,
        lines: Sequence[Sequence[str]],
        command_id: str,
    ) -> None:
        """Run commands about an experiment, one after the other, up to the first that fails."""
        for number, arguments in enumerate(lines):
            part = command_id if number == 0 else secrets.token_hex(16)
            self._done(caller, action, expid, profile, arguments, part)
            store.end_command(self.database, part, "done")

    def version(self, caller: Caller, profile: Profile) -> str:
        """Return the version of the Autosubmit that a profile runs."""
        name = secrets.token_hex(16)
        output = self._done(caller, "runner-detail", None, profile, ["-v"], name)
        store.end_command(self.database, name, "done")
        return output.strip().splitlines()[-1] if output.strip() else ""

    def final_statuses(self, caller: Caller, profile: Profile) -> tuple[str, ...]:
        """Return the statuses that the Autosubmit of a profile sets, as its own help lists them."""
        known = (profile.loader, profile.modules, profile.login)
        if known not in self._statuses:
            name = secrets.token_hex(16)
            help_text = ["setstatus", "--help"]
            # Autosubmit 4.1 ends with 1 after it has helped.
            output = self._done(
                caller, "setstatus-help", None, profile, help_text, name, good=("0", "1")
            )
            store.end_command(self.database, name, "done")
            found = _CHOICES.search(" ".join(output.split()))
            self._statuses[known] = tuple(found[1].split(",")) if found else FINAL_STATUSES
        return self._statuses[known]

    def output(self, command_id: str, after: int) -> tuple[CommandRow, bytes] | None:
        """Return a command and what it printed after so many bytes; None if there is no such command."""
        row = store.command_of(self.database, command_id)
        if row and row.ended is None and row.action == "run-experiment":
            self.refresh(row.expid)
            row = store.command_of(self.database, command_id)
        if row is None:
            return None
        return row, self._machine(row.login).output(command_id, after, OUTPUT_BYTES)

    def _done(
        self,
        caller: Caller,
        action: str,
        expid: str | None,
        profile: Profile,
        arguments: Sequence[str],
        command_id: str,
        good: Sequence[str] = ("0",),
    ) -> str:
        """Run a command to its end and return what it printed; raises :class:`CommandError`."""
        seconds = self.configuration.command_seconds
        store.add_command(self.database, _row(caller, action, expid, profile, command_id))
        try:
            self._start(profile, arguments, command_id, limited=True)
        except CommandError as error:
            begun = isinstance(error, UnconfirmedError)
            store.end_command(self.database, command_id, "unknown" if begun else "not started")
            raise
        machine = self._machine_of(profile)
        try:
            # Whoever ends it has some time to do so.
            seen = machine.look(command_id, seconds + 10)
            output = machine.output(command_id, 0, 2**20).decode("utf-8", "replace")
        except CommandError:
            store.end_command(self.database, command_id, "unknown")
            raise
        status = seen.ended or ("timeout" if seen.alive else "unknown")
        if status not in good:
            store.end_command(self.database, command_id, status)
            raise CommandError(command_lines.reason_of(output, status))
        return output

    def _start(
        self, profile: Profile, arguments: Sequence[str], command_id: str, limited: bool
    ) -> int:
        files = self._archive.installation.files
        found = {"AUTOSUBMIT_CONFIGURATION": str(files[-1])} if files else {}
        order = Order(
            command_id=command_id,
            arguments=command_of(profile.loader, profile.modules, arguments),
            environment={**found, **profile.environment},
            seconds=self.configuration.command_seconds if limited else None,
        )
        return self._machine_of(profile).start(order)

    def _machine_of(self, profile: Profile) -> Machine:
        return self._machine(json.loads(_extra(profile.login) or "null"))

    def _machine(self, login: dict[str, Any] | None) -> Machine:
        if login is None:
            return LocalMachine(self._archive.installation.local_root_dir / "api_runners")
        told = self.configuration
        account = Login(login["ssh_host"], login["ssh_user"], login.get("ssh_port") or 22)
        return SshMachine(account, told.ssh_key, told.known_hosts)


def _row(
    caller: Caller, action: str, expid: str | None, profile: Profile, command_id: str
) -> CommandRow:
    return CommandRow(
        command_id=command_id,
        action=action,
        expid=expid,
        user=caller.key,
        profile=profile.name,
        runner_extra_params=_extra(profile.login),
    )


def _extra(login: Login | None) -> str | None:
    """Return an account on another machine as it is published."""
    if login is None:
        return None
    told = {"ssh_host": login.host, "ssh_user": login.username, "ssh_port": login.port}
    return json.dumps(told)
