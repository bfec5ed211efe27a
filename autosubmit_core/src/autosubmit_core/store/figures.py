"""What each experiment has used and how fast it is, for sums over all of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import sqlalchemy as sa

from autosubmit_core.store.places import StoredText, insert_rows, prepare

__all__ = ["Figures", "Usage", "write_figures"]

_FIGURES = sa.Table(
    "fleet_figures",
    sa.MetaData(),
    sa.Column("exp_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("name", StoredText, nullable=False),
    sa.Column("owner", StoredText, nullable=False),
    sa.Column("model", StoredText, nullable=False),
    sa.Column("hpc", StoredText, nullable=False),
    sa.Column("simulated_years_per_day", sa.Double),
    sa.Column("actual_simulated_years_per_day", sa.Double),
    sa.Column("core_hours_per_simulated_year", sa.Double),
)
_USAGE = sa.Table(
    "fleet_usage",
    sa.MetaData(),
    sa.Column("exp_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("platform", StoredText, primary_key=True),
    sa.Column("jobs", sa.Integer, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("core_hours", sa.Double, nullable=False),
    sa.Column("failed_core_hours", sa.Double, nullable=False),
    sa.Column("energy", sa.Double, nullable=False),
    sa.Column("estimated_energy", sa.Double, nullable=False),
    sa.Column("simulated_years", sa.Double, nullable=False),
    sa.Column("simulated_seconds", sa.Double, nullable=False),
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


def write_figures(connection: sa.Connection, found: Sequence[Figures]) -> None:
    """Write the figures of some experiments instead of those that were there."""
    for table in (_FIGURES, _USAGE):
        prepare(connection, table)
        # What an experiment used before of a platform that it uses no more goes, too.
        numbers = [one.exp_id for one in found]
        connection.execute(table.delete().where(table.c.exp_id.in_(numbers)))
    rows = [dict(zip(_FIGURES.c.keys(), one)) for one in found]
    used = [{"exp_id": one.exp_id, **usage._asdict()} for one in found for usage in one.usage]
    insert_rows(connection, _FIGURES, rows)
    insert_rows(connection, _USAGE, used)
