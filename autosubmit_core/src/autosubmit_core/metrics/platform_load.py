"""How many jobs an experiment has on a platform, against how many Autosubmit lets it have."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from autosubmit_core.status import ON_PLATFORM, Status
from autosubmit_core.tables import BoolColumn, Int8Column, JobTable, TextColumn

__all__ = ["PlatformLoad", "on_platform", "platform_load"]

#: What Autosubmit counts against MAXWAITINGJOBS: held jobs, which wait for their parents, it does not.
_WAITING = (Status.SUBMITTED, Status.QUEUING)
#: What it counts against TOTALJOBS: also jobs of which the platform could not say what became of them.
_THERE = (*ON_PLATFORM, Status.UNKNOWN)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformLoad:
    """The submissions of an experiment that are on a platform; the jobs of a wrapper are one."""

    platform: str
    #: Submitted or queuing, and the limit MAXWAITINGJOBS; None if there is none.
    waiting: int
    most_waiting: int | None
    #: All that are there, and the limit TOTALJOBS.
    total: int
    most_total: int | None

    @property
    def full(self) -> bool:
        """Whether Autosubmit submits no more before something there starts or ends."""
        return _reached(self.waiting, self.most_waiting) or _reached(self.total, self.most_total)


def on_platform(status: Int8Column) -> BoolColumn:
    """Tell which jobs are on a platform, or may be. (n,) bool

    >>> on_platform(np.array([Status.RUNNING, Status.READY])).tolist()
    [True, False]
    """
    there: BoolColumn = np.isin(status, _THERE)
    return there


def platform_load(
    jobs: JobTable,
    platform_of: TextColumn,
    platform: str,
    *,
    most_waiting: int | None,
    most_total: int | None,
) -> PlatformLoad:
    """Return how many submissions are on a platform; ``platform_of`` tells that of each job.

    >>> jobs = JobTable.of(3, status=[3, 3, 4], scheduler_id=[7, 7, 8])
    >>> there = np.array(["MN5"] * 3, dtype=object)
    >>> made = platform_load(jobs, there, "MN5", most_waiting=1, most_total=20)
    >>> made.waiting, made.total, made.full
    (1, 2, True)
    """
    here = platform_of == platform
    return PlatformLoad(
        platform=platform,
        waiting=_submissions(jobs, here & np.isin(jobs.status, _WAITING)),
        most_waiting=most_waiting,
        total=_submissions(jobs, here & on_platform(jobs.status)),
        most_total=most_total,
    )


def _submissions(jobs: JobTable, chosen: BoolColumn) -> int:
    """Return how many submissions some jobs are: one for each number in the scheduler."""
    numbers = jobs.scheduler_id[chosen]
    return len(np.unique(numbers[numbers != 0])) + int((numbers == 0).sum())


def _reached(count: int, most: int | None) -> bool:
    return most is not None and count >= most
