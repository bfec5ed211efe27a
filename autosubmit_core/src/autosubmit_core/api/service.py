"""What all handlers of one server share."""

from __future__ import annotations

from dataclasses import dataclass, field

from autosubmit_core.api.kept_answers import KeptAnswers
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
    #: Where answers are computed that may take long: all about large experiments.
    workers: Workers
    #: Where the others are computed, which wait for none of them.
    light: Workers
    #: Where it is looked whether a kept answer still holds: a moment, which waits for no computation.
    looks: Workers
    #: The answers that were given last.
    answers: KeptAnswers
    #: Where the installation is checked: apart, so that a full house is no failed check.
    checks: Workers
    #: The requests under way, by the identity of their handlers.
    requests: set[int] = field(default_factory=set)
    #: Whether the server was told to stop.
    stopping: bool = False

    async def lane(self, expid: str | None) -> Workers:
        """Return where an answer about an experiment is computed, or one about all of them."""
        small = expid is None or await self.looks.run(self.archive.is_small, expid)
        return self.light if small else self.workers

    def close(self) -> None:
        """Let no further work begin; what runs ends by itself."""
        for workers in (self.workers, self.light, self.looks, self.checks):
            workers.close()
