"""Two runs of an experiment, or two experiments, beside each other: differences first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from autosubmit_core import Experiment, Status
from autosubmit_core.published import comparison_answer
from autosubmit_core.server import Integer, Route, Text

from autosubmit_site.handlers import PageHandler
from autosubmit_site.pages.base import operation

__all__ = ["Comparison", "Metric", "Side", "comparison_of", "routes"]

#: How many jobs and settings each list of the page has; the answer of the API has them all.
MOST = 200

#: Metrics with the unit in which they are shown, how many of their own units that is, and digits.
_SHOWN = {
    "SYPD": ("", 1, 2),
    "ASYPD": ("", 1, 2),
    "RSYPD": ("", 1, 2),
    "CHSY": ("", 1, 0),
    "JPSY": ("MJ", 1e6, 1),
    "energy_joules": ("kWh", 3.6e6, 1),
    "footprint_grams": ("kg CO₂", 1e3, 1),
}


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two: an experiment as it is now, or one of its runs."""

    expid: str
    #: None for the experiment as it is now.
    run_id: int | None
    description: str
    jobs: int
    counters: dict[Status, int]


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric of both sides, in the unit in which it is shown; None where it is not known."""

    name: str
    unit: str
    digits: int
    first: float | None
    second: float | None
    ratio: float | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """What is different; ``jobs``, ``structure`` and ``configuration`` as the API tells them."""

    first: Side
    second: Side
    #: Run and queue times by section, those that differ first.
    times: tuple[dict[str, Any], ...]
    #: How many of them differ by more than chance.
    significant: int
    fewest: int
    metrics: tuple[Metric, ...]
    jobs: dict[str, Any]
    sections: tuple[dict[str, Any], ...]
    dependencies: dict[str, Any] | None
    configuration: dict[str, Any] | None
    #: Whether both sides are the same.
    same: bool


def comparison_of(
    experiments: tuple[Experiment, Experiment], run_ids: tuple[int | None, int | None]
) -> Comparison:
    """Return what the page says; raises as the answer of the API that it is made from."""
    told = comparison_answer(experiments, run_ids=run_ids, limit=MOST)
    first, second = map(_side, told["sides"])
    times = sorted(told["times"]["sections"], key=_order)
    return Comparison(
        first=first,
        second=second,
        times=tuple(times),
        significant=sum(row["verdict"] in ("longer", "shorter") for row in times),
        fewest=told["times"]["fewest"],
        metrics=tuple(_metrics(told["metrics"])),
        jobs=told["jobs"],
        sections=tuple(
            sorted(told["structure"]["sections"], key=lambda row: row["first"] == row["second"])
        ),
        dependencies=told["structure"]["dependencies"],
        configuration=told["configuration"],
        same=(first.expid, first.run_id) == (second.expid, second.run_id),
    )


def _side(told: dict[str, Any]) -> Side:
    counters = {Status[name]: count for name, count in told["counters"].items()}
    return Side(**{**told, "counters": counters})


def _order(row: dict[str, Any]) -> tuple[int, float]:
    """Sort what differs first, by how much; then what does not, then what cannot be told."""
    place = ("longer", "shorter", "negligible", "not_shown", "too_few").index(row["verdict"])
    return max(place, 1), -abs(row["delta"] or 0)


def _metrics(told: list[dict[str, Any]]) -> list[Metric]:
    """Return the metrics that at least one side has."""
    made = []
    for row in told:
        unit, factor, digits = _SHOWN[row["name"]]
        first, second = (
            None if row[side] is None else row[side] / factor for side in ("first", "second")
        )
        if first is not None or second is not None:
            made.append(Metric(row["name"], unit, digits, first, second, row["ratio"]))
    return made


class ComparisonPage(PageHandler):
    """``GET /experiments/{expid}/compare``: what is different in another run or experiment."""

    operations: ClassVar = {
        "get": operation(
            "What is different between two runs, or two experiments",
            Integer(name="run_id", least=1, meaning="The run; by default as it is now."),
            Text(name="with", argument="other", meaning="The other experiment; by default this."),
            Integer(name="with_run_id", least=1, meaning="The run of the other; by default now."),
        )
    }

    async def get(self, **path: str) -> None:
        asked = self.arguments()
        expid = asked["expid"]
        await self.show(
            "comparison.html.j2",
            comparison_of,
            (expid, (asked["other"] or expid).strip()),
            run_ids=(asked["run_id"], asked["with_run_id"]),
        )


routes = [Route("/experiments/{expid}/compare", ComparisonPage)]
