"""Jobs in folders."""

from __future__ import annotations

from autosubmit_core.demo import jobs_named
from autosubmit_core.graphs.tree import JobTree, job_tree, wrapper_folders
from autosubmit_core.status import Status
from autosubmit_core.tables import JobTable


def tree_of(jobs: JobTable) -> JobTree:
    return job_tree(jobs.date, jobs.member, jobs.status, jobs.section)


def test_dates_are_in_order_of_appearance_and_members_in_that_of_the_whole_list() -> None:
    jobs = jobs_named(
        [
            "t000_20010101_fc1_SIM",
            "t000_20000101_fc0_SIM",
            "t000_20010101_fc0_SIM",
            "t000_20000101_fc1_SIM",
            "t000_20000101_fc2_SIM",
        ]
    )
    made = tree_of(jobs)
    assert [str(folder.date)[:4] for folder in made.dates] == ["2001", "2000"]
    assert [[one.member for one in folder.members] for folder in made.dates] == [
        ["fc1", "fc0"],
        ["fc1", "fc0", "fc2"],
    ]
    assert made.dates[1].jobs == (3, 1, 4)


def test_jobs_without_a_date_are_keys_and_those_without_a_member_have_a_folder() -> None:
    made = tree_of(jobs_named(["t000_A", "t000_20000101_fc0_B", "t000_20000101_C", "t000_D"]))
    assert made.keys == (0, 3)
    assert [one.member for one in made.dates[0].members] == ["fc0", None]


def test_sections_of_two_jobs_or_more_are_folders_after_the_singles() -> None:
    jobs = jobs_named(
        [f"t000_20000101_fc0_{rest}" for rest in ("1_SIM", "INI", "1_POST", "2_SIM", "2_POST")]
    )
    (member,) = tree_of(jobs).dates[0].members
    assert member.singles == (1,)
    assert [(folder.name, folder.jobs) for folder in member.sections] == [
        ("SIM", (0, 3)),
        ("POST", (2, 4)),
    ]
    assert member.jobs == (0, 1, 2, 3, 4)


def test_the_abnormal_come_first_the_later_before_the_earlier() -> None:
    statuses = {
        "A": Status.COMPLETED,
        "B": Status.RUNNING,
        "C": Status.SUSPENDED,
        "D": Status.FAILED,
        "E": Status.READY,
    }
    jobs = jobs_named(
        [f"t000_20000101_fc0_{section}" for section in statuses], status=list(statuses.values())
    )
    (member,) = tree_of(jobs).dates[0].members
    assert member.singles == (3, 1, 0, 2, 4)


def test_a_section_with_an_abnormal_job_says_so() -> None:
    jobs = jobs_named(
        [f"t000_20000101_fc0_{chunk}_{section}" for section in ("SIM", "POST") for chunk in (1, 2)],
        status=[Status.COMPLETED, Status.QUEUING, Status.COMPLETED, Status.WAITING],
    )
    (member,) = tree_of(jobs).dates[0].members
    assert [folder.abnormal for folder in member.sections] == [True, False]
    assert member.sections[0].jobs == (1, 0)


def test_wrappers_are_by_name_and_their_jobs_by_chunk() -> None:
    jobs = jobs_named([f"t000_20000101_fc0_{rest}" for rest in ("3_SIM", "1_SIM", "2_SIM", "INI")])
    made = wrapper_folders({0: "w2", 1: "w2", 3: "w2", 2: "w1"}, jobs.chunk, jobs.status)
    assert [(folder.name, folder.jobs) for folder in made] == [("w1", (2,)), ("w2", (3, 1, 0))]
