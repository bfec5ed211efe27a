"""Where the commands of an installation run, and where it is written down what was started."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from autosubmit_core.archive import Archive
from autosubmit_core.runners.configuration import Configuration, ConfigurationFile
from autosubmit_core.runners.loaders import command_of
from autosubmit_core.runners.local import LocalMachine
from autosubmit_core.runners.machine import Machine, Order
from autosubmit_core.runners.permissions import Caller
from autosubmit_core.runners.profiles import Profile
from autosubmit_core.runners.rows import command_row, login_of, written_login
from autosubmit_core.runners.ssh import SshMachine
from autosubmit_core.store import commands as store
from autosubmit_core.store.places import StorePlace, runner_store_of

__all__ = ["Machines"]


class Machines:
    """The machines that commands run on; all of it may take long."""

    def __init__(self, archive: Archive, file: ConfigurationFile) -> None:
        self._archive = archive
        self._file = file

    @property
    def database(self) -> StorePlace:
        """Where it is written down what was started."""
        return runner_store_of(self._archive.installation)

    @property
    def configuration(self) -> Configuration:
        """What the administrator permits now."""
        return self._file.now()

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

    def give_up(self, command_id: str, reason: str) -> None:
        """Write down that a command that was noted has not begun."""
        store.end_command(self.database, command_id, "not started", reason=reason)

    def start(
        self, profile: Profile, arguments: Sequence[str], command_id: str, *, limited: bool
    ) -> int:
        """Start a command that is noted, and return its process number; limit its time if wanted.

        Raises as :meth:`Machine.start`.
        """
        files = self._archive.installation.files
        found = {"AUTOSUBMIT_CONFIGURATION": str(files[-1])} if files else {}
        order = Order(
            command_id=command_id,
            arguments=command_of(profile.loader, profile.modules, arguments),
            environment={**found, **profile.environment},
            seconds=self.configuration.command_seconds if limited else None,
            keep_days=self.configuration.output_days,
        )
        return self.of_profile(profile).start(order)

    def of_profile(self, profile: Profile) -> Machine:
        """Return the machine that a profile runs commands on."""
        return self.of_login(json.loads(written_login(profile.login) or "null"))

    def of_login(self, login: dict[str, Any] | None) -> Machine:
        """Return the machine of a login as it is written down; this one without."""
        if login is None:
            return LocalMachine(self._archive.installation.local_root_dir / "api_runners")
        told = self.configuration
        return SshMachine(login_of(login), told.ssh_key, told.known_hosts)
