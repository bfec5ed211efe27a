"""``/v3/quick/{expid}``: name and status of every job, without anything that is slow to read."""

from __future__ import annotations

from typing import Any

import numpy as np

from autosubmit_core.answers.elements import Always, Elements
from autosubmit_core.answers.v3.badges import escaped, plain_job_badges, wrapper_badge
from autosubmit_core.answers.v3.job_columns import status_columns
from autosubmit_core.answers.v3.wrapped import wrapper_code, wrappers
from autosubmit_core.archive import Experiment
from autosubmit_core.status import Status

__all__ = ["EMPTY", "quick_answer"]

#: What is answered when there is no job list.
EMPTY: dict[str, Any] = {
    "view_data": [],
    "tree_view": [],
    "total": 0,
    "completed": 0,
    "failed": 0,
    "running": 0,
    "queuing": 0,
}

#: The others are put in front, the later before the earlier.
_IN_ORDER = (Status.COMPLETED, Status.WAITING, Status.READY)


def quick_answer(experiment: Experiment) -> dict[str, Any]:
    """Return the jobs, what is neither done nor waiting first, and how many there are.

    Raises :class:`~autosubmit_core.SourceError` if the job list cannot be read.
    """
    counters = experiment.counters()
    return {
        "view_data": _logs(experiment),
        "tree_view": _elements(experiment),
        "total": len(experiment.jobs),
        "completed": counters[Status.COMPLETED],
        "failed": counters[Status.FAILED],
        "running": counters[Status.RUNNING],
        "queuing": counters[Status.QUEUING],
    }


def _elements(experiment: Experiment) -> Elements:
    status, names = experiment.jobs.status, experiment.jobs.name.tolist()
    in_order = np.isin(status, _IN_ORDER)
    rows = [*np.flatnonzero(~in_order)[::-1].tolist(), *np.flatnonzero(in_order).tolist()]
    badges = {one.name: badge for one, badge in plain_job_badges().items()}
    statuses, in_wrapper = status_columns(status)["status"], wrappers(experiment)
    tags = {
        name: wrapper_badge(wrapper_code(name) or name) if name else "" for name in set(in_wrapper)
    }
    return Elements(
        {
            "title": [
                f"{escaped(names[row])}{badges[statuses[row]]}{tags[in_wrapper[row]]}"
                for row in rows
            ],
            "refKey": [names[row] for row in rows],
            "data": Always("Empty", len(rows)),
            "children": Always([], len(rows)),
            "status": [statuses[row] for row in rows],
        }
    )


def _logs(experiment: Experiment) -> Elements:
    """Return the names of logs as the job list has them, looked up nowhere."""
    jobs, folder = experiment.jobs, str(experiment.logs.jobs)
    return Elements(
        {
            "name": jobs.name.tolist(),
            "path_log": Always(folder, len(jobs)),
            "out": [f"/{out or ''}" for out in jobs.local_out.tolist()],
            "err": [f"/{err or ''}" for err in jobs.local_err.tolist()],
        }
    )
