"""What a server does for those who want a command of Autosubmit run: :class:`Runners`.

All of it may take long, and is called from threads.
"""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from autosubmit_core.archive import Archive
from autosubmit_core.errors import CommandError, CommandForbiddenError, UnconfirmedError
from autosubmit_core.runners import command_lines
from autosubmit_core.runners.configuration import Configuration, ConfigurationFile
from autosubmit_core.runners.machines import Machines
from autosubmit_core.runners.permissions import (
    Allow,
    Caller,
    Ownership,
    Rule,
    accounts_of,
    read_allow,
)
from autosubmit_core.runners.profiles import Profile
from autosubmit_core.runners.rules import FINAL_STATUSES
from autosubmit_core.runners.runs import Runs
from autosubmit_core.store import commands as store
from autosubmit_core.store.commands import CommandRow
from autosubmit_core.store.places import StorePlace

__all__ = ["Runners"]

#: The most bytes of output that one question gets, and that are kept of a command.
OUTPUT_BYTES = 65_536
MOST_OUTPUT_BYTES = 2**20

#: How long whoever waits for a command may take after its time is over, in seconds.
_GRACE_SECONDS = 60

_CHOICES = re.compile(r"--status_final \{([A-Z_,]+)\}")


class Runners:
    """The commands of one installation."""

    def __init__(self, archive: Archive, file: ConfigurationFile, rule: Rule | None = None) -> None:
        self._archive = archive
        self.machines = Machines(archive, file)
        self.runs = Runs(self.machines)
        #: What decides who may do what.
        self.rule: Rule = rule or Ownership(
            lambda expid: archive.installation.experiment_folder(expid),
            lambda expid: store.creator_of(self.database, expid),
        )
        self._statuses: dict[tuple[object, ...], tuple[str, ...]] = {}

    @property
    def database(self) -> StorePlace:
        """Where it is written down what was started."""
        return self.machines.database

    @property
    def configuration(self) -> Configuration:
        """What the administrator permits now."""
        return self.machines.configuration

    def caller(self, key: str) -> Caller:
        """Return what is known of a user, by their key; of nobody if it is empty."""
        told = self.configuration
        return Caller(key, accounts_of(key, told.accounts), key in told.administrators)

    def check(self, caller: Caller, action: str, expid: str | None, allow: Allow) -> None:
        """Raise if there is no such experiment, or a caller may not do something to it."""
        if expid is not None:
            self._archive.experiment(expid)
        self.rule.check(caller, action, expid, allow)

    def profiles_of(self, caller: Caller) -> dict[str, Mapping[str, Any]]:
        """Return the profiles as they are written that a caller may use at all."""
        usable = {}
        for name, written in self.configuration.profiles.items():
            with suppress(CommandForbiddenError):
                self.rule.check(caller, "profile", None, read_allow(written.get("ALLOW")))
                usable[name] = written
        return usable

    def watch(self) -> None:
        """Write down what has become of all that runs, where anything can be run."""
        told = self.configuration
        if told.profiles or told.free:
            self.runs.refresh()
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
                ended = self.machines.of_login(row.login).look(row.command_id).ended or "lost"
                store.end_command(self.database, row.command_id, "done" if ended == "0" else ended)

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
                self.machines.note(caller, action, expid, profile, [arguments], command_id)
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
        self.machines.note(caller, action, None, profile, [arguments], name)
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
        return row, self.machines.of_login(row.login).output(command_id, after, most)

    def command(self, command_id: str) -> CommandRow | None:
        """Return a command as it is now; None if there is no such command."""
        row = store.command_of(self.database, command_id)
        if row and row.ended is None and row.action == "run-experiment":
            self.runs.refresh(row.expid)
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
            self.machines.start(profile, arguments, command_id, limited=True)
        except UnconfirmedError as error:
            store.end_command(self.database, command_id, "unknown", reason=str(error))
            raise
        except CommandError as error:
            self.machines.give_up(command_id, str(error))
            raise
        machine = self.machines.of_profile(profile)
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
