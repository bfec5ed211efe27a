"""``/v4/experiments/{expid}/wrappers``: which jobs are submitted as one."""

from __future__ import annotations

from typing import Any

from autosubmit_core.archive import Experiment

__all__ = ["wrappers_answer"]


def wrappers_answer(experiment: Experiment) -> dict[str, Any]:
    """Return the wrappers in order of first appearance, each with its jobs in row order.

    A job that was submitted in several wrappers belongs to the last.
    """
    return {
        "wrappers": [
            {"wrapper_name": wrapper, "job_names": jobs}
            for wrapper, jobs in experiment.wrappers.jobs_of().items()
        ]
    }
