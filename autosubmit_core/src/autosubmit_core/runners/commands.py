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
from autosubmit_core.runners.profiles import Profile
from autosubmit_core.runners.rows import command_row, login_of, written_login
from autosubmit_core.runners.rules import FINAL_STATUSES
from autosubmit_core.runners.ssh import SshMachine
from autosubmit_core.store import commands as store
from autosubmit_core.store.commands import CommandRow, RunRow
from autosubmit_core.store.places import StorePlace, runner_store_of
from autosubmit_core.times import epoch_of_text

__all__ = ["Runners"]

#: The most bytes of output that one question gets, and that are kept of a command.
OUTPUT_BYTES = 65_536
MOST_OUTPUT_BYTES = 2**20

#: How long a run may take to get a process, in seconds; then whoever started it is gone.
_STARTING_SECONDS = 90
#: For how long what another machine said of a run is believed, in seconds.
_BELIEVED_SECONDS = 5
#: How long whoever waits for a command may take after its time is over, in seconds.
_GRACE_SECONDS = 60

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

    def profile_of(self, row: RunRow) -> Profile:
        """Return what an experiment was run with, which also says who may end that.

        That is its profile, or what the configuration says of a free choice; by default its owner may.
        """
        command, told = store.command_of(self.database, row.command_id or ""), self.configuration
        name, login = command.profile if command else "", row.login
        free = told.free if name == f"{row.runner}/{row.module_loader}" else {}
        return Profile(
            name=name,
            loader=row.module_loader,
            modules=tuple(filter(None, row.modules.split("\n"))),
            login=login_of(login) if login else None,
            allow=read_allow(told.profiles.get(name, free).get("ALLOW")),
        )

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
            runner_extra_params=written_login(profile.login),
            user=caller.key,
            command_id=command_id,
        )
        lines = [command_lines.run(expid)]
        command = command_row(caller, "run-experiment", expid, profile, lines, command_id)
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
        except CommandError as error:
            self.give_up_run(number, command_id, str(error))
            raise
        store.set_run(self.database, number, "ACTIVE", pid)
        return pid

    def give_up_run(self, number: int, command_id: str, reason: str) -> None:
        """Write down that a run that was claimed has not begun."""
        store.set_run(self.database, number, "TERMINATED")
        self.give_up(command_id, reason)

    def give_up(self, command_id: str, reason: str) -> None:
        """Write down that a command that was noted has not begun."""
        store.end_command(self.database, command_id, "not started", reason=reason)

    def status(self, expid: str) -> RunRow | None:
        """Return the newest run of an experiment as its machine has it now; None if there is none."""
        self.refresh(expid)
        return store.newest_run(self.database, expid)

    def claim_stop(self, caller: Caller, expid: str, command_id: str) -> RunRow:
        """Write down that the run of an experiment is about to be ended, and return that run.

        Raises :class:`CommandError` if it does not run.
        """
        for live in store.live_runs(self.database, expid):
            self._refresh(live)
        row = store.newest_run(self.database, expid)
        if row is None:
            raise CommandError(f"No process found for expid {expid}")
        if row.status != "ACTIVE" or row.command_id is None:
            raise CommandError(f"Experiment {expid} is not running.")
        profile, lines = self.profile_of(row), [command_lines.stop(expid)]
        self.note(caller, "stop-experiment", expid, profile, lines, command_id)
        return row

    def stop(self, row: RunRow, command_id: str) -> None:
        """End a run as Ctrl-C would, and wait a while for that.

        Raises :class:`CommandError` if it does not end in time.
        """
        try:
            self._interrupt(row)
        except CommandError as error:
            store.end_command(self.database, command_id, "failed", reason=str(error))
            raise
        self._over(row, "TERMINATED", "stopped")
        store.end_command(self.database, command_id, "done")

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
            self._settle()

    def _settle(self) -> None:
        """Write down how commands ended that nobody waits for any more, because their server ended.

        Nobody becomes the owner of an experiment so: what there was before it is not known any more.
        """
        late = time.time() - self.configuration.command_seconds - _GRACE_SECONDS
        for row in store.open_commands(self.database):
            if row.action == "run-experiment" or row.created > late:
                continue
            with suppress(CommandError):
                ended = self._machine(row.login).look(row.command_id).ended or "lost"
                store.end_command(self.database, row.command_id, "done" if ended == "0" else ended)

    def _refresh(self, row: RunRow) -> None:
        if row.command_id is None:
            # Another server's: there is no telling whether the number is still that process's.
            self._over(row, "TERMINATED", "lost")
            return
        seen = self._machine(row.login).look(row.command_id)
        if seen.ended is not None and store.is_being_stopped(self.database, row.expid):
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
            store.set_run(self.database, row.id, "ACTIVE", seen.pid)

    def _over(self, row: RunRow, status: str, result: str) -> None:
        store.set_run(self.database, row.id, status)
        if row.command_id:
            store.end_command(self.database, row.command_id, result)

    def _interrupt(self, row: RunRow) -> None:
        machine, seconds = self._machine(row.login), self.configuration.stop_seconds
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

    # -- commands that are waited for --------------------------------------------------------

    def note(
        self,
        caller: Caller,
        action: str,
        expid: str | None,
        profile: Profile,
        lines: Sequence[Sequence[str]],
        command_id: str,
    ) -> None:
        """Write down that a command begins; raises :class:`CommandInvalidError` if its name is taken."""
        row = command_row(caller, action, expid, profile, lines, command_id)
        store.add_command(self.database, row)

    def create_experiment(
        self, profile: Profile, wanted: command_lines.NewExperiment, command_id: str
    ) -> str:
        """Create an experiment, as was noted, and return its name.

        Raises :class:`CommandError` if Autosubmit names none, or one that was there before.
        """
        before = set(self._archive.experiments().name)
        output = self._done(profile, wanted.arguments(), command_id)
        expid = command_lines.new_expid(output)
        # Who created it owns it: what a program prints makes nobody the owner of another's.
        if expid is None or expid in before:
            reason = "Failed to extract experiment ID from output."
            store.end_command(self.database, command_id, "failed", reason=reason)
            raise CommandError(reason)
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
        """Run commands about an experiment, of which the first is noted, up to the first that fails."""
        for number, arguments in enumerate(lines):
            if number:
                command_id = secrets.token_hex(16)
                self.note(caller, action, expid, profile, [arguments], command_id)
            self._done(profile, arguments, command_id)
            store.end_command(self.database, command_id, "done")

    def version(self, caller: Caller, profile: Profile) -> str:
        """Return the version of the Autosubmit that a profile runs."""
        output = self._said(caller, "runner-detail", profile, ["-v"])
        return output.strip().splitlines()[-1] if output.strip() else ""

    def final_statuses(self, caller: Caller, profile: Profile) -> tuple[str, ...]:
        """Return the statuses that the Autosubmit of a profile sets, as its own help lists them."""
        known = (profile.loader, profile.modules, profile.login)
        if known not in self._statuses:
            # Autosubmit 4.1 ends with 1 after it has helped.
            output = self._said(
                caller, "setstatus-help", profile, ["setstatus", "--help"], good=("0", "1")
            )
            found = _CHOICES.search(" ".join(output.split()))
            self._statuses[known] = tuple(found[1].split(",")) if found else FINAL_STATUSES
        return self._statuses[known]

    def _said(
        self,
        caller: Caller,
        action: str,
        profile: Profile,
        arguments: Sequence[str],
        good: Sequence[str] = ("0",),
    ) -> str:
        """Return what Autosubmit says about itself."""
        name = secrets.token_hex(16)
        self.note(caller, action, None, profile, [arguments], name)
        output = self._done(profile, arguments, name, good)
        store.end_command(self.database, name, "done")
        return output

    def output(
        self, command_id: str, after: int, most: int = OUTPUT_BYTES
    ) -> tuple[CommandRow, bytes] | None:
        """Return a command and what it printed after so many bytes; None if there is no such command."""
        row = self.command(command_id)
        if row is None:
            return None
        return row, self._machine(row.login).output(command_id, after, most)

    def command(self, command_id: str) -> CommandRow | None:
        """Return a command as it is now; None if there is no such command."""
        row = store.command_of(self.database, command_id)
        if row and row.ended is None and row.action == "run-experiment":
            self.refresh(row.expid)
            row = store.command_of(self.database, command_id)
        return row

    def _done(
        self,
        profile: Profile,
        arguments: Sequence[str],
        command_id: str,
        good: Sequence[str] = ("0",),
    ) -> str:
        """Run a command that is noted to its end, and return what it printed.

        Raises :class:`CommandError`, and writes down why.
        """
        seconds = self.configuration.command_seconds
        try:
            self._start(profile, arguments, command_id, limited=True)
        except UnconfirmedError as error:
            store.end_command(self.database, command_id, "unknown", reason=str(error))
            raise
        except CommandError as error:
            self.give_up(command_id, str(error))
            raise
        machine = self._machine_of(profile)
        try:
            # Whoever ends it has some time to do so.
            seen = machine.look(command_id, seconds + 10)
            output = machine.output(command_id, 0, MOST_OUTPUT_BYTES).decode("utf-8", "replace")
        except CommandError as error:
            store.end_command(self.database, command_id, "unknown", reason=str(error))
            raise
        status = seen.ended or ("timeout" if seen.alive else "unknown")
        if status not in good:
            reason = command_lines.reason_of(output, status)
            store.end_command(self.database, command_id, status, reason=reason)
            raise CommandError(reason)
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
            keep_days=self.configuration.output_days,
        )
        return self._machine_of(profile).start(order)

    def _machine_of(self, profile: Profile) -> Machine:
        return self._machine(json.loads(written_login(profile.login) or "null"))

    def _machine(self, login: dict[str, Any] | None) -> Machine:
        if login is None:
            return LocalMachine(self._archive.installation.local_root_dir / "api_runners")
        told = self.configuration
        return SshMachine(login_of(login), told.ssh_key, told.known_hosts)
