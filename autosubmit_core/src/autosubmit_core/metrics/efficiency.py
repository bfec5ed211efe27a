"""What jobs asked for against what they used, and the energy of a whole workflow."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from autosubmit_core.metrics.constants import SECONDS_PER_HOUR
from autosubmit_core.metrics.durations import durations
from autosubmit_core.metrics.failures import at_wallclock
from autosubmit_core.metrics.past_times import FEW, first_of_submission, quantile
from autosubmit_core.status import Status
from autosubmit_core.tables import FloatColumn, Int64Column, JobHistory

__all__ = ["PlatformEnergy", "SectionUse", "platform_energy", "section_use", "suggested_wallclock"]

#: A wall clock is suggested with so much room over what 99 of 100 jobs took, in steps of so many
#: seconds; and a shorter one only if so many times as much is asked for.
ROOM, STEP, WASTEFUL = 1.2, 300, 1.5


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionUse:
    """What the ended attempts of one section asked for and used. Seconds, where nothing else is said"""

    section: str
    completed: int
    failed: int
    #: Of the failed, those that ran as long as they were allowed to then.
    at_wallclock: int
    #: The wall clock asked for now; 0 if none.
    wallclock: int
    #: Run times of the completed: the middle, what 99 of 100 did not exceed, the longest; 0 of none.
    middle_run: int
    late_run: int
    longest_run: int
    #: The wall clock that would do; 0 if the one asked for is good, or too few jobs tell.
    suggested_wallclock: int
    #: Asked for, and as the scheduler noted, the middle of all; 0 if unknown.
    processors: int
    noted_processors: int
    noted_nodes: int
    #: The largest resident memory noted, in the unit of the scheduler; 0 if none was.
    largest_memory: float
    #: Sums over all ended attempts; a wrapper queues once, until its first job starts.
    queue: int
    run: int
    core_hours: float
    failed_core_hours: float


class PlatformEnergy(NamedTuple):
    """What all ended attempts on one platform used."""

    platform: str
    core_hours: float
    #: Joules that the scheduler measured, and what attempts without a measure used if they used as
    #: much per core hour; NaN if there is no measure at all.
    measured: float
    estimated: float
    #: Core hours of the attempts without a measure.
    unmeasured_core_hours: float


def suggested_wallclock(asked: int, runs: npt.NDArray[np.integer], too_short: int) -> int:
    """Return a wall clock that would do, in seconds; 0 if the one asked for is good.

    What 99 of 100 completed jobs took, and 20 % more, but not less than the longest, in steps of five
    minutes; and half as much again as ``too_short``, the longest wall clock that ended a job, 0 if none
    did. A shorter one is suggested if half as much again is asked for. Nothing is of fewer than 20 jobs.

    >>> suggested_wallclock(10_800, np.full(50, 3_000), 0), suggested_wallclock(3_600, np.full(50, 3_000), 0)
    (3600, 0)
    >>> suggested_wallclock(3_600, np.full(50, 3_000), 3_600)
    5400
    """
    if len(runs) < FEW or asked <= 0:
        return 0
    longest = float(runs.max())
    needed = max(ROOM * (quantile(runs, 0.99) or 0), longest, WASTEFUL * too_short, STEP)
    if needed <= asked < WASTEFUL * needed:
        return 0
    return math.ceil(needed / STEP) * STEP


def section_use(
    history: JobHistory,
    section: str,
    *,
    wallclock: int,
    processors: int,
    per_attempt: Int64Column,
    wallclocks: FloatColumn,
) -> SectionUse:
    """Return what the ended attempts of a section used.

    ``per_attempt`` are the processors of each row of the history, ``wallclocks`` the seconds that each
    was allowed to run, 0 if unknown; ``processors`` and ``wallclock`` what the section asks for now.
    """
    rows = np.flatnonzero((history.section == section) & (history.finish > 0))
    run = durations(history.start, history.finish)[rows]
    queue = durations(history.submit, history.start)[rows] * first_of_submission(history)[rows]
    completed = history.status[rows] == Status.COMPLETED
    failed = history.status[rows] == Status.FAILED
    allowed = wallclocks[rows]
    ended_by_it = failed & at_wallclock(history, rows, allowed)
    too_short = round(float(allowed[ended_by_it].max(initial=0.0)))
    runs = run[completed & (run > 0)]
    cores = per_attempt[rows] * run / SECONDS_PER_HOUR
    return SectionUse(
        section=section,
        completed=int(completed.sum()),
        failed=int(failed.sum()),
        at_wallclock=int(ended_by_it.sum()),
        wallclock=wallclock,
        middle_run=quantile(runs, 0.5) or 0,
        late_run=quantile(runs, 0.99) or 0,
        longest_run=int(runs.max(initial=0)),
        suggested_wallclock=suggested_wallclock(wallclock, runs, too_short),
        processors=processors,
        noted_processors=_middle(history.ncpus[rows]),
        noted_nodes=_middle(history.nnodes[rows]),
        largest_memory=float(history.max_rss[rows].max(initial=0.0)),
        queue=int(queue.sum()),
        run=int(run.sum()),
        core_hours=float(cores.sum()),
        failed_core_hours=float(cores[failed].sum()),
    )


def platform_energy(
    history: JobHistory, platform: Mapping[str, str], per_attempt: Int64Column
) -> list[PlatformEnergy]:
    """Return the energy of all ended attempts by platform, those with the most core hours first.

    ``platform`` gives the name under which each text of the history is configured.

    >>> history = JobHistory.of(
    ...     2, platform=["mn5", "mn5"], start=[100, 100], finish=[3700, 1900], energy=[6e6, 0.0]
    ... )
    >>> platform_energy(history, {"mn5": "MN5"}, np.array([10, 10]))[0].estimated
    3000000.0
    """
    run = durations(history.start, history.finish)
    hours = per_attempt * run / SECONDS_PER_HOUR
    names = np.array([platform.get(name or "", name or "") for name in history.platform], object)
    made = []
    for name in dict.fromkeys(names[run > 0].tolist()):
        here = (names == name) & (run > 0)
        has = here & (history.energy > 0)
        measured, without = float(history.energy[has].sum()), float(hours[here & ~has].sum())
        per_hour = measured / float(hours[has].sum()) if has.any() else math.nan
        estimated = per_hour * without
        made.append(PlatformEnergy(name, float(hours[here].sum()), measured, estimated, without))
    return sorted(made, key=lambda one: -one.core_hours)


def _middle(values: Int64Column) -> int:
    return quantile(values[values > 0], 0.5) or 0
