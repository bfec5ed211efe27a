"""A forecast follows from what jobs took before, and is held against what came."""

from __future__ import annotations

import numpy as np
import pytest

from autosubmit_core.metrics.back_test import back_test, relative_error
from autosubmit_core.metrics.forecast import (
    Forecast,
    PastJobs,
    Progress,
    forecast,
    past_jobs,
    pools,
)
from autosubmit_core.metrics.simulation import Graph, Pool
from autosubmit_core.status import Status
from autosubmit_core.tables import JobHistory, JobTable

NOW = 1_700_000_000


def chains(lengths: list[int], section: str = "SIM") -> tuple[JobTable, Graph]:
    """Return members of so many chunks, one after the other."""
    members = [
        (f"fc{m}", chunk) for m, length in enumerate(lengths) for chunk in range(1, length + 1)
    ]
    jobs = JobTable.of(
        len(members),
        name=[f"t000_20200101_{member}_{chunk}_{section}" for member, chunk in members],
        member=[member for member, _ in members],
        chunk=[chunk for _, chunk in members],
        section=[section] * len(members),
        date=["2020-01-01"] * len(members),
    )
    child = np.array([row for row, (_, chunk) in enumerate(members) if chunk > 1], dtype=np.int32)
    level = np.array([chunk for _, chunk in members], dtype=np.int32)
    return jobs, Graph(parent=child - 1, child=child, level=level)


def foretold(
    lengths: list[int],
    known: dict[str, Pool],
    *,
    wallclock: float = 0.0,
    **progress: list[int],
) -> Forecast:
    jobs, graph = chains(lengths)
    n = len(jobs)
    rows = Progress.of(n, job=np.arange(n), **progress)
    return forecast(jobs, graph, rows, known, np.full(n, wallclock), NOW)


STEADY = Pool(lag=np.full(30, 60), run=np.full(30, 600))


def test_chunks_run_one_after_the_other_and_members_side_by_side() -> None:
    # Three chunks of 660 s in the longest member; the other has 660 s to spare.
    made = foretold([3, 2], {"SIM": STEADY})
    assert set(made.end_of().tolist()) == {1980.0}
    assert made.critical.tolist() == [0, 1, 2]
    assert made.slack.tolist() == [0, 0, 0, 660, 660]


def test_what_varies_makes_a_range() -> None:
    # 300 or 900 s, as likely: ten chunks take 6000 s on average, with a deviation of 300·√10 = 949,
    # and of the bootstrap samples of 100 some more.
    pool = Pool(lag=np.zeros(100, dtype=int), run=np.tile([300, 900], 50))
    low, middle, high = np.quantile(foretold([10], {"SIM": pool}).end_of(), (0.1, 0.5, 0.9))
    assert middle == pytest.approx(6000, abs=300)
    # 1.28 deviations to either side
    assert high - low == pytest.approx(2 * 1.28 * 949, rel=0.3)


def test_of_more_members_the_last_one_is_later() -> None:
    pool = Pool(lag=np.zeros(100, dtype=int), run=np.tile([300, 900], 50))
    one, many = (np.median(foretold([4] * k, {"SIM": pool}).end_of()) for k in (1, 20))
    assert many > one


def test_a_job_that_runs_has_the_rest_of_its_time_left() -> None:
    # It began 200 s ago, and takes 600; then a whole chunk.
    made = foretold([2], {"SIM": STEADY}, start=[NOW - 200, 0])
    assert set(made.end_of().tolist()) == {400.0 + 660.0}


def test_a_job_that_queues_has_the_rest_of_its_queue_left() -> None:
    made = foretold([1], {"SIM": STEADY}, ready=[NOW - 40])
    assert set(made.end_of().tolist()) == {20.0 + 600.0}


def test_what_has_waited_longer_than_any_before_begins_anew() -> None:
    # A run that was stopped yesterday goes on now.
    made = foretold([1], {"SIM": STEADY}, ready=[NOW - 86_400])
    assert set(made.end_of().tolist()) == {660.0}


def test_a_job_that_runs_longer_than_any_before_may_run_to_its_wall_clock() -> None:
    made = foretold([1], {"SIM": STEADY}, start=[NOW - 700], wallclock=1000.0)
    assert set(made.end_of().tolist()) == {300.0}


def test_a_section_without_a_past_takes_as_much_of_its_wall_clock_as_others() -> None:
    jobs = JobTable.of(2, name=["a_SIM", "a_POST"], section=["SIM", "POST"])
    nothing = np.zeros(0, dtype=np.int32)
    graph = Graph(parent=nothing, child=nothing, level=np.ones(2, dtype=np.int32))
    rows = Progress.of(1, job=[1])
    # SIM took 600 of 1200 s; half of 3000 s, and 60 s of waiting.
    made = forecast(jobs, graph, rows, {"SIM": STEADY}, np.array([1200.0, 3000.0]), NOW)
    assert set(made.end_of().tolist()) == {1560.0}


def test_the_same_question_has_the_same_answer() -> None:
    pool = Pool(lag=np.arange(50), run=np.arange(50) * 7)
    one, other = (foretold([5, 5], {"SIM": pool}).finish for _ in range(2))
    assert np.array_equal(one, other)


def test_only_the_newest_of_a_section_count() -> None:
    past = PastJobs.of(
        600, start=np.arange(600) + 1, finish=np.arange(600) + 1 + np.repeat([10, 20], [100, 500])
    )
    made = pools(np.full(600, "SIM", dtype=object), past, 10_000)
    assert (len(made["SIM"]), set(made["SIM"].run.tolist())) == (500, {20})


def test_a_pause_between_two_runs_is_no_queue() -> None:
    jobs = JobTable.of(2, name=["INI", "SIM"])
    history = JobHistory.of(
        2,
        job_name=["INI", "SIM"],
        status=[Status.COMPLETED] * 2,
        run_id=[1, 2],
        submit=[10, 9_000],
        start=[20, 9_030],
        finish=[120, 9_900],
    )
    made = past_jobs(jobs, history, np.array([0]), np.array([1]))
    assert made.lag.tolist() == [10, 30]


def lived(lengths: list[int], run: list[int]) -> tuple[JobTable, JobHistory, PastJobs, Graph]:
    """Return members whose chunks took so many seconds each, 60 s after the one before."""
    jobs, graph = chains(lengths)
    start = [
        NOW + 60 + chunk * (seconds + 60)
        for length, seconds in zip(lengths, run)
        for chunk in range(length)
    ]
    took = np.repeat(run, lengths)
    history = JobHistory.of(
        len(jobs),
        job_name=jobs.name,
        status=[Status.COMPLETED] * len(jobs),
        section=jobs.section,
        last=[True] * len(jobs),
        run_id=[1] * len(jobs),
        submit=np.array(start) - 60,
        start=start,
        finish=np.array(start) + took,
    )
    return jobs, history, past_jobs(jobs, history, graph.parent, graph.child), graph


def test_a_steady_past_would_have_been_foretold() -> None:
    # Five members of twenty chunks of 660 s each: no moment is off by a second.
    jobs, history, past, graph = lived([20] * 5, [600] * 5)
    made = back_test(jobs, history, past, graph, np.zeros(len(jobs)), "SIM")
    assert len(made) == 5
    assert relative_error(made.middle, made.actual) == pytest.approx(0, abs=1e-6)
    assert relative_error(made.section_middle, made.section_actual) == pytest.approx(0, abs=1e-6)
    # The older estimate by instances does not know of the 60 s between chunks: 1/11 off, and less.
    assert 0 < relative_error(made.by_instances, made.section_actual) < 0.15
    # At 20 % of 13200 s, 13200 - 2640 s were left.
    assert made.actual[0] == 10_560


def test_chunks_that_only_the_fastest_members_have_reached_do_not_count() -> None:
    # Four slow members have completed ten chunks when the fast one has completed its thirty.
    jobs, _, _, graph = lived([30] * 5, [600] * 5)
    _, history, _, _ = lived([30] * 5, [200] + [740] * 4)
    told = history.take(np.flatnonzero(history.finish <= NOW + 10 * 800))
    past = past_jobs(jobs, told, graph.parent, graph.child)
    made = back_test(jobs, told, past, graph, np.zeros(len(jobs)), "SIM")
    # All moments are about the end of chunk 10 of the slow ones.
    assert (made.moment + made.actual).tolist() == [NOW + 8000] * len(made)
    assert len(made) > 0


def test_a_short_past_has_no_back_test() -> None:
    jobs, history, past, graph = lived([3], [600])
    assert len(back_test(jobs, history, past, graph, np.zeros(3), "SIM")) == 0
    nothing = past_jobs(jobs, JobHistory.empty(), graph.parent, graph.child)
    assert len(back_test(jobs, JobHistory.empty(), nothing, graph, np.zeros(3), "SIM")) == 0
