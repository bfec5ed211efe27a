"""``/v4/experiments/{expid}/performance``: the metrics, why each job counts, and where the time went."""

from __future__ import annotations

from typing import Any

import numpy as np

from autosubmit_core.answers.formats import number_or_none
from autosubmit_core.archive import Experiment
from autosubmit_core.metrics.constants import SECONDS_PER_DAY
from autosubmit_core.metrics.performance import ExperimentPerformance, SimulationTable
from autosubmit_core.metrics.time_split import TimeSplit
from autosubmit_core.status import Status

__all__ = ["performance_answer"]


def performance_answer(experiment: Experiment) -> dict[str, Any]:
    """Return the metrics of an experiment, null where one cannot be computed, and what they count.

    Raises :class:`~autosubmit_core.SourceError` if the job list cannot be read.
    """
    made = experiment.performance()
    return {
        "metrics": _metrics(made),
        "emissions": _emissions(experiment),
        "simulations": {
            "by_status": _by_status(experiment),
            "run_time_range": _range(made),
            "considered": _simulations(experiment, made.considered),
            "not_considered": _simulations(experiment, made.not_considered),
        },
        "time_split": _split(experiment.time_split()),
    }


def _metrics(made: ExperimentPerformance) -> dict[str, Any]:
    values = {
        "SYPD": made.simulated_years_per_day,
        "ASYPD": made.actual_simulated_years_per_day,
        "RSYPD": made.real_simulated_years_per_day,
        "CHSY": made.core_hours_per_simulated_year,
        "JPSY": made.joules_per_simulated_year,
        "simulated_years": made.simulated_years_without_splits,
        "energy_joules": made.total_energy,
        "footprint_grams": made.total_footprint,
    }
    return {
        **{name: number_or_none(value) for name, value in values.items()},
        "processing_elements": made.processing_elements,
    }


def _emissions(experiment: Experiment) -> dict[str, Any]:
    platform, carbon_factor, effectiveness = experiment.emissions
    return {
        "platform": platform or None,
        "carbon_factor": carbon_factor,
        "power_usage_effectiveness": effectiveness,
    }


def _by_status(experiment: Experiment) -> dict[str, int]:
    jobs = experiment.jobs
    codes, counts = np.unique(jobs.status[jobs.section == "SIM"], return_counts=True)
    return {Status.of(code).name: count for code, count in zip(codes.tolist(), counts.tolist())}


def _range(made: ExperimentPerformance) -> dict[str, Any]:
    shortest, longest = made.run_time_range.bounds or (None, None)
    return {
        "median_seconds": number_or_none(made.run_time_range.median),
        "deviation_seconds": made.run_time_range.deviation,
        "shortest_seconds": shortest,
        "longest_seconds": longest,
    }


def _simulations(experiment: Experiment, table: SimulationTable) -> list[dict[str, Any]]:
    columns = {
        "name": experiment.jobs.name[table.job].tolist(),
        "queue_seconds": table.queue.tolist(),
        "run_seconds": table.run.tolist(),
        "energy_joules": table.energy.tolist(),
        "SYPD": list(map(number_or_none, table.simulated_years_per_day.tolist())),
        "ASYPD": list(map(number_or_none, table.actual_simulated_years_per_day.tolist())),
        "reason": table.reason.tolist(),
    }
    return [dict(zip(columns, row)) for row in zip(*columns.values())]


def _split(made: TimeSplit) -> dict[str, Any]:
    years = made.simulated_years
    per_year = years * SECONDS_PER_DAY if years > 0 else None
    return {
        "chains": made.chains,
        "simulated_years": number_or_none(years),
        "elapsed_seconds": made.elapsed,
        "seconds": made.parts,
        "days_per_year": {
            name: seconds / per_year if per_year else None for name, seconds in made.parts.items()
        },
    }
