"""``/v4/experiments/{expid}/forecast``: when an experiment will be done, and how sure that is."""

from __future__ import annotations

from typing import Any

import numpy as np

from autosubmit_core.answers.formats import (
    date_stamps,
    in_words,
    instant,
    number_or_none,
)
from autosubmit_core.archive import Experiment
from autosubmit_core.archive.forecast import Outlook
from autosubmit_core.metrics.back_test import BackTest, relative_error
from autosubmit_core.metrics.forecast import Forecast
from autosubmit_core.metrics.simulation import Seconds

__all__ = ["MOST_NAMED", "forecast_answer"]

#: How many jobs of the critical path are named.
MOST_NAMED = 100
#: What 8 of 10 courses lie between, and the middle.
_SHARES = (0.1, 0.5, 0.9)

_ASSUMPTIONS = (
    "Autosubmit goes on now and does not pause; times count from the present moment.",
    "Each job takes, from the end of the last that it waits for, as long as one of the newest 500 of"
    " its section did in this experiment, queues and retries included.",
    "Jobs are late independently of each other: a bad week of the whole platform is not foreseen.",
)


def forecast_answer(experiment: Experiment, *, section: str = "SIM") -> dict[str, Any]:
    """Return when the rest of an experiment will be done, with what decides it, and past errors.

    ``section`` is the one whose end the older estimates are held against.
    """
    found = experiment.insight.outlook(section)
    made, now = found.forecast, experiment.now
    return {
        "sentence": _sentence(found),
        "remaining_jobs": found.remaining,
        "stuck_jobs": found.stuck,
        "end": made and _end(made.end_of(), now),
        "simulations": 0 if made is None else made.finish.shape[1],
        "members": [] if made is None else _members(experiment, made, now),
        "critical_path": made and _critical_path(experiment, made),
        "back_test": _back_test(found.back_test),
        "assumptions": _assumptions(found),
    }


def _sentence(found: Outlook) -> str:
    stuck = (
        f" {found.stuck} jobs failed, are suspended, or wait for such ones." if found.stuck else ""
    )
    if not found.remaining:
        return f"Nothing is left that can be done.{stuck}"
    if not found.dependencies_known:
        return f"Which job waits for which is not known, so nobody can tell how long the rest takes.{stuck}"
    if found.forecast is None:
        return f"Nothing was completed yet, so nobody can tell how long the rest takes.{stuck}"
    low, middle, high = _quantiles(found.forecast.end_of())
    return (
        f"Done in about {in_words(middle)}; in 8 of 10 cases in {in_words(low)} to"
        f" {in_words(high)}.{stuck}"
    )


def _quantiles(seconds: Seconds) -> list[float]:
    found: list[float] = np.quantile(seconds, _SHARES).tolist()
    return found


def _end(seconds: Seconds, now: int) -> dict[str, Any]:
    low, middle, high = _quantiles(seconds)
    return {
        "seconds": middle,
        "seconds_low": low,
        "seconds_high": high,
        "at": instant(now + round(middle)),
        "at_low": instant(now + round(low)),
        "at_high": instant(now + round(high)),
    }


def _members(experiment: Experiment, made: Forecast, now: int) -> list[dict[str, Any]]:
    """Return when each member of each start date is done, and how often it is the last one."""
    jobs = experiment.jobs.take(made.progress.job)
    keys = list(zip(date_stamps(jobs.date), jobs.member.tolist()))
    groups: dict[tuple[str | None, str | None], list[int]] = {}
    for row, key in enumerate(keys):
        if key[1] is not None:
            groups.setdefault(key, []).append(row)
    ends = {key: made.end_of(np.array(rows)) for key, rows in groups.items()}
    last = np.argmax(np.stack(list(ends.values())), axis=0) if ends else np.zeros(0, dtype=int)
    decides = np.bincount(last, minlength=len(ends)) / max(len(last), 1)
    return [
        {
            "date": date,
            "member": member,
            "remaining_jobs": len(groups[date, member]),
            "end": _end(end, now),
            "decides": share,
            "slack_seconds": float(made.slack[groups[date, member]].min()),
        }
        for ((date, member), end), share in zip(ends.items(), decides.tolist())
    ]


def _critical_path(experiment: Experiment, made: Forecast) -> dict[str, Any]:
    """Return the jobs of which any delay delays the end."""
    jobs = experiment.jobs.take(made.progress.job[made.critical])
    took = made.took[made.critical]
    sections = dict.fromkeys(jobs.section.tolist())
    return {
        "jobs": len(jobs),
        "seconds": float(took.sum()),
        "sections": [
            {
                "section": name,
                "jobs": int((jobs.section == name).sum()),
                "seconds": float(took[jobs.section == name].sum()),
            }
            for name in sections
        ],
        "job_names": jobs.name[:MOST_NAMED].tolist(),
    }


def _back_test(found: BackTest) -> dict[str, Any] | None:
    """Return the forecasts of past moments beside what came; None if the past is too short."""
    if not len(found):
        return None
    within = (found.low <= found.actual) & (found.actual <= found.high)
    rows = {name: values.tolist() for name, values in found.columns().items()}
    return {
        "moments": [
            {
                "at": instant(moment),
                "actual_seconds": rows["actual"][row],
                "seconds": rows["middle"][row],
                "seconds_low": rows["low"][row],
                "seconds_high": rows["high"][row],
                "section_actual_seconds": number_or_none(rows["section_actual"][row]),
                "section_seconds": number_or_none(rows["section_middle"][row]),
                "eta_seconds": number_or_none(rows["by_chunks"][row]),
                "eta_instances_seconds": number_or_none(rows["by_instances"][row]),
            }
            for row, moment in enumerate(rows["moment"])
        ],
        "within_interval": int(within.sum()),
        "error": number_or_none(relative_error(found.middle, found.actual)),
        "section_error": number_or_none(relative_error(found.section_middle, found.section_actual)),
        "eta_error": number_or_none(relative_error(found.by_chunks, found.section_actual)),
        "eta_instances_error": number_or_none(
            relative_error(found.by_instances, found.section_actual)
        ),
    }


def _assumptions(found: Outlook) -> list[str]:
    told = list(_ASSUMPTIONS)
    if found.guessed and found.forecast:
        told.append(
            f"Nothing of {', '.join(found.guessed)} was completed yet: as large a part of the wall"
            " clock is taken as other sections used of theirs."
        )
    if found.stuck:
        told.append("Jobs that failed or are suspended, and what waits for them, are left out.")
    return told
