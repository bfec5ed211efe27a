"""Which jobs wait for which."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from autosubmit_core.graphs.neighbourhoods import (
    Dependencies,
    Direction,
    dependencies,
    neighbourhood,
)
from autosubmit_core.tables import JobTable, Structure

Graph = Callable[[int, Sequence[tuple[int, int]]], Dependencies]


def jobs_of(*names: str) -> JobTable:
    return JobTable.of(len(names), name=names)


def split_jobs(splits: int) -> JobTable:
    """INI, then chunks 1 and 2 of SIM in some splits, then POST."""
    numbers = [(chunk, split) for chunk in (1, 2) for split in range(1, splits + 1)]
    names = ["a_INI", *(f"a_{chunk}_{split}_SIM" for chunk, split in numbers), "a_POST"]
    return JobTable.of(
        len(names),
        name=names,
        section=["INI", *["SIM"] * len(numbers), "POST"],
        chunk=[0, *(chunk for chunk, _ in numbers), 0],
        split=[0, *(split for _, split in numbers), 0],
    )


UNSPLIT = Structure.of_edges(["a_INI", "a_1_SIM", "a_2_SIM"], ["a_1_SIM", "a_2_SIM", "a_POST"])


def test_neighbours_are_in_list_order_whatever_the_order_of_the_source() -> None:
    structure = Structure.of_edges(["A", "A", "B", "A"], ["D", "B", "D", "C"])
    made = dependencies(jobs_of("A", "B", "C", "D"), structure)
    assert list(made.children) == [[1, 2, 3], [3], [], []]
    assert list(made.parents) == [[], [0], [0], [0, 1]]
    assert [column.tolist() for column in made.edges()] == [[0, 0, 0, 1], [1, 2, 3, 3]]


def test_an_edge_that_is_told_twice_counts_once() -> None:
    made = dependencies(jobs_of("A", "B"), Structure.of_edges(["A", "A"], ["B", "B"]))
    assert made.children.counts().tolist() == [1, 0]


def test_names_that_are_not_in_the_list_are_left_out_and_counted() -> None:
    structure = Structure.of_edges(["A", "A", "GONE", "GONE"], ["B", "GONE", "B", "LOST"])
    made = dependencies(jobs_of("A", "B"), structure)
    assert list(made.children) == [[1], []]
    assert made.unknown == 3
    # The children that the source notes for A: B and GONE.
    assert made.noted_children.tolist() == [2, 0]


def test_no_jobs_and_no_edges_are_no_problem() -> None:
    assert list(dependencies(JobTable.empty(), UNSPLIT).children) == []
    assert list(dependencies(jobs_of("A"), Structure.empty()).children) == [[]]


def test_edges_between_unsplit_names_join_all_splits() -> None:
    made = dependencies(split_jobs(2), UNSPLIT, connect_splits=True)
    assert made.unknown == 0
    # INI 0 → chunk 1 (1, 2) → chunk 2 (3, 4) → POST 5
    assert list(made.children) == [[1, 2], [3, 4], [3, 4], [5], [5], []]


def test_without_being_asked_splits_stay_apart() -> None:
    made = dependencies(split_jobs(2), UNSPLIT)
    assert made.unknown == 3
    assert made.children.counts().sum() == 0


def test_very_many_splits_are_joined_one_to_one() -> None:
    made = dependencies(split_jobs(101), UNSPLIT, connect_splits=True)
    assert made.children.of(1) == [1 + 101]
    assert made.children.counts().sum() == 3 * 101


def test_a_name_that_no_split_explains_stays_unknown() -> None:
    structure = Structure.of_edges(["a_INI", "a_1_SIM"], ["a_1_SIM", "a_9_SIM"])
    made = dependencies(split_jobs(2), structure, connect_splits=True)
    assert made.unknown == 1
    assert made.children.of(0) == [1, 2]


@pytest.mark.parametrize(
    ("direction", "depth", "expected"),
    [
        ("up", None, [0, 1, 2]),
        ("down", None, [2, 3, 4, 5]),
        ("both", None, [0, 1, 2, 3, 4, 5]),
        ("both", 1, [1, 2, 3, 4]),
        ("down", 0, [2]),
    ],
)
def test_a_neighbourhood_is_what_can_be_reached(
    graph: Graph, direction: Direction, depth: int | None, expected: list[int]
) -> None:
    # 0 → 1 → 2 → 3 → 5, 2 → 4, and 6, a sibling of 1, which is never near
    made = graph(7, [(0, 1), (1, 2), (2, 3), (2, 4), (3, 5), (0, 6)])
    assert neighbourhood(made, 2, direction, depth).tolist() == expected


def test_a_neighbourhood_on_a_cycle_ends(graph: Graph) -> None:
    assert neighbourhood(graph(3, [(0, 1), (1, 2), (2, 0)]), 1).tolist() == [0, 1, 2]
