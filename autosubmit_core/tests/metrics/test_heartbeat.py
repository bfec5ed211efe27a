"""Whether an experiment runs is told by what moved, against what was usual for it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from autosubmit_core.metrics.heartbeat import Heartbeat, Pulse, Sign, heartbeat, pauses
from autosubmit_core.metrics.past_times import past_gaps, past_times
from autosubmit_core.status import Status
from autosubmit_core.tables import JobHistory, JobTable

NOW = 1_700_000_000
HOUR = 3600


def steady(count: int = 100, run: int = 600) -> JobHistory:
    """Return a past in which a job is submitted, starts 60 s later and runs, one after the other."""
    submit = NOW - 10 * 86_400 + np.arange(count) * (run + 120)
    return JobHistory.of(
        count,
        job_name=[f"t000_{k}_SIM" for k in range(count)],
        section=["SIM"] * count,
        run_id=[1] * count,
        status=[Status.COMPLETED] * count,
        submit=submit,
        start=submit + 60,
        finish=submit + 60 + run,
    )


def beat(
    status: list[Status],
    *,
    begun: int,
    moved: int,
    history: JobHistory | None = None,
    wallclock: float = 2 * HOUR,
    run_finish: int = 0,
    log: int | None = None,
) -> Heartbeat:
    """Return the heartbeat of jobs that all began so long ago, when files changed so long ago."""
    history = steady() if history is None else history
    n = len(status)
    jobs = JobTable.of(
        n, name=[f"t000_{k}_SIM" for k in range(n)], section=["SIM"] * n, status=status
    )
    there = np.isin(status, [Status.RUNNING, Status.QUEUING])
    running = np.array([one == Status.RUNNING for one in status])
    start = np.where(running, NOW - begun, 0)
    submit = np.where(there, NOW - begun - 60 * running, 0)
    signs = [Sign("job_list", "/pkl", NOW - moved)]
    if log is not None:
        signs.append(Sign("run_log", "/run.log", NOW - log))
    return heartbeat(
        *(jobs, (submit, start, np.zeros(n, dtype=np.int64)), np.full(n, wallclock)),
        *(history, past_times(history), pauses(past_gaps(history))),
        signs=signs,
        launched=0 if log is None else NOW - log,
        run_finish=run_finish,
        now=NOW,
    )


def test_the_pauses_of_the_past_are_told() -> None:
    # Each job: 60 s to its start, 600 s of run, 60 s to the next submission; 100 jobs, one pause
    # less: 300 instants.
    usual = pauses(past_gaps(steady()))
    assert usual is not None
    assert (usual.count, usual.median, usual.p99, usual.longest) == (299, 60, 600, 600)


def test_what_moved_within_the_usual_pause_runs() -> None:
    made = beat([Status.RUNNING], begun=500, moved=500)
    assert (made.pulse, made.silent, made.limit) == (Pulse.RUNNING, 500, 600)


def test_a_silence_longer_than_usual_that_the_running_job_does_not_explain_is_a_stall() -> None:
    # It has been running for 1800 s; none of 100 others ran longer than 600.
    made = beat([Status.RUNNING], begun=1800, moved=1800)
    assert made.pulse is Pulse.STALLED
    # S(1800) = 1/101, S(0) = 1
    assert made.chance == pytest.approx(1 / 101)


def test_a_long_silence_in_which_nothing_had_to_move_is_no_stall() -> None:
    # Half of 100 past jobs took six hours: a silence of three says nothing.
    history = steady(run=600)
    long = JobHistory.of(100, **{**history.columns(), "finish": history.finish.copy()})
    long.finish.flags.writeable = True
    long.finish[::2] = long.start[::2] + 6 * HOUR
    history = JobHistory.of(
        100, **{**long.columns(), "run_id": np.arange(100) // 2, "finish": long.finish}
    )
    made = beat([Status.RUNNING], begun=3 * HOUR, moved=3 * HOUR, history=history, wallclock=0)
    # (50 + 1) / (100 + 1)
    assert made.chance == pytest.approx(51 / 101)
    assert made.pulse is Pulse.RUNNING


def test_many_jobs_make_a_silence_less_likely() -> None:
    one = beat([Status.QUEUING], begun=50, moved=50).chance
    assert beat([Status.QUEUING] * 3, begun=50, moved=50).chance == pytest.approx(one**3)


def test_dead_is_what_no_job_can_still_be_running_of() -> None:
    # Wall clock 2 h, and the usual pause twice: 600 s each.
    assert beat([Status.RUNNING], begun=2 * HOUR, moved=2 * HOUR).pulse is Pulse.STALLED
    made = beat([Status.RUNNING], begun=2 * HOUR + 601, moved=2 * HOUR + 601)
    assert made.pulse is Pulse.DEAD
    assert made.awaited == NOW - 601


def test_a_queue_may_last_a_day() -> None:
    assert beat([Status.QUEUING], begun=20 * HOUR, moved=20 * HOUR).pulse is Pulse.STALLED
    assert beat([Status.QUEUING], begun=30 * HOUR, moved=30 * HOUR).pulse is Pulse.DEAD


def test_a_log_that_grows_is_a_sign_of_life() -> None:
    made = beat([Status.RUNNING], begun=2 * HOUR, moved=2 * HOUR, log=10)
    assert (made.pulse, made.silent) == (Pulse.RUNNING, 10)
    assert [sign.what for sign in made.signs] == ["run_log", "job_list"]


def test_finished_is_when_every_job_is_done() -> None:
    made = beat([Status.COMPLETED, Status.SKIPPED], begun=0, moved=86_400)
    assert (made.pulse, made.done) == (Pulse.FINISHED, 2)


def test_created_is_what_was_never_launched() -> None:
    made = beat([Status.READY], begun=0, moved=86_400, history=JobHistory.empty())
    assert made.pulse is Pulse.CREATED
    assert made.pauses is None


def test_stopped_is_a_run_that_ended_in_order_before_all_was_done() -> None:
    ended = NOW - 86_400
    made = beat([Status.COMPLETED, Status.READY], begun=0, moved=86_400, run_finish=ended)
    assert made.pulse is Pulse.STOPPED


def test_a_change_of_the_job_list_by_hand_does_not_make_a_stopped_run_go_on() -> None:
    ended = NOW - 86_400
    made = beat([Status.COMPLETED, Status.READY], begun=0, moved=20, run_finish=ended)
    assert made.pulse is Pulse.STOPPED


def test_a_run_that_was_launched_after_the_one_that_ended_counts() -> None:
    # Autosubmit goes on with the row of the last run when the job list has not changed.
    ended = NOW - 86_400
    made = beat([Status.READY], begun=0, moved=20, log=20, run_finish=ended)
    assert made.pulse is Pulse.RUNNING


def test_a_run_that_was_launched_soon_after_the_one_that_ended_counts() -> None:
    # The end is ten minutes ago, no longer than usual pauses are.
    ended = NOW - 600
    made = beat([Status.READY], begun=0, moved=600, log=20, run_finish=ended)
    assert (made.limit, made.pulse) == (600, Pulse.RUNNING)
    made = beat([Status.READY], begun=0, moved=600, log=600, run_finish=ended)
    assert made.pulse is Pulse.STOPPED


def test_what_is_submitted_after_the_end_of_a_run_tells_of_another_launch() -> None:
    made = beat([Status.QUEUING], begun=30, moved=30, run_finish=NOW - 60)
    assert made.pulse is Pulse.RUNNING


def test_what_waits_for_failed_jobs_alone_has_stopped_though_nobody_closed_the_run() -> None:
    made = beat([Status.FAILED, Status.WAITING, Status.SUSPENDED], begun=0, moved=HOUR)
    assert (made.pulse, made.failed) == (Pulse.STOPPED, 1)


def test_a_short_past_is_no_measure() -> None:
    made = beat([Status.RUNNING], begun=3000, moved=3000, history=steady(count=2))
    # 5 pauses: an hour is the limit.
    assert (made.limit, made.pulse) == (HOUR, Pulse.RUNNING)


def test_nothing_has_moved_after_the_present() -> None:
    assert beat([Status.RUNNING], begun=10, moved=-500).silent == 0


def test_the_last_event_is_told_with_its_job() -> None:
    made = beat([Status.WAITING, Status.RUNNING], begun=90, moved=500)
    assert made.last_event is not None
    assert made.last_event == ("t000_1_SIM", "started", NOW - 90)


def test_an_experiment_without_jobs_is_not_finished() -> None:
    made: Any = beat([], begun=0, moved=10, history=JobHistory.empty())
    assert made.pulse is Pulse.CREATED
