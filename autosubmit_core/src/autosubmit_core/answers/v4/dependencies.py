"""``/v4/experiments/{expid}/dependencies``: which job waits for which, in compressed rows."""

from __future__ import annotations

from typing import Any

import numpy as np

from autosubmit_core.archive import Experiment
from autosubmit_core.graphs.neighbourhoods import Direction, neighbourhood

__all__ = ["dependencies_answer"]


def dependencies_answer(
    experiment: Experiment,
    *,
    of: str | None = None,
    direction: Direction = "both",
    depth: int | None = None,
) -> dict[str, Any]:
    """Return the children of every job, or of the jobs around one.

    Jobs are told by their rows in the job list: the children of row ``i`` are
    ``targets[offsets[i]:offsets[i + 1]]``. With ``of``, ``jobs`` lists the rows at most ``depth`` steps
    from that job, ``names`` their names, and offsets and targets are of these jobs alone, in that
    order.

    Raises :class:`~autosubmit_core.SourceError` if the job list cannot be read, and
    :class:`~autosubmit_core.JobNotFoundError` for a job that is not in it.
    """
    linked = experiment.workflow.connected
    children = linked.children
    if of is None:
        return {
            "list_version": experiment.list_version,
            "n": len(children),
            "offsets": children.offsets.tolist(),
            "targets": children.targets.tolist(),
        }
    near = neighbourhood(linked, experiment.job_row(of), direction, depth)
    inside = set(near.tolist())
    rows = [[child for child in children.of(job) if child in inside] for job in near.tolist()]
    return {
        "list_version": experiment.list_version,
        "n": len(children),
        "jobs": near.tolist(),
        "names": experiment.jobs.name[near].tolist(),
        "offsets": np.cumsum([0, *map(len, rows)]).tolist(),
        "targets": [child for row in rows for child in row],
    }
