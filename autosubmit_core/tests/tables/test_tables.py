"""Tables are frozen columns of one length."""

from __future__ import annotations

import numpy as np
import pytest

from autosubmit_core.status import Status
from autosubmit_core.tables import (
    JobTable,
    RunTable,
    Structure,
    Table,
    WrapperTable,
    positions,
    text_column,
)


def test_columns_that_a_source_lacks_say_that_nothing_is_known() -> None:
    jobs = JobTable.of(1, name=["t000_INI"])
    assert jobs.status.tolist() == [Status.UNKNOWN]
    assert jobs.member.tolist() == [None]
    assert jobs.submit.tolist() == [0]
    assert np.isnat(jobs.date).all()


def test_columns_of_different_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="different lengths"):
        JobTable.of(2, name=["t000_INI"])


def test_a_column_that_the_table_does_not_have_is_refused() -> None:
    with pytest.raises(TypeError, match="colour"):
        JobTable.of(1, name=["t000_INI"], colour=["red"])


def test_a_table_cannot_be_changed() -> None:
    jobs = JobTable.of(1, name=["t000_INI"])
    with pytest.raises(ValueError, match="read-only"):
        jobs.status[0] = 5
    with pytest.raises(AttributeError):
        jobs.status = np.zeros(1, np.int8)  # type: ignore[misc]


def test_rows_are_taken_by_mask_and_by_index() -> None:
    jobs = JobTable.of(3, name=["a", "b", "c"], chunk=[1, 2, 3])
    assert jobs.take(jobs.chunk > 1).name.tolist() == ["b", "c"]
    assert jobs.take(np.array([2, 0])).name.tolist() == ["c", "a"]


def test_equal_texts_share_one_object() -> None:
    texts = text_column(["".join(["S", "IM"]), "".join(["S", "IM"])])
    assert texts[0] is texts[1]


@pytest.mark.parametrize("table", [JobTable, RunTable, Structure, WrapperTable])
def test_every_table_can_be_empty(table: type[Table]) -> None:
    assert len(table.empty()) == 0


def test_memory_counts_a_shared_text_once() -> None:
    one = JobTable.of(1, name=["a" * 1000])
    two = JobTable.of(2, name=["a" * 1000] * 2)
    assert two.memory_bytes() - one.memory_bytes() < 500


def test_positions_are_those_of_the_last_place() -> None:
    assert positions(text_column(["b", "x"]), text_column(["a", "b", "b"])).tolist() == [2, -1]


def test_a_job_that_depends_on_itself_has_no_edge() -> None:
    structure = Structure.of_edges(["a", "b"], ["a", "c"])
    assert len(structure) == 1
    assert structure.job[structure.parent[0]] == "b"


def test_edges_to_jobs_that_are_not_listed_are_left_out() -> None:
    structure = Structure.of_edges(["a", "a"], ["b", "gone"])
    assert structure.edges_between(text_column(["b", "a"])).tolist() == [[1], [0]]


def test_a_job_submitted_again_belongs_to_its_last_wrapper() -> None:
    wrappers = WrapperTable.of(4, wrapper=["w1", "w1", "w2", "w2"], job_name=["a", "b", "b", "c"])
    assert wrappers.jobs_of() == {"w1": ["a"], "w2": ["b", "c"]}
