"""``/v3/expcount/{expid}``: how many jobs are in each status."""

from __future__ import annotations

from typing import Any

from autosubmit_core.archive import Experiment

__all__ = ["counters_answer"]


def counters_answer(experiment: Experiment) -> dict[str, Any]:
    """Return the counts of all thirteen statuses, and the number of jobs."""
    counters = experiment.counters()
    return {
        "expid": experiment.expid,
        "total": sum(counters.values()),
        "counters": {status.name: count for status, count in counters.items()},
    }
