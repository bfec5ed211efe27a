"""How well an experiment uses what it asks for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from autosubmit_core.metrics.constants import SECONDS_PER_HOUR
from autosubmit_core.metrics.efficiency import (
    PlatformEnergy,
    SectionUse,
    platform_energy,
    section_use,
)
from autosubmit_core.metrics.formulas import footprint
from autosubmit_core.metrics.statistics import wallclock_hours
from autosubmit_core.tables import FloatColumn, Int64Column

if TYPE_CHECKING:
    from autosubmit_core.archive.experiment import Experiment

__all__ = ["Carbon", "Efficiency", "attempt_processors", "attempt_wallclocks", "efficiency"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Carbon:
    """The energy of all jobs on one platform, and what it means in carbon dioxide."""

    energy: PlatformEnergy
    #: Grams of CO2 a megawatt-hour, and PUE; None if not configured.
    carbon_factor: float | None
    power_usage_effectiveness: float | None
    #: Grams of CO2 of what was measured and estimated; NaN if not known.
    grams: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Efficiency:
    """What the sections of an experiment use of what they ask for, and its carbon by platform."""

    sections: tuple[SectionUse, ...]
    carbon: tuple[Carbon, ...]


def efficiency(experiment: Experiment) -> Efficiency:
    """Return how well an experiment uses what it asks for, in all its runs."""
    history = experiment.insight.history
    processors, wallclocks = attempt_processors(experiment), attempt_wallclocks(experiment)
    # Sections that are gone from the configuration ask for nothing any more.
    sections = [
        name
        for name in dict.fromkeys(history.section.tolist())
        if name and experiment.configuration.section(name).known
    ]
    return Efficiency(
        sections=tuple(
            section_use(
                history,
                name,
                wallclock=round(experiment.wallclock_hours(name) * SECONDS_PER_HOUR),
                processors=experiment.processors(name),
                per_attempt=processors,
                wallclocks=wallclocks,
            )
            for name in sections
        ),
        carbon=tuple(_carbon(experiment, processors)),
    )


def attempt_processors(experiment: Experiment) -> Int64Column:
    """Return the processors of each row of the history: as noted, else as its section asks. (n,)"""
    history = experiment.insight.history
    sections = history.section.tolist()
    asked = {name: experiment.processors(name or "") for name in dict.fromkeys(sections)}
    configured = np.array([asked[name] for name in sections], dtype=np.int64)
    noted: Int64Column = np.where(history.ncpus > 0, history.ncpus, configured)
    return noted


def attempt_wallclocks(experiment: Experiment) -> FloatColumn:
    """Return how long each row of the history was allowed to run: as noted, else as its section asks now.

    0 if unknown. (n,) seconds
    """
    history = experiment.insight.history
    texts, sections = history.wallclock.tolist(), history.section.tolist()
    noted = {text: wallclock_hours(text).hours for text in dict.fromkeys(texts)}
    asked = {name: experiment.wallclock_hours(name or "") for name in dict.fromkeys(sections)}
    hours = [noted[text] or asked[name] for text, name in zip(texts, sections)]
    return np.array(hours, dtype=np.float64) * SECONDS_PER_HOUR


def _carbon(experiment: Experiment, processors: Int64Column) -> list[Carbon]:
    history, configuration = experiment.insight.history, experiment.configuration
    # The history writes platforms in any case of letters.
    as3 = configuration.kind == "as3"
    names = {name: name if as3 else name.upper() for name in set(history.platform) if name}
    made = []
    for energy in platform_energy(history, names, processors):
        settings = configuration.platform(energy.platform)
        joules = energy.measured + (energy.estimated if energy.unmeasured_core_hours else 0.0)
        factor, effectiveness = settings.carbon_factor, settings.power_usage_effectiveness
        known = factor is not None and energy.measured > 0
        grams = footprint(joules, factor or 0.0, effectiveness or 1.0) if known else np.nan
        made.append(
            Carbon(
                energy=energy,
                carbon_factor=factor,
                power_usage_effectiveness=effectiveness,
                grams=float(grams),
            )
        )
    return made
