"""``/v3/quick/{expid}``: name and status of every job, without anything that is slow to read."""

from __future__ import annotations

from typing import Any

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
_IN_ORDER = {Status.COMPLETED.name, Status.WAITING.name, Status.READY.name}


def quick_answer(experiment: Experiment) -> dict[str, Any]:
    """Return the jobs, what is neither done nor waiting first, and how many there are.

    Raises :class:`~autosubmit_core.SourceError` if the job list cannot be read.
    """
    counters = experiment.counters()
    elements = _elements(experiment)
    first = [element for element in reversed(elements) if element["status"] not in _IN_ORDER]
    return {
        "view_data": _logs(experiment),
        "tree_view": first + [element for element in elements if element["status"] in _IN_ORDER],
        "total": len(elements),
        "completed": counters[Status.COMPLETED],
        "failed": counters[Status.FAILED],
        "running": counters[Status.RUNNING],
        "queuing": counters[Status.QUEUING],
    }


def _elements(experiment: Experiment) -> list[dict[str, Any]]:
    names = wrappers(experiment)
    badges = {status.name: badge for status, badge in plain_job_badges().items()}
    tags = {name: wrapper_badge(wrapper_code(name) or name) for name in set(names) if name}
    return [
        {
            "title": escaped(job) + badges[status] + (tags[wrapper] if wrapper else ""),
            "refKey": job,
            "data": "Empty",
            "children": [],
            "status": status,
        }
        for job, status, wrapper in zip(
            experiment.jobs.name.tolist(), status_columns(experiment.jobs.status)["status"], names
        )
    ]


def _logs(experiment: Experiment) -> list[dict[str, str]]:
    """Return the names of logs as the job list has them, looked up nowhere."""
    jobs, folder = experiment.jobs, str(experiment.logs.jobs)
    return [
        {"name": name, "path_log": folder, "out": f"/{out or ''}", "err": f"/{err or ''}"}
        for name, out, err in zip(
            jobs.name.tolist(), jobs.local_out.tolist(), jobs.local_err.tolist()
        )
    ]
