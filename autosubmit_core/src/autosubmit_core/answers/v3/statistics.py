"""``/v3/stats/{expid}/{hours}/{section}``: what attempts of jobs took, against what they asked for."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from autosubmit_core.archive import Experiment
from autosubmit_core.errors import RequestError
from autosubmit_core.metrics.statistics import JobStatistics, StatisticsSummary, summarized
from autosubmit_core.tables import TextColumn

__all__ = ["ANY_SECTION", "EMPTY", "statistics_answer"]

#: What is answered when no job is of the section and time.
EMPTY: dict[str, Any] = {"Statistics": None, "summary": None}

#: What asks for the jobs of all sections.
ANY_SECTION = "Any"


def statistics_answer(
    experiment: Experiment, *, section: str = ANY_SECTION, hours: int = 0
) -> dict[str, Any]:
    """Return the statistics of jobs of a section that were active in the last hours (0: ever).

    All durations are in hours. Raises :class:`RequestError` if no job is of that section and time.
    """
    made = experiment.statistics(None if section == ANY_SECTION else section, hours)
    until = experiment.now - experiment.now % 60
    # A client may ask for more hours than there are dates; nothing that is known is from before 1970.
    since = max(until - hours * 3600, 0) if hours > 0 else None
    period = {"From": _minute(since), "To": _minute(until)}
    known = section == ANY_SECTION or bool((experiment.jobs.section == section).any())
    if not len(experiment.jobs) or not known or (since is not None and not len(made)):
        when = "" if since is None else f" was active from {period['From']} to {period['To']}"
        raise RequestError(f"No job of section '{section}'{when or ' is in the experiment'}.")
    return {
        "Statistics": {"Period": period, "JobStatistics": _elements(made, experiment.jobs.name)},
        "summary": _summary(summarized(made)),
    }


def _minute(seconds: int | None) -> str:
    """Return an instant as this answer writes it; the text ``None``, which clients look for."""
    return "None" if seconds is None else str(datetime.fromtimestamp(seconds).astimezone())


def _elements(made: JobStatistics, names: TextColumn) -> list[dict[str, Any]]:
    columns = {
        "name": names[made.job],
        "processors": made.processors,
        "wallclock": made.wallclock,
        "completedQueueTime": made.completed_queue,
        "completedRunTime": made.completed_run,
        "failedQueueTime": made.failed_queue,
        "failedRunTime": made.failed_run,
        "cpuConsumption": made.core_hours,
        "failedCpuConsumption": made.failed_core_hours,
        "expectedCpuConsumption": made.expected_core_hours,
        "realConsumption": made.run,
        "failedRealConsumption": made.failed_run,
        "expectedConsumption": made.wallclock,
        "retrialCount": made.attempts,
        "submittedCount": made.attempts,
        "completedCount": made.completed,
        "failedCount": made.failed,
        "unfinishedCount": made.unfinished,
    }
    rows = zip(*(values.tolist() for values in columns.values()))
    return [dict(zip(columns, row)) for row in rows]


def _summary(sums: StatisticsSummary) -> dict[str, Any]:
    return {
        "cpuConsumptionPercentage": round(sums.core_hours_percentage, 2),
        "totalQueueTime": round(sums.queue, 2),
        "submittedCount": sums.attempts,
        "runCount": sums.attempts,
        "completedCount": sums.completed,
        "failedCount": sums.failed,
        "unfinishedCount": sums.unfinished,
        "expectedConsumption": round(sums.expected_run, 4),
        "realConsumption": round(sums.run, 4),
        "failedRealConsumption": round(sums.failed_run, 4),
        "expectedCpuConsumption": round(sums.expected_core_hours, 4),
        "cpuConsumption": round(sums.core_hours, 4),
        "failedCpuConsumption": round(sums.failed_core_hours, 4),
    }
