"""The drawing by the shape of the graph."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from autosubmit_core.errors import RequestError
from autosubmit_core.graphs import laplacian
from autosubmit_core.graphs.laplacian import laplacian_layout
from autosubmit_core.graphs.neighbourhoods import Dependencies
from autosubmit_core.graphs.positions import STEP_X, Positions
from autosubmit_core.tables import FloatColumn, Int32Column

Edges = Sequence[tuple[int, int]]
Graph = Callable[[int, Edges], Dependencies]


def chain(n: int, first: int = 0) -> list[tuple[int, int]]:
    return [(job, job + 1) for job in range(first, first + n - 1)]


def drawn(made: Dependencies, wrapper: Int32Column | None = None) -> Positions:
    n = len(made.children)
    return laplacian_layout(made, np.full(n, -1, np.int32) if wrapper is None else wrapper)


def test_a_chain_is_drawn_by_the_eigenvectors_of_a_path(graph: Graph) -> None:
    # Of a path of n the eigenvalues are 1 - cos(πk/(n-1)), and component j of vector k is
    # √d_j cos(πkj/(n-1)) over its norm, with the degree d: 1 at the ends, 2 inside.
    n = 8
    places = drawn(graph(n, chain(n)))
    for k, got in ((1, places.x), (2, places.y)):
        angle = np.pi * k / (n - 1)
        vector = np.sqrt([1, *[2] * (n - 2), 1]) * np.cos(angle * np.arange(n))
        wanted = 10 * n / (1 - np.cos(angle)) * vector / np.linalg.norm(vector)
        wanted *= min(1, 100 * np.sqrt(n) / np.ptp(wanted))
        if k == 1:
            wanted -= wanted.min()
        assert np.abs(got - wanted).max() < 1


def test_an_edge_inside_a_wrapper_weighs_three(graph: Graph) -> None:
    n = 6
    wrapper = np.full(n, -1, dtype=np.int32)
    wrapper[[2, 3]] = 0
    adjacency = np.zeros((n, n))
    for parent, child in chain(n):
        adjacency[parent, child] = adjacency[child, parent] = 3 if parent == 2 else 1
    scale = 1 / np.sqrt(adjacency.sum(axis=0))
    values, vectors = np.linalg.eigh(np.eye(n) - scale[:, None] * adjacency * scale)
    wanted = vectors[:, 1] * 10 * n / values[1]
    wanted *= np.sign(wanted[0]) * min(1, 100 * np.sqrt(n) / np.ptp(wanted))
    assert np.abs(drawn(graph(n, chain(n)), wrapper).x - (wanted - wanted.min())).max() < 1


def test_the_sign_of_eigenvectors_does_not_show(
    graph: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = graph(7, chain(7))
    one_way = drawn(made)
    solve = laplacian._smallest_of_dense

    def other_way(*graph: Any) -> tuple[FloatColumn, FloatColumn]:
        values, vectors = solve(*graph)
        return values, -vectors

    monkeypatch.setattr(laplacian, "_smallest_of_dense", other_way)
    assert (drawn(made).x == one_way.x).all()
    assert (drawn(made).y == one_way.y).all()
    assert one_way.x[0] > one_way.x[-1]


def test_pieces_stand_side_by_side_and_small_ones_in_layers_at_the_end(graph: Graph) -> None:
    # A chain of 6, a single job, a chain of 5, and a pair.
    edges = [*chain(6), *chain(5, first=7), (12, 13)]
    places = drawn(graph(14, edges))
    pieces = [places.x[0:6], places.x[7:12], places.x[[6, 12, 13]]]
    for left, right in pairwise(pieces):
        assert right.min() - left.max() == pytest.approx(STEP_X, abs=1)
    assert np.isfinite(places.x).all()
    assert np.abs(places.x).max() < 10_000
    assert places.y[12] < places.y[13]


@pytest.mark.parametrize("n", [0, 1, 4])
def test_few_jobs_are_drawn_in_layers(graph: Graph, n: int) -> None:
    assert len(drawn(graph(n, chain(n) if n > 1 else []))) == n


def test_the_spread_is_bounded(graph: Graph) -> None:
    n = 200
    places = drawn(graph(n, chain(n)))
    assert np.ptp(places.x) <= 100 * np.sqrt(n)


def test_large_pieces_are_drawn_alike_by_the_sparse_solver(
    graph: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("scipy")
    generator = np.random.default_rng(7)
    # A tree, so that eigenvalues are apart and the vectors definite.
    edges = [(int(generator.integers(0, job)), job) for job in range(1, 250)]
    dense = drawn(graph(250, edges))
    monkeypatch.setattr(laplacian, "_DENSE", 0)
    sparse = drawn(graph(250, edges))
    assert np.abs(dense.x - sparse.x).max() <= 1
    assert np.abs(dense.y - sparse.y).max() <= 1


def test_without_scipy_large_pieces_are_refused_and_small_ones_drawn(
    graph: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "scipy", None)
    assert len(drawn(graph(300, chain(300)))) == 300
    with pytest.raises(RequestError, match=r"301 connected jobs needs SciPy.*\[graph\]"):
        drawn(graph(301, chain(301)))
