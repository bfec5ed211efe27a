"""How fast the experiment simulates, what that costs, and where the time goes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from autosubmit_core import Experiment
from autosubmit_core.api.handlers import Route
from autosubmit_core.metrics.performance import SimulationTable, postprocessing_seconds

from autosubmit_site.pages.base import ExperimentPage, operation

__all__ = ["Performance", "Split", "performance_of", "routes"]

#: How many simulations the charts show: more cannot be told apart.
MOST_POINTS = 2_000
#: Into how many classes run times are counted.
CLASSES = 30

_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Split:
    """Where the time of a simulated year goes, in days; the sum is about 1 / ASYPD.

    As in ASYPD, postprocessing counts once: that of the other chunks runs beside the next.
    """

    run: float
    queue: float
    postprocessing: float

    @property
    def parts(self) -> tuple[tuple[str, float], ...]:
        """Name and days of each part that there is."""
        all_parts = (("run", self.run), ("queue", self.queue), ("post", self.postprocessing))
        return tuple((name, days) for name, days in all_parts if days > 0)


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
    split: Split | None
    considered: int
    not_considered: int
    #: Simulations with their metrics, as columns for the charts.
    columns: dict[str, list[Any]]
    #: How run times are spread over all of them: the middle of each class in seconds, and its jobs.
    spread: dict[str, list[Any]]
    #: The left out ones, with their run time in seconds.
    left_out: tuple[tuple[str, int], ...]


def performance_of(experiment: Experiment) -> Performance:
    """Return the performance of an experiment; raises :class:`~autosubmit_core.SourceError`."""
    made = experiment.performance()
    names = experiment.jobs.name
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
        platform=experiment.emissions.platform,
        split=_split(experiment, made.considered),
        considered=len(made.considered),
        not_considered=len(made.not_considered),
        columns=_columns(experiment, made.considered),
        spread=_spread(made.considered),
        left_out=tuple(
            zip(names[made.not_considered.job].tolist(), made.not_considered.run.tolist())
        )[:100],
    )


def _split(experiment: Experiment, simulations: SimulationTable) -> Split | None:
    years = float((simulations.years / simulations.splits).sum())
    if not years > 0 or math.isnan(years):
        return None
    post = postprocessing_seconds(experiment.jobs, experiment.times)
    return Split(
        run=float(simulations.run.sum()) / years / _DAY,
        queue=float(simulations.queue.sum()) / years / _DAY,
        postprocessing=post / years / _DAY,
    )


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
