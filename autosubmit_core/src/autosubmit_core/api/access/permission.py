"""What a caller may do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from autosubmit_core.api.access.identity import Identity, Known

__all__ = ["Level", "LevelPermission", "Needs", "Permission"]


class Level(Enum):
    """How much of a server is for known callers alone, as ``PROTECTION_LEVEL`` says it."""

    #: Everything but what :attr:`Needs.NOTHING` marks.
    ALL = "ALL"
    #: What changes anything.
    WRITEONLY = "WRITEONLY"
    #: What is about the caller; and what changes anything, unless the server is told otherwise.
    NONE = "NONE"


class Needs(Enum):
    """What a handler asks of its callers."""

    #: Anybody may: logins, descriptions, whether the server is well.
    NOTHING = "nothing"
    #: It tells of experiments.
    READ = "read"
    #: It changes something, or could.
    ACT = "act"
    #: It is about the caller, so somebody has to be known.
    SELF = "self"


class Permission(Protocol):
    """What decides; an institution with rules of its own replaces it."""

    def allows(self, identity: Identity, needs: Needs) -> bool:
        """Tell whether a caller may have what a handler does."""


@dataclass(frozen=True, slots=True)
class LevelPermission:
    """The published rule: any known caller may do anything, and the level says where one is needed."""

    level: Level
    #: Whether nobody in particular may act where nothing is protected (S-02).
    anonymous_commands: bool = False
    #: Whether those who share the secret token may act (S-06).
    machine_commands: bool = False

    def allows(self, identity: Identity, needs: Needs) -> bool:
        """Tell whether a caller may have what a handler does.

        >>> rule = LevelPermission(Level.WRITEONLY)
        >>> rule.allows(Identity(), Needs.READ), rule.allows(Identity(), Needs.ACT)
        (True, False)
        """
        if needs is Needs.ACT and identity.known is Known.SECRET_TOKEN:
            return self.machine_commands
        if identity.user is not None or needs is Needs.NOTHING:
            return True
        if needs is Needs.READ:
            return self.level is not Level.ALL
        return needs is Needs.ACT and self.level is Level.NONE and self.anonymous_commands
