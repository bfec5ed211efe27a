"""Sums over many experiments, and which of them nobody seems to look after any more."""

from __future__ import annotations

from typing import Any

import numpy as np

from autosubmit_core.metrics.constants import SECONDS_PER_DAY, SECONDS_PER_HOUR
from autosubmit_core.metrics.durations import durations
from autosubmit_core.metrics.formulas import simulated_years_per_day
from autosubmit_core.metrics.heartbeat import Pulse
from autosubmit_core.status import Status
from autosubmit_core.tables import (
    BoolColumn,
    FleetTable,
    GroupTable,
    Int64Column,
    JobHistory,
    TextColumn,
    UsageTable,
)

__all__ = ["ABANDONED_SECONDS", "abandoned", "attempts_by_platform", "grouped", "sums_of"]

#: An experiment that has stopped before its end and of which nothing moved for so long is abandoned.
ABANDONED_SECONDS = 30 * SECONDS_PER_DAY

_SUMS = (
    *("jobs", "attempts", "core_hours", "failed_core_hours", "energy", "estimated_energy"),
    *("simulated_years", "simulated_seconds"),
)


def grouped(key: TextColumn, rows: FleetTable | UsageTable) -> GroupTable:
    """Return sums over the rows of each key, those with the most core hours first.

    SYPD is that of all simulations of a group: 86400 · Σ years / Σ seconds.

    >>> usage = UsageTable.of(
    ...     3, core_hours=[1, 5, 2], simulated_years=[0, 1, 1], simulated_seconds=[0, 86400, 86400]
    ... )
    >>> made = grouped(np.array(["A", "B", "B"], dtype=object), usage)
    >>> made.name.tolist(), made.core_hours.tolist(), made.simulated_years_per_day.tolist()
    (['B', 'A'], [7.0, 1.0], [1.0, nan])
    """
    names, which = np.unique(key.astype(str), return_inverse=True)
    sums = {
        name: np.bincount(which, weights=getattr(rows, name), minlength=len(names))
        for name in _SUMS
    }
    made = GroupTable.of(
        len(names),
        name=names.tolist(),
        experiments=np.bincount(which, minlength=len(names)),
        simulated_years_per_day=simulated_years_per_day(
            sums["simulated_years"], sums["simulated_seconds"]
        ),
        **sums,
    )
    return made.take(np.argsort(-made.core_hours, kind="stable"))


def sums_of(numbers: Int64Column, usage: UsageTable) -> dict[str, Any]:
    """Return what each experiment used of all platforms together, by the name of the column.

    ``numbers`` are those of the experiments, ascending; every row of ``usage`` is of one of them.
    """
    place = np.searchsorted(numbers, usage.id)
    sums = {
        name: np.bincount(place, weights=getattr(usage, name), minlength=len(numbers))
        for name in _SUMS
    }
    whole = {name: sums[name].astype(np.int64) for name in ("jobs", "attempts")}
    return {**sums, **whole}


def abandoned(experiments: FleetTable, now: int) -> BoolColumn:
    """Return which experiments stopped before their end, and have not moved for thirty days. (n,)"""
    ended = np.isin(experiments.pulse, (Pulse.DEAD.value, Pulse.STOPPED.value))
    quiet = experiments.moved < now - ABANDONED_SECONDS
    found: BoolColumn = ended & quiet & (experiments.state == "present")
    return found


def attempts_by_platform(
    history: JobHistory, platform: TextColumn, processors: Int64Column
) -> dict[str, tuple[int, float, float]]:
    """Return attempts that ended, their core hours, and those of the failed, by platform.

    ``platform`` and ``processors`` are of each row of the history, (n,).
    """
    run = durations(history.start, history.finish)
    hours = processors * run / SECONDS_PER_HOUR
    ended = history.finish > 0
    failed = history.status == Status.FAILED
    return {
        name: (
            int((ended & here).sum()),
            float(hours[here].sum()),
            float(hours[here & failed].sum()),
        )
        for name in dict.fromkeys(platform[ended].tolist())
        for here in [platform == name]
    }
