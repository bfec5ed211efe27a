"""The life of an experiment keeps the rules that a real one keeps."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from autosubmit_core.demo.life import Life
from autosubmit_core.demo.platforms import LOCAL, MARENOSTRUM5
from autosubmit_core.demo.simulation import Launch, live
from autosubmit_core.demo.workflow import Section, Workflow
from autosubmit_core.status import Status

INI = Section(name="INI", running="member", platform=LOCAL, run_seconds=60)
SIM = Section(
    name="SIM",
    running="chunk",
    dependencies=("INI", "SIM-1"),
    platform=MARENOSTRUM5,
    nodes=10,
    run_seconds=3_600,
    queue_seconds=600,
    failure_rate=0.3,
)
POST = Section(
    name="POST", running="chunk", dependencies=("SIM",), platform=MARENOSTRUM5, run_seconds=300
)
WORKFLOW = Workflow(
    dates=("19900101", "19910101"),
    members=("fc0", "fc1"),
    chunks=12,
    chunk_unit="month",
    sections=(INI, SIM, POST),
    platform=MARENOSTRUM5,
    retrials=2,
)
STEADY = replace(WORKFLOW, sections=(INI, replace(SIM, failure_rate=0), POST))
WRAPPED = replace(STEADY, wrapped="SIM", wrapper_chunks=4)
LAUNCHES = (Launch(chunks=6, fatal=3), Launch(pause_hours=10, fatal=2), Launch(pause_hours=5))


@pytest.fixture(scope="module")
def life() -> Life:
    return live(WORKFLOW, launches=LAUNCHES, seed=3)


def test_every_attempt_is_ready_submitted_started_and_finished_in_this_order(life: Life) -> None:
    attempts = life.attempts
    assert (attempts.ready < attempts.submit).all()
    assert (attempts.submit <= attempts.confirm).all()
    assert (attempts.confirm <= attempts.start).all()
    assert (attempts.start < attempts.finish).all()


def test_a_job_starts_after_all_its_parents_are_completed(life: Life) -> None:
    attempts, jobs = life.attempts, len(WORKFLOW.section_of_job())
    done, first = np.zeros(jobs, dtype=np.int64), np.full(jobs, 10**12)
    good = ~attempts.failed
    done[attempts.job[good]] = attempts.finish[good]
    np.minimum.at(first, attempts.job, attempts.submit)
    parents, children = WORKFLOW.edges()
    assert (done > 0).all()
    assert (done[parents] < first[children]).all()


def test_attempts_of_a_job_follow_each_other_and_the_last_succeeds(life: Life) -> None:
    attempts = life.attempts
    same = attempts.job[1:] == attempts.job[:-1]
    assert same.any()
    assert (attempts.submit[1:][same] > attempts.finish[:-1][same]).all()
    assert attempts.failed[:-1][same].all()
    assert not attempts.failed[:-1][~same].any()


def test_a_job_is_tried_no_more_often_than_allowed(life: Life) -> None:
    assert life.attempts.number.max() == WORKFLOW.retrials
    fatal = life.attempts.take(np.flatnonzero(life.attempts.fatal))
    assert 1 <= len(fatal) <= 5
    assert set(fatal.number.tolist()) == {WORKFLOW.retrials}


def test_attempts_lie_within_their_run_and_runs_do_not_overlap(life: Life) -> None:
    attempts, run = life.attempts, life.attempts.run - 1
    assert (attempts.submit > life.run_begin[run]).all()
    assert (attempts.finish < life.run_end[run]).all()
    # The pauses of 10 and 5 hours.
    assert (life.run_begin[1:] - life.run_end[:-1]).tolist() == [36_000, 18_000]


def test_a_run_of_fewer_chunks_leaves_the_others_alone(life: Life) -> None:
    jobs = WORKFLOW.jobs("a000")
    chunks = jobs.chunk[life.attempts.job[life.attempts.run == 1]]
    assert chunks.max() == 6
    assert jobs.chunk[life.attempts.job].max() == 12


def test_only_accounted_platforms_know_energy(life: Life) -> None:
    local = WORKFLOW.section_of_job()[life.attempts.job] == 0
    assert (life.attempts.energy[local] == 0).all()
    # Ten nodes of 680 W, give or take 4 %.
    watts = life.attempts.energy[~local] / (life.attempts.finish - life.attempts.start)[~local]
    sim = WORKFLOW.section_of_job()[life.attempts.job[~local]] == 1
    assert 6_600 < np.median(watts[sim]) < 7_000


def test_numbers_of_the_scheduler_rise_with_time_and_differ(life: Life) -> None:
    attempts = life.attempts
    order = np.argsort(attempts.submit, kind="stable")
    assert (np.diff(attempts.scheduler_id[order]) > 0).all()


def test_a_wrapper_is_submitted_as_one_and_runs_its_jobs_one_after_the_other() -> None:
    attempts = live(WRAPPED, launches=(Launch(),), seed=5).attempts
    wrapped = attempts.take(np.flatnonzero(attempts.wrapper > 0))
    numbers, sizes = np.unique(wrapped.wrapper, return_counts=True)
    # Four chains of 12 chunks, four chunks each.
    assert sizes.tolist() == [4] * 12
    for number in numbers:
        inside = wrapped.take(np.flatnonzero(wrapped.wrapper == number))
        assert len(set(inside.submit.tolist())) == len(set(inside.scheduler_id.tolist())) == 1
        assert (inside.start[1:] - inside.finish[:-1]).tolist() == [2, 2, 2]


def test_a_wrapped_section_may_not_fail() -> None:
    with pytest.raises(ValueError, match="wrapped"):
        live(replace(WORKFLOW, wrapped="SIM", wrapper_chunks=4), launches=LAUNCHES, seed=1)


def test_equal_seeds_give_equal_lives_and_others_do_not() -> None:
    one, two = (live(WORKFLOW, launches=LAUNCHES, seed=7).attempts for _ in range(2))
    for name, values in one.columns().items():
        assert values.tolist() == two.columns()[name].tolist()
    other = live(WORKFLOW, launches=LAUNCHES, seed=8).attempts
    assert other.finish.tolist() != one.finish.tolist()


def test_before_the_first_launch_all_wait_and_at_the_end_all_are_completed(life: Life) -> None:
    assert set(life.statuses(-1).tolist()) == {Status.WAITING}
    assert set(life.statuses(int(life.run_end[-1])).tolist()) == {Status.COMPLETED}


def test_after_a_run_with_fatal_failures_their_children_wait(life: Life) -> None:
    status = life.statuses(int(life.run_end[0]))
    failed = np.flatnonzero(status == Status.FAILED)
    parents, children = WORKFLOW.edges()
    assert 1 <= len(failed) <= 3
    assert set(status[children[np.isin(parents, failed)]].tolist()) == {Status.WAITING}
    # The next launch begins by trying them again.
    again = life.statuses(int(life.run_begin[1]))
    assert set(again[failed].tolist()) == {Status.READY}


def test_an_attempt_goes_through_its_states() -> None:
    life = live(STEADY, launches=(Launch(),), seed=2)
    row = int(np.flatnonzero(STEADY.section_of_job()[life.attempts.job] == 1)[0])
    one, job = life.attempts.take(np.array([row])), int(life.attempts.job[row])
    told = [
        (one.ready[0], Status.READY),
        (one.submit[0], Status.SUBMITTED),
        (one.confirm[0], Status.QUEUING),
        (one.start[0], Status.RUNNING),
        (one.finish[0], Status.COMPLETED),
    ]
    for moment, status in told:
        assert life.statuses(int(moment))[job] == status


def test_a_busy_moment_shows_many_states_at_once() -> None:
    life = live(STEADY, launches=(Launch(),), seed=2)
    states = set(life.statuses(life.busy_moment(0.5)).tolist())
    assert {Status.COMPLETED, Status.WAITING, Status.RUNNING, Status.SUBMITTED} <= states
