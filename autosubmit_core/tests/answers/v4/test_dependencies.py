"""Which job waits for which, in compressed rows."""

from __future__ import annotations

from pathlib import Path

import pytest

from autosubmit_core import demo
from autosubmit_core.answers.v4.dependencies import dependencies_answer
from autosubmit_core.archive import Experiment, open_archive
from autosubmit_core.errors import JobNotFoundError
from autosubmit_core.tables import Structure

NAMES = ["t000_A", "t000_B", "t000_C", "t000_D", "t000_E"]


@pytest.fixture
def experiment(tmp_path: Path) -> Experiment:
    # A → B → C, A → D, C → E, D → E
    a, b, c, d, e = NAMES
    structure = Structure.of_edges([a, b, a, c, d], [b, c, d, e, e])
    demo.make_experiment(tmp_path, jobs=demo.jobs_named(NAMES), structure=structure)
    return open_archive(tmp_path).experiment("t000")


def test_the_children_of_every_job_are_told_by_rows(experiment: Experiment) -> None:
    assert dependencies_answer(experiment) == {
        "list_version": experiment.list_version,
        "n": 5,
        "offsets": [0, 2, 3, 4, 5, 5],
        "targets": [1, 3, 2, 4, 4],
    }


def test_a_neighbourhood_has_its_own_rows(experiment: Experiment) -> None:
    answer = dependencies_answer(experiment, of="t000_B", direction="down", depth=1)
    assert (answer["jobs"], answer["names"]) == ([1, 2], ["t000_B", "t000_C"])
    # C has a child E, which is two steps away.
    assert (answer["offsets"], answer["targets"]) == ([0, 1, 1], [2])


def test_it_goes_both_ways_as_far_as_there_is_something(experiment: Experiment) -> None:
    answer = dependencies_answer(experiment, of="t000_C")
    assert answer["names"] == ["t000_A", "t000_B", "t000_C", "t000_E"]
    assert (answer["offsets"], answer["targets"]) == ([0, 1, 2, 3, 3], [1, 2, 4])


def test_a_job_that_is_not_there_is_an_error(experiment: Experiment) -> None:
    with pytest.raises(JobNotFoundError):
        dependencies_answer(experiment, of="t000_NOPE")
