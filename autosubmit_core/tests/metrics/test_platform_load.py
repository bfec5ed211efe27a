"""How full a platform is, is counted in submissions, as Autosubmit does."""

from __future__ import annotations

import numpy as np
import pytest

from autosubmit_core.metrics.platform_load import PlatformLoad, platform_load
from autosubmit_core.status import Status
from autosubmit_core.tables import JobTable


def load(
    status: list[Status],
    numbers: list[int],
    *,
    most_waiting: int | None = None,
    most_total: int | None = None,
) -> PlatformLoad:
    jobs = JobTable.of(len(status), status=status, scheduler_id=numbers)
    there = np.array(["MN5"] * len(status), dtype=object)
    return platform_load(jobs, there, "MN5", most_waiting=most_waiting, most_total=most_total)


def test_the_jobs_of_a_wrapper_are_one_submission() -> None:
    made = load([Status.QUEUING] * 3 + [Status.RUNNING], [7, 7, 8, 9])
    assert (made.waiting, made.total) == (2, 3)


def test_a_job_without_a_number_counts_for_itself() -> None:
    assert load([Status.SUBMITTED] * 2, [0, 0]).waiting == 2


@pytest.mark.parametrize(
    ("most_waiting", "most_total", "full"),
    [(None, None, False), (2, None, True), (3, 4, False), (3, 3, True)],
)
def test_a_platform_is_full_when_either_limit_is_reached(
    most_waiting: int | None, most_total: int | None, full: bool
) -> None:
    made = load(
        [Status.QUEUING, Status.SUBMITTED, Status.RUNNING],
        [1, 2, 3],
        most_waiting=most_waiting,
        most_total=most_total,
    )
    assert made.full is full


def test_jobs_elsewhere_do_not_count() -> None:
    jobs = JobTable.of(2, status=[Status.RUNNING] * 2, scheduler_id=[1, 2])
    there = np.array(["MN5", "LOCAL"], dtype=object)
    made = platform_load(jobs, there, "MN5", most_waiting=None, most_total=None)
    assert made.total == 1
