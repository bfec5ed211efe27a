"""When the jobs waited and ran: the page around bars that a script draws of the API's columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from autosubmit_core import Experiment, Status
from autosubmit_core.server import Choice, Integer, Route, Text

from autosubmit_site.pages.base import ExperimentPage, counted, operation

__all__ = ["LANES", "Timeline", "routes", "timeline_of"]

#: What the jobs can be put side by side by.
LANES = ("member", "section")


@dataclass(frozen=True, slots=True)
class Timeline:
    """What is said around the bars."""

    total: int
    #: Whether any job was ever submitted.
    started: bool
    lanes: str
    q: str
    counters: dict[Status, int]


def timeline_of(
    experiment: Experiment,
    lanes: str = LANES[0],
    q: str | None = None,
    since: int | None = None,
    until: int | None = None,
) -> Timeline:
    """Return the page of the timeline; the script reads the times that are asked for.

    Raises :class:`~autosubmit_core.SourceError`.
    """
    return Timeline(
        total=len(experiment.jobs),
        started=bool((experiment.instants[0] > 0).any() or len(experiment.history)),
        lanes=lanes,
        q=q or "",
        counters=counted(experiment.counters()),
    )


class TimelinePage(ExperimentPage):
    """``GET /experiments/{expid}/timeline``: when the jobs waited and ran."""

    template = "timeline.html.j2"
    view = staticmethod(timeline_of)
    operations: ClassVar = {
        "get": operation(
            "When the jobs waited and ran",
            Choice(name="lanes", words=LANES, default=LANES[0], meaning="What a lane is of."),
            Text(name="q", meaning="The jobs that are drawn, as a query.", longest=2000),
            Integer(name="since", least=0, meaning="From when on, in seconds since 1970 UTC."),
            Integer(name="until", least=0, meaning="Until when."),
        )
    }


routes = [Route("/experiments/{expid}/timeline", TimelinePage)]
