"""What each experiment has used and how fast it is, for sums over all of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from autosubmit_core.store.database import Shape, Transaction, prepare

__all__ = ["Figures", "Usage", "write_figures"]

_FIGURES = Shape(
    "fleet_figures",
    {
        "exp_id": "INTEGER NOT NULL",
        "name": "TEXT NOT NULL",
        "owner": "TEXT NOT NULL",
        "model": "TEXT NOT NULL",
        "hpc": "TEXT NOT NULL",
        "simulated_years_per_day": "REAL",
        "actual_simulated_years_per_day": "REAL",
        "core_hours_per_simulated_year": "REAL",
    },
    key=("exp_id",),
)
_USAGE = Shape(
    "fleet_usage",
    {
        "exp_id": "INTEGER NOT NULL",
        "platform": "TEXT NOT NULL",
        "jobs": "INTEGER NOT NULL",
        "attempts": "INTEGER NOT NULL",
        "core_hours": "REAL NOT NULL",
        "failed_core_hours": "REAL NOT NULL",
        "energy": "REAL NOT NULL",
        "estimated_energy": "REAL NOT NULL",
        "simulated_years": "REAL NOT NULL",
        "simulated_seconds": "REAL NOT NULL",
    },
    key=("exp_id", "platform"),
)


class Usage(NamedTuple):
    """What one experiment used of one platform; units as in :class:`~autosubmit_core.UsageTable`."""

    platform: str
    jobs: int = 0
    attempts: int = 0
    core_hours: float = 0.0
    failed_core_hours: float = 0.0
    energy: float = 0.0
    estimated_energy: float = 0.0
    simulated_years: float = 0.0
    simulated_seconds: float = 0.0


class Figures(NamedTuple):
    """Whose one experiment is, how fast it simulates, and what it used."""

    exp_id: int
    name: str
    owner: str
    model: str
    hpc: str
    #: SYPD, ASYPD, CHSY; None if they cannot be computed.
    simulated_years_per_day: float | None
    actual_simulated_years_per_day: float | None
    core_hours_per_simulated_year: float | None
    usage: tuple[Usage, ...]


def write_figures(connection: Transaction, found: Sequence[Figures]) -> None:
    """Write the figures of some experiments instead of those that were there."""
    prepare(connection, _FIGURES)
    prepare(connection, _USAGE)
    figures, usage = tuple(_FIGURES.columns), tuple(_USAGE.columns)
    for one in found:
        for table in (_FIGURES.table, _USAGE.table):
            connection.execute(f"DELETE FROM {table} WHERE exp_id = ?", (one.exp_id,))
        connection.execute(_insertion(_FIGURES.table, figures), one[:-1])
        connection.executemany(
            _insertion(_USAGE.table, usage), [(one.exp_id, *row) for row in one.usage]
        )


def _insertion(table: str, columns: Sequence[str]) -> str:
    """Return the statement that inserts a row.

    >>> _insertion("fleet_usage", ("exp_id", "platform"))
    'INSERT INTO fleet_usage (exp_id, platform) VALUES (?, ?)'
    """
    places = ", ".join("?" * len(columns))
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({places})"
