"""How long jobs on a platform may be silent while all is well."""

from __future__ import annotations

import numpy as np

from autosubmit_core.metrics.constants import SECONDS_PER_DAY
from autosubmit_core.metrics.past_times import PastTimes, survival
from autosubmit_core.status import ON_PLATFORM, QUEUED, Status
from autosubmit_core.tables import FloatColumn, InstantColumn, JobTable

__all__ = ["awaited_until", "chance_of_silence"]


def chance_of_silence(
    jobs: JobTable,
    instants: tuple[InstantColumn, InstantColumn, InstantColumn],
    past: PastTimes,
    moved: int,
    now: int,
) -> float:
    """Return how likely it is that no job on a platform started or ended since something moved.

    Of a job that has been running for a, that is S(a + silence) / S(a), where S is the share of past
    run times of its section that were longer; likewise for one that queues. Jobs are taken to be
    independent, so the chances multiply. NaN if there are no jobs of which the past tells.

    Of 99 past jobs the half took an hour, and one has been running for two since anything moved:

    >>> jobs = JobTable.of(1, section=["SIM"], status=[Status.RUNNING])
    >>> began, none = np.array([100]), np.zeros(1, dtype=np.int64)
    >>> past = PastTimes(run={"SIM": np.repeat([3600, 9000], [50, 49])}, queue={})
    >>> chance_of_silence(jobs, (none, began, none), past, moved=100, now=7300)
    0.5
    """
    submit, start, _ = instants
    chance, known = 1.0, False
    for statuses, since, times in (
        (QUEUED, submit, past.queue),
        ((Status.RUNNING,), start, past.run),
    ):
        rows = np.flatnonzero(np.isin(jobs.status, statuses) & (since > 0))
        for section in dict.fromkeys(jobs.section[rows].tolist()):
            values = times.get(section or "")
            if values is None:
                continue
            begun = since[rows[jobs.section[rows] == section]]
            before = survival(values, np.maximum(moved - begun, 0))
            chance *= float(np.prod(survival(values, np.maximum(now - begun, 0)) / before))
            known = True
    return chance if known else float("nan")


def awaited_until(
    jobs: JobTable,
    instants: tuple[InstantColumn, InstantColumn, InstantColumn],
    wallclock: FloatColumn,
    past: PastTimes,
) -> int:
    """Return when the last job on a platform has to be over; 0 if there is none.

    One that queues starts within the longest queue time of its section, or a day; one that runs
    ends within its wall clock, else the longest run time of its section, else a day.
    """
    submit, start, _ = instants
    latest = 0
    for row in np.flatnonzero(np.isin(jobs.status, ON_PLATFORM)).tolist():
        section = jobs.section[row] or ""
        longest_run = int(past.run[section][-1]) if section in past.run else SECONDS_PER_DAY
        begin = int(start[row])
        if jobs.status[row] != Status.RUNNING or not begin:
            longest_queue = int(past.queue[section][-1]) if section in past.queue else 0
            begin = int(submit[row]) + max(longest_queue, SECONDS_PER_DAY)
        latest = max(latest, begin + (int(wallclock[row]) or longest_run))
    return latest
