"""``/v4/experiments/{expid}/sections``: the sections that the jobs are of."""

from __future__ import annotations

from typing import Any

from autosubmit_core.answers.v4.counts import counts_answer
from autosubmit_core.archive import Experiment

__all__ = ["sections_answer"]


def sections_answer(experiment: Experiment) -> dict[str, Any]:
    """Return the sections in the order in which the job list has them, with their counts.

    ``has_chunks`` tells whether any of its jobs has a chunk, so that an ETA can be asked for.

    Raises :class:`~autosubmit_core.SourceError` if the job list cannot be read.
    """
    jobs = experiment.jobs
    chunked = set(jobs.section[jobs.chunk > 0])
    groups = counts_answer(experiment, by=("section",))["groups"]
    return {
        "sections": [
            {
                "name": group["section"],
                "total": group["total"],
                "counters": group["counters"],
                "has_chunks": group["section"] in chunked,
            }
            for group in groups
        ]
    }
