"""A drawing by the shape of the graph: what is closely connected is close together."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from autosubmit_core.errors import RequestError
from autosubmit_core.graphs.layout import layered_layout
from autosubmit_core.graphs.levels import levels
from autosubmit_core.graphs.neighbourhoods import Dependencies
from autosubmit_core.graphs.positions import STEP_X, Positions
from autosubmit_core.tables import FloatColumn, Int32Column, Int64Column

__all__ = ["WRAPPER_WEIGHT", "laplacian_layout"]

#: How much an edge between jobs of one wrapper weighs; others weigh 1.
WRAPPER_WEIGHT = 3.0
#: Pieces of fewer jobs have too few eigenvectors for a drawing.
_SMALLEST = 5
#: Up to this size of a piece, NumPy finds all eigenvectors soon enough.
_DENSE = 300

_Rows = npt.NDArray[np.intp]


class _Piece(NamedTuple):
    """Jobs that are drawn together."""

    number: int
    jobs: _Rows
    #: Both ends of the edges between them, as positions in ``jobs``.
    sources: _Rows
    targets: _Rows


def laplacian_layout(made: Dependencies, wrapper: Int32Column) -> Positions:
    """Return a drawing by eigenvectors of the normalized Laplacian of each connected piece.

    ``x`` and ``y`` are the eigenvectors of the second and third smallest eigenvalue λ
    (Koren 2005, doi:10.1016/j.camwa.2004.08.015), times 10 n / λ with n the jobs of the piece,
    spread over at most 100 √n and cut to whole numbers. The first component that is not 0 is
    positive. Pieces stand side by side, in order of their first jobs; those of fewer than five
    jobs are drawn in layers, all together, at the right.

    ``wrapper`` numbers the wrapper of each job, -1 for none. Raises :class:`RequestError` where a
    piece has more than 300 jobs and SciPy, of the extra ``graph``, is not installed.
    """
    numbers = _numbers_of_pieces(made)
    sizes = np.bincount(numbers, minlength=1)
    together = len(sizes)
    numbers = np.where(sizes[numbers] < _SMALLEST, together, numbers)
    x, y, right = np.zeros(len(numbers)), np.zeros(len(numbers)), 0.0
    for piece in _pieces(made, numbers):
        draw = _in_layers if piece.number == together else _by_shape
        places, y[piece.jobs] = draw(piece.sources, piece.targets, wrapper[piece.jobs])
        x[piece.jobs] = places - places.min() + right
        right = x[piece.jobs].max() + STEP_X
    return Positions(x=np.trunc(x), y=np.trunc(y))


def _numbers_of_pieces(made: Dependencies) -> Int64Column:
    """Return the number of the connected piece of each job, in order of their first jobs."""
    children, parents = list(made.children), list(made.parents)
    piece = [-1] * len(children)
    found = 0
    for first in range(len(children)):
        if piece[first] >= 0:
            continue
        piece[first], stack = found, [first]
        while stack:
            job = stack.pop()
            for other in (*children[job], *parents[job]):
                if piece[other] < 0:
                    piece[other] = found
                    stack.append(other)
        found += 1
    return np.array(piece, dtype=np.int64)


def _pieces(made: Dependencies, numbers: Int64Column) -> Iterator[_Piece]:
    """Yield the jobs of each number with the edges between them."""
    order = np.argsort(numbers, kind="stable")
    distinct, begins = np.unique(numbers[order], return_index=True)
    place = np.empty(len(order), dtype=np.intp)
    place[order] = np.arange(len(order)) - np.repeat(begins, np.diff(begins, append=len(order)))
    parents, children = made.edges()
    by_number = np.argsort(numbers[parents], kind="stable")
    edge_begins = np.searchsorted(numbers[parents[by_number]], distinct)
    for number, jobs, edges in zip(
        distinct.tolist(), np.split(order, begins[1:]), np.split(by_number, edge_begins[1:])
    ):
        yield _Piece(number, jobs, place[parents[edges]], place[children[edges]])


def _in_layers(
    sources: _Rows, targets: _Rows, wrapper: Int32Column
) -> tuple[FloatColumn, FloatColumn]:
    made = Dependencies.of_edges(sources, targets, len(wrapper))
    drawn = layered_layout(made, levels(made), wrapper)
    return drawn.x, drawn.y


def _by_shape(
    sources: _Rows, targets: _Rows, wrapper: Int32Column
) -> tuple[FloatColumn, FloatColumn]:
    """Return the places of the jobs of one connected piece around 0."""
    n = len(wrapper)
    inside = (wrapper[sources] >= 0) & (wrapper[sources] == wrapper[targets])
    weights = np.where(inside, WRAPPER_WEIGHT, 1.0)
    find = _smallest_of_dense if n <= _DENSE else _smallest_of_sparse
    values, vectors = find(sources, targets, weights, n)
    x, y = (_spread(10 * n / value * vector) for value, vector in zip(values[1:], vectors.T[1:]))
    return x, y


def _spread(places: FloatColumn) -> FloatColumn:
    """Return places turned to a definite sign, and brought within a spread of 100 √n."""
    first = places[np.flatnonzero(np.abs(places) > 1e-9 * np.abs(places).max())[:1]]
    limit = 100 * np.sqrt(len(places)) / np.ptp(places)
    turned: FloatColumn = places * (np.sign(first) * min(1.0, limit))
    return turned


def _smallest_of_dense(
    sources: _Rows, targets: _Rows, weights: FloatColumn, n: int
) -> tuple[FloatColumn, FloatColumn]:
    """Return the three smallest eigenvalues of the Laplacian and their vectors, as columns."""
    adjacency = np.zeros((n, n))
    np.add.at(adjacency, (sources, targets), weights)
    adjacency += adjacency.T
    scale = 1 / np.sqrt(adjacency.sum(axis=0))
    values, vectors = np.linalg.eigh(np.eye(n) - scale[:, None] * adjacency * scale)
    return values[:3], vectors[:, :3]


def _smallest_of_sparse(
    sources: _Rows, targets: _Rows, weights: FloatColumn, n: int
) -> tuple[FloatColumn, FloatColumn]:
    """Return the same as :func:`_smallest_of_dense`, by Lanczos iterations on the inverse."""
    try:
        from scipy import sparse
        from scipy.sparse.linalg import eigsh
    except ModuleNotFoundError as error:
        raise RequestError(
            f"The Laplacian layout of {n} connected jobs needs SciPy, which is not installed here: "
            "pip install autosubmit_core[graph]."
        ) from error
    half = sparse.coo_array((weights, (sources, targets)), shape=(n, n))
    adjacency = (half + half.T).tocsc()
    scale = sparse.diags_array(1 / np.sqrt(adjacency.sum(axis=0)))
    laplacian = (sparse.eye_array(n) - scale @ adjacency @ scale).tocsc()
    # No eigenvalue is below 0, and in a chain, which has the smallest, the second is about 5 / n²:
    # from here they are far enough apart, and the shifted matrix is not singular.
    values, vectors = eigsh(laplacian, k=3, sigma=-1 / n**2, v0=np.ones(n))
    order = np.argsort(values)
    return np.asarray(values)[order], np.asarray(vectors)[:, order]
