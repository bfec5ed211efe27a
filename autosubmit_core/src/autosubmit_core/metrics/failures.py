"""Attempts that failed, grouped by the line that explains them, and what they cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from autosubmit_core.metrics.constants import SECONDS_PER_HOUR
from autosubmit_core.metrics.durations import durations
from autosubmit_core.metrics.log_lines import CAUSE, Explanation, template
from autosubmit_core.status import Status
from autosubmit_core.tables import UNWRAPPED, FloatColumn, Int64Column, JobHistory

__all__ = [
    "Cost",
    "FailureGroup",
    "LogLine",
    "at_wallclock",
    "cost",
    "failed_attempts",
    "failure_groups",
    "is_cause",
]

#: An attempt that ends so near to its wall clock was ended by it: so many seconds at most, and no
#: less than this share of it, or of short wall clocks every attempt would be near the end.
NEAR_WALLCLOCK, NEAR_SHARE = 120, 0.9


class LogLine(NamedTuple):
    """What explains a failed attempt, and the log that says so."""

    log: str
    explanation: Explanation


class Cost(NamedTuple):
    """What some attempts used up."""

    core_hours: float
    #: Joules, of those attempts of which it was measured, and how many these are.
    energy: float
    measured: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureGroup:
    """Failed attempts that say the same of themselves."""

    #: The line with all that varies replaced; None of attempts of which no log tells.
    template: str | None
    #: Of those without a log, whether they ran as long as they were allowed to.
    at_wallclock: bool
    #: How well the line explains: 0 a cause, 1 some error, 2 a consequence, 3 the last thing said; -1
    #: without a log.
    rank: int
    #: The attempts as rows of the history, by the time of their end. (n,) int64
    rows: Int64Column
    #: The line and log of the newest of them; None without one.
    example: LogLine | None


def failed_attempts(history: JobHistory) -> Int64Column:
    """Return the attempts that failed as rows of the history, by the time of their end, (n,) int64.

    >>> history = JobHistory.of(3, status=[-1, 5, -1], finish=[900, 500, 400])
    >>> failed_attempts(history).tolist()
    [2, 0]
    """
    rows = np.flatnonzero((history.status == Status.FAILED) & (history.rowtype >= UNWRAPPED))
    ended: Int64Column = rows[np.argsort(history.finish[rows], kind="stable")]
    return ended


def failure_groups(
    rows: Int64Column, lines: Mapping[int, LogLine], over: npt.NDArray[np.bool_]
) -> list[FailureGroup]:
    """Return failed attempts by what explains them, the most frequent first, those without a log last.

    ``lines`` has the line of each attempt of which a log tells, by its row; ``over`` tells of each
    attempt whether it ran as long as it was allowed to, (n,).
    """
    groups: dict[tuple[str | None, bool], list[int]] = {}
    for row, ran_out in zip(rows.tolist(), over.tolist()):
        line = lines.get(row)
        key = (None, ran_out) if line is None else (template(line.explanation.line), False)
        groups.setdefault(key, []).append(row)
    made = []
    for (text, ran_out), members in groups.items():
        newest = lines.get(members[-1])
        made.append(
            FailureGroup(
                template=text,
                at_wallclock=ran_out,
                rank=-1 if newest is None else newest.explanation.rank,
                rows=np.array(members, dtype=np.int64),
                example=newest,
            )
        )
    return sorted(made, key=lambda group: (group.example is None, -len(group.rows)))


def at_wallclock(
    history: JobHistory, rows: Int64Column, wallclock: FloatColumn
) -> npt.NDArray[np.bool_]:
    """Tell which attempts ran as long as they were allowed to, (n,) bool.

    ``wallclock`` is in seconds, (n,), 0 if unknown: then, as of those that never ran, it is not so.

    >>> history = JobHistory.of(2, start=[100, 100], finish=[3690, 2000])
    >>> at_wallclock(history, np.array([0, 1]), np.array([3600.0, 3600.0])).tolist()
    [True, False]
    """
    ran = durations(history.start[rows], history.finish[rows])
    near = np.maximum(wallclock - NEAR_WALLCLOCK, NEAR_SHARE * wallclock)
    over: npt.NDArray[np.bool_] = (wallclock > 0) & (ran >= near)
    return over


def cost(history: JobHistory, rows: npt.NDArray[np.integer], processors: Int64Column) -> Cost:
    """Return what some attempts used up; ``processors`` are those of each, (n,).

    Core hours = Σ processors · (finish - start) / 3600; energy = Σ of what the scheduler measured.

    >>> history = JobHistory.of(2, start=[100, 0], finish=[3700, 900], energy=[5e6, 0])
    >>> cost(history, np.array([0, 1]), np.array([48, 48]))
    Cost(core_hours=48.0, energy=5000000.0, measured=1)
    """
    seconds = durations(history.start[rows], history.finish[rows])
    energy = history.energy[rows]
    return Cost(
        core_hours=float((processors * seconds).sum() / SECONDS_PER_HOUR),
        energy=float(energy.sum()),
        measured=int((energy > 0).sum()),
    )


def is_cause(line: LogLine | None) -> bool:
    """Tell whether a line leaves nothing to be looked for elsewhere."""
    return line is not None and line.explanation.rank == CAUSE
