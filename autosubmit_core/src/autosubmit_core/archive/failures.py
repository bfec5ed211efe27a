"""What failed in an experiment, and why, as far as its logs tell."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from autosubmit_core.archive.efficiency import attempt_processors, attempt_wallclocks
from autosubmit_core.errors import SourceError
from autosubmit_core.metrics.failures import (
    Cost,
    FailureGroup,
    LogLine,
    at_wallclock,
    cost,
    failed_attempts,
    failure_groups,
    is_cause,
)
from autosubmit_core.metrics.log_lines import LAST
from autosubmit_core.readers.logs import JobLogs, is_job_log_name
from autosubmit_core.tables import Int64Column, NotedFailureTable

if TYPE_CHECKING:
    from autosubmit_core.archive.experiment import Experiment

__all__ = ["MOST_LOGS", "Elsewhere", "Failures", "failures", "failures_elsewhere"]

#: Of how many failed attempts, the newest, logs are read; and for how long at most, in seconds, those
#: that were not read before.
MOST_LOGS = 500
READING_SECONDS = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Failures:
    """The failed attempts of an experiment."""

    groups: tuple[FailureGroup, ...]
    #: What each group used up, and all failed attempts, and all attempts that ended.
    costs: tuple[Cost, ...]
    failed: Cost
    everything: Cost
    #: How many attempts failed, of how many that ended.
    attempts: int
    ended: int
    #: Of how many of them logs were read, are not there, and were left out as too many.
    read: int
    missing: int
    left_out: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere:
    """The failures of other experiments with the same line in their logs."""

    #: The expids, that in which it happened last first.
    expids: tuple[str, ...] = ()
    #: How many attempts, and when the first and the last of them ended, in seconds since 1970 UTC.
    attempts: int = 0
    first: int = 0
    last: int = 0


def failures_elsewhere(
    experiment: Experiment, groups: Sequence[FailureGroup]
) -> dict[str, Elsewhere] | None:
    """Return where else the same failed as in some groups, by their templates.

    It is as a background task noted it; None if none ever looked, or that cannot be read.
    """
    templates = [group.template for group in groups if group.template]
    noted = experiment.noted_failures(templates)
    if noted is None:
        return None
    others = noted.take(noted.name != experiment.expid)
    return {text: _others(others.take(others.template == text)) for text in templates}


def _others(same: NotedFailureTable) -> Elsewhere:
    if not len(same):
        return Elsewhere()
    return Elsewhere(
        expids=tuple(same.name[np.argsort(-same.last, kind="stable")].tolist()),
        attempts=int(same.attempts.sum()),
        first=int(same.first.min()),
        last=int(same.last.max()),
    )


def failures(experiment: Experiment) -> Failures:
    """Return the failed attempts by what explains them; those without a log make groups of their own."""
    history = experiment.insight.history
    rows = failed_attempts(history)
    lines, missing, left_out = _lines(experiment, rows)
    over = at_wallclock(history, rows, attempt_wallclocks(experiment)[rows])
    groups = failure_groups(rows, lines, over)
    ended = np.flatnonzero(history.finish > 0)
    return Failures(
        groups=tuple(groups),
        costs=tuple(_cost(experiment, group.rows) for group in groups),
        failed=_cost(experiment, rows),
        everything=_cost(experiment, ended),
        attempts=len(rows),
        ended=len(ended),
        read=len(rows) - missing - left_out,
        missing=missing,
        left_out=left_out,
    )


def _lines(experiment: Experiment, rows: Int64Column) -> tuple[dict[int, LogLine], int, int]:
    """Return what explains each attempt, and of how many there is no log, or was none read."""
    try:
        logs = experiment.logs.of_jobs
    except SourceError as error:
        experiment.warn("logs", "unreadable", f"Logs of jobs cannot be found ({error.reason}).")
        return {}, len(rows), 0
    lines: dict[int, LogLine] = {}
    deadline = time.monotonic() + READING_SECONDS
    missing = looked_at = 0
    left_out = 0
    for row in rows[::-1].tolist():
        names = _logs_of(experiment, logs, row)
        if not names:
            missing += 1
        elif looked_at >= MOST_LOGS:
            left_out += 1
        elif time.monotonic() > deadline:
            # What was read is kept: the next time there is time for more.
            experiment.only_for_now()
            left_out += 1
        else:
            looked_at += 1
            line = _explaining(experiment, names)
            if line is not None:
                lines[row] = line
    return lines, missing, left_out


def _logs_of(experiment: Experiment, logs: JobLogs, row: int) -> list[str]:
    """Return the logs of an attempt that are there, that of its errors first."""
    history = experiment.insight.history
    named = (logs.noted_log(history.err[row]), logs.noted_log(history.out[row]))
    return [name for name in named if name and is_job_log_name(name)]


def _explaining(experiment: Experiment, names: list[str]) -> LogLine | None:
    """Return the line of some logs that explains best; what the job printed only if its errors do not."""
    best: LogLine | None = None
    for name in names:
        try:
            found = experiment.logs.explanation(name)
        except SourceError as error:
            experiment.warn("logs", error.code, f"A log of a job cannot be read ({error.reason}).")
            continue
        if found is None or (found.rank == LAST and name != names[0]):
            continue
        if best is None or found.rank < best.explanation.rank:
            best = LogLine(name, found)
        if is_cause(best):
            break
    return best


def _cost(experiment: Experiment, rows: Int64Column) -> Cost:
    """Return what attempts used up, on as many processors as were noted, else asked for."""
    return cost(experiment.insight.history, rows, attempt_processors(experiment)[rows])
