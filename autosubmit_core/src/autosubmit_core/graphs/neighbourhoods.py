"""Which jobs wait for which, as compressed sparse rows, and what lies around a job."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from autosubmit_core.tables import (
    BoolColumn,
    Int32Column,
    Int64Column,
    JobTable,
    Structure,
    positions,
)

__all__ = [
    "DIRECTIONS",
    "CompressedRows",
    "Dependencies",
    "Direction",
    "compressed_rows",
    "dependencies",
    "downstream",
    "neighbourhood",
]

#: To the ancestors of a job, to its descendants, or both ways.
Direction: TypeAlias = Literal["up", "down", "both"]
DIRECTIONS: tuple[Direction, ...] = ("up", "down", "both")

#: Two sections whose splits would make more pairs than this are joined split by split.
_PAIRS = 10_000


@dataclass(frozen=True, slots=True)
class CompressedRows:
    """A list of jobs for each job: that of job i is ``targets[offsets[i] : offsets[i + 1]]``."""

    #: Where the list of each job begins, and the end of the last. (n + 1,) int64
    offsets: Int64Column
    #: The lists one after the other, each in list order, as rows of the job list. (m,) int32
    targets: Int32Column

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __iter__(self) -> Iterator[list[int]]:
        """Yield the list of each job."""
        offsets, targets = self.offsets.tolist(), self.targets.tolist()
        return (targets[begin:end] for begin, end in pairwise(offsets))

    def of(self, job: int) -> list[int]:
        """Return the list of one job."""
        listed: list[int] = self.targets[self.offsets[job] : self.offsets[job + 1]].tolist()
        return listed

    def memory_bytes(self) -> int:
        """Return how much memory the lists keep."""
        return self.offsets.nbytes + self.targets.nbytes

    def counts(self) -> Int64Column:
        """Return how long the list of each job is, (n,) int64."""
        return np.diff(self.offsets)


@dataclass(frozen=True, slots=True)
class Dependencies:
    """Which jobs of a list wait for which. Every edge is there once, none from a job to itself."""

    #: The jobs that wait for each job, and those that each job waits for.
    children: CompressedRows
    parents: CompressedRows
    #: How many edges of the source name each job as the parent, also those whose child is not in
    #: the list. (n,) int64
    noted_children: Int64Column
    #: How many edges of the source have an end that is not in the list.
    unknown: int

    def memory_bytes(self) -> int:
        """Return how much memory the lists keep."""
        lists = self.children.memory_bytes() + self.parents.memory_bytes()
        return lists + self.noted_children.nbytes

    @classmethod
    def of_edges(
        cls, parents: npt.NDArray[np.integer], children: npt.NDArray[np.integer], n: int
    ) -> Dependencies:
        """Return the dependencies among n jobs that edges between their rows make."""
        down = compressed_rows(parents, children, n)
        return cls(
            children=down,
            parents=compressed_rows(children, parents, n),
            noted_children=down.counts(),
            unknown=0,
        )

    def edges(self) -> tuple[Int32Column, Int32Column]:
        """Return the parents and the children of all edges, by parent, then child, in list order."""
        parents = np.repeat(np.arange(len(self.children), dtype=np.int32), self.children.counts())
        return parents, self.children.targets


def compressed_rows(
    source: npt.NDArray[np.integer], target: npt.NDArray[np.integer], n: int
) -> CompressedRows:
    """Return the targets of each of n sources, in list order and without repetition.

    >>> list(compressed_rows(np.array([0, 2, 0]), np.array([2, 1, 1]), 3))
    [[1, 2], [], [1]]
    """
    pairs = np.unique(source.astype(np.int64) * n + target)
    offsets = np.zeros(n + 1, dtype=np.int64)
    np.cumsum(np.bincount(pairs // n, minlength=n) if n else [], out=offsets[1:])
    return CompressedRows(offsets, (pairs % n if n else pairs).astype(np.int32))


def dependencies(
    jobs: JobTable, structure: Structure, *, connect_splits: bool = False
) -> Dependencies:
    """Return which jobs of a list wait for which.

    Edges to names that are not in the list are left out and counted as :attr:`unknown`. With
    ``connect_splits`` an edge to a name that only lacks the number of the split joins all splits of
    that job: Autosubmit 4.1.17 stores the dependencies of split jobs so.

    >>> jobs = JobTable.of(3, name=["INI", "SIM", "POST"])
    >>> made = dependencies(jobs, Structure.of_edges(["INI", "SIM"], ["SIM", "GONE"]))
    >>> list(made.children), list(made.parents), made.unknown
    ([[1], [], []], [[], [0], []], 1)
    >>> made.noted_children.tolist()
    [1, 1, 0]
    """
    n = len(jobs)
    place = positions(structure.job, jobs.name)
    ends = np.stack([place[structure.parent], place[structure.child]]).astype(np.int64)
    noted = np.bincount(ends[0][ends[0] >= 0], minlength=n)
    known: BoolColumn = (ends[0] >= 0) & (ends[1] >= 0)
    edges = [ends[:, known]]
    if connect_splits and not known.all():
        joined, connected = _split_edges(jobs, structure, place, np.flatnonzero(~known))
        edges.append(joined)
        known[connected] = True
    parents, children = np.concatenate(edges, axis=1)
    return replace(
        Dependencies.of_edges(parents, children, n),
        noted_children=noted,
        unknown=int((~known).sum()),
    )


def neighbourhood(
    made: Dependencies, job: int, direction: Direction = "both", depth: int | None = None
) -> Int32Column:
    """Return the jobs at most ``depth`` steps from a job, itself included, in list order, (k,) int32.

    Without ``depth``, all that are connected in that direction. ``both`` are its ancestors and its
    descendants; what only shares an ancestor with it is not near, or everything would be.

    >>> jobs = JobTable.of(4, name=["A", "B", "C", "D"])
    >>> made = dependencies(jobs, Structure.of_edges(["A", "B", "A"], ["B", "C", "D"]))
    >>> neighbourhood(made, 1).tolist(), neighbourhood(made, 0, "down", depth=1).tolist()
    ([0, 1, 2], [0, 1, 3])
    """
    reached = {job}
    if direction != "down":
        reached |= _reached(made.parents, job, depth)
    if direction != "up":
        reached |= _reached(made.children, job, depth)
    return np.array(sorted(reached), dtype=np.int32)


def downstream(made: Dependencies, jobs: npt.NDArray[np.integer]) -> Int32Column:
    """Return all other jobs that wait for any of some jobs, directly or not, in list order, (k,) int32.

    >>> jobs = JobTable.of(4, name=["A", "B", "C", "D"])
    >>> made = dependencies(jobs, Structure.of_edges(["A", "B", "A"], ["B", "C", "D"]))
    >>> downstream(made, np.array([1])).tolist(), downstream(made, np.array([0, 1])).tolist()
    ([2], [2, 3])
    """
    offsets, targets = made.children.offsets, made.children.targets
    reached = np.zeros(len(made.children), dtype=np.bool_)
    reached[jobs] = True
    border: npt.NDArray[np.integer] = np.unique(jobs)
    while len(border):
        begin, counts = offsets[border], np.diff(offsets)[border]
        ends = np.cumsum(counts)
        places = np.arange(ends[-1]) + np.repeat(begin - ends + counts, counts)
        after = np.unique(targets[places])
        border = after[~reached[after]]
        reached[border] = True
    reached[jobs] = False
    return np.flatnonzero(reached).astype(np.int32)


def _reached(rows: CompressedRows, job: int, depth: int | None) -> set[int]:
    reached, border, steps = {job}, [job], 0
    while border and (depth is None or steps < depth):
        border = [
            other
            for other in dict.fromkeys(near for one in border for near in rows.of(one))
            if other not in reached
        ]
        reached.update(border)
        steps += 1
    return reached


def _split_edges(
    jobs: JobTable, structure: Structure, place: Int32Column, edges: npt.NDArray[np.intp]
) -> tuple[npt.NDArray[np.int64], list[int]]:
    """Return the edges between splits that edges without a split stand for, and which those are."""
    splits = _splits_by_name(jobs)
    pairs: list[tuple[int, int]] = []
    connected: list[int] = []

    def rows_of(name: int) -> list[int]:
        return [int(place[name])] if place[name] >= 0 else splits.get(structure.job[name], [])

    for edge in edges.tolist():
        parents, children = rows_of(structure.parent[edge]), rows_of(structure.child[edge])
        if len(parents) * len(children) > _PAIRS and len(parents) == len(children):
            pairs += zip(parents, children)
        else:
            pairs += ((parent, child) for parent in parents for child in children)
        if parents and children:
            connected.append(edge)
    return np.array(pairs, dtype=np.int64).reshape(-1, 2).T, connected


def _splits_by_name(jobs: JobTable) -> dict[str, list[int]]:
    """Return the rows of the splits of each job, under the name that it would have unsplit."""
    splits: dict[str, list[int]] = {}
    for row in np.flatnonzero(jobs.split > 0).tolist():
        numbered = f"_{jobs.split[row]}_{jobs.section[row]}"
        name = jobs.name[row]
        if name.endswith(numbered):
            unsplit = f"{name[: -len(numbered)]}_{jobs.section[row]}"
            splits.setdefault(unsplit, []).append(row)
    return splits
