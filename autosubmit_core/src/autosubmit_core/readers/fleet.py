"""What background tasks noted of all experiments, where a server keeps its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from autosubmit_core.readers.database import Database, open_readonly
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


def read_fleet(location: Location) -> tuple[FleetTable, UsageTable]:
    """Return all experiments by number, and what each used of each platform; none if nobody looked.

    Raises :class:`~autosubmit_core.SourceError` if the database is there and cannot be read.
    """
    if is_missing(location):
        return FleetTable.empty(), UsageTable.empty()
    with open_readonly(location) as database:
        pulses = _by_experiment(database, "fleet_pulses", _PULSES)
        figures = _by_experiment(database, "fleet_figures", _FIGURES)
        stored = database.columns("fleet_usage", _USAGE, order_by=["exp_id", "platform"])
    usage = UsageTable.of(
        len(stored.get("exp_id", ())),
        **{"id" if name == "exp_id" else name: values for name, values in stored.items()},
    )
    known = sorted(pulses.keys() | figures.keys())
    rows = [{**figures.get(number, {}), **pulses.get(number, {})} for number in known]
    return _with_sums(rows, usage), usage


def read_events(location: Location) -> EventTable:
    """Return what happened to experiments, as it was seen; raises as :func:`read_fleet`."""
    names = ("id", "at", "name", "owner", "event", "jobs")
    if is_missing(location):
        return EventTable.empty()
    with open_readonly(location) as database:
        stored = database.columns("fleet_events", names, order_by=["at", "name", "event"])
    return EventTable.of(len(stored.get("id", ())), **stored)


def read_failures(location: Location, templates: Sequence[str]) -> NotedFailureTable | None:
    """Return the experiments with failures of some templates, None if nobody looked for any.

    Raises as :func:`read_fleet`.
    """
    names = ("name", "template", "attempts", "first", "last")
    if is_missing(location):
        return None
    with open_readonly(location) as database:
        if not database.columns_of("fleet_failures"):
            return None
        found = [
            database.columns("fleet_failures", names, where={"template": template})
            for template in templates
        ]
    columns = {name: [value for part in found for value in part[name]] for name in names}
    return NotedFailureTable.of(len(columns["name"]), **columns)


def read_finished(location: Location) -> Mapping[str, int]:
    """Return when a pass of each task last came to its end, in seconds since 1970 UTC.

    Raises as :func:`read_fleet`.
    """
    if is_missing(location):
        return {}
    with open_readonly(location) as database:
        stored = database.columns("worker_passes", ("task", "finished"))
    return {task: int(finished) for task, finished in zip(*stored.values()) if finished}


def _by_experiment(
    database: Database, table: str, names: Sequence[str]
) -> dict[int, dict[str, Any]]:
    """Return the rows of a table by the number of their experiment."""
    stored = database.columns(table, names)
    rows = [dict(zip(stored, values)) for values in zip(*stored.values())]
    return {row["exp_id"]: row for row in rows}


def _with_sums(rows: Sequence[Mapping[str, Any]], usage: UsageTable) -> FleetTable:
    """Return experiments with the sums of what they used of all platforms."""
    numbers = np.array([row["exp_id"] for row in rows], dtype=np.int64)
    texts = ("name", "owner", "model", "hpc", "state", "pulse")
    counts = ("moved", "done", "failed", "on_platform")
    place = np.searchsorted(numbers, usage.id)  # who used something has figures
    sums = {
        name: np.bincount(place, weights=getattr(usage, name), minlength=len(rows))
        for name in _USED
    }
    listed = np.array([row.get("jobs", 0) for row in rows], dtype=np.int64)
    sums["jobs"] = np.where(listed > 0, listed, sums["jobs"])
    return FleetTable.of(
        len(rows),
        id=numbers,
        **{name: [row.get(name) or "" for row in rows] for name in texts},
        **{name: [row.get(name, 0) for row in rows] for name in counts},
        **{name: [_number(row.get(name)) for row in rows] for name in _SPEEDS},
        **sums,
    )


def _number(value: float | None) -> float:
    return np.nan if value is None else value
