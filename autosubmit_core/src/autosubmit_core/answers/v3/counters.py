"""``/v3/expcount/{expid}``: how many jobs are in each status."""

from __future__ import annotations

from typing import Any

from autosubmit_core.archive import Experiment
from autosubmit_core.status import Status

__all__ = ["EMPTY", "counters_answer"]

#: What is answered when there is nothing to count; the expid is that of the request.
EMPTY: dict[str, Any] = {
    "expid": "",
    "total": 0,
    "counters": {status.name: 0 for status in Status},
}


def counters_answer(experiment: Experiment) -> dict[str, Any]:
    """Return the counts of all thirteen statuses, and the number of jobs."""
    counters = experiment.counters()
    return {
        "expid": experiment.expid,
        "total": sum(counters.values()),
        "counters": {status.name: count for status, count in counters.items()},
    }
