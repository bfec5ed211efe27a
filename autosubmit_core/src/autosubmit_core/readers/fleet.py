"""What background tasks noted of all experiments, where a server keeps its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from autosubmit_core.errors import SourceUnreadableError
from autosubmit_core.readers.database import Database, open_readonly
from autosubmit_core.readers.values import floats, integer, integers, texts
from autosubmit_core.readers.versions import Location, is_missing
from autosubmit_core.tables import EventTable, FleetTable, NotedFailureTable, UsageTable

__all__ = ["read_events", "read_failures", "read_finished", "read_fleet"]

_PULSES = (
    "exp_id",
    "name",
    "owner",
    "state",
    "pulse",
    "moved",
    "jobs",
    "done",
    "failed",
    "on_platform",
)
_USED = (
    *("jobs", "attempts", "core_hours", "failed_core_hours", "energy", "estimated_energy"),
    *("simulated_years", "simulated_seconds"),
)
_SPEEDS = (
    *("simulated_years_per_day", "actual_simulated_years_per_day"),
    "core_hours_per_simulated_year",
)
_FIGURES = ("exp_id", "name", "owner", "model", "hpc", *_SPEEDS)
_USAGE = ("exp_id", "platform", *_USED)
_EVENTS = ("id", "at", "name", "owner", "event", "jobs")
_FAILURES = ("name", "template", "attempts", "first", "last")

#: Columns of whole numbers, and of numbers; all others are texts.
_INTEGERS = (
    *("exp_id", "moved", "jobs", "done", "failed", "on_platform", "attempts"),
    *("at", "first", "last"),
)
_NUMBERS = frozenset(_USED + _SPEEDS) - {"jobs", "attempts"}


def read_fleet(location: Location) -> tuple[FleetTable, UsageTable]:
    """Return all experiments by number, and what each used of each platform; none if nobody looked.

    What is used by an experiment of which nothing else is noted is left out.

    Raises :class:`~autosubmit_core.SourceError` if the database is there and cannot be read.
    """
    if is_missing(location):
        return FleetTable.empty(), UsageTable.empty()
    with open_readonly(location) as database:
        pulses = _by_experiment(location, database, "fleet_pulses", _PULSES)
        figures = _by_experiment(location, database, "fleet_figures", _FIGURES)
        stored = _columns(
            location, database, "fleet_usage", _USAGE, order_by=["exp_id", "platform"]
        )
    usage = UsageTable.of(
        len(stored["exp_id"]),
        **{"id" if name == "exp_id" else name: values for name, values in stored.items()},
    )
    known = sorted(pulses.keys() | figures.keys())
    usage = usage.take(np.isin(usage.id, known))
    rows = [{**figures.get(number, {}), **pulses.get(number, {})} for number in known]
    return _with_sums(known, rows, usage), usage


def read_events(location: Location) -> EventTable:
    """Return what happened to experiments, as it was seen; raises as :func:`read_fleet`."""
    if is_missing(location):
        return EventTable.empty()
    with open_readonly(location) as database:
        stored = _columns(
            location, database, "fleet_events", _EVENTS, order_by=["at", "name", "event"]
        )
    return EventTable.of(len(stored["id"]), **stored)


def read_failures(location: Location, templates: Sequence[str]) -> NotedFailureTable | None:
    """Return the experiments with failures of some templates, None if nobody looked for any.

    Raises as :func:`read_fleet`.
    """
    if is_missing(location):
        return None
    with open_readonly(location) as database:
        if not database.columns_of("fleet_failures"):
            return None
        found = [
            _columns(location, database, "fleet_failures", _FAILURES, where={"template": template})
            for template in templates
        ]
    columns = {
        name: [value for part in found for value in part[name].tolist()] for name in _FAILURES
    }
    return NotedFailureTable.of(len(columns["name"]), **columns)


def read_finished(location: Location) -> Mapping[str, int]:
    """Return when a pass of each task last came to its end, in seconds since 1970 UTC.

    Raises as :func:`read_fleet`.
    """
    if is_missing(location):
        return {}
    with open_readonly(location) as database:
        stored = database.columns("worker_passes", ("task", "finished"))
    if len(stored) < 2:
        return {}
    passes = zip(stored["task"], map(integer, stored["finished"]))
    return {str(task): finished for task, finished in passes if finished}


def _columns(
    location: Location,
    database: Database,
    table: str,
    names: Sequence[str],
    *,
    order_by: Sequence[str] = (),
    where: Mapping[str, object] | None = None,
) -> dict[str, npt.NDArray[Any]]:
    """Return columns of a table, each of its type; empty ones if there is no such table.

    Raises :class:`SourceUnreadableError` for a table without the first: no server wrote it. The
    others may have come later.
    """
    stored = database.columns(table, names, order_by=order_by, where=where)
    if stored and names[0] not in stored:
        raise SourceUnreadableError(str(location), f"its table '{table}' has no '{names[0]}'")
    missing = [None] * len(stored.get(names[0], ()))
    return {name: _column(name, stored.get(name, missing)) for name in names}


def _column(name: str, values: list[Any]) -> npt.NDArray[Any]:
    if name in _INTEGERS:
        return integers(values)
    if name not in _NUMBERS:
        return texts([value or "" for value in values])
    made = floats(values)
    # Without a number a speed is not known, and a sum has nothing to add.
    unknown = [value is None and name in _SPEEDS for value in values]
    made[np.array(unknown, dtype=np.bool_)] = np.nan
    return made


def _by_experiment(
    location: Location, database: Database, table: str, names: Sequence[str]
) -> dict[int, dict[str, Any]]:
    """Return the rows of a table by the number of their experiment."""
    stored = _columns(location, database, table, names)
    listed = [values.tolist() for values in stored.values()]
    rows = [dict(zip(stored, values)) for values in zip(*listed)]
    return {row["exp_id"]: row for row in rows}


def _with_sums(
    known: Sequence[int], rows: Sequence[Mapping[str, Any]], usage: UsageTable
) -> FleetTable:
    """Return experiments with the sums of what they used of all platforms."""
    numbers = np.array(known, dtype=np.int64)
    words = ("name", "owner", "model", "hpc", "state", "pulse")
    counts = ("moved", "done", "failed", "on_platform")
    place = np.searchsorted(numbers, usage.id)
    sums = {
        name: np.bincount(place, weights=getattr(usage, name), minlength=len(rows))
        for name in _USED
    }
    listed = np.array([row.get("jobs", 0) for row in rows], dtype=np.int64)
    sums["jobs"] = np.where(listed > 0, listed, sums["jobs"])
    return FleetTable.of(
        len(rows),
        id=numbers,
        **{name: [row.get(name, "") for row in rows] for name in words},
        **{name: [row.get(name, 0) for row in rows] for name in counts},
        **{name: [row.get(name, np.nan) for row in rows] for name in _SPEEDS},
        **sums,
    )
