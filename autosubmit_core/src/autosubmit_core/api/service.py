"""What all handlers of one server share."""

from __future__ import annotations

from dataclasses import dataclass, field

from autosubmit_core.api.settings import Settings
from autosubmit_core.api.workers import Workers
from autosubmit_core.archive import Archive

__all__ = ["Service"]


@dataclass(slots=True)
class Service:
    """One server: what it serves, how it was told to, and what it is doing."""

    #: The installation that is served.
    archive: Archive
    settings: Settings
    #: The pages whose scripts may read the answers.
    allowed_origins: frozenset[str]
    #: Where answers are computed.
    workers: Workers
    #: Where the installation is checked: apart, so that a full house is no failed check.
    checks: Workers
    #: The requests under way, by the identity of their handlers.
    requests: set[int] = field(default_factory=set)
    #: Whether the server was told to stop.
    stopping: bool = False
