"""All experiments together: what they used, by owner, platform and model, and which need a look."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any, ClassVar, Literal, get_args

import numpy as np
import numpy.typing as npt
from autosubmit_core import Archive, Fleet, FleetTable, GroupTable
from autosubmit_core.published import natural_key
from autosubmit_core.server import Boolean, Choice, Integer, Operation, Route, Text

from autosubmit_site.handlers import PageHandler

__all__ = ["GROUPS", "ORDERS", "PAGE_ROWS", "FleetPage", "FleetView", "fleet_of", "routes"]

#: How many rows a page shows.
PAGE_ROWS = 50

#: How many experiments that need a look are listed, those that moved last.
MOST_LISTED = 50

#: What a row of the table is of, the usual first.
By = Literal["owner", "platform", "model", "experiment"]
GROUPS: tuple[By, ...] = get_args(By)

#: What the table can be sorted by; without it those with the most core hours come first.
ORDERS = ("name", "experiments", "jobs", "core_hours", "failed", "energy", "years", "sypd", "moved")


@dataclass(frozen=True, slots=True)
class Doing:
    """What one experiment was found to be doing."""

    owner: str
    model: str
    #: A pulse, or what became of one that is not there: ``archived``, ``deleted``, ``unreadable``.
    state: str
    #: When anything of it moved last, in seconds since 1970 UTC; 0 if unknown.
    moved: int
    done: int
    failed: int


@dataclass(frozen=True, slots=True)
class Row:
    """What one owner, platform, model or experiment used. Bars are in percent of the longest."""

    #: Empty for those of none.
    name: str
    experiments: int
    jobs: int
    attempts: int
    core_hours: float
    #: The part of them that failed attempts used, from 0 to 1.
    failed: float
    #: Measured, and estimated where it was not. Joules
    energy: float
    estimated_energy: float
    simulated_years: float
    #: None if nothing was simulated.
    sypd: float | None
    core_bar: float = 0.0
    energy_bar: float = 0.0
    estimated_bar: float = 0.0
    #: None for a group.
    doing: Doing | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """Experiments that need a look, those that moved last, and how many they are altogether."""

    rows: tuple[Row, ...]
    total: int


@dataclass(frozen=True, slots=True)
class Filters:
    """What the table was asked for; empty texts ask for nothing."""

    by: By = "owner"
    q: str = ""
    owner: str = ""
    platform: str = ""
    model: str = ""
    state: str = ""
    sort: str = ""
    desc: bool = False

    def query(self, **changed: object) -> dict[str, object]:
        """Return the query of a link to the same table, but for what changed."""
        return {**asdict(self), **changed}

    @property
    def any(self) -> bool:
        """Whether some experiments are left out."""
        return bool(self.q or self.owner or self.platform or self.model or self.state)


@dataclass(frozen=True, slots=True)
class FleetView:
    """What the page says."""

    filters: Filters
    rows: tuple[Row, ...]
    #: All that passes the filters together; None if nothing does.
    total: Row | None
    #: Which page this is, from 1, and how many there are.
    page: int
    pages: int
    stalled: Listed
    abandoned: Listed
    #: What there is to choose from.
    owners: tuple[str, ...]
    platforms: tuple[str, ...]
    models: tuple[str, ...]
    states_there: tuple[str, ...]
    #: When figures and states were noted last, in seconds since 1970 UTC; 0 if never.
    figures_updated: int
    statuses_updated: int
    #: Whether anything is known of any experiment.
    known: bool
    now: int


def fleet_of(archive: Archive, page: int = 1, **asked: Any) -> FleetView:
    """Return what all experiments that match some :class:`Filters` used.

    Raises :class:`~autosubmit_core.SourceError` if what was noted cannot be read.
    """
    filters = Filters(**{name: value for name, value in asked.items() if value is not None})
    whole = archive.fleet()
    fleet = _chosen(whole, filters)
    rows = _ordered(_rows(fleet, filters.by), filters)
    pages = max(1, -(-len(rows) // PAGE_ROWS))
    page = min(max(page, 1), pages)
    shown = slice((page - 1) * PAGE_ROWS, page * PAGE_ROWS)
    known = whole.experiments
    total = list(_group_rows(fleet.total()))
    return FleetView(
        filters=filters,
        rows=tuple(_with_bars(rows, shown)),
        total=total[0] if total else None,
        page=page,
        pages=pages,
        stalled=_last_moved_first(fleet.stalled()),
        abandoned=_last_moved_first(fleet.abandoned()),
        owners=_words(known.owner),
        platforms=_words(whole.usage.platform),
        models=_words(known.model),
        states_there=_words(_states(known)),
        figures_updated=whole.figures_updated,
        statuses_updated=whole.statuses_updated,
        known=len(known) > 0,
        now=whole.now,
    )


def _chosen(fleet: Fleet, filters: Filters) -> Fleet:
    """Return the fleet of the experiments that pass the filters, on the platform that they name."""
    if filters.platform:
        fleet = fleet.on(filters.platform)
    known = fleet.experiments
    mask = np.ones(len(known), dtype=np.bool_)
    for word, column in (
        (filters.owner, known.owner),
        (filters.model, known.model),
        (filters.state, _states(known)),
    ):
        if word:
            mask &= column == word
    if words := filters.q.casefold().split():
        texts = zip(known.name, known.owner, known.model, known.hpc)
        joined = ("\n".join(text).casefold() for text in texts)
        mask &= np.array([all(word in text for word in words) for text in joined], dtype=np.bool_)
    return fleet.where(mask)


def _states(known: FleetTable) -> npt.NDArray[np.object_]:
    return np.where(known.state == "present", known.pulse, known.state)


def _rows(fleet: Fleet, by: By) -> Iterator[Row]:
    if by == "experiment":
        return _experiment_rows(fleet.experiments)
    return _group_rows(fleet.by(by))


def _group_rows(made: GroupTable) -> Iterator[Row]:
    for row in range(len(made)):
        sypd = float(made.simulated_years_per_day[row])
        yield _row(made, row, made.name[row], int(made.experiments[row]), sypd)


def _experiment_rows(known: FleetTable) -> Iterator[Row]:
    states = _states(known)
    for row in range(len(known)):
        doing = Doing(
            owner=known.owner[row],
            model=known.model[row],
            state=states[row],
            moved=int(known.moved[row]),
            done=int(known.done[row]),
            failed=int(known.failed[row]),
        )
        sypd = float(known.simulated_years_per_day[row])
        yield _row(known, row, known.name[row], 1, sypd, doing)


def _row(
    used: FleetTable | GroupTable,
    row: int,
    name: str,
    experiments: int,
    sypd: float,
    doing: Doing | None = None,
) -> Row:
    hours, lost = float(used.core_hours[row]), float(used.failed_core_hours[row])
    return Row(
        name=name,
        experiments=experiments,
        jobs=int(used.jobs[row]),
        attempts=int(used.attempts[row]),
        core_hours=hours,
        failed=lost / hours if hours else 0.0,
        energy=float(used.energy[row]),
        estimated_energy=float(used.estimated_energy[row]),
        simulated_years=float(used.simulated_years[row]),
        sypd=None if math.isnan(sypd) else sypd,
        doing=doing,
    )


_KEYS: dict[str, Callable[[Row], Any]] = {
    "name": lambda row: natural_key(row.name.casefold()),
    "experiments": lambda row: row.experiments,
    "jobs": lambda row: row.jobs,
    "core_hours": lambda row: row.core_hours,
    "failed": lambda row: row.failed,
    "energy": lambda row: row.energy + row.estimated_energy,
    "years": lambda row: row.simulated_years,
    "sypd": lambda row: row.sypd or 0.0,
    "moved": lambda row: row.doing.moved if row.doing else 0,
}


def _ordered(rows: Iterable[Row], filters: Filters) -> list[Row]:
    """Return rows as they were asked to be sorted; what is equal in that, by name."""
    by_name = sorted(rows, key=_KEYS["name"])
    if not filters.sort:
        return sorted(by_name, key=_KEYS["core_hours"], reverse=True)
    return sorted(by_name, key=_KEYS[filters.sort], reverse=filters.desc)


def _with_bars(rows: list[Row], shown: slice) -> list[Row]:
    """Return some rows with their bars, in percent of the longest of all."""
    most = max((row.core_hours for row in rows), default=0.0) or 1.0
    energies = (row.energy + row.estimated_energy for row in rows)
    most_energy = max(energies, default=0.0) or 1.0
    return [
        replace(
            row,
            core_bar=round(100 * row.core_hours / most, 2),
            energy_bar=round(100 * row.energy / most_energy, 2),
            estimated_bar=round(100 * row.estimated_energy / most_energy, 2),
        )
        for row in rows[shown]
    ]


def _last_moved_first(found: FleetTable) -> Listed:
    order = np.argsort(-found.moved, kind="stable")[:MOST_LISTED]
    return Listed(tuple(_experiment_rows(found.take(order))), len(found))


def _words(column: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({text for text in column if text}, key=natural_key))


class FleetPage(PageHandler):
    """``GET /fleet``: what all experiments used, and which need a look."""

    light: ClassVar = True
    operations: ClassVar = {
        "get": Operation(
            summary="What all experiments used, and which need a look",
            query=(
                Choice(name="by", words=GROUPS, default=GROUPS[0], meaning="What a row is of."),
                Text(name="q", meaning="Words of name, owner, model or main platform."),
                Text(name="owner", meaning="The owner."),
                Text(name="platform", meaning="A platform: what was used there."),
                Text(name="model", meaning="The model.", longest=1000),
                Text(name="state", meaning="What experiments do, or became of them."),
                Choice(name="sort", words=("", *ORDERS), meaning="What it is sorted by."),
                Boolean(name="desc", default=False, meaning="The other way round."),
                Integer(name="page", default=1, meaning="Which page."),
            ),
            media=("text/html",),
        )
    }

    async def get(self) -> None:
        await self.show("fleet.html.j2", fleet_of, **self.arguments())


routes = [Route("/fleet", FleetPage)]
