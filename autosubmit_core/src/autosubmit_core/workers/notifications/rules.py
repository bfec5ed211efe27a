"""What is told to whom."""

from __future__ import annotations

import operator
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

import numpy as np
import numpy.typing as npt

from autosubmit_core.tables import FleetTable
from autosubmit_core.workers.notifications.channels import Channel

__all__ = ["FILTERS", "METRICS", "Notifications", "Rule", "Threshold"]

#: The metrics that may have a threshold, and their columns.
METRICS = {
    "SYPD": "simulated_years_per_day",
    "ASYPD": "actual_simulated_years_per_day",
    "CHSY": "core_hours_per_simulated_year",
    "CORE_HOURS": "core_hours",
    "FAILED_CORE_HOURS": "failed_core_hours",
    "ENERGY": "energy",
}

#: What experiments are chosen by, and the columns of that.
FILTERS = {"EXPID": "name", "OWNER": "owner", "HPC": "hpc", "MODEL": "model"}

_SIDES = {"below": operator.lt, "above": operator.gt}


@dataclass(frozen=True, slots=True)
class Threshold:
    """A limit of a metric that is told when it is crossed."""

    #: One of :data:`METRICS`.
    metric: str
    #: ``below`` or ``above``.
    side: str
    limit: float

    def __str__(self) -> str:
        return f"{self.metric} {self.side} {self.limit:g}"

    def beyond(self, fleet: FleetTable) -> npt.NDArray[np.bool_]:
        """Tell of which experiments the metric is beyond the limit; of an unknown one it is not."""
        values = getattr(fleet, METRICS[self.metric])
        return np.asarray(_SIDES[self.side](values, self.limit), dtype=np.bool_)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What is told of which experiments, and over which channels."""

    name: str
    #: The words for what happens, as the digest has them.
    events: frozenset[str] = frozenset()
    threshold: Threshold | None = None
    #: By the columns of :data:`FILTERS`: patterns, of which one has to fit.
    only: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    #: The same of the same experiment is not told again within so many seconds.
    quiet_seconds: int = 3600
    #: By their names, ``webhook`` and ``mail``.
    channels: Mapping[str, Channel] = field(default_factory=dict)

    def concerns(self, experiment: Mapping[str, object]) -> bool:
        """Tell whether a rule is about an experiment, by its name, owner, platform and model."""
        return all(
            any(fnmatchcase(str(experiment[column]), pattern) for pattern in patterns)
            for column, patterns in self.only.items()
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Notifications:
    """All that is told."""

    rules: tuple[Rule, ...] = ()
    #: The address of a page about an experiment, ``{expid}`` in place of its name; empty for none.
    link: str = ""
