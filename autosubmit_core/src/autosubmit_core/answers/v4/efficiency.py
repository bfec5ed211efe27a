"""``/v4/experiments/{expid}/efficiency``: asked for against used, costs, carbon, and CPMIP."""

from __future__ import annotations

import math
from typing import Any

from autosubmit_core.answers.formats import in_words, number_or_none, share
from autosubmit_core.archive import Experiment
from autosubmit_core.archive.efficiency import Carbon, Efficiency
from autosubmit_core.metrics.efficiency import SectionUse

__all__ = ["efficiency_answer"]

_ASSUMPTIONS = (
    "All runs and all attempts count, those that failed too.",
    "Where the scheduler measured no energy, an attempt is taken to have used as much per core hour"
    " as the measured ones on the same platform; platforms without any measure are left out.",
    "Grams are joules / 3.6e9 · CF · PUE, with CF and PUE as configured of each platform; without a PUE"
    " it is 1.",
    "Storage, networks, building the machine and idle nodes are not counted.",
)
_NOT_YET = "No completed simulation, or no configuration, tells it."


def efficiency_answer(experiment: Experiment) -> dict[str, Any]:
    """Return what each section used of what it asked for, with the configuration that would do."""
    found = experiment.insight.efficiency()
    queue, run = (sum(getattr(use, kind) for use in found.sections) for kind in ("queue", "run"))
    hours = sum(use.core_hours for use in found.sections)
    failed = sum(use.failed_core_hours for use in found.sections)
    return {
        "sections": [_section(use) for use in found.sections],
        "suggestion": _suggestion(experiment, found),
        "queue_share": share(queue, queue + run),
        "core_hours": hours,
        "failed_core_hours": failed,
        "failed_share": share(failed, hours),
        "carbon": _carbon(found),
        "cpmip": _cpmip(experiment),
    }


def _section(use: SectionUse) -> dict[str, Any]:
    return {
        "section": use.section,
        "completed": use.completed,
        "failed": use.failed,
        "ended_by_wallclock": use.at_wallclock,
        "wallclock_seconds": use.wallclock or None,
        "run_seconds_median": use.middle_run or None,
        "run_seconds_p99": use.late_run or None,
        "run_seconds_longest": use.longest_run or None,
        "wallclock_used": share(use.middle_run, use.wallclock),
        "suggested_wallclock_seconds": use.suggested_wallclock or None,
        "processors": use.processors,
        "noted_processors": use.noted_processors or None,
        "noted_nodes": use.noted_nodes or None,
        "largest_memory": use.largest_memory or None,
        "queue_seconds": use.queue,
        "run_seconds": use.run,
        "queue_share": share(use.queue, use.queue + use.run),
        "core_hours": use.core_hours,
        "failed_core_hours": use.failed_core_hours,
        "failed_share": share(use.failed_core_hours, use.core_hours),
    }


def _suggestion(experiment: Experiment, found: Efficiency) -> str | None:
    """Return the lines of a configuration with better wall clocks; None if there are none."""
    better = [use for use in found.sections if use.suggested_wallclock]
    if not better:
        return None
    if experiment.configuration.kind == "as3":
        blocks = [
            f"# {_reason(use)}\n[{use.section}]\nWALLCLOCK = {_clock(use.suggested_wallclock)}\n"
            for use in better
        ]
        return "\n".join(blocks)
    lines = [
        f'  {use.section}:\n    # {_reason(use)}\n    WALLCLOCK: "{_clock(use.suggested_wallclock)}"\n'
        for use in better
    ]
    return "JOBS:\n" + "".join(lines)


def _reason(use: SectionUse) -> str:
    took = f"99 of 100 of {use.completed} jobs took {in_words(use.late_run)} or less"
    ended = f", and {use.at_wallclock} were ended by their wall clocks" if use.at_wallclock else ""
    return f"was {_clock(use.wallclock)}; {took}{ended}"


def _clock(seconds: int) -> str:
    return f"{seconds // 3600:02}:{seconds % 3600 // 60:02}"


def _carbon(found: Efficiency) -> dict[str, Any]:
    known = [carbon.grams for carbon in found.carbon if not math.isnan(carbon.grams)]
    return {
        "grams_co2": sum(known) if known else None,
        "platforms": [_of_platform(carbon) for carbon in found.carbon],
        "assumptions": list(_ASSUMPTIONS),
    }


def _of_platform(carbon: Carbon) -> dict[str, Any]:
    energy = carbon.energy
    return {
        "platform": energy.platform,
        "core_hours": energy.core_hours,
        "measured_joules": energy.measured or None,
        "estimated_joules": number_or_none(energy.estimated),
        "unmeasured_core_hours": energy.unmeasured_core_hours,
        "carbon_factor": carbon.carbon_factor,
        "power_usage_effectiveness": carbon.power_usage_effectiveness,
        "grams_co2": number_or_none(carbon.grams),
    }


def _cpmip(experiment: Experiment) -> list[dict[str, Any]]:
    """Return the metrics of CPMIP with the values that Autosubmit's data can fill.

    (Balaji et al. 2017, doi:10.5194/gmd-10-19-2017, table 1.)
    """
    made = experiment.performance()
    simulated = len(made.considered) + len(made.not_considered) > 0
    elements = float(made.processing_elements) if simulated else None
    model = "It is a property of the model; Autosubmit notes nothing of it."
    inside = "It needs timings or sizes inside the model; Autosubmit notes none."
    rows: tuple[tuple[str, str, str, float | str | None, str | None], ...] = (
        ("Resolution", "", "grid points", None, model),
        ("Complexity", "", "prognostic variables", None, model),
        ("Platform", "", "", experiment.emissions.platform or None, None),
        ("Simulated years per day", "SYPD", "a/d", made.simulated_years_per_day, None),
        ("Actual SYPD", "ASYPD", "a/d", made.actual_simulated_years_per_day, None),
        ("Core hours per simulated year", "CHSY", "h/a", made.core_hours_per_simulated_year, None),
        ("Parallelization", "", "cores", elements, None),
        ("Joules per simulated year", "JPSY", "J/a", made.joules_per_simulated_year, None),
        ("Coupling cost", "", "", None, inside),
        ("Memory bloat", "", "", None, inside),
        ("Data output cost", "", "", None, inside),
        ("Data intensity", "", "GB/h", None, inside),
    )
    return [
        {
            "metric": metric,
            "abbreviation": short or None,
            "unit": unit or None,
            "value": None if _unknown(value) else value,
            "why_not": (why_not or _NOT_YET) if _unknown(value) else None,
        }
        for metric, short, unit, value, why_not in rows
    ]


def _unknown(value: float | str | None) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))
