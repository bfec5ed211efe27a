"""What a job waits for: the jobs before it that are not done, down to those that hold up all others."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from autosubmit_core.graphs.neighbourhoods import CompressedRows
from autosubmit_core.tables import BoolColumn, Int32Column

__all__ = ["Blocking", "blocking"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocking:
    """What holds up one job, as rows of the job list."""

    #: The jobs it waits for directly that are not done.
    parents: Int32Column
    #: All jobs before it that are not done, but for those that only done ones wait for. In list order
    ancestors: Int32Column
    #: Those of them that wait for nothing themselves: on them everything else depends.
    frontier: Int32Column
    #: The longest chain of them, each waiting for the one before; the last is a parent of the job.
    chain: Int32Column


def blocking(
    parents: CompressedRows, job: int, done: BoolColumn, levels: Int32Column, met: BoolColumn | None
) -> Blocking:
    """Return what holds up a job, in a time that grows with what does.

    ``done`` tells of each job whether it is done, ``levels`` how deep it stands, and ``met``, if given,
    of each target of ``parents`` whether that dependency is met though the parent is not done. Of a
    cycle of dependencies the chain takes the part that leads downwards.

    >>> from autosubmit_core.graphs.levels import levels
    >>> from autosubmit_core.graphs.neighbourhoods import Dependencies
    >>> made = Dependencies.of_edges(np.array([0, 1, 2, 4]), np.array([1, 2, 3, 3]), 5)
    >>> done = np.array([True, False, False, False, False])
    >>> found = blocking(made.parents, 3, done, levels(made), None)
    >>> found.parents.tolist(), found.frontier.tolist(), found.chain.tolist()
    ([2, 4], [1, 4], [1, 2])
    """
    reached = np.zeros(len(parents), dtype=np.bool_)
    border = np.array([job])
    edges = []
    while len(border):
        found = _alive(parents, border, done, met)
        edges.append(found)
        border = np.unique(found[0])
        border = border[~reached[border]]
        reached[border] = True
    before, after = np.concatenate(edges, axis=1)
    reached[job] = False
    ancestors = np.flatnonzero(reached).astype(np.int32)
    reached[after] = False
    return Blocking(
        parents=np.unique(edges[0][0]).astype(np.int32),
        ancestors=ancestors,
        frontier=np.flatnonzero(reached).astype(np.int32),
        chain=_longest_chain(before, after, job, levels),
    )


def _alive(
    parents: CompressedRows, jobs: npt.NDArray[np.integer], done: BoolColumn, met: BoolColumn | None
) -> npt.NDArray[np.int64]:
    """Return the dependencies of some jobs that are not met: parents and jobs, (2, m)."""
    begin = parents.offsets[jobs]
    counts = parents.offsets[jobs + 1] - begin
    ends = np.cumsum(counts)
    places = np.arange(ends[-1]) + np.repeat(begin - ends + counts, counts)
    before = parents.targets[places]
    alive = ~done[before] if met is None else ~(done[before] | met[places])
    return np.stack([before[alive].astype(np.int64), np.repeat(jobs, counts)[alive]])


def _longest_chain(
    before: npt.NDArray[np.int64],
    after: npt.NDArray[np.int64],
    job: int,
    levels: Int32Column,
) -> Int32Column:
    """Return the longest chain of dependencies that ends at a job, without it, first to last."""
    down = levels[before] < levels[after]
    before, after = before[down], after[down]
    order = np.argsort(levels[after], kind="stable")
    before, after = before[order], after[order]
    length = np.zeros(len(levels), dtype=np.int32)
    # What stands on one level does not depend on each other, so a level is one step.
    begins = np.flatnonzero(np.diff(levels[after], prepend=-1))
    for begin, end in zip(begins.tolist(), [*begins[1:].tolist(), len(after)]):
        np.maximum.at(length, after[begin:end], length[before[begin:end]] + 1)
    longest = np.lexsort((length[before], after))
    last = np.append(np.diff(after[longest]) > 0, True)[: len(longest)]
    parent = dict(zip(after[longest][last].tolist(), before[longest][last].tolist()))
    chain = []
    while job in parent:
        job = parent[job]
        chain.append(job)
    return np.array(chain[::-1], dtype=np.int32)
