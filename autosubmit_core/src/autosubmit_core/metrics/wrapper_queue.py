"""How long jobs of a wrapper really queued: without the time they waited for each other.

A wrapper is submitted as one, so the jobs in it all count as queued since then; of a job that
ran after others, part of that time is theirs. What the dependencies say decides for the current
list (:func:`wrapper_delays`). Rows of the history name no dependencies, so the instants of the
rows decide (:func:`queue_among_mates`, :func:`mate_delays`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from autosubmit_core.metrics.constants import SAME_START_SECONDS
from autosubmit_core.metrics.durations import durations
from autosubmit_core.metrics.job_times import JobTimes
from autosubmit_core.status import Status
from autosubmit_core.tables import (
    UNWRAPPED,
    InstantColumn,
    Int32Column,
    Int64Column,
    JobHistory,
    JobTable,
    Structure,
    TextColumn,
    WrapperTable,
)

__all__ = ["mate_delays", "queue_among_mates", "with_wrapper_queues", "wrapper_delays"]


def with_wrapper_queues(
    times: JobTimes, jobs: JobTable, wrappers: WrapperTable, structure: Structure
) -> JobTimes:
    """Return the times with the queue of wrapped jobs shortened by :func:`wrapper_delays`.

    Never below 0; submit, start, finish and run stay.
    """
    if not len(wrappers):
        return times
    delays = wrapper_delays(jobs.name, times.queue, times.run, wrappers, structure)
    return replace(times, queue=np.maximum(times.queue - delays, 0))


def wrapper_delays(
    names: TextColumn,
    queue: Int64Column,
    run: Int64Column,
    wrappers: WrapperTable,
    structure: Structure,
) -> Int64Column:
    """Return how long each job waited for others of its wrapper, (n,) seconds; 0 if for none.

    ``queue`` and ``run`` are the uncorrected times, (n,) seconds. With a structure a job waited for
    its parents inside the wrapper: as long as the one with the largest queue + run took. Jobs of a
    cycle, and those that only a cycle leads to, waited for none. In an experiment without any
    dependencies it waited for the job of the wrapper that comes before it by queue + run, which is
    right for vertical wrappers only. Rows that name jobs that are not in the list are ignored.

    Submitted at 0, started at 100, 700 and 1300, each 600 long, one after the other:

    >>> names = np.array(["a", "b", "c"], dtype=object)
    >>> wrappers = WrapperTable.of(3, wrapper=["w"] * 3, job_name=["a", "b", "c"])
    >>> chain = Structure.of_edges(["a", "b"], ["b", "c"])
    >>> queue, run = np.array([100, 700, 1300]), np.array([600, 600, 600])
    >>> wrapper_delays(names, queue, run, wrappers, chain).tolist()
    [0, 700, 1300]
    """
    wrapped, code = _wrapped(names, wrappers)
    took = queue + run
    delays = np.zeros(len(names), dtype=np.int64)
    if not len(structure.job):
        order = wrapped[np.lexsort((took[wrapped], code[wrapped]))]
        before, after = order[:-1], order[1:]
        same = code[before] == code[after]
        delays[after[same]] = took[before[same]]
        return delays
    parent, child = structure.edges_between(names)
    inside = (code[parent] >= 0) & (code[parent] == code[child])
    parent, child = parent[inside], child[inside]
    np.maximum.at(delays, child, took[parent])
    delays[_not_below_roots(len(names), parent, child)] = 0
    return delays


def queue_among_mates(history: JobHistory, rows: npt.NDArray[np.integer]) -> Int64Column:
    """Return the queue time of rows of the history, without waiting for mates, (n,) seconds.

    Mates of a row are the COMPLETED rows of other jobs in the same wrapper and run that started
    more than 20 s before it. Queue is (start - submit) - max(queue + run of the mates), not below
    0; start - submit if there are no mates. From Autosubmit 4.1.17 on rows do not name their
    wrapper, and nothing is subtracted.

    >>> history = JobHistory.of(
    ...     2, job_name=["a", "b"], run_id=[1, 1], rowtype=[17128, 17128], status=[5, 5],
    ...     submit=[1000, 1000], start=[1100, 1710], finish=[1700, 2300],
    ... )
    >>> queue_among_mates(history, np.array([0, 1])).tolist()
    [100, 10]
    """
    start = history.start
    asked = rows[history.rowtype[rows] > UNWRAPPED]
    mates = np.flatnonzero(
        (history.status == Status.COMPLETED)
        & np.isin(history.rowtype, history.rowtype[asked])
        & np.isin(history.run_id, history.run_id[asked])
    )
    took = np.zeros(len(history), dtype=np.int64)
    took[mates] = durations(history.submit[mates], start[mates])
    took[mates] += durations(start[mates], history.finish[mates])
    delays, names = np.zeros(len(history), dtype=np.int64), history.job_name
    for row, first, second in _best_mates(history, asked, mates, start, rank=took):
        mate = second if first >= 0 and names[first] == names[row] else first
        delays[row] = took[mate] if mate >= 0 else 0
    queue: Int64Column = durations(history.submit[rows], start[rows]) - delays[rows]
    return queue.clip(min=0)


def mate_delays(
    history: JobHistory, start: InstantColumn, queue: Int64Column, run: Int64Column, now: int
) -> Int64Column:
    """Return how long each row of one run waited for its wrapper, by the rule of the run's detail.

    ``start``, ``queue`` and ``run`` are the effective times of the rows, (n,) seconds, the queue not
    shortened; ``start`` is 0 of a row that has not started, and counts as ``now``. Mates are the rows
    of the same wrapper that started more than 20 s before, of any job and status. The one that
    queued longest counts, with its queue + run; 0 if there is none.
    """
    asked = np.flatnonzero(history.rowtype > UNWRAPPED)
    moment = np.where(start > 0, start, now)
    delays = np.zeros(len(history), dtype=np.int64)
    for row, mate, _ in _best_mates(history, asked, asked, moment, rank=queue):
        delays[row] = queue[mate] + run[mate] if mate >= 0 else 0
    return delays


def _wrapped(
    names: TextColumn, wrappers: WrapperTable
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
    """Return the jobs that are in a wrapper, in its order, and the wrapper of every job.

    Jobs are places in ``names``; wrappers are numbered from 0, and -1 stands for none, (n,).
    """
    place = {name: index for index, name in enumerate(names)}
    number: dict[str, int] = {}
    code = np.full(len(names), -1, dtype=np.int32)
    for job, wrapper in wrappers.wrapper_of().items():
        if job in place:
            code[place[job]] = number.setdefault(wrapper, len(number))
    jobs = [place[job] for job in wrappers.wrapper_of() if job in place]
    return np.array(jobs, dtype=np.int32), code


def _not_below_roots(n: int, parent: Int32Column, child: Int32Column) -> npt.NDArray[np.bool_]:
    """Tell which of n jobs have parents, and cannot be reached from one that has none."""
    children: list[list[int]] = [[] for _ in range(n)]
    for above, below in zip(parent.tolist(), child.tolist()):
        children[above].append(below)
    unreached = np.zeros(n, dtype=np.bool_)
    unreached[child] = True
    ahead = np.setdiff1d(parent, child).tolist()
    while ahead:
        for below in children[ahead.pop()]:
            if unreached[below]:
                unreached[below] = False
                ahead.append(below)
    return unreached


def _best_mates(
    history: JobHistory,
    asked: npt.NDArray[np.integer],
    mates: npt.NDArray[np.integer],
    start: npt.NDArray[np.int64],
    rank: npt.NDArray[np.int64],
) -> Iterator[tuple[int, int, int]]:
    """Give for each row asked for the highest-ranking mate, and the highest of another name than that.

    All are rows of the history, -1 for none; ``start`` and ``rank`` have a value for every row. One
    walk through the starts of the mates in time, beside the moments up to which each row asked for
    looks back.
    """
    moments = np.concatenate([start[asked] - SAME_START_SECONDS, start[mates]])
    rows = np.concatenate([asked, mates])
    is_mate = np.arange(len(rows)) >= len(asked)
    order = np.lexsort((is_mate, moments))
    rows, is_mate = rows[order], is_mate[order]
    ranks, names = rank.tolist(), history.job_name
    best: dict[tuple[int, int], tuple[int, int]] = {}
    wrappers = zip(history.run_id[rows].tolist(), history.rowtype[rows].tolist())
    for row, arrives, wrapper in zip(rows.tolist(), is_mate.tolist(), wrappers):
        first, second = best.get(wrapper, (-1, -1))
        if not arrives:
            yield row, first, second
        elif first < 0 or ranks[row] > ranks[first]:
            best[wrapper] = row, first if first >= 0 and names[row] != names[first] else second
        elif (second < 0 or ranks[row] > ranks[second]) and names[row] != names[first]:
            best[wrapper] = first, row
