"""What all handlers of one server share."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from autosubmit_core.api.access.limits import RateLimiter
from autosubmit_core.api.access.make import Access
from autosubmit_core.api.computing import Computing
from autosubmit_core.api.connections import Unsent
from autosubmit_core.api.encoding import Asked
from autosubmit_core.api.events.hub import Events
from autosubmit_core.api.kept_answers import KeptAnswers
from autosubmit_core.api.measures import Measures
from autosubmit_core.api.settings import Settings
from autosubmit_core.api.workers import Workers
from autosubmit_core.archive import Archive
from autosubmit_core.runners.commands import Runners

__all__ = ["Service"]

Result = TypeVar("Result")


@dataclass(slots=True)
class Service:
    """One server: what it serves, how it was told to, and what it is doing."""

    #: The installation that is served.
    archive: Archive
    settings: Settings
    #: Who may see and do what, and how that is made of other settings.
    access: Access
    remake: Callable[[Settings], Access]
    #: The pages whose scripts may read the answers.
    allowed_origins: frozenset[str]
    #: Where answers are waited for that may take long: all about large experiments.
    workers: Workers
    #: Where those are computed: in a process of their own.
    computing: Computing
    #: Where the others are computed, which wait for none of them.
    light: Workers
    #: Where it is looked whether a kept answer still holds: a moment, which waits for no computation.
    looks: Workers
    #: The answers that were given last.
    answers: KeptAnswers
    #: Where the installation is checked: apart, so that a full house is no failed check.
    checks: Workers
    #: The commands of Autosubmit, and where they are started and waited for.
    runners: Runners
    commands: Workers
    #: Where machines are asked how their commands are: one that does not answer holds up no answer.
    machines: Workers
    #: The commands that were asked for.
    command_tries: RateLimiter = field(default_factory=lambda: RateLimiter(most=60, seconds=60))
    #: The requests under way, by the identity of their handlers.
    requests: set[int] = field(default_factory=set)
    #: What clients have not taken yet.
    unsent: Unsent = field(default_factory=Unsent)
    #: What is counted of all this.
    measures: Measures = field(default_factory=Measures)
    #: Whether the server was told to stop.
    stopping: bool = False
    #: The experiments that were found to be large. One that shrinks stays among them: what changed in
    #: its jobs is known where it was asked the last time.
    large: set[str] = field(default_factory=set)
    #: Who listens to what happens.
    events: Events = field(init=False)

    def __post_init__(self) -> None:
        self.events = Events(self.archive, self.settings, self._look)

    async def share(
        self,
        key: Hashable,
        asked: Asked,
        function: Callable[..., Result],
        *arguments: object,
    ) -> Result:
        """Return ``function(archive, *arguments)``, computed where an experiment has its place.

        Without an experiment it is about all of them, or about nothing that grows with one; several
        have the place of a large one if any of them is. Whoever asks for the same key meanwhile
        shares the computation. What is asked about a large experiment crosses to another process: a
        function of a module, and arguments that can be pickled.
        """
        expids = (asked,) if isinstance(asked, str) else asked or ()
        if any([await self._is_large(expid) for expid in dict.fromkeys(expids)]):
            return await self.workers.share(
                key, self.computing.call, function, *arguments, about=_only(expids)
            )
        return await self.light.share(key, function, self.archive, *arguments, about=_only(expids))

    def close(self) -> None:
        """Let no further work begin; what runs ends by itself, or with the computing process."""
        light = (self.light, self.looks, self.checks)
        for workers in (self.workers, *light, self.commands, self.machines):
            workers.close()
        self.events.close()
        self.computing.close()

    async def _look(
        self, function: Callable[..., Result], expid: str, *arguments: object
    ) -> Result:
        return await self.share(object(), expid, function, expid, *arguments)

    async def _is_large(self, expid: str) -> bool:
        if expid in self.large:
            return True
        if not await self.looks.run(self.archive.is_small, expid, about=expid):
            self.large.add(expid)
        return expid in self.large


def _only(expids: Sequence[str]) -> str | None:
    """Return the experiment that something is about, if it is about one."""
    return expids[0] if len(expids) == 1 else None
