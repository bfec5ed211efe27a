"""When the rest of an experiment will be done, how sure that is, and how wrong it would have been."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar

from autosubmit_core import Experiment
from autosubmit_core.published import eta_answer, forecast_answer, sections_answer
from autosubmit_core.server import Route

from autosubmit_site.drawings import TimeAxis, time_axis
from autosubmit_site.pages.base import ExperimentPage, operation

__all__ = [
    "MOST_MEMBERS",
    "Forecast",
    "Moment",
    "Outlook",
    "forecast_of",
    "published_eta",
    "routes",
]

#: How many members are drawn, those that decide the end first.
MOST_MEMBERS = 60


@dataclass(frozen=True, slots=True)
class Outlook:
    """When something will be done; places are percent of the time axis."""

    #: Empty of the whole experiment.
    date: str
    member: str
    remaining: int
    #: Seconds from now: the middle, and what 8 of 10 courses lie between.
    end: dict[str, Any]
    low: float
    middle: float
    high: float
    #: How often it is the last one, and by how many seconds it may be late without delaying the end.
    decides: float | None
    slack: float | None


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment of the past: what was forecast then, and what came.

    Places are in percent of the picture, which ends where the longest forecast or course did:
    published estimates may be beyond.
    """

    told: dict[str, Any]
    low: float
    high: float
    middle: float
    actual: float
    #: The published estimates; None where there was none.
    by_chunks: float | None
    by_instances: float | None


@dataclass(frozen=True, slots=True)
class Forecast:
    """When the rest of an experiment will be done, as the API answers it, and drawn."""

    found: dict[str, Any]
    #: Seconds since 1970 UTC.
    now: int
    #: None if nothing can be told.
    axis: TimeAxis | None
    #: The whole experiment, then its members.
    outlooks: tuple[Outlook, ...]
    #: Members that are not drawn.
    more: int
    moments: tuple[Moment, ...]
    #: The section that the published estimates are about, and these as the API answers them.
    section: str
    eta: dict[str, Any]


def forecast_of(experiment: Experiment) -> Forecast:
    """Return when the rest will be done; raises :class:`~autosubmit_core.SourceError`."""
    section, eta = published_eta(experiment)
    found, now = forecast_answer(experiment, section=section or "SIM"), experiment.now
    axis: TimeAxis | None = None
    outlooks: tuple[Outlook, ...] = ()
    if found["end"]:
        members = sorted(
            found["members"], key=lambda one: (-one["decides"], -one["end"]["seconds"])
        )
        shown = members[:MOST_MEMBERS]
        ends = [found["end"], *(one["end"] for one in shown)]
        axis = time_axis(now, now + max(end["seconds_high"] for end in ends))
        outlooks = tuple(_outlooks(axis, found, shown))
    return Forecast(
        found=found,
        now=now,
        axis=axis,
        outlooks=outlooks,
        more=max(0, len(found["members"]) - MOST_MEMBERS),
        moments=_moments((found["back_test"] or {"moments": ()})["moments"]),
        section=section,
        eta=eta,
    )


def published_eta(experiment: Experiment) -> tuple[str, dict[str, Any]]:
    """Return the section that the published estimates are about, and these; nothing without chunks."""
    sections = sections_answer(experiment)["sections"]
    chunked = [section["name"] for section in sections if section["has_chunks"]]
    if not chunked:
        return "", {}
    section = "SIM" if "SIM" in chunked else chunked[0]
    return section, eta_answer(experiment, section=section)


def _outlooks(
    axis: TimeAxis, found: dict[str, Any], members: Iterable[dict[str, Any]]
) -> Iterable[Outlook]:
    whole = {"remaining_jobs": found["remaining_jobs"], "end": found["end"]}
    for one in (whole, *members):
        low, middle, high = (
            axis.place(axis.begin + one["end"][name])
            for name in ("seconds_low", "seconds", "seconds_high")
        )
        yield Outlook(
            date=one.get("date") or "",
            member=one.get("member") or "",
            remaining=one["remaining_jobs"],
            end=one["end"],
            low=low,
            middle=middle,
            high=high,
            decides=one.get("decides"),
            slack=one.get("slack_seconds"),
        )


def _moments(told: Iterable[dict[str, Any]]) -> tuple[Moment, ...]:
    rows = list(told)
    longest = max(
        (row[name] for row in rows for name in ("seconds_high", "actual_seconds")), default=1
    )

    def place(seconds: float | None) -> float | None:
        return None if seconds is None else round(95 * seconds / longest, 2)

    return tuple(
        Moment(
            told=row,
            low=place(row["seconds_low"]) or 0,
            high=place(row["seconds_high"]) or 0,
            middle=place(row["seconds"]) or 0,
            actual=place(row["actual_seconds"]) or 0,
            by_chunks=place(row["eta_seconds"]),
            by_instances=place(row["eta_instances_seconds"]),
        )
        for row in rows
    )


class ForecastPage(ExperimentPage):
    """``GET /experiments/{expid}/forecast``: when it will be done, and how sure that is."""

    template = "forecast.html.j2"
    view = staticmethod(forecast_of)
    operations: ClassVar = {"get": operation("When an experiment will be done")}


routes = [Route("/experiments/{expid}/forecast", ForecastPage)]
