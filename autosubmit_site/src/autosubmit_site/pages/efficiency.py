"""What the sections use of what they ask for, what that costs, and the metrics of CPMIP."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from autosubmit_core import Experiment
from autosubmit_core.published import efficiency_answer
from autosubmit_core.server import Route

from autosubmit_site.pages.base import ExperimentPage, operation

__all__ = ["Efficiency", "Use", "efficiency_of", "routes"]


@dataclass(frozen=True, slots=True)
class Use:
    """The wall clock of a section as a bar, in percent of its longer one: asked for, or used."""

    #: The section as the API answers it.
    section: dict[str, Any]
    asked: float
    median: float
    p99: float
    longest: float
    #: None if the wall clock asked for is good.
    suggested: float | None


@dataclass(frozen=True, slots=True)
class Efficiency:
    """How well an experiment uses what it asks for, as the API answers it."""

    found: dict[str, Any]
    #: Those sections of which an attempt has ended.
    uses: tuple[Use, ...]


def efficiency_of(experiment: Experiment) -> Efficiency:
    """Return how well an experiment uses what it asks for.

    Raises :class:`~autosubmit_core.SourceError` if the job list cannot be read.
    """
    found = efficiency_answer(experiment)
    ended = (one for one in found["sections"] if one["completed"] or one["failed"])
    return Efficiency(found=found, uses=tuple(map(_use, ended)))


def _use(section: dict[str, Any]) -> Use:
    asked, longest, suggested = (
        section[name] or 0
        for name in ("wallclock_seconds", "run_seconds_longest", "suggested_wallclock_seconds")
    )
    whole = max(asked, longest, suggested, 1)

    def share(seconds: float | None) -> float:
        return round(100 * (seconds or 0) / whole, 2)

    return Use(
        section=section,
        asked=share(asked),
        median=share(section["run_seconds_median"]),
        p99=share(section["run_seconds_p99"]),
        longest=share(longest),
        suggested=share(suggested) if suggested else None,
    )


class EfficiencyPage(ExperimentPage):
    """``GET /experiments/{expid}/efficiency``: asked for and used, costs, carbon, CPMIP."""

    template = "efficiency.html.j2"
    view = staticmethod(efficiency_of)
    operations: ClassVar = {"get": operation("How well an experiment uses what it asks for")}


routes = [Route("/experiments/{expid}/efficiency", EfficiencyPage)]
