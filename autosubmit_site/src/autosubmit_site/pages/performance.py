"""How fast the experiment simulates, what that costs, and where the time goes."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import starmap
from typing import Any, ClassVar

import numpy as np
from autosubmit_core import Experiment, Status
from autosubmit_core.published import RunTimeRange, SimulationTable, TimeSplit
from autosubmit_core.server import Route

from autosubmit_site.pages.base import ExperimentPage, operation

__all__ = ["Performance", "Simulation", "performance_of", "routes"]

#: How many simulations the charts show: more cannot be told apart.
MOST_POINTS = 2_000
#: How many simulations the table lists: all are in the file.
MOST_LISTED = 300
#: Into how many classes run times are counted.
CLASSES = 30


@dataclass(frozen=True, slots=True)
class Simulation:
    """A completed simulation, and why it counts or does not."""

    name: str
    #: Seconds.
    queue: int
    run: int
    sypd: float
    #: ``counts``, ``did_not_run``, ``too_short`` or ``too_long``.
    reason: str


@dataclass(frozen=True, slots=True)
class Performance:
    """The CPMIP metrics of the simulations; NaN where one cannot be computed."""

    sypd: float
    asypd: float
    rsypd: float
    chsy: float
    jpsy: float
    simulated_years: float
    processing_elements: int
    total_energy: float
    total_footprint: float
    platform: str
    carbon_factor: float | None
    power_usage_effectiveness: float | None
    #: Where the time went; its parts add up to it.
    split: TimeSplit
    considered: int
    not_considered: int
    #: Simulations by status: only those that are COMPLETED can count.
    by_status: dict[Status, int]
    #: What run times were held against.
    kept: RunTimeRange
    #: Simulations with their metrics, as columns for the charts.
    columns: dict[str, list[Any]]
    #: How run times are spread over all of them: the middle of each class in seconds, and its jobs.
    spread: dict[str, list[Any]]
    #: Those that do not count, then those that do, of very many the first.
    simulations: tuple[Simulation, ...]


def performance_of(experiment: Experiment) -> Performance:
    """Return the performance of an experiment; raises :class:`~autosubmit_core.SourceError`."""
    made, emissions = experiment.performance(), experiment.emissions
    simulations = experiment.jobs.take(experiment.jobs.section == "SIM")
    return Performance(
        sypd=made.simulated_years_per_day,
        asypd=made.actual_simulated_years_per_day,
        rsypd=made.real_simulated_years_per_day,
        chsy=made.core_hours_per_simulated_year,
        jpsy=made.joules_per_simulated_year,
        simulated_years=made.simulated_years_without_splits,
        processing_elements=made.processing_elements,
        total_energy=made.total_energy,
        total_footprint=made.total_footprint,
        platform=emissions.platform,
        carbon_factor=emissions.carbon_factor,
        power_usage_effectiveness=emissions.power_usage_effectiveness,
        split=experiment.time_split(),
        considered=len(made.considered),
        not_considered=len(made.not_considered),
        by_status={status: int((simulations.status == status).sum()) for status in Status},
        kept=made.run_time_range,
        columns=_columns(experiment, made.considered),
        spread=_spread(made.considered),
        simulations=(
            *_listed(experiment, made.not_considered),
            *_listed(experiment, made.considered),
        )[:MOST_LISTED],
    )


def _listed(experiment: Experiment, table: SimulationTable) -> Iterator[Simulation]:
    columns = (
        experiment.jobs.name[table.job],
        table.queue,
        table.run,
        table.simulated_years_per_day,
        table.reason,
    )
    return starmap(Simulation, zip(*(column.tolist() for column in columns)))


def _columns(experiment: Experiment, simulations: SimulationTable) -> dict[str, list[Any]]:
    """Return the simulations in the order in which they ended; of very many, every so many."""
    finish = experiment.times.finish[simulations.job]
    order = np.argsort(finish, kind="stable")[:: max(1, len(finish) // MOST_POINTS)]
    table = simulations.take(order)
    return {
        "finish": finish[order].tolist(),
        "run": table.run.tolist(),
        "queue": table.queue.tolist(),
        "sypd": _plain(table.simulated_years_per_day),
        "asypd": _plain(table.actual_simulated_years_per_day),
        "chsy": _plain(table.core_hours_per_simulated_year),
    }


def _spread(simulations: SimulationTable) -> dict[str, list[Any]]:
    counts, edges = np.histogram(simulations.run, bins=CLASSES)
    return {"seconds": ((edges[:-1] + edges[1:]) / 2).tolist(), "jobs": counts.tolist()}


def _plain(values: Any) -> list[float | None]:
    return [None if math.isnan(value) else round(value, 3) for value in np.asarray(values).tolist()]


class PerformancePage(ExperimentPage):
    """``GET /experiments/{expid}/performance``: how fast it simulates."""

    template = "performance.html.j2"
    view = staticmethod(performance_of)
    operations: ClassVar = {"get": operation("How fast an experiment simulates")}


routes = [Route("/experiments/{expid}/performance", PerformancePage)]
