"""All experiments together: what they used by owner, platform and model, and which need a look."""

from __future__ import annotations

from collections import Counter
from typing import Any, Literal, get_args

import numpy as np

from autosubmit_core.answers.formats import in_words, instant_utc, rounded_or_none
from autosubmit_core.answers.v4.exports import Column, in_form, numbers
from autosubmit_core.archive import Archive, Fleet
from autosubmit_core.tables import FleetTable, GroupTable

__all__ = ["FIGURES", "GROUPS", "fleet_answer", "fleet_file"]

By = Literal["owner", "platform", "model"]
GROUPS: tuple[By, ...] = get_args(By)

#: What is summed up, and the digits that are told.
FIGURES = {
    "jobs": 0,
    "attempts": 0,
    "core_hours": 2,
    "failed_core_hours": 2,
    "energy": 0,
    "estimated_energy": 0,
    "simulated_years": 4,
}


def fleet_answer(archive: Archive) -> dict[str, Any]:
    """Return sums over all experiments, and those that are stalled or abandoned.

    Everything is as it was noted last; ``figures_updated`` and ``statuses_updated`` say when, null if
    never.
    """
    fleet = archive.fleet()
    known = fleet.experiments
    present = known.state == "present"
    total = _groups(fleet.total())
    return {
        "figures_updated": instant_utc(fleet.figures_updated),
        "statuses_updated": instant_utc(fleet.statuses_updated),
        "experiments": len(known),
        "states": _counts(known.state.tolist()),
        "pulses": _counts(known.pulse[present].tolist()),
        "total": total[0] if total else None,
        **{f"by_{what}": _groups(fleet.by(what)) for what in GROUPS},
        "stalled": _listed(fleet, fleet.stalled()),
        "abandoned": _listed(fleet, fleet.abandoned()),
    }


def fleet_file(archive: Archive, *, form: str, by: str | None = None) -> bytes:
    """Return a table as a file: one row an experiment, or one a group; NaN is an empty cell.

    Raises :class:`~autosubmit_core.RequestError` for Parquet where pyarrow is not installed.
    """
    fleet = archive.fleet()
    for what in GROUPS:
        if by == what:
            return in_form(_group_columns(fleet.by(what), what), form)
    return in_form(_experiment_columns(fleet.experiments), form)


def _groups(made: GroupTable) -> list[dict[str, Any]]:
    return [
        {
            "name": made.name[row] or None,
            "experiments": int(made.experiments[row]),
            **{name: _figure(made, name, row) for name in FIGURES},
            "SYPD": rounded_or_none(made.simulated_years_per_day[row], 4),
        }
        for row in range(len(made))
    ]


def _figure(made: GroupTable, name: str, row: int) -> float:
    value = float(getattr(made, name)[row])
    return round(value, FIGURES[name]) if FIGURES[name] else round(value)


def _listed(fleet: Fleet, found: FleetTable) -> list[dict[str, Any]]:
    """Return experiments that need a look, those that moved last first."""
    return [
        {
            "expid": found.name[row],
            "owner": found.owner[row] or None,
            "state": found.pulse[row],
            "last_moved": instant_utc(int(found.moved[row])),
            "sentence": f"{found.name[row]}: nothing has moved for"
            f" {in_words(max(fleet.now - int(found.moved[row]), 0))};"
            f" {found.done[row]} of {found.jobs[row]} jobs are done.",
        }
        for row in np.argsort(-found.moved, kind="stable").tolist()
    ]


def _counts(words: list[str]) -> dict[str, int]:
    return dict(sorted(Counter(filter(None, words)).items()))


def _experiment_columns(known: FleetTable) -> list[Column]:
    return [
        *(
            Column(name, "text", [text or None for text in getattr(known, name).tolist()])
            for name in ("name", "owner", "model", "hpc", "state", "pulse")
        ),
        numbers("moved", known.moved, kind="instant"),
        *(
            numbers(name, getattr(known, name))
            for name in ("jobs", "done", "failed", "on_platform")
        ),
        *_used(known),
        numbers("SYPD", known.simulated_years_per_day, kind="number"),
        numbers("ASYPD", known.actual_simulated_years_per_day, kind="number"),
        numbers("CHSY", known.core_hours_per_simulated_year, kind="number"),
    ]


def _group_columns(made: GroupTable, what: str) -> list[Column]:
    return [
        Column(what, "text", [name or None for name in made.name.tolist()]),
        numbers("experiments", made.experiments),
        numbers("jobs", made.jobs),
        *_used(made),
        numbers("SYPD", made.simulated_years_per_day, kind="number"),
    ]


def _used(made: FleetTable | GroupTable) -> list[Column]:
    return [
        numbers("attempts", made.attempts),
        numbers("core_hours", made.core_hours, kind="number"),
        numbers("failed_core_hours", made.failed_core_hours, kind="number"),
        numbers("energy_joules", made.energy, kind="number"),
        numbers("estimated_energy_joules", made.estimated_energy, kind="number"),
        numbers("simulated_years", made.simulated_years, kind="number"),
    ]
