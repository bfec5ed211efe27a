"""Small graphs, drawn by hand."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from autosubmit_core.graphs.neighbourhoods import Dependencies

Edges = Sequence[tuple[int, int]]


@pytest.fixture
def graph() -> Callable[[int, Edges], Dependencies]:
    """Makes the dependencies of n jobs from edges (parent, child)."""

    def make(n: int, edges: Edges) -> Dependencies:
        parents, children = np.array(edges, dtype=np.int64).reshape(-1, 2).T
        return Dependencies.of_edges(parents, children, n)

    return make
