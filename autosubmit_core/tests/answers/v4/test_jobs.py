"""The job list is filtered, ordered and paged as its clients know it."""

from __future__ import annotations

from pathlib import Path

import pytest

from autosubmit_core import demo
from autosubmit_core.answers.v4.jobs import jobs_answer
from autosubmit_core.archive import Experiment, open_archive
from autosubmit_core.status import Status

NAMES = [
    "t000_INI",
    "t000_20200101_fc0_2_SIM",
    "t000_20200101_fc0_10_SIM",
    "t000_20200101_fc0_1_SIM",
    "t000_CLEAN",
]


@pytest.fixture
def experiment(tmp_path: Path) -> Experiment:
    status = [Status.COMPLETED, Status.RUNNING, Status.WAITING, Status.FAILED, 42]
    jobs = demo.jobs_named(NAMES, status=status, local_out=["a.out", "", None, None, None])
    demo.make_experiment(tmp_path, jobs=jobs, version="4.0.95")
    return open_archive(tmp_path).experiment("t000")


def names(answer: dict[str, list[dict[str, str]]]) -> list[str]:
    return [job["name"] for job in answer["jobs"]]


def test_jobs_come_by_name_without_regard_to_case(experiment: Experiment) -> None:
    assert names(jobs_answer(experiment)) == [
        "t000_20200101_fc0_10_SIM",
        "t000_20200101_fc0_1_SIM",
        "t000_20200101_fc0_2_SIM",
        "t000_CLEAN",
        "t000_INI",
    ]


def test_a_job_has_its_thirteen_keys(experiment: Experiment) -> None:
    (job,) = jobs_answer(experiment, job_name="fc0_2_")["jobs"]
    assert job == {
        "name": "t000_20200101_fc0_2_SIM",
        "status": "RUNNING",
        "priority": 0,
        "section": "SIM",
        "date": "2020-01-01",
        "member": "fc0",
        "chunk": 2,
        "split": None,
        "splits": None,
        "out_path_local": "",
        "err_path_local": "",
        "out_path_remote": "",
        "err_path_remote": "",
    }


def test_the_quick_view_is_names_and_statuses(experiment: Experiment) -> None:
    assert jobs_answer(experiment, view="quick", job_name="INI")["jobs"] == [
        {"name": "t000_INI", "status": "COMPLETED"}
    ]


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("sim", 3),
        ("*SIM", 3),
        ("t000_*_SIM", 3),
        ("1_SIM", 1),
        ("!SIM", 2),
        ("!", 0),
        ("", 5),
        ("%", 0),
        ("t...", 0),
    ],
)
def test_names_are_found_anywhere_with_stars_and_negation(
    experiment: Experiment, pattern: str, found: int
) -> None:
    assert jobs_answer(experiment, job_name=pattern)["pagination"]["total_items"] == found


def test_a_status_outside_the_table_is_unknown(experiment: Experiment) -> None:
    assert names(jobs_answer(experiment, status="UNKNOWN")) == ["t000_CLEAN"]
    assert names(jobs_answer(experiment, status="RUNNING")) == ["t000_20200101_fc0_2_SIM"]


def test_a_page_is_a_piece_of_the_whole(experiment: Experiment) -> None:
    whole = names(jobs_answer(experiment))
    pages = [jobs_answer(experiment, page=page, page_size=2) for page in (1, 2, 3)]
    assert [name for page in pages for name in names(page)] == whole
    assert pages[2]["pagination"] == {
        "page": 3,
        "page_size": 2,
        "total_pages": 3,
        "page_items": 1,
        "total_items": 5,
    }


def test_a_page_beyond_the_end_is_empty(experiment: Experiment) -> None:
    answer = jobs_answer(experiment, page=9, page_size=2, job_name="nothing")
    assert answer["jobs"] == []
    assert answer["pagination"]["total_pages"] == 1


def test_without_a_size_there_is_one_page(experiment: Experiment) -> None:
    assert jobs_answer(experiment, page=7)["pagination"] == {
        "page": 1,
        "page_size": None,
        "total_pages": 1,
        "page_items": 5,
        "total_items": 5,
    }
