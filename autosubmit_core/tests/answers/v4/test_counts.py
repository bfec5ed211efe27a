"""How many jobs are in which status, by what they are."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from autosubmit_core import demo
from autosubmit_core.answers.v3.counters import counters_answer
from autosubmit_core.answers.v4.counts import DIMENSIONS, counts_answer
from autosubmit_core.answers.v4.selection import JobFilter
from autosubmit_core.archive import Experiment, open_archive
from autosubmit_core.errors import RequestError
from autosubmit_core.status import Status

NAMES = [
    "t000_INI",
    "t000_20200101_fc0_1_SIM",
    "t000_20200101_fc0_2_SIM",
    "t000_20200101_fc1_1_SIM",
    "t000_20210101_fc0_1_POST",
]
STATUS = [Status.COMPLETED, Status.COMPLETED, Status.WAITING, Status.WAITING, Status.FAILED]


@pytest.fixture
def made(tmp_path: Path) -> Experiment:
    demo.make_experiment(tmp_path, jobs=demo.jobs_named(NAMES, status=STATUS))
    return open_archive(tmp_path).experiment("t000")


def test_by_status_alone_there_is_one_group(made: Experiment) -> None:
    answer = counts_answer(made)
    assert answer["groups"] == [
        {"total": 5, "counters": {"FAILED": 1, "WAITING": 2, "COMPLETED": 2}}
    ]
    assert (answer["by"], answer["total"]) == (["status"], 5)


def test_groups_come_as_the_list_has_their_values(made: Experiment) -> None:
    groups = counts_answer(made, by=("section", "member", "status"))["groups"]
    assert groups == [
        {"section": "INI", "member": None, "total": 1, "counters": {"COMPLETED": 1}},
        {"section": "SIM", "member": "fc0", "total": 2, "counters": {"WAITING": 1, "COMPLETED": 1}},
        {"section": "SIM", "member": "fc1", "total": 1, "counters": {"WAITING": 1}},
        {"section": "POST", "member": "fc0", "total": 1, "counters": {"FAILED": 1}},
    ]


def test_chunks_come_by_number(made: Experiment) -> None:
    groups = counts_answer(made, by=("chunk",))["groups"]
    assert [(group["chunk"], group["total"]) for group in groups] == [(None, 1), (1, 3), (2, 1)]


def test_only_the_wanted_jobs_are_counted(made: Experiment) -> None:
    answer = counts_answer(made, by=("section",), wanted=JobFilter(member=("fc0",)))
    assert answer["total"] == 3
    assert [group["section"] for group in answer["groups"]] == ["SIM", "POST"]
    nobody = counts_answer(made, by=("section",), wanted=JobFilter(member=("fc9",)))
    assert (nobody["total"], nobody["groups"]) == (0, [])


def test_a_dimension_that_there_is_not_is_refused(made: Experiment) -> None:
    with pytest.raises(RequestError, match="not counted by 'colour'"):
        counts_answer(made, by=("colour",))


def test_every_cube_of_a_real_experiment_sums_up_to_its_counters(
    experiment: Experiment,
) -> None:
    counters = counters_answer(experiment)["counters"]
    for dimension in DIMENSIONS:
        groups = counts_answer(experiment, by=(dimension, "section"))["groups"]
        found: Counter[str] = Counter()
        for group in groups:
            found.update(group["counters"])
            assert sum(group["counters"].values()) == group["total"]
        assert found == {name: count for name, count in counters.items() if count}
