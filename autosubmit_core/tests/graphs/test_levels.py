"""How deep in the workflow jobs stand."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from autosubmit_core.graphs.levels import levels
from autosubmit_core.graphs.neighbourhoods import Dependencies

Edges = Sequence[tuple[int, int]]
Graph = Callable[[int, Edges], Dependencies]


@pytest.mark.parametrize(
    ("n", "edges", "expected"),
    [
        (0, [], []),
        (2, [], [1, 1]),
        # The longest path counts, not the first: 0 → 3 is shorter than 0 → 1 → 2 → 3.
        (4, [(0, 3), (0, 1), (1, 2), (2, 3)], [1, 2, 3, 4]),
        # A root apart, and one that comes last in the list.
        (4, [(3, 0), (0, 1)], [2, 3, 1, 1]),
    ],
)
def test_a_level_is_one_more_than_the_deepest_parent(
    graph: Graph, n: int, edges: Edges, expected: list[int]
) -> None:
    assert levels(graph(n, edges)).tolist() == expected


def test_a_cycle_begins_after_what_leads_to_it(graph: Graph) -> None:
    # 0 → 1 → 2 → 3 → 1: job 1 is taken first, after its finished parent 0
    assert levels(graph(4, [(0, 1), (1, 2), (2, 3), (3, 1)])).tolist() == [1, 2, 3, 4]


def test_a_cycle_apart_from_the_roots_has_levels_too(graph: Graph) -> None:
    assert levels(graph(4, [(0, 1), (2, 3), (3, 2)])).tolist() == [1, 2, 1, 2]


def test_jobs_behind_a_cycle_come_after_it(graph: Graph) -> None:
    assert levels(graph(3, [(0, 1), (1, 0), (1, 2)])).tolist() == [1, 2, 3]


def test_a_chain_may_be_long(graph: Graph) -> None:
    n = 20_000
    chain = graph(n, [(job, job + 1) for job in range(n - 1)])
    assert (levels(chain) == np.arange(1, n + 1)).all()
