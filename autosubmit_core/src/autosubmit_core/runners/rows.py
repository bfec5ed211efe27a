"""Commands as they are written down."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from autosubmit_core.runners.permissions import Caller
from autosubmit_core.runners.profiles import Login, Profile
from autosubmit_core.store.commands import CommandRow

__all__ = ["command_row", "login_of", "written_login"]

#: The most characters of what Autosubmit was told that are kept; the audit log has all of it.
_MOST_ARGUMENTS = 10_000


def command_row(
    caller: Caller,
    action: str,
    expid: str | None,
    profile: Profile,
    lines: Sequence[Sequence[str]],
    command_id: str,
) -> CommandRow:
    """Return the row of a command that is about to begin."""
    return CommandRow(
        command_id=command_id,
        action=action,
        expid=expid,
        user=caller.key,
        profile=profile.name,
        runner_extra_params=written_login(profile.login),
        arguments="\n".join(map(shlex.join, lines))[:_MOST_ARGUMENTS],
    )


def login_of(login: Mapping[str, Any]) -> Login:
    """Return an account on another machine from how it is published."""
    return Login(login["ssh_host"], login["ssh_user"], login.get("ssh_port") or 22)


def written_login(login: Login | None) -> str | None:
    """Return an account on another machine as it is published."""
    if login is None:
        return None
    told = {"ssh_host": login.host, "ssh_user": login.username, "ssh_port": login.port}
    return json.dumps(told)
