"""What holds up a job is found by going up from it, and no further than what is not done."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from autosubmit_core.graphs import blocking as module
from autosubmit_core.graphs.blocking import Blocking, blocking
from autosubmit_core.graphs.levels import levels
from autosubmit_core.graphs.neighbourhoods import Dependencies

Edges = Sequence[tuple[int, int]]
Graph = Callable[[int, Edges], Dependencies]


def held_up(
    made: Dependencies, job: int, done: Sequence[int] = (), met: Sequence[bool] | None = None
) -> Blocking:
    mask = np.zeros(len(made.parents), dtype=np.bool_)
    mask[list(done)] = True
    of_edges = None if met is None else np.array(met)
    return blocking(made.parents, job, mask, levels(made), of_edges)


def test_the_frontier_is_what_waits_for_nothing(graph: Graph) -> None:
    # 0 → 1 → 3 → 4, 2 → 3, and 5 apart
    made = graph(6, [(0, 1), (1, 3), (2, 3), (3, 4)])
    found = held_up(made, 4)
    assert found.parents.tolist() == [3]
    assert found.ancestors.tolist() == [0, 1, 2, 3]
    assert found.frontier.tolist() == [0, 2]
    assert found.chain.tolist() == [0, 1, 3]


def test_what_is_done_and_what_lies_behind_it_holds_up_nothing(graph: Graph) -> None:
    made = graph(4, [(0, 1), (1, 2), (2, 3)])
    found = held_up(made, 3, done=[1])
    assert (found.ancestors.tolist(), found.frontier.tolist()) == ([2], [2])
    assert found.chain.tolist() == [2]


def test_a_job_whose_parents_are_done_is_held_up_by_nothing(graph: Graph) -> None:
    found = held_up(graph(2, [(0, 1)]), 1, done=[0])
    for rows in (found.parents, found.ancestors, found.frontier, found.chain):
        assert rows.tolist() == []


def test_a_job_without_dependencies_is_held_up_by_nothing(graph: Graph) -> None:
    assert held_up(graph(1, []), 0).ancestors.tolist() == []


def test_a_dependency_that_is_met_does_not_hold_up_though_the_parent_is_not_done(
    graph: Graph,
) -> None:
    # The targets of parents: of 2 they are 0 and 1.
    made = graph(3, [(0, 2), (1, 2)])
    assert held_up(made, 2, met=[True, False]).frontier.tolist() == [1]


def test_the_longest_chain_is_the_one_with_the_most_jobs(graph: Graph) -> None:
    # 0 → 5 directly, 1 → 2 → 5, and 3 → 4 → 2
    made = graph(6, [(0, 5), (1, 2), (2, 5), (3, 4), (4, 2)])
    assert held_up(made, 5).chain.tolist() == [3, 4, 2]
    assert held_up(made, 5, done=[4]).chain.tolist() == [1, 2]


def test_a_cycle_ends(graph: Graph) -> None:
    # 0 and 1 wait for each other.
    made = graph(3, [(0, 1), (1, 0), (1, 2)])
    found = held_up(made, 2)
    assert found.ancestors.tolist() == [0, 1]
    assert found.frontier.tolist() == []
    assert found.chain.tolist() == [0, 1]


def test_only_what_is_not_done_is_looked_at(graph: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    n, looked = 10_000, []
    made = graph(n, [(job, job + 1) for job in range(n - 1)])
    plain = module._alive

    def counted(parents: object, jobs: np.ndarray, *rest: object) -> np.ndarray:
        looked.append(len(jobs))
        return plain(parents, jobs, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "_alive", counted)
    found = held_up(made, n - 1, done=range(n - 50))
    # 49 jobs before it are not done; with the job itself 50 are looked at, each once.
    assert len(found.ancestors) == 49
    assert sum(looked) == 50
