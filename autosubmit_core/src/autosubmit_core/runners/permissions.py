"""Who may act on which experiment, and as which Linux account."""

from __future__ import annotations

import grp
import os
import pwd
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from autosubmit_core.errors import CommandForbiddenError, InstallationError

__all__ = ["Allow", "Caller", "Ownership", "Rule", "accounts_of", "read_allow"]

#: In the table of accounts: every user of a provider, and the account of the user's own name.
_ALL = "*"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks for a command."""

    #: ``cas:ahill``; empty if nobody is known.
    key: str = ""
    #: The Linux accounts that are verified to be theirs.
    accounts: frozenset[str] = frozenset()
    #: Whether they may act on everything.
    administrator: bool = False


@dataclass(frozen=True, slots=True)
class Allow:
    """Whom a profile lets act: ``owner``, ``group`` or ``any``, or ``users``, the listed ones."""

    who: str = "owner"
    users: frozenset[str] = frozenset()


def read_allow(written: object) -> Allow:
    """Return whom a profile allows, by default the experiment's owner.

    >>> read_allow({"users": ["cas:ahill"]}).who
    'users'
    """
    match written:
        case None:
            return Allow()
        case "owner" | "group" | "any":
            return Allow(str(written))
        case {"users": list(users), **others} if not others:
            return Allow("users", frozenset(map(str, users)))
    raise InstallationError("ALLOW of a profile must be owner, group, any or {users: [...]}")


def accounts_of(key: str, accounts: Mapping[str, Any]) -> frozenset[str]:
    """Return the Linux accounts that a table gives to a user, by the user's key.

    ``provider:*`` stands for all users of a provider, and the account ``*`` for that of their name.

    >>> sorted(accounts_of("cas:ahill", {"cas:*": "*", "cas:ahill": ["bsc32101"]}))
    ['ahill', 'bsc32101']
    """
    provider, _, name = key.partition(":")
    found: set[str] = set()
    for one in (key, f"{provider}:{_ALL}") if key else ():
        told = accounts.get(one) or []
        found |= {str(account) for account in ([told] if isinstance(told, str) else told)}
    return frozenset(name if account == _ALL else account for account in found)


class Rule(Protocol):
    """What decides who may act; an institution with rules of its own replaces it."""

    def check(self, caller: Caller, action: str, expid: str | None, allow: Allow) -> None:
        """Raise :class:`CommandForbiddenError` with the reason if a caller may not do something.

        ``expid`` is None for what is about no experiment yet.
        """


class Ownership:
    """The rule: owners act, and whom a profile allows besides.

    An experiment belongs to the Linux account that owns its folder, and to the user who created it
    through this server, whose account may own the folder then.
    """

    def __init__(self, folder: Callable[[str], Path], creator: Callable[[str], str | None]) -> None:
        self._folder = folder
        self._creator = creator

    def check(self, caller: Caller, action: str, expid: str | None, allow: Allow) -> None:
        """Raise :class:`CommandForbiddenError` if a caller may not do something."""
        if caller.administrator or allow.who == "any":
            return
        if not caller.key:
            raise CommandForbiddenError("Log in: this is not for everybody.")
        if allow.who == "users":
            if caller.key not in allow.users:
                raise CommandForbiddenError("This profile is for other users.")
        elif expid is not None and not self._owns(caller, expid, allow.who == "group"):
            who = "its owner" if allow.who == "owner" else "its owner and their group"
            raise CommandForbiddenError(f"Only {who} may do this to experiment {expid}.")

    def _owns(self, caller: Caller, expid: str, group: bool) -> bool:
        try:
            found = self._folder(expid).stat()
        except OSError:
            return False
        # What another account owns now was made again under a name that was free.
        if found.st_uid == os.geteuid() and self._creator(expid) == caller.key:
            return True
        return any(_has(account, found, group) for account in caller.accounts)


def _has(account: str, folder: os.stat_result, group: bool) -> bool:
    """Tell whether an account owns a folder, or belongs to its group where that is enough."""
    try:
        known = pwd.getpwnam(account)
    except KeyError:
        return False
    if known.pw_uid == folder.st_uid:
        return True
    groups = {one.gr_gid for one in grp.getgrall() if account in one.gr_mem} | {known.pw_gid}
    return group and folder.st_gid in groups
