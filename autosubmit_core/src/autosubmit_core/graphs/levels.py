"""How deep in the workflow each job stands."""

from __future__ import annotations

import numpy as np

from autosubmit_core.graphs.neighbourhoods import Dependencies
from autosubmit_core.tables import Int32Column

__all__ = ["levels"]


def levels(made: Dependencies) -> Int32Column:
    """Return the level of each job, (n,) int32: 1 without parents, else one more than the deepest.

    That is the length of the longest path from a root, in O(V + E) (Kahn 1962,
    doi:10.1145/368996.369025). Where only jobs on cycles, or behind them, are left, the first of
    them in list order is taken next, at the level after its deepest finished parent.

    >>> from autosubmit_core.graphs.neighbourhoods import dependencies
    >>> from autosubmit_core.tables import JobTable, Structure
    >>> jobs = JobTable.of(3, name=["INI", "SIM", "POST"])
    >>> edges = Structure.of_edges(["INI", "INI", "SIM"], ["SIM", "POST", "POST"])
    >>> levels(dependencies(jobs, edges)).tolist()
    [1, 2, 3]
    """
    children = list(made.children)
    waiting_for: list[int] = made.parents.counts().tolist()
    level = [1] * len(children)
    finished = [False] * len(children)
    roots = [job for job, count in enumerate(waiting_for) if not count]
    for first in (*roots, *range(len(children))):
        stack = [] if finished[first] else [first]
        while stack:
            job = stack.pop()
            finished[job] = True
            below = level[job] + 1
            for child in children[job]:
                if finished[child]:
                    continue
                level[child] = max(level[child], below)
                waiting_for[child] -= 1
                if not waiting_for[child]:
                    stack.append(child)
    return np.array(level, dtype=np.int32)
