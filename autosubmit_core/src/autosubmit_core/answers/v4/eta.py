"""``/v4/experiments/{expid}/eta``: when the experiment will end."""

from __future__ import annotations

from typing import Any

from autosubmit_core.answers.formats import number_or_none
from autosubmit_core.archive import Experiment
from autosubmit_core.errors import RequestError

__all__ = ["eta_answer"]


def eta_answer(experiment: Experiment, *, section: str = "SIM") -> dict[str, Any]:
    """Return how long the rest of a section will take; null where nothing was measured yet.

    Raises :class:`RequestError` for a section that has no jobs, or none with chunks.
    """
    made = experiment.eta(section)
    if not made.jobs:
        raise RequestError(
            f"No jobs found for section '{section}' in experiment '{experiment.expid}'"
        )
    if not made.chunks_total:
        raise RequestError(
            f"Section '{section}' in experiment '{experiment.expid}' has no chunked jobs"
        )
    return {
        "eta_seconds": number_or_none(made.seconds),
        "chunks_total": made.chunks_total,
        "chunks_remaining": made.chunks_remaining,
        "avg_runtime_per_chunk_seconds": number_or_none(made.chunk_seconds),
        "instances_total": made.instances_total,
        "instances_remaining": made.instances_remaining,
        "avg_runtime_per_instance_seconds": number_or_none(made.instance_seconds),
        "concurrency": number_or_none(made.concurrency),
        "eta_instances_seconds": number_or_none(made.instances_seconds),
    }
