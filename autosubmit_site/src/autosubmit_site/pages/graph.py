"""The graph of the jobs: the page around a drawing that its script makes of the API's columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from autosubmit_core import Experiment, Status
from autosubmit_core.server import Choice, Route, Text

from autosubmit_site.pages.base import ExperimentPage, counted, operation

__all__ = ["Graph", "graph_of", "routes"]

LAYOUTS = ("standard", "lanes")


@dataclass(frozen=True, slots=True)
class Graph:
    """What is said around the drawing."""

    total: int
    counters: dict[Status, int]
    layout: str
    q: str


def graph_of(
    experiment: Experiment,
    layout: str = "standard",
    q: str | None = None,
    job: str | None = None,
    without: str | None = None,
) -> Graph:
    """Return the page of the graph; the script reads what else is in the address.

    Raises :class:`~autosubmit_core.SourceError` if the job list cannot be read.
    """
    return Graph(
        total=len(experiment.jobs),
        counters=counted(experiment.counters()),
        layout=layout,
        q=q or "",
    )


class GraphPage(ExperimentPage):
    """``GET /experiments/{expid}/graph``: the jobs and what waits for what, drawn."""

    template = "graph.html.j2"
    view = staticmethod(graph_of)
    operations: ClassVar = {
        "get": operation(
            "The graph of the jobs",
            Choice(name="layout", words=LAYOUTS, default=LAYOUTS[0], meaning="How it is drawn."),
            Text(name="q", meaning="The jobs that stand out, as a query.", longest=2000),
            Text(name="job", meaning="The chosen job."),
            Text(name="without", meaning="Statuses that are not drawn, with commas."),
        )
    }


routes = [Route("/experiments/{expid}/graph", GraphPage)]
