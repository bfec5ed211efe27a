"""``/v4/experiments/{expid}/failures``: what failed, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np

from autosubmit_core.answers.formats import instant, share
from autosubmit_core.archive import Experiment
from autosubmit_core.archive.failures import Elsewhere
from autosubmit_core.metrics.failures import Cost, FailureGroup
from autosubmit_core.status import Status
from autosubmit_core.tables import TextColumn, positions

__all__ = ["MOST_EXPERIMENTS", "MOST_NAMED", "TOLD_BY", "failures_answer"]

#: How many jobs of a group are named, the newest.
MOST_NAMED = 50

#: How many other experiments with the same failure are named, that in which it happened last first.
MOST_EXPERIMENTS = 20

#: What a group is told by: how well its line explains, or why there is none.
TOLD_BY = ("cause", "error", "consequence", "last line", "wall clock", "nothing")


def failures_answer(experiment: Experiment) -> dict[str, Any]:
    """Return the failed attempts in groups that say the same of themselves, the largest first."""
    found = experiment.insight.failures()
    elsewhere = experiment.insight.failures_elsewhere(found.groups)
    failed = int((experiment.jobs.status == Status.FAILED).sum())
    return {
        "failed_jobs": failed,
        "failed_attempts": found.attempts,
        "ended_attempts": found.ended,
        "wasted": {
            **_cost(found.failed),
            "share_of_core_hours": share(found.failed.core_hours, found.everything.core_hours),
        },
        "logs": {"read": found.read, "missing": found.missing, "left_out": found.left_out},
        "groups": [
            _group(experiment, group, cost) | {"elsewhere": _elsewhere(group, elsewhere)}
            for group, cost in zip(found.groups, found.costs)
        ],
    }


def _group(experiment: Experiment, group: FailureGroup, cost: Cost) -> dict[str, Any]:
    history, jobs = experiment.insight.history, experiment.jobs
    rows = group.rows
    names = list(dict.fromkeys(history.job_name[rows[::-1]].tolist()))
    place = positions(np.array(names, dtype=object), jobs.name)
    status = jobs.status[place[place >= 0]]
    return {
        "template": group.template,
        "told_by": _told_by(group),
        "example": group.example and group.example.explanation.line,
        "log": group.example and group.example.log,
        "attempts": len(rows),
        "first": instant(int(history.finish[rows[0]])),
        "last": instant(int(history.finish[rows[-1]])),
        "jobs": len(names),
        "failed_now": int((status == Status.FAILED).sum()),
        "completed_now": int((status == Status.COMPLETED).sum()),
        "sections": _counted(history.section[rows]),
        "members": _counted(history.member[rows]),
        "job_names": names[:MOST_NAMED],
        "wasted": _cost(cost),
    }


def _elsewhere(
    group: FailureGroup, others: Mapping[str, Elsewhere] | None
) -> dict[str, Any] | None:
    """Return where else the same failed; None if nothing tells what the same is, or nobody looked."""
    if group.template is None or others is None:
        return None
    found = others[group.template]
    return {
        "experiments": len(found.expids),
        "attempts": found.attempts,
        "first": instant(found.first),
        "last": instant(found.last),
        "expids": list(found.expids[:MOST_EXPERIMENTS]),
    }


def _told_by(group: FailureGroup) -> str:
    if group.rank >= 0:
        return TOLD_BY[group.rank]
    return "wall clock" if group.at_wallclock else "nothing"


def _counted(values: TextColumn) -> dict[str, int]:
    """Return how often each text is there, the most frequent first; none and empty ones not."""
    return dict(Counter(filter(None, values.tolist())).most_common())


def _cost(cost: Cost) -> dict[str, Any]:
    return {
        "core_hours": cost.core_hours,
        "energy_joules": cost.energy if cost.measured else None,
        "energy_measured_attempts": cost.measured,
    }
