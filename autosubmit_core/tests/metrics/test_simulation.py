"""Jobs end after the latest that they wait for, in each simulated course."""

from __future__ import annotations

import numpy as np
import pytest

from autosubmit_core.metrics.simulation import Graph, Pool, critical_path, finish_times, slacks


def graph(levels: list[int], *edges: tuple[int, int]) -> Graph:
    parent, child = np.array(edges, dtype=np.int32).reshape(-1, 2).T
    return Graph(parent=parent, child=child, level=np.array(levels, dtype=np.int32))


def took(*seconds: float) -> np.ndarray:
    return np.array(seconds, dtype=np.float32)[:, None]


#: 0 → 1 → 3 and 0 → 2 → 3, of 10, 20, 5 and 1 seconds.
DIAMOND = graph([1, 2, 2, 3], (0, 1), (0, 2), (1, 3), (2, 3))
SECONDS = took(10, 20, 5, 1)


def test_a_job_begins_when_the_last_it_waits_for_ends() -> None:
    assert finish_times(DIAMOND, SECONDS)[:, 0].tolist() == [10, 30, 15, 31]


def test_slack_is_what_a_job_can_be_late() -> None:
    # Over 2 it takes 16 s, of 31.
    assert slacks(DIAMOND, SECONDS).tolist() == [0, 0, 15, 0]


def test_the_critical_path_leads_to_the_job_that_ends_last() -> None:
    assert critical_path(DIAMOND, finish_times(DIAMOND, SECONDS)[:, 0]).tolist() == [0, 1, 3]
    assert critical_path(graph([]), np.zeros(0)).tolist() == []


def test_courses_do_not_mix() -> None:
    two = np.concatenate([SECONDS, took(10, 5, 20, 1)], axis=1)
    assert finish_times(DIAMOND, two)[3].tolist() == [31, 31]
    assert finish_times(DIAMOND, two)[1].tolist() == [30, 15]


def test_the_edges_of_a_cycle_do_not_hang_the_simulation() -> None:
    made = graph([1, 2], (0, 1), (1, 0))
    assert finish_times(made, took(5, 7))[:, 0].tolist() == [5, 12]


def test_jobs_without_dependencies_end_on_their_own() -> None:
    assert finish_times(graph([1, 1]), took(5, 7))[:, 0].tolist() == [5, 7]
    assert slacks(graph([1, 1]), took(5, 7)).tolist() == [2, 0]


def test_a_part_of_a_graph_keeps_the_edges_inside() -> None:
    part = DIAMOND.of(np.array([1, 3]))
    assert (part.parent.tolist(), part.child.tolist()) == ([0], [1])


def test_what_a_job_takes_is_what_some_past_job_took() -> None:
    pool = Pool(lag=np.array([10, 20]), run=np.array([100, 200]))
    drawn = pool.drawn((50, 40), np.random.default_rng(1))
    assert set(np.unique(drawn).tolist()) == {110.0, 220.0}
    # A course that happened to sample one value alone knows of no other.
    spread = np.ptp(drawn, axis=0)
    assert 0 < (spread == 0).mean() < 1


def test_what_has_lasted_so_long_lasts_as_those_that_lasted_longer() -> None:
    pool = Pool(lag=np.array([10, 20, 30]), run=np.array([100, 200, 300]))
    assert pool.after_run(150).tolist() == [50, 150]
    # 20 + 200 - 15, 30 + 300 - 15
    assert pool.after_lag(15).tolist() == [205, 315]
    assert pool.after_run(300).tolist() == []


@pytest.mark.parametrize("jobs", [1, 1_000])
def test_levels_and_not_jobs_are_stepped_through(
    jobs: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Two levels of any number of jobs are one step.
    steps: list[int] = []
    plain = np.flatnonzero

    def counted(values: np.ndarray) -> np.ndarray:
        steps.append(len(values))
        return plain(values)

    made = graph([1] * jobs + [2] * jobs, *((job, job + jobs) for job in range(jobs)))
    monkeypatch.setattr(np, "flatnonzero", counted)
    finish_times(made, np.ones((2 * jobs, 1), dtype=np.float32))
    # Once for the edges that lead down, once for the levels, and once for the one step.
    assert len(steps) == 3
