"""Queue times inside wrappers: by dependencies, by rows of the history, and in a run's detail."""

from __future__ import annotations

import random
from collections import deque

import numpy as np
import pytest

from autosubmit_core.metrics.job_times import JobTimes
from autosubmit_core.metrics.wrapper_queue import (
    mate_delays,
    queue_among_mates,
    with_wrapper_queues,
    wrapper_delays,
)
from autosubmit_core.status import Status
from autosubmit_core.tables import JobHistory, JobTable, Structure, WrapperTable

Edges = list[tuple[str, str]]


def corrected(
    queue: list[int],
    run: list[int],
    edges: Edges | None,
    *,
    wrapped: str | None = None,
    names: str = "",
) -> list[int]:
    """Return the corrected queue of jobs a, b, c, … in one wrapper; no edges at all for None."""
    names = names or "abcdefgh"[: len(queue)]
    jobs = JobTable.of(len(queue), name=list(names))
    members = list(names if wrapped is None else wrapped)
    wrappers = WrapperTable.of(len(members), wrapper=["w"] * len(members), job_name=members)
    structure = Structure.of_edges([p for p, _ in edges or []], [c for _, c in edges or []])
    times = JobTimes.of(len(queue), queue=queue, run=run)
    found: list[int] = with_wrapper_queues(times, jobs, wrappers, structure).queue.tolist()
    return found


def test_a_chain_queued_once() -> None:
    # submit 0, starts 100, 700, 1300, each 600 long
    assert corrected([100, 700, 1300], [600] * 3, [("a", "b"), ("b", "c")]) == [100, 0, 0]
    # starts a little after the one before ended
    assert corrected([100, 210, 330], [100] * 3, [("a", "b"), ("b", "c")]) == [100, 10, 20]


def test_jobs_side_by_side_keep_their_queue() -> None:
    assert corrected([100, 100, 100], [50, 100, 150], [("a", "x")], names="abc") == [100] * 3


def test_without_dependencies_the_order_of_ends_stands_for_them() -> None:
    # right for vertical wrappers …
    assert corrected([330, 100, 210], [100] * 3, None) == [20, 100, 10]
    # … only: these three ran side by side
    assert corrected([100, 100, 100], [50, 100, 150], None) == [100, 0, 0]


def test_self_edges_are_dependencies_that_say_there_are_none() -> None:
    """Autosubmit before 4.2 writes them for jobs without edges."""
    assert corrected([100, 100], [50, 100], [("a", "a"), ("b", "b")]) == [100, 100]


def test_m03_of_several_parents_the_one_that_ended_last_counts() -> None:
    diamond = [("a", "b"), ("a", "c"), ("b", "d"), ("c", "d")]
    # b ends at 300, c at 500, d starts at 510
    assert corrected([100, 200, 200, 510], [100, 100, 300, 50], diamond) == [100, 0, 0, 10]
    assert corrected([100, 200, 200, 510], [100, 300, 100, 50], diamond) == [100, 0, 0, 10]


def test_m04_wrapper_rows_of_jobs_that_are_gone_are_ignored() -> None:
    edges = [("a", "b"), ("gone", "b"), ("b", "gone")]
    assert corrected([100, 210], [100, 100], edges, wrapped="abg") == [100, 10]
    assert corrected([100, 210], [100, 100], None, wrapped="gab") == [100, 10]


def test_parents_outside_the_wrapper_change_nothing() -> None:
    edges = [("a", "b"), ("b", "c")]
    assert corrected([100, 700, 1300], [600] * 3, edges, wrapped="bc") == [100, 700, 0]


def test_a_cycle_changes_nothing() -> None:
    circle = [("a", "b"), ("b", "a"), ("b", "c")]
    assert corrected([100, 700, 1300], [600] * 3, circle) == [100, 700, 1300]


def test_a_job_is_in_the_wrapper_of_its_last_row() -> None:
    jobs = JobTable.of(2, name=["a", "b"])
    structure = Structure.of_edges(["a"], ["b"])
    times = JobTimes.of(2, queue=[100, 700], run=[600, 600])
    again = WrapperTable.of(3, wrapper=["old", "old", "new"], job_name=["a", "b", "b"])
    assert with_wrapper_queues(times, jobs, again, structure).queue.tolist() == [100, 700]


def test_without_wrappers_the_times_stay() -> None:
    times = JobTimes.of(1, queue=[100])
    jobs = JobTable.of(1, name=["a"])
    assert with_wrapper_queues(times, jobs, WrapperTable.empty(), Structure.empty()) is times


def test_only_the_queue_changes() -> None:
    jobs = JobTable.of(2, name=["a", "b"])
    wrappers = WrapperTable.of(2, wrapper=["w"] * 2, job_name=["a", "b"])
    times = JobTimes.of(2, submit=[1, 1], start=[101, 701], queue=[100, 700], run=[600, 600])
    made = with_wrapper_queues(times, jobs, wrappers, Structure.of_edges(["a"], ["b"]))
    for name, values in times.columns().items():
        if name != "queue":
            assert made.columns()[name].tolist() == values.tolist()


def test_delays_are_those_of_a_walk_through_each_wrapper() -> None:
    generator = random.Random(11)
    for _ in range(150):
        n = generator.randint(1, 12)
        names = [f"j{i}" for i in range(n)]
        edges = [
            (names[a], names[b]) for b in range(n) for a in range(b) if generator.random() < 0.3
        ]
        wrapper = {
            name: f"w{generator.randint(0, 2)}" for name in names if generator.random() < 0.8
        }
        queue = {name: generator.randint(0, 500) for name in names}
        run = {name: generator.randint(0, 500) for name in names}
        found = wrapper_delays(
            np.array(names, dtype=object),
            np.array(list(queue.values())),
            np.array(list(run.values())),
            WrapperTable.of(len(wrapper), wrapper=list(wrapper.values()), job_name=list(wrapper)),
            Structure.of_edges(
                [*(a for a, _ in edges), "other"], [*(b for _, b in edges), "other"]
            ),
        )
        assert found.tolist() == _walked(names, edges, wrapper, queue, run)


def _walked(
    names: list[str],
    edges: Edges,
    wrapper: dict[str, str],
    queue: dict[str, int],
    run: dict[str, int],
) -> list[int]:
    inside = [(a, b) for a, b in edges if a in wrapper and wrapper[a] == wrapper.get(b)]
    delay = dict.fromkeys(names, 0)
    ahead = deque(name for name in names if all(b != name for _, b in inside))
    while ahead:
        parent = ahead.popleft()
        for a, child in inside:
            if a == parent:
                delay[child] = max(delay[child], queue[parent] + run[parent])
                ahead.append(child)
    return [delay[name] for name in names]


# -- rows of the history ---------------------------------------------------------------------


def wrapped_rows(*starts: int, **columns: list[int]) -> JobHistory:
    """Return COMPLETED rows of wrapper 17128 in run 1, submitted at 1000 and 600 long each."""
    n = len(starts)
    made = {
        "job_name": list("abcdefghijklmnop"[:n]),
        "run_id": [1] * n,
        "rowtype": [17128] * n,
        "status": [int(Status.COMPLETED)] * n,
        "submit": [1000] * n,
        "start": list(starts),
        "finish": [start + 600 if start else 0 for start in starts],
        **columns,
    }
    return JobHistory.of(n, **made)


def queues(history: JobHistory) -> list[int]:
    found: list[int] = queue_among_mates(history, np.arange(len(history))).tolist()
    return found


def test_rows_of_a_wrapper_queued_until_the_first_of_them_started() -> None:
    assert queues(wrapped_rows(1100, 1710, 2330)) == [100, 10, 20]


def test_mates_that_started_within_twenty_seconds_started_together() -> None:
    # b started 20 s after a: together; 21 s after: b would have waited for a to end
    assert queues(wrapped_rows(1100, 1120)) == [100, 120]
    assert queues(wrapped_rows(1100, 1121)) == [100, 0]


def test_rows_outside_wrappers_of_other_runs_and_of_other_statuses_are_no_mates() -> None:
    assert queues(wrapped_rows(1100, 1710, rowtype=[2, 2])) == [100, 710]
    assert queues(wrapped_rows(1100, 1710, rowtype=[17128, 17129])) == [100, 710]
    assert queues(wrapped_rows(1100, 1710, run_id=[1, 2])) == [100, 710]
    failed = [int(Status.FAILED), int(Status.COMPLETED)]
    assert queues(wrapped_rows(1100, 1710, status=failed)) == [100, 710]


def test_an_earlier_row_of_the_same_job_is_no_mate() -> None:
    history = wrapped_rows(1100, 1710, 2330)
    same = JobHistory.of(3, **{**history.columns(), "job_name": ["a", "b", "b"]})
    # for the third row only a counts: 1330 - (100 + 600)
    assert queues(same) == [100, 10, 630]


def test_rows_are_answered_in_the_order_asked() -> None:
    history = wrapped_rows(1100, 1710, 2330)
    assert queue_among_mates(history, np.array([2, 0])).tolist() == [20, 100]
    assert queue_among_mates(history, np.array([], dtype=np.int64)).tolist() == []


def test_queues_are_those_of_a_comparison_of_all_pairs() -> None:
    generator = random.Random(5)
    for _ in range(100):
        n = generator.randint(1, 15)
        pick = generator.choice
        history = wrapped_rows(*(1000 + 10 * generator.randint(0, 40) for _ in range(n)))
        history = JobHistory.of(
            n,
            **{
                **history.columns(),
                "job_name": [pick("abcd") for _ in range(n)],
                "rowtype": [pick([2, 17128, 17129]) for _ in range(n)],
                "status": [pick([5, 5, -1]) for _ in range(n)],
                "finish": [start + pick([0, 30, 600]) for start in history.start.tolist()],
            },
        )
        assert queues(history) == [_compared(history, row) for row in range(n)]


def _compared(h: JobHistory, row: int) -> int:
    def took(mate: int) -> int:
        return int(max(h.start[mate] - h.submit[mate], 0) + max(h.finish[mate] - h.start[mate], 0))

    longest = max(
        (
            took(mate)
            for mate in range(len(h))
            if h.rowtype[mate] == h.rowtype[row] > 2
            and h.status[mate] == Status.COMPLETED
            and h.job_name[mate] != h.job_name[row]
            and h.start[mate] < h.start[row] - 20
        ),
        default=0,
    )
    return int(max(h.start[row] - h.submit[row] - longest, 0))


# -- the run's detail ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("starts", "queue", "run", "expected"),
    [
        # the second waited for the first, the third for the one that queued longest
        ((1100, 1710, 2330), [100, 710, 1330], [600] * 3, [0, 700, 1310]),
        # together
        ((1100, 1120), [100, 120], [600] * 2, [0, 0]),
        # not started: as if it started now
        ((1100, 0), [100, 2000], [600, 0], [0, 700]),
    ],
)
def test_in_the_detail_of_a_run_the_mate_that_queued_longest_counts(
    starts: tuple[int, ...], queue: list[int], run: list[int], expected: list[int]
) -> None:
    history = wrapped_rows(*starts)
    found = mate_delays(history, history.start, np.array(queue), np.array(run), now=3000)
    assert found.tolist() == expected
