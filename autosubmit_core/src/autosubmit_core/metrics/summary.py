"""The state of an experiment in a dozen numbers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from autosubmit_core.metrics.job_times import JobTimes
from autosubmit_core.names import is_sim_job
from autosubmit_core.status import Status
from autosubmit_core.tables import BoolColumn, Int64Column, JobTable

__all__ = ["Summary", "summary"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """Counts, and mean times in seconds; a mean over no job is 0.0."""

    running: int
    suspended: int
    queuing: int
    failed: int
    submitted: int
    #: Names of the failed jobs, in list order.
    failed_jobs: tuple[str, ...]
    #: Over jobs that queue, run or ended, and over those that run or ended.
    mean_queue_seconds: float
    mean_run_seconds: float
    #: Jobs with the part ``SIM`` in their name, of any status.
    simulations: int
    mean_simulation_queue_seconds: float
    mean_simulation_run_seconds: float
    #: Over how many of them the two means are. A SUBMITTED one is in neither.
    simulations_queue_considered: int
    simulations_run_considered: int


def summary(jobs: JobTable, times: JobTimes) -> Summary:
    """Return the summary of an experiment; ``times`` are row by row those of the jobs.

    A suspicious job (:class:`~autosubmit_core.metrics.job_times.JobTimes`) is in no group: neither
    its status nor its line of ``TOTAL_STATS`` is believed. All numbers are 0 without jobs.

    >>> jobs = JobTable.of(2, name=["a_SIM", "a_INI"], status=[Status.COMPLETED, Status.FAILED])
    >>> made = summary(jobs, JobTimes.of(2, run=[600, 0]))
    >>> made.mean_run_seconds, made.simulations, made.failed_jobs
    (300.0, 1, ('a_INI',))
    """

    def of(statuses: Iterable[Status]) -> BoolColumn:
        members: BoolColumn = np.isin(jobs.status, list(statuses)) & ~times.suspicious
        return members

    ran = of((Status.FAILED, Status.RUNNING, Status.COMPLETED))
    queued = ran | of((Status.SUBMITTED, Status.QUEUING))
    simulation = np.fromiter(map(is_sim_job, jobs.name), dtype=np.bool_, count=len(jobs))
    simulation_queued = simulation & (ran | of([Status.QUEUING]))
    failed = of([Status.FAILED])
    return Summary(
        running=_count(of([Status.RUNNING])),
        suspended=_count(of([Status.SUSPENDED])),
        queuing=_count(of([Status.QUEUING])),
        failed=_count(failed),
        submitted=_count(of([Status.SUBMITTED])),
        failed_jobs=tuple(jobs.name[failed].tolist()),
        mean_queue_seconds=_mean(times.queue[queued]),
        mean_run_seconds=_mean(times.run[ran]),
        simulations=_count(simulation),
        mean_simulation_queue_seconds=_mean(times.queue[simulation_queued]),
        mean_simulation_run_seconds=_mean(times.run[simulation & ran]),
        simulations_queue_considered=_count(simulation_queued),
        simulations_run_considered=_count(simulation & ran),
    )


def _count(members: npt.NDArray[np.bool_]) -> int:
    return int(np.count_nonzero(members))


def _mean(seconds: Int64Column) -> float:
    return float(seconds.mean()) if len(seconds) else 0.0
