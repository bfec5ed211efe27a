"""``/v3/summary/{expid}``: what waits, runs and failed, and how long jobs take on average."""

from __future__ import annotations

from typing import Any

from autosubmit_core.answers.formats import duration
from autosubmit_core.archive import Experiment

__all__ = ["EMPTY", "summary_answer"]

#: What is answered when there are no jobs to sum up.
EMPTY: dict[str, Any] = {
    **dict.fromkeys(("n_running", "n_suspended", "n_queuing", "n_failed", "n_submitted"), 0),
    **dict.fromkeys(("avg_queue_time", "avg_run_time"), "NA"),
    "n_sim": 0,
    **dict.fromkeys(("avg_sim_queue_time", "avg_sim_run_time"), "NA"),
    "sim_queue_considered": 0,
    "sim_run_considered": 0,
    "failed_jobs": [],
}


def summary_answer(experiment: Experiment) -> dict[str, Any]:
    """Return the summary; averages are duration texts, cut to whole seconds."""
    made = experiment.summary()
    return {
        "n_running": made.running,
        "n_suspended": made.suspended,
        "n_queuing": made.queuing,
        "n_failed": made.failed,
        "n_submitted": made.submitted,
        "avg_queue_time": duration(made.mean_queue_seconds),
        "avg_run_time": duration(made.mean_run_seconds),
        "n_sim": made.simulations,
        "avg_sim_queue_time": duration(made.mean_simulation_queue_seconds),
        "avg_sim_run_time": duration(made.mean_simulation_run_seconds),
        "sim_queue_considered": made.simulations_queue_considered,
        "sim_run_considered": made.simulations_run_considered,
        "failed_jobs": list(made.failed_jobs),
    }
