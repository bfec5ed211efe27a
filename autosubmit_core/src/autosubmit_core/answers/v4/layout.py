"""``/v4/experiments/{expid}/layout``: where to draw the jobs."""

from __future__ import annotations

from typing import Any

from autosubmit_core.answers.formats import date_texts, whole_numbers
from autosubmit_core.archive import Experiment
from autosubmit_core.graphs.lanes import Lanes
from autosubmit_core.graphs.positions import Positions

__all__ = ["LAYOUTS", "layout_answer"]

#: How jobs may be placed.
LAYOUTS = ("standard", "lanes", "laplacian")


def layout_answer(experiment: Experiment, *, layout: str = "standard") -> dict[str, Any]:
    """Return the places of the jobs, a column for each axis, in the order of the job list.

    ``standard`` is what a server stored, where it drew every job, else layers. ``lanes`` has a lane
    for each date and member and a column for each chunk, and says where these are. ``laplacian``
    follows the shape of the graph. The places change only if jobs, dependencies or wrappers do.

    Raises :class:`~autosubmit_core.SourceError` if the job list cannot be read, and
    :class:`~autosubmit_core.RequestError` where the Laplacian needs SciPy, which is not installed.
    """
    workflow = experiment.workflow
    if layout == "lanes":
        made = workflow.lanes()
        return {**_answer(experiment, layout, made.positions), **_lanes_and_columns(made)}
    if layout == "laplacian":
        return _answer(experiment, layout, workflow.laplacian())
    return _answer(experiment, layout, workflow.stored or workflow.layered())


def _answer(experiment: Experiment, layout: str, drawn: Positions) -> dict[str, Any]:
    return {
        "list_version": experiment.list_version,
        "layout": layout,
        "n": len(drawn),
        "x": whole_numbers(drawn.x),
        "y": whole_numbers(drawn.y),
    }


def _lanes_and_columns(made: Lanes) -> dict[str, Any]:
    lanes, columns = made.lanes, made.columns
    return {
        "lanes": [
            {"date": date, "member": member, "top": top, "bottom": bottom}
            for date, member, top, bottom in zip(
                date_texts(lanes.date, "%Y-%m-%dT%H:%M:%S"),
                lanes.member.tolist(),
                whole_numbers(lanes.top),
                whole_numbers(lanes.bottom),
            )
        ],
        "columns": [
            {"chunk": chunk or None, "left": left, "right": right}
            for chunk, left, right in zip(
                columns.chunk.tolist(), whole_numbers(columns.left), whole_numbers(columns.right)
            )
        ],
    }
