"""The fleet task: what every experiment used, and how fast it simulates."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import sqlalchemy as sa

from autosubmit_core.archive import Experiment
from autosubmit_core.archive.efficiency import attempt_processors
from autosubmit_core.metrics.efficiency import platform_energy
from autosubmit_core.metrics.fleet import attempts_by_platform
from autosubmit_core.readers.locations import Locations
from autosubmit_core.store.figures import Figures, Usage, write_figures
from autosubmit_core.tables import TextColumn
from autosubmit_core.workers.passes import Task

__all__ = ["FiguresTask"]


class FiguresTask(Task[Figures]):
    """Writes what each experiment used; of those that cannot be read any more it stays."""

    name = "fleet"
    key = "TASK_FLEET"
    minutes = 60
    meaning = "what every experiment used, for the sums of /v4/fleet"

    def examine(self, experiment: Experiment) -> Figures:
        made, registered = experiment.performance(), experiment.registered
        configuration, folder = experiment.configuration, experiment.folder
        return Figures(
            int(registered.id[0]),
            experiment.expid,
            registered.user[0] or (folder.owner_name if folder else ""),
            configuration.model,
            configuration.main_platform,
            _known(made.simulated_years_per_day),
            _known(made.actual_simulated_years_per_day),
            _known(made.core_hours_per_simulated_year),
            _usage(experiment, made.simulated_years, float(made.considered.run.sum())),
        )

    def write(
        self,
        connection: sa.Connection,
        locations: Locations,
        found: Sequence[Figures],
        *,
        first: bool,
    ) -> None:
        write_figures(connection, found)


def _usage(experiment: Experiment, years: float, seconds: float) -> tuple[Usage, ...]:
    """Return what an experiment used of each platform; its simulations count where SIM runs."""
    history = experiment.insight.history
    processors = attempt_processors(experiment)
    platform = _platforms(history.platform)
    named = replace(history, platform=platform)
    jobs = Counter(_platforms(experiment.requests.platform).tolist())
    attempts = attempts_by_platform(history, platform, processors)
    energy = {one.platform: one for one in platform_energy(named, {}, processors)}
    where = _platforms(np.array([experiment.emissions.platform], dtype=object))[0]
    names = sorted({*jobs, *attempts, *energy, *([where] if years else [])})
    return tuple(
        Usage(
            name,
            jobs[name],
            *attempts.get(name, (0, 0.0, 0.0)),
            energy=energy[name].measured if name in energy else 0.0,
            estimated_energy=(_known(energy[name].estimated) or 0.0) if name in energy else 0.0,
            simulated_years=years if name == where else 0.0,
            simulated_seconds=seconds if name == where else 0.0,
        )
        for name in names
    )


def _platforms(names: TextColumn) -> TextColumn:
    """Return platforms as Autosubmit 4 calls them: sources write them in any case of letters."""
    upper = {name: (name or "").upper() for name in set(names.tolist())}
    return np.array([upper[name] for name in names.tolist()], dtype=object)


def _known(value: float) -> float | None:
    return None if math.isnan(value) else float(value)
