"""``/v3/performance/{expid}``: how fast the experiment simulates, and what that costs."""

from __future__ import annotations

from typing import Any

from autosubmit_core.answers.formats import rounded
from autosubmit_core.archive import Experiment
from autosubmit_core.metrics.performance import ExperimentPerformance, SimulationTable
from autosubmit_core.tables import JobTable

__all__ = ["EMPTY", "performance_answer"]

#: What is answered when there is nothing to compute from; clients look for null in all metrics.
EMPTY: dict[str, Any] = {
    **dict.fromkeys(
        ("SY", "SY_without_splits", "SYPD", "ASYPD", "RSYPD", "CHSY", "JPSY"),
    ),
    "Parallelization": None,
    "PE": None,
    "Total_energy": None,
    "Total_footprint": None,
    "platform_info": {"name": "", "CF": 0.0, "PUE": 0.0},
    "considered": [],
    "not_considered": [],
    "warnings_job_data": [],
}


def performance_answer(experiment: Experiment) -> dict[str, Any]:
    """Return the metrics of the experiment and of each of its completed simulations.

    A metric that cannot be computed is the number 0; ``warnings_job_data`` says why.
    """
    made = experiment.performance()
    emissions = experiment.emissions
    return {
        "SY": made.simulated_years,
        "SY_without_splits": made.simulated_years_without_splits,
        "SYPD": rounded(made.simulated_years_per_day, 4),
        "ASYPD": rounded(made.actual_simulated_years_per_day, 4),
        "RSYPD": rounded(made.real_simulated_years_per_day, 4),
        "CHSY": rounded(made.core_hours_per_simulated_year, 4),
        "JPSY": rounded(made.joules_per_simulated_year, 4),
        "Parallelization": made.processing_elements,
        "Total_energy": made.total_energy,
        "Total_footprint": made.total_footprint,
        "platform_info": {
            "name": emissions.platform,
            "CF": emissions.carbon_factor or 0.0,
            "PUE": emissions.power_usage_effectiveness or 0.0,
        },
        "considered": _simulations(made.considered, experiment.jobs, made.processing_elements),
        "not_considered": _simulations(
            made.not_considered, experiment.jobs, made.processing_elements
        ),
        "warnings_job_data": [
            *_footprint_warnings(experiment),
            *_job_warnings(made, experiment.jobs),
            *(warning.message for warning in experiment.warnings),
        ],
    }


def _simulations(
    simulations: SimulationTable, jobs: JobTable, processing_elements: int
) -> list[dict[str, Any]]:
    return [
        {
            "name": jobs.name[job],
            "queue": queue,
            "running": run,
            "CHSY": rounded(core_hours, 2),
            "SYPD": rounded(speed, 2),
            "ASYPD": rounded(actual_speed, 2),
            "JPSY": rounded(joules, 2),
            "energy": energy,
            "yps": years,
            "ncpus": processing_elements,
            "chunk": int(jobs.chunk[job]) or None,
            "footprint": footprint,
        }
        for job, queue, run, core_hours, speed, actual_speed, joules, energy, years, footprint in zip(
            simulations.job.tolist(),
            simulations.queue.tolist(),
            simulations.run.tolist(),
            simulations.core_hours_per_simulated_year.tolist(),
            simulations.simulated_years_per_day.tolist(),
            simulations.actual_simulated_years_per_day.tolist(),
            simulations.joules_per_simulated_year.tolist(),
            simulations.energy.tolist(),
            simulations.years.tolist(),
            simulations.footprint.tolist(),
        )
    ]


def _footprint_warnings(experiment: Experiment) -> list[str]:
    platform, carbon_factor, effectiveness = experiment.emissions
    if not platform:
        return ["No platform is configured for section SIM: the footprint is 0."]
    return [
        f"Platform {platform} has no {name} in the configuration: the footprint is 0."
        for name, value in (("CF", carbon_factor), ("PUE", effectiveness))
        if value is None
    ]


def _job_warnings(made: ExperimentPerformance, jobs: JobTable) -> list[str]:
    """Return which jobs no metric counts, and which metrics lack the jobs they are made from."""
    sentences = [
        f"Job {jobs.name[job]} ran {run} s, out of the range of the others: no metric counts it."
        for job, run in zip(made.not_considered.job.tolist(), made.not_considered.run.tolist())
    ]
    if not len(made.considered) and not len(made.not_considered):
        sentences.append("No SIM job is COMPLETED: there is nothing to compute the metrics from.")
    if not made.has_postprocessing:
        sentences.append("No POST job is COMPLETED: ASYPD is without postprocessing.")
    if made.recovery_section is None:
        sentences.append("No TRANSFER and no CLEAN job is COMPLETED: RSYPD cannot be computed.")
    elif made.recovery_section == "CLEAN":
        sentences.append("No TRANSFER job is COMPLETED: RSYPD counts to the last CLEAN job.")
    return sentences
