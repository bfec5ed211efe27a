"""``/v3/graph/{expid}/{layout}/{grouped}``: the jobs, their dependencies and where to draw them."""

from __future__ import annotations

from typing import Any

from autosubmit_core.answers.elements import Always, Elements, Neighbours
from autosubmit_core.answers.formats import whole_numbers
from autosubmit_core.answers.v3.chunk_dates import configured_chunks
from autosubmit_core.answers.v3.folders import folder_dates
from autosubmit_core.answers.v3.job_columns import job_columns
from autosubmit_core.answers.v3.wrapped import wrapper_shapes
from autosubmit_core.archive import Experiment
from autosubmit_core.graphs.grouping import date_member_groups
from autosubmit_core.graphs.neighbourhoods import Dependencies
from autosubmit_core.graphs.positions import Positions
from autosubmit_core.status import Status

__all__ = ["EMPTY", "GROUPINGS", "LAYOUTS", "graph_answer"]

#: How jobs may be placed, and which of them may be shown as one.
LAYOUTS = ("standard", "laplacian")
GROUPINGS = ("none", "status", "date-member")

#: What is answered when there is no job list.
EMPTY: dict[str, Any] = {
    "nodes": [],
    "edges": [],
    "packages": {},
    "fake_edges": [],
    "groups": [],
    "groups_data": {},
    "graphviz": False,
    "max_children": 0,
    "max_parents": 0,
    "chunk_unit": None,
    "chunk_size": None,
    "total_jobs": 0,
    "pkl_timestamp": 0,
}

_STATUS_GROUPS = (Status.WAITING, Status.COMPLETED, Status.SUSPENDED)


def graph_answer(
    experiment: Experiment, *, layout: str = "standard", grouped: str = "none"
) -> dict[str, Any]:
    """Return nodes and edges, with the places of nodes in a layout, and groups of nodes.

    ``standard`` is what a server stored, where it drew every job, else layers. Raises
    :class:`~autosubmit_core.SourceError` if the job list cannot be read, and
    :class:`~autosubmit_core.RequestError` where the Laplacian needs SciPy, which is not installed.
    """
    workflow, linked = experiment.workflow, experiment.workflow.connected
    stored = workflow.stored if layout == "standard" else None
    drawn = stored or (workflow.laplacian() if layout == "laplacian" else workflow.layered())
    children, parents = linked.children.counts(), linked.parents.counts()
    chunk_unit, chunk_size = configured_chunks(experiment)
    return {
        "nodes": _nodes(experiment, linked, drawn),
        "edges": _edges(experiment, linked),
        "packages": experiment.wrappers.jobs_of(),
        "fake_edges": [],
        **_groups(experiment, drawn, grouped),
        "graphviz": stored is not None,
        "max_children": int(children.max(initial=0)),
        "max_parents": int(parents.max(initial=0)),
        "chunk_unit": chunk_unit,
        "chunk_size": chunk_size,
        "total_jobs": len(experiment.jobs),
        "pkl_timestamp": experiment.jobs_modified or experiment.now,
    }


def _nodes(experiment: Experiment, linked: Dependencies, drawn: Positions) -> Elements:
    names = experiment.jobs.name.tolist()
    return Elements(
        {
            **job_columns(experiment),
            **wrapper_shapes(experiment),
            "level": experiment.workflow.levels.tolist(),
            "x": whole_numbers(drawn.x),
            "y": whole_numbers(drawn.y),
            "children": linked.children.counts().tolist(),
            "children_list": Neighbours(names, linked.children),
            "parents": linked.parents.counts().tolist(),
            "parent_list": Neighbours(names, linked.parents),
        }
    )


def _edges(experiment: Experiment, linked: Dependencies) -> Elements:
    """Return the edges, by their first end, then the second, in list order."""
    names = experiment.jobs.name
    sources, targets = linked.edges()
    wrapper = experiment.workflow.wrapper_numbers
    inside = (wrapper[sources] >= 0) & (wrapper[sources] == wrapper[targets])
    begins, ends = names[sources].tolist(), names[targets].tolist()
    return Elements(
        {
            "id": [f"{begin}-{end}" for begin, end in zip(begins, ends)],
            "from": begins,
            "to": ends,
            "is_wrapper": inside.tolist(),
            "dashed": Always(False, len(begins)),
        }
    )


def _groups(experiment: Experiment, drawn: Positions, grouped: str) -> dict[str, Any]:
    data: dict[str, dict[str, Any]] = {}
    if grouped == "status":
        data = {status.name: {"color": status.colour} for status in _STATUS_GROUPS}
    elif grouped == "date-member":
        groups = date_member_groups(experiment.jobs, drawn)
        data = {
            f"{experiment.expid}_{date}_{member}_": {
                "color": Status.of(status).colour,
                "x": x,
                "y": y,
            }
            for date, member, status, x, y in zip(
                folder_dates(groups.date),
                groups.member.tolist(),
                groups.status.tolist(),
                whole_numbers(groups.x),
                whole_numbers(groups.y),
            )
        }
        if not data:
            experiment.warn("job_list", "no_groups", "No job has a date and a member to group by.")
    return {"groups": list(data), "groups_data": data}
