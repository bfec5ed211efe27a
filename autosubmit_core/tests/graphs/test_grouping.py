"""Groups of jobs of a date and member."""

from __future__ import annotations

import numpy as np
import pytest

from autosubmit_core.demo import jobs_named
from autosubmit_core.graphs.grouping import ROOM, date_member_groups
from autosubmit_core.graphs.positions import Positions
from autosubmit_core.status import Status


def test_groups_are_by_date_then_by_first_appearance_of_the_member() -> None:
    jobs = jobs_named(
        [
            "t000_INI",
            "t000_20010101_fc1_SIM",
            "t000_20000101_fc0_SIM",
            "t000_20000101_fc1_SIM",
            "t000_20000101_POST",
        ]
    )
    groups = date_member_groups(jobs, Positions.of(5, x=[0, 1000, 2000, 3000, 0], y=[0] * 5))
    assert groups.member.tolist() == ["fc1", "fc0", "fc1"]
    assert [date.year for date in groups.date.tolist()] == [2000, 2000, 2001]
    assert groups.x.tolist() == [3000, 2000, 1000]


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        ([Status.COMPLETED, Status.WAITING], Status.COMPLETED),
        ([Status.COMPLETED, Status.QUEUING], Status.QUEUING),
        ([Status.RUNNING, Status.FAILED], Status.FAILED),
        ([Status.READY, Status.HELD], Status.WAITING),
    ],
)
def test_the_status_of_a_group_is_the_most_telling_of_its_jobs(
    statuses: list[Status], expected: Status
) -> None:
    jobs = jobs_named(["t000_20000101_fc0_INI", "t000_20000101_fc0_SIM"], status=statuses)
    assert date_member_groups(jobs, Positions.of(2)).status.tolist() == [expected]


def test_a_group_is_at_the_mean_of_its_jobs_cut_to_whole_numbers() -> None:
    jobs = jobs_named([f"t000_20000101_fc0_{section}" for section in ("A", "B", "C")])
    groups = date_member_groups(jobs, Positions.of(3, x=[0, 0, 100], y=[0, 0, -100]))
    assert (groups.x.tolist(), groups.y.tolist()) == ([33], [-33])


def test_groups_on_top_of_each_other_are_moved_apart() -> None:
    jobs = jobs_named([f"t000_20000101_fc{member}_SIM" for member in range(3)])
    places = Positions.of(3, x=[0, 100, 1000], y=[-100, 0, 0])
    groups = date_member_groups(jobs, places)
    # The second is lower, 100 away from the first: it moves 150 further down. The third is far off.
    assert groups.y.tolist() == [-100, ROOM - 100, 0]


def test_jobs_without_date_or_member_are_in_no_group() -> None:
    jobs = jobs_named(["t000_INI", "t000_20000101_POST"])
    assert len(date_member_groups(jobs, Positions.of(2))) == 0
    assert np.isnat(jobs.date[0])
