"""All experiments of an installation together, as background tasks have found them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from autosubmit_core.metrics.fleet import abandoned, grouped, sums_of
from autosubmit_core.metrics.heartbeat import Pulse
from autosubmit_core.tables import BoolColumn, EventTable, FleetTable, GroupTable, UsageTable

__all__ = ["EVENTS", "Fleet", "event_sentence"]

#: What happens to experiments, in words.
EVENTS = {
    "created": "{name} is new.",
    "started": "{name} started to run.",
    "resumed": "{name} moves again.",
    "stalled": "{name} stalled: nothing moves, though something should.",
    "died": "{name} died: nothing moves, and no job of it can still be running.",
    "stopped": "{name} stopped before its end.",
    "finished": "{name} is finished: every job is done.",
    "failed": "{jobs} of {name} failed.",
    "archived": "{name} was archived, or its folder is gone.",
    "deleted": "{name} was deleted.",
    "unreadable": "{name} cannot be read.",
    "returned": "{name} can be read again.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fleet:
    """What is known of all experiments: not from their files, but as it was noted last."""

    #: All experiments, what each used of each platform, and what happened to them.
    experiments: FleetTable
    usage: UsageTable
    events: EventTable
    #: When figures and statuses were last brought up to date, in seconds since 1970 UTC; 0 if never.
    figures_updated: int
    statuses_updated: int
    #: The moment that ages count to.
    now: int

    def where(self, chosen: BoolColumn) -> Fleet:
        """Return the fleet of some of its experiments; ``chosen`` says which, (n,)."""
        experiments = self.experiments.take(chosen)
        return replace(
            self,
            experiments=experiments,
            usage=self.usage.take(np.isin(self.usage.id, experiments.id)),
            events=self.events.take(np.isin(self.events.name, experiments.name)),
        )

    def on(self, platform: str) -> Fleet:
        """Return the fleet of what was used on one platform, by experiments that used it."""
        used = self.where(np.isin(self.experiments.id, self._on(platform).id))
        usage = used._on(platform)
        sums = sums_of(used.experiments.id, usage)
        return replace(used, experiments=replace(used.experiments, **sums), usage=usage)

    def by(self, what: Literal["owner", "platform", "model"]) -> GroupTable:
        """Return sums by owner, platform or model, those with the most core hours first.

        An experiment counts for every platform that it used, with what it used there.
        """
        if what == "platform":
            return grouped(self.usage.platform, self.usage)
        return grouped(getattr(self.experiments, what), self.experiments)

    def total(self) -> GroupTable:
        """Return the sums over all experiments, one row; none if there are no experiments."""
        every = np.full(len(self.experiments), "", dtype=object)
        return grouped(every, self.experiments)

    def stalled(self) -> FleetTable:
        """Return those in which nothing moves, though something should: stalled, or dead of late."""
        known = self.experiments
        silent = np.isin(known.pulse, (Pulse.STALLED.value, Pulse.DEAD.value))
        left = abandoned(known, self.now)
        return known.take(silent & (known.state == "present") & ~left)

    def abandoned(self) -> FleetTable:
        """Return those that stopped before their end, and have not moved for thirty days."""
        return self.experiments.take(abandoned(self.experiments, self.now))

    def _on(self, platform: str) -> UsageTable:
        return self.usage.take(self.usage.platform == platform)

    def memory_bytes(self) -> int:
        """Return about how much memory the tables keep."""
        return sum(table.memory_bytes() for table in (self.experiments, self.usage, self.events))


def event_sentence(name: str, event: str, jobs: int) -> str:
    """Return what happened to an experiment, in words.

    >>> event_sentence("a003", "failed", 1)
    '1 job of a003 failed.'
    """
    counted = "1 job" if jobs == 1 else f"{jobs} jobs"
    return EVENTS.get(event, "Something happened to {name}.").format(name=name, jobs=counted)
