"""The whole campaign at one look: a cell for each chunk of each start date and member."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from autosubmit_core import Experiment, Status
from autosubmit_core.server import Choice, Route, Text

from autosubmit_site.pages.base import ExperimentPage, counted, operation

__all__ = ["COLOURED_BY", "Calendar", "calendar_of", "routes"]

#: What the cells can tell.
COLOURED_BY = ("status", "run", "wait", "energy")


@dataclass(frozen=True, slots=True)
class Calendar:
    """What is said around the cells, which a script draws of the API's columns."""

    total: int
    #: Whether any job has a chunk; else there is nothing to draw.
    has_chunks: bool
    #: Sections that have chunks, in the order of the job list.
    sections: tuple[str, ...]
    section: str
    by: str
    #: Jobs that have a chunk, by status.
    counters: dict[Status, int]


def calendar_of(
    experiment: Experiment, section: str | None = None, by: str = COLOURED_BY[0]
) -> Calendar:
    """Return the page of the calendar; raises :class:`~autosubmit_core.SourceError`."""
    jobs = experiment.jobs
    chunked = jobs.chunk > 0
    return Calendar(
        total=len(jobs),
        has_chunks=bool(chunked.any()),
        sections=tuple(name for name in dict.fromkeys(jobs.section[chunked].tolist()) if name),
        section=section or "",
        by=by,
        counters=counted(
            {status: int((jobs.status[chunked] == status).sum()) for status in Status}
        ),
    )


class CalendarPage(ExperimentPage):
    """``GET /experiments/{expid}/calendar``: chunks by date and member."""

    template = "calendar.html.j2"
    view = staticmethod(calendar_of)
    operations: ClassVar = {
        "get": operation(
            "The chunks of an experiment by date and member",
            Text(name="section", meaning="The jobs of one section; without it, of all."),
            Choice(
                name="by", words=COLOURED_BY, default=COLOURED_BY[0], meaning="What cells tell."
            ),
        )
    }


routes = [Route("/experiments/{expid}/calendar", CalendarPage)]
