"""``/v4/experiments/{expid}/jobs/{job_name}/parents`` and ``/children``: direct neighbours."""

from __future__ import annotations

from typing import Any

import numpy as np

from autosubmit_core.archive import Experiment
from autosubmit_core.errors import SourceError
from autosubmit_core.status import Status
from autosubmit_core.tables import Int32Column, Structure

__all__ = ["children_answer", "parents_answer"]


def parents_answer(
    experiment: Experiment, *, job_name: str, include_status: bool = False
) -> dict[str, Any]:
    """Return the jobs that a job waits for, in the order of the table; none for an unknown job."""
    structure = experiment.structure
    found = _neighbours(structure, job_name, structure.child, structure.parent)
    return {"parents": _elements(experiment, found, include_status)}


def children_answer(
    experiment: Experiment, *, job_name: str, include_status: bool = False
) -> dict[str, Any]:
    """Return the jobs that wait for a job, in the order of the table; none for an unknown job."""
    structure = experiment.structure
    found = _neighbours(structure, job_name, structure.parent, structure.child)
    return {"children": _elements(experiment, found, include_status)}


def _neighbours(
    structure: Structure, job_name: str, own: Int32Column, other: Int32Column
) -> dict[str, int]:
    """Return the neighbours of a job by name, each with the row of the edge that leads there."""
    place = np.flatnonzero(structure.job == job_name)
    edges = np.flatnonzero(np.isin(own, place))
    return dict(zip(structure.job[other[edges]].tolist(), edges.tolist()))


def _elements(
    experiment: Experiment, found: dict[str, int], include_status: bool
) -> list[dict[str, Any]]:
    statuses = _statuses(experiment, set(found)) if include_status else {}
    return [
        {
            "job_name": name,
            **({"status": statuses.get(name)} if include_status else {}),
            **_edge(experiment.structure, edge),
        }
        for name, edge in found.items()
    ]


def _statuses(experiment: Experiment, names: set[str]) -> dict[str, str]:
    """Return the status of each job that the job list knows; of none if it cannot be read."""
    try:
        jobs = experiment.jobs
    except SourceError as error:
        reason = error.reason.rstrip(".")
        experiment.warn("job_list", error.code, f"{reason}; statuses of jobs are not known.")
        return {}
    rows = [row for row, name in enumerate(jobs.name) if name in names]
    return {jobs.name[row]: Status.of(int(jobs.status[row])).name for row in rows}


def _edge(structure: Structure, edge: int) -> dict[str, Any]:
    """Return what Autosubmit 4.2 and later know of an edge; nothing of older ones."""
    if structure.min_trigger_status[edge] is None:
        return {}
    return {
        "edge": {
            "min_trigger_status": structure.min_trigger_status[edge],
            "completion_status": structure.completion_status[edge],
            "from_step": int(structure.from_step[edge]) or None,
            "fail_ok": bool(structure.fail_ok[edge]),
        }
    }
