"""When jobs end that wait for each other, simulated many times at once.

A column is one course that things may take: how long each job takes in it is drawn from what jobs
of its section took before.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from autosubmit_core.tables import Int32Column, Int64Column

__all__ = ["Graph", "Pool", "courses", "critical_path", "finish_times", "slacks"]

Seconds = npt.NDArray[np.float32]

#: How many courses are simulated: as many as make so many numbers altogether, within bounds.
NUMBERS, FEWEST_COURSES, MOST_COURSES = 4_000_000, 50, 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Graph:
    """Dependencies among k jobs."""

    #: Both ends of each edge, as rows from 0 to k - 1, and the level of each job: edges lead down.
    parent: Int32Column
    child: Int32Column
    level: Int32Column

    @property
    def reversed(self) -> Graph:
        """The same with every edge turned round."""
        return Graph(parent=self.child, child=self.parent, level=-self.level)

    def of(self, rows: npt.NDArray[np.integer]) -> Graph:
        """Return the graph of some of the jobs, in their order, with the edges between them."""
        place = np.full(len(self.level), -1, dtype=np.int32)
        place[rows] = np.arange(len(rows))
        parent, child = place[self.parent], place[self.child]
        kept = (parent >= 0) & (child >= 0)
        return Graph(parent=parent[kept], child=child[kept], level=self.level[rows])


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """What past jobs of a section took: from the end of the last they waited for to their own end."""

    #: Until they ran, and how long they ran. Both (n,) seconds, value by value of one job
    lag: Int64Column
    run: Int64Column

    def __len__(self) -> int:
        return len(self.run)

    def drawn(self, shape: tuple[int, int], random: np.random.Generator) -> Seconds:
        """Return how long (jobs, courses) take from when they could begin.

        Each course draws from a bootstrap sample of its own, so that a short past makes the courses
        differ as much as it leaves them unknown (Efron 1979, doi:10.1214/aos/1176344552).
        """
        took = (self.lag + self.run).astype(np.float32)
        sample = took[random.integers(0, len(took), (len(took), shape[1]))]
        which = random.integers(0, len(took), shape)
        drawn: Seconds = np.take_along_axis(sample, which, axis=0)
        return drawn

    def after_lag(self, waited: int) -> Int64Column:
        """Return how long those took from then on that waited longer than that before they ran."""
        longer = self.lag > waited
        return (self.lag + self.run - waited)[longer]

    def after_run(self, ran: int) -> Int64Column:
        """Return how much longer those ran that ran longer than that."""
        return (self.run - ran)[self.run > ran]


def courses(jobs: int) -> int:
    """Return how many courses are simulated of so many jobs.

    >>> courses(10), courses(20_000), courses(1_000_000)
    (400, 200, 50)
    """
    return int(np.clip(NUMBERS // max(jobs, 1), FEWEST_COURSES, MOST_COURSES))


def finish_times(graph: Graph, took: Seconds) -> Seconds:
    """Return when each job ends: what it takes after the last that it waits for. (k, courses) seconds

    Edges that do not lead down a level, as some of a cycle, are passed over.

    >>> graph = Graph(parent=np.array([0, 1]), child=np.array([2, 2]), level=np.array([1, 1, 2]))
    >>> finish_times(graph, np.array([[5.0, 1.0], [3.0, 4.0], [10.0, 10.0]])).tolist()
    [[5.0, 1.0], [3.0, 4.0], [15.0, 14.0]]
    """
    finish = took.copy()
    down = np.flatnonzero(graph.level[graph.parent] < graph.level[graph.child])
    order = down[np.lexsort((graph.child[down], graph.level[graph.child[down]]))]
    parent, child = graph.parent[order], graph.child[order]
    ends = np.flatnonzero(np.diff(graph.level[child], append=np.iinfo(np.int32).max)) + 1
    begin = 0
    for end in ends.tolist():
        first = np.flatnonzero(np.diff(child[begin:end], prepend=-1))
        waiting = child[begin:end][first]
        finish[waiting] += np.maximum.reduceat(finish[parent[begin:end]], first, axis=0)
        begin = end
    return finish


def slacks(graph: Graph, took: Seconds) -> Seconds:
    """Return by how much each job could be late and delay nothing else at the end. (k,) seconds

    ``took`` is one course, (k, 1). The end less the longest way through the job (Kelley and Walker
    1959, critical-path planning and scheduling).

    >>> graph = Graph(parent=np.array([0, 1]), child=np.array([2, 2]), level=np.array([1, 1, 2]))
    >>> slacks(graph, np.array([[5.0], [3.0], [10.0]])).tolist()
    [0.0, 2.0, 0.0]
    """
    finish = finish_times(graph, took)
    through = finish + finish_times(graph.reversed, took) - took
    slack: Seconds = (finish.max(initial=0.0) - through)[:, 0]
    return slack


def critical_path(graph: Graph, finish: npt.NDArray[np.floating]) -> Int64Column:
    """Return the jobs of which any delay delays the end, first to last; none of no jobs.

    From the job that ends last back over the latest of those that each waits for; ``finish`` is (k,).

    >>> graph = Graph(parent=np.array([0, 1]), child=np.array([2, 2]), level=np.array([1, 1, 2]))
    >>> critical_path(graph, np.array([5.0, 3.0, 15.0])).tolist()
    [0, 2]
    """
    if not len(finish):
        return np.zeros(0, dtype=np.int64)
    down = np.flatnonzero(graph.level[graph.parent] < graph.level[graph.child])
    order = down[np.lexsort((finish[graph.parent[down]], graph.child[down]))]
    # Of equal keys the last value stays: the latest parent.
    latest = dict(zip(graph.child[order].tolist(), graph.parent[order].tolist()))
    job = int(finish.argmax())
    path = [job]
    while job in latest:
        job = latest[job]
        path.append(job)
    return np.array(path[::-1], dtype=np.int64)
