"""A job is overdue beyond its wall clock, or beyond what its section usually takes."""

from __future__ import annotations

import numpy as np
import pytest

from autosubmit_core.metrics.overdue import OverdueJobs, overdue_jobs
from autosubmit_core.metrics.past_times import PastTimes
from autosubmit_core.status import Status
from autosubmit_core.tables import JobTable

NOW = 1_700_000_000
#: 100 attempts that took 1, 2, … 100 minutes, and queued a tenth of that.
MINUTES = np.arange(1, 101) * 60
PAST = PastTimes(run={"SIM": MINUTES}, queue={"SIM": MINUTES // 10})


def overdue(
    status: Status,
    *,
    submitted: int,
    started: int = 0,
    wallclock: float = 0.0,
    past: PastTimes = PAST,
) -> OverdueJobs:
    jobs = JobTable.of(1, name=["t000_SIM"], section=["SIM"], status=[status])
    submit, start = np.array([NOW - submitted]), np.array([NOW - started])
    return overdue_jobs(jobs, submit, start, np.array([wallclock]), past, NOW)


@pytest.mark.parametrize(("seconds", "found"), [(3600, 0), (3601, 1)])
def test_a_job_that_runs_longer_than_its_wall_clock(seconds: int, found: int) -> None:
    made = overdue(Status.RUNNING, submitted=seconds + 60, started=seconds, wallclock=3600)
    assert len(made) == found


@pytest.mark.parametrize(("minutes", "found"), [(99, 0), (100, 1)])
def test_a_job_that_runs_longer_than_99_of_100_of_its_section(minutes: int, found: int) -> None:
    made = overdue(Status.RUNNING, submitted=minutes * 60 + 60, started=minutes * 60)
    assert len(made) == found
    assert set(made.usual.tolist()) <= {99 * 60}


def test_a_job_that_queues_longer_than_99_of_100_of_its_section() -> None:
    # The largest but one queued for 9.9 minutes.
    assert not len(overdue(Status.QUEUING, submitted=594))
    assert overdue(Status.QUEUING, submitted=595).usual.tolist() == [594]


def test_a_short_past_tells_nothing() -> None:
    past = PastTimes(run={"SIM": MINUTES[:19]}, queue={})
    assert not len(overdue(Status.RUNNING, submitted=99_060, started=99_000, past=past))


def test_a_start_that_is_the_submission_counts_with_the_queue() -> None:
    # 99 minutes of run and 594 s of queue are usual: 6534 s.
    made = overdue(Status.RUNNING, submitted=6535, started=6535)
    assert made.usual.tolist() == [6534]
    assert made.with_queue.tolist() == [True]
    assert not len(overdue(Status.RUNNING, submitted=6534, started=6534))
    # With a wall clock of an hour and no past to tell how long it queued, nobody knows.
    none = PastTimes(run={}, queue={})
    assert not len(overdue(Status.RUNNING, submitted=4000, started=4000, wallclock=3600, past=none))


def test_what_has_ended_is_not_overdue() -> None:
    assert not len(overdue(Status.COMPLETED, submitted=99_060, started=99_000, wallclock=60))
