"""What is known of all experiments of an installation together, as a background task noted it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from autosubmit_core.tables.columns import (
    FloatColumn,
    InstantColumn,
    Int64Column,
    Table,
    TextColumn,
    column,
)

__all__ = ["EventTable", "FleetTable", "GroupTable", "NotedFailureTable", "UsageTable"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Used(Table):
    """What was used, in sums that can be added."""

    #: Jobs in the job list, and attempts that ended, of all runs. (n,) int64
    jobs: Int64Column = column(np.int64)
    attempts: Int64Column = column(np.int64)
    #: Processors times run time of these attempts, and of those that failed. (n,) hours
    core_hours: FloatColumn = column(np.float64)
    failed_core_hours: FloatColumn = column(np.float64)
    #: What the scheduler measured, and what the attempts without a measure used if they used as much
    #: per core hour as the others on their platform. (n,) joules
    energy: FloatColumn = column(np.float64)
    estimated_energy: FloatColumn = column(np.float64)
    #: Years that were simulated and the seconds which that took, of the simulations that count for
    #: SYPD. (n,) float64
    simulated_years: FloatColumn = column(np.float64)
    simulated_seconds: FloatColumn = column(np.float64)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FleetTable(_Used):
    """The experiments of an installation, by number: also archived and deleted ones that were known."""

    id: Int64Column = column(np.int64)
    #: The expid, its owner, the URL of its model and its main platform. (n,) str
    name: TextColumn = column(object, "")
    owner: TextColumn = column(object, "")
    model: TextColumn = column(object, "")
    hpc: TextColumn = column(object, "")
    #: ``present``, ``archived``, ``deleted`` or ``unreadable``; empty if nobody looked. (n,) str
    state: TextColumn = column(object, "")
    #: What it does: a value of :class:`~autosubmit_core.metrics.heartbeat.Pulse`, or empty. (n,) str
    pulse: TextColumn = column(object, "")
    #: When anything of it moved last. (n,) seconds since 1970 UTC
    moved: InstantColumn = column(np.int64)
    #: Jobs of its list that are done, failed, and on a platform. (n,) int64
    done: Int64Column = column(np.int64)
    failed: Int64Column = column(np.int64)
    on_platform: Int64Column = column(np.int64)
    #: SYPD, ASYPD and CHSY; NaN if they cannot be computed. (n,) float64
    simulated_years_per_day: FloatColumn = column(np.float64, np.nan)
    actual_simulated_years_per_day: FloatColumn = column(np.float64, np.nan)
    core_hours_per_simulated_year: FloatColumn = column(np.float64, np.nan)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class UsageTable(_Used):
    """What each experiment used of each platform, one row for both together."""

    id: Int64Column = column(np.int64)
    #: The platform; empty if unknown. (n,) str
    platform: TextColumn = column(object, "")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GroupTable(_Used):
    """Sums over the experiments of one owner, platform or model, those with most core hours first."""

    #: The owner, platform or model; empty for those of none. (n,) str
    name: TextColumn = column(object, "")
    #: How many experiments. (n,) int64
    experiments: Int64Column = column(np.int64)
    #: SYPD of all their simulations; NaN if there are none. (n,) float64
    simulated_years_per_day: FloatColumn = column(np.float64, np.nan)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class EventTable(Table):
    """What happened to experiments, in the order in which it was seen."""

    #: A UUID. (n,) str
    id: TextColumn = column(object, "")
    #: When it was seen. (n,) seconds since 1970 UTC
    at: InstantColumn = column(np.int64)
    #: The expid, and its owner. (n,) str
    name: TextColumn = column(object, "")
    owner: TextColumn = column(object, "")
    #: ``created``, ``started``, ``resumed``, ``stalled``, ``died``, ``stopped``, ``finished``,
    #: ``failed``, ``archived``, ``deleted``, ``unreadable`` or ``returned``. (n,) str
    event: TextColumn = column(object, "")
    #: To how many jobs, for ``failed``. (n,) int64
    jobs: Int64Column = column(np.int64)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class NotedFailureTable(Table):
    """Which experiments failed with which lines in their logs, one row for both together."""

    #: The expid. (n,) str
    name: TextColumn = column(object, "")
    #: The line with all that varies replaced. (n,) str
    template: TextColumn = column(object, "")
    #: How many attempts failed so. (n,) int64
    attempts: Int64Column = column(np.int64)
    #: When the first and the last of them ended. (n,) seconds since 1970 UTC
    first: InstantColumn = column(np.int64)
    last: InstantColumn = column(np.int64)
