"""The graph task: layouts of the experiments that run, so that nobody waits for theirs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import sqlalchemy as sa

from autosubmit_core.archive import Experiment
from autosubmit_core.graphs.positions import Positions
from autosubmit_core.readers.locations import Locations
from autosubmit_core.store.layouts import write_layout
from autosubmit_core.workers.passes import Task

__all__ = ["LayoutsTask"]

#: Older ones keep no structure to draw.
_OLDEST = (3, 13)


class _Drawing(NamedTuple):
    expid: str
    names: list[str]
    places: Positions


class LayoutsTask(Task[_Drawing]):
    """Writes a layout of all jobs where one is missing or lacks a job."""

    name = "graph"
    key = "TASK_POPGRPH"
    minutes = 1440
    meaning = "layouts of the graphs of running experiments"

    def passes_by(self, experiment: Experiment) -> bool:
        return not experiment.is_running or _version(experiment.autosubmit_version) < _OLDEST

    def examine(self, experiment: Experiment) -> _Drawing | None:
        names = experiment.jobs.name.tolist()
        if not names or experiment.workflow.stored is not None:
            return None
        return _Drawing(experiment.expid, names, experiment.workflow.layered())

    def write(
        self,
        connection: sa.Connection,
        locations: Locations,
        found: Sequence[_Drawing],
        *,
        first: bool,
    ) -> None:
        for one in found:
            location, places = locations.graph_data(one.expid), one.places
            write_layout(connection, location, one.names, places.x, places.y)


def _version(text: str | None) -> tuple[int, ...]:
    """Return the numbers of a version of Autosubmit; none if it is no version.

    >>> _version("4.1.17.1") >= (3, 13), _version("3.9.0") >= (3, 13), _version(None)
    (True, False, ())
    """
    parts = (text or "").split(".")
    return tuple(int(part) for part in parts) if all(map(str.isdecimal, parts)) else ()
