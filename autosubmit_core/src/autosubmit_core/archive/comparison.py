"""One side of a comparison: an experiment as it is now, or one of its runs."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autosubmit_core.archive.experiment import Experiment
from autosubmit_core.metrics.attempts import sections_and_members
from autosubmit_core.metrics.comparison import ComparedJobs, names_within

__all__ = ["METRICS", "compared_jobs", "compared_metrics", "compared_settings"]

#: The metrics that are compared, in the order in which they are told; those of a run are the first.
METRICS = ("SYPD", "ASYPD", "CHSY", "RSYPD", "JPSY", "energy_joules", "footprint_grams")


def compared_jobs(experiment: Experiment, run_id: int | None) -> ComparedJobs:
    """Return the jobs of an experiment, or of a run of it those that were submitted.

    Raises :class:`~autosubmit_core.RunNotFoundError`, and :class:`~autosubmit_core.SourceError` if
    the job list cannot be read and no run is asked for.
    """
    if run_id is None:
        jobs, times = experiment.jobs, experiment.times
        return ComparedJobs(
            name=names_within(jobs.name, experiment.expid),
            section=jobs.section,
            status=jobs.status,
            queue=times.queue,
            run=times.run,
        )
    attempts, metrics = experiment.run_detail(experiment.known_run(run_id))
    order = np.lexsort((attempts.id, attempts.counter))
    newest = dict(zip(attempts.job_name[order].tolist(), order.tolist()))
    rows = np.array(sorted(newest.values()), dtype=np.intp)
    of_jobs = attempts.take(rows)
    return ComparedJobs(
        name=names_within(of_jobs.job_name, experiment.expid),
        section=sections_and_members(of_jobs)[0],
        status=of_jobs.status,
        queue=metrics.queue[rows],
        run=metrics.run[rows],
    )


def compared_metrics(experiment: Experiment, run_id: int | None) -> dict[str, float]:
    """Return each of :data:`METRICS`; NaN for one that is not known, of a run all but the first three.

    Those of a run count its attempts with the processors that the scheduler reported, those of an
    experiment its jobs with the processors configured now.
    """
    if run_id is None:
        made = experiment.performance()
        values = (
            made.simulated_years_per_day,
            made.actual_simulated_years_per_day,
            made.core_hours_per_simulated_year,
            made.real_simulated_years_per_day,
            made.joules_per_simulated_year,
            made.total_energy or math.nan,
            made.total_footprint or math.nan,
        )
        return dict(zip(METRICS, values))
    metrics, row = experiment.run_metrics(), experiment.runs.run_id.tolist().index(run_id)
    of_run = (
        metrics.simulated_years_per_day,
        metrics.actual_simulated_years_per_day,
        metrics.core_hours_per_simulated_year,
    )
    known = {name: float(column[row]) for name, column in zip(METRICS, of_run)}
    return {name: known.get(name, math.nan) for name in METRICS}


def compared_settings(experiment: Experiment, run_id: int | None) -> dict[str, Any] | None:
    """Return the configuration on disk, or the one that a run stored; None if there is none."""
    if run_id is not None:
        return experiment.run_configuration(run_id)
    return dict(experiment.configuration.data) or None
