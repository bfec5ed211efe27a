"""The drawing in layers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations

import numpy as np
import pytest

from autosubmit_core.graphs.layout import WIDEST_ROW, layered_layout
from autosubmit_core.graphs.levels import levels
from autosubmit_core.graphs.neighbourhoods import Dependencies
from autosubmit_core.graphs.positions import STEP_X, STEP_Y, Positions
from autosubmit_core.tables import Int32Column

Edges = Sequence[tuple[int, int]]
Graph = Callable[[int, Edges], Dependencies]


def drawn(made: Dependencies, wrapper: Int32Column | None = None) -> Positions:
    n = len(made.children)
    return layered_layout(
        made, levels(made), np.full(n, -1, np.int32) if wrapper is None else wrapper
    )


def crossings(made: Dependencies, places: Positions) -> int:
    """Count pairs of edges between the same two rows that cross."""
    edges = list(zip(*(column.tolist() for column in made.edges())))
    x, y = places.x, places.y
    return sum(
        y[a] == y[c] and y[b] == y[d] and (x[a] - x[c]) * (x[b] - x[d]) < 0
        for (a, b), (c, d) in combinations(edges, 2)
    )


def test_roots_are_on_top_and_the_last_level_at_zero(graph: Graph) -> None:
    places = drawn(graph(3, [(0, 1), (1, 2)]))
    assert places.y.tolist() == [-2 * STEP_Y, -STEP_Y, 0]
    assert places.x.tolist() == [0, 0, 0]


def test_every_job_is_below_its_parents_and_no_two_are_in_one_place(graph: Graph) -> None:
    generator = np.random.default_rng(1)
    pairs = np.sort(generator.integers(0, 300, (600, 2)), axis=1)
    made = graph(300, [(a, b) for a, b in pairs.tolist() if a != b])
    places = drawn(made)
    parents, children = made.edges()
    assert (places.y[parents] < places.y[children]).all()
    assert len(set(zip(places.x.tolist(), places.y.tolist()))) == 300
    for row in set(places.y.tolist()):
        beside = np.sort(places.x[places.y == row])
        assert (np.diff(beside) >= STEP_X - 1).all()


def test_whole_numbers_and_the_same_each_time(graph: Graph) -> None:
    made = graph(5, [(0, 1), (0, 2), (1, 3), (2, 3), (2, 4)])
    first, second = drawn(made), drawn(made)
    assert (first.x == second.x).all()
    assert (first.x == np.round(first.x)).all()


def test_crossings_are_undone(graph: Graph) -> None:
    # Four chains under one root, with the jobs of each level listed in another order.
    made = graph(
        13,
        [
            *[(0, job) for job in (1, 2, 3, 4)],
            *[(1, 8), (2, 7), (3, 6), (4, 5)],
            *[(8, 10), (7, 12), (6, 9), (5, 11)],
        ],
    )
    in_list_order = Positions(
        x=np.array([0, *[1, 2, 3, 4] * 3], dtype=float),
        y=np.array([0, *np.repeat([1, 2, 3], 4)], dtype=float),
    )
    assert crossings(made, in_list_order) > 5
    assert crossings(made, drawn(made)) == 0


def test_a_chain_is_straight_beside_a_wide_branch(graph: Graph) -> None:
    # 0 → 1 → 2 → 3, and five more children of 0
    made = graph(9, [(0, 1), (1, 2), (2, 3), *[(0, job) for job in range(4, 9)]])
    assert len(set(drawn(made).x[[1, 2, 3]].tolist())) == 1


def test_jobs_of_a_wrapper_stay_beside_each_other(graph: Graph) -> None:
    # Two parents with three children each; a wrapper takes one child of each parent.
    made = graph(8, [*[(0, job) for job in (2, 3, 4)], *[(1, job) for job in (5, 6, 7)]])
    wrapper = np.full(8, -1, dtype=np.int32)
    wrapper[[2, 7]] = 0
    places = drawn(made, wrapper)
    assert abs(places.x[2] - places.x[7]) == STEP_X
    assert abs(drawn(made).x[2] - drawn(made).x[7]) > STEP_X


def test_a_level_that_is_too_wide_goes_on_below(graph: Graph) -> None:
    n = 2 * WIDEST_ROW + 51
    made = graph(n, [(0, job) for job in range(1, n)])
    places = drawn(made)
    assert sorted(set(places.y.tolist())) == [-3 * STEP_Y, -2 * STEP_Y, -STEP_Y, 0]
    assert (np.bincount((-places.y / STEP_Y).astype(int)) == [50, WIDEST_ROW, WIDEST_ROW, 1]).all()
    assert np.ptp(places.x) == (WIDEST_ROW - 1) * STEP_X


def test_edges_that_close_a_cycle_do_not_matter(graph: Graph) -> None:
    places = drawn(graph(3, [(0, 1), (1, 2), (2, 1)]))
    assert places.y.tolist() == [-2 * STEP_Y, -STEP_Y, 0]


@pytest.mark.parametrize("n", [0, 1, 5])
def test_jobs_without_dependencies_are_one_row(graph: Graph, n: int) -> None:
    places = drawn(graph(n, []))
    assert places.y.tolist() == [0] * n
    assert np.diff(places.x).tolist() == [STEP_X] * max(n - 1, 0)
