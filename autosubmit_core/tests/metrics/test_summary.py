"""The state of an experiment in a dozen numbers."""

from __future__ import annotations

import time

import numpy as np

from autosubmit_core.metrics.eta import estimated_time
from autosubmit_core.metrics.job_times import JobTimes, job_times
from autosubmit_core.metrics.performance import performance
from autosubmit_core.metrics.statistics import job_statistics, summarized
from autosubmit_core.metrics.summary import Summary, summary
from autosubmit_core.metrics.wrapper_queue import with_wrapper_queues
from autosubmit_core.status import Status
from autosubmit_core.tables import AttemptTable, JobHistory, JobTable, Structure, WrapperTable


def of(*jobs: tuple[str, Status, int, int], suspicious: tuple[int, ...] = ()) -> Summary:
    """Return the summary of jobs given by name, status, queue and run."""
    table = JobTable.of(len(jobs), name=[job[0] for job in jobs], status=[job[1] for job in jobs])
    doubted = [index in suspicious for index in range(len(jobs))]
    times = JobTimes.of(
        len(jobs), queue=[job[2] for job in jobs], run=[job[3] for job in jobs], suspicious=doubted
    )
    return summary(table, times)


def test_means_are_over_the_statuses_that_have_the_time() -> None:
    made = of(
        ("a_INI", Status.COMPLETED, 10, 100),
        ("b_INI", Status.FAILED, 20, 200),
        ("c_INI", Status.RUNNING, 30, 300),
        ("d_INI", Status.QUEUING, 40, 0),
        ("e_INI", Status.SUBMITTED, 50, 0),
        ("f_INI", Status.WAITING, 999, 999),
        ("g_INI", Status.SUSPENDED, 999, 999),
    )
    assert made.mean_queue_seconds == 30
    assert made.mean_run_seconds == 200
    assert (made.running, made.suspended, made.queuing, made.failed, made.submitted) == (1,) * 5
    assert made.failed_jobs == ("b_INI",)


def test_a_simulation_is_known_by_a_part_of_its_name_and_not_queued_while_submitted() -> None:
    made = of(
        ("a_1_SIM", Status.COMPLETED, 10, 100),
        ("a_2_SIM", Status.SUBMITTED, 99, 0),
        ("a_3_SIM", Status.QUEUING, 30, 0),
        ("a_SIM_4", Status.WAITING, 0, 0),
        ("a_SIMULATION", Status.COMPLETED, 99, 99),
    )
    assert made.simulations == 4
    assert (made.simulations_queue_considered, made.simulations_run_considered) == (2, 1)
    assert made.mean_simulation_queue_seconds == 20
    assert made.mean_simulation_run_seconds == 100


def test_m13_a_suspicious_job_is_in_no_group() -> None:
    made = of(
        ("a_SIM", Status.RUNNING, 10, 100),
        ("b_SIM", Status.FAILED, 99, 999),
        ("c_SIM", Status.RUNNING, 99, 999),
        suspicious=(1, 2),
    )
    assert (made.running, made.failed, made.failed_jobs) == (1, 0, ())
    assert (made.mean_queue_seconds, made.mean_run_seconds) == (10, 100)
    # … but it is a simulation
    assert (made.simulations, made.simulations_run_considered) == (3, 1)


def test_no_jobs_are_zeros() -> None:
    made = of()
    assert (made.mean_queue_seconds, made.mean_simulation_run_seconds) == (0, 0)
    assert (made.simulations, made.failed_jobs) == (0, ())


def test_a_hundred_thousand_jobs_take_no_quadratic_step() -> None:
    """Fifteen minutes and more, if any step compared each job with each; the bound is generous."""
    n = 100_000
    names = [f"a_{i % 100}_{i // 100}_SIM" for i in range(n)]
    status = np.full(n, int(Status.COMPLETED))
    instants = 1_000_000 + np.arange(n)
    jobs = JobTable.of(
        n, name=names, section=["SIM"] * n, status=status, chunk=1 + np.arange(n) % 50
    )
    history = JobHistory.of(
        n,
        job_name=names,
        status=status,
        last=np.ones(n, np.bool_),
        submit=instants,
        start=instants + 10,
        finish=instants + 20 + np.arange(n) % 7,
    )
    wrappers = WrapperTable.of(n, wrapper=[f"w{i % 2000}" for i in range(n)], job_name=names)
    structure = Structure.of_edges(names[:-2000], names[2000:])
    lines = AttemptTable.of(
        n,
        job=np.arange(n),
        submit=instants,
        start=instants,
        finish=instants + 9,
        fields=np.full(n, 4),
        has_outcome=np.ones(n, np.bool_),
        outcome=status,
    )
    begin = time.perf_counter()
    times = with_wrapper_queues(
        job_times(jobs, history, None, 2_000_000), jobs, wrappers, structure
    )
    made = summary(jobs, times)
    speeds = performance(jobs, times, np.ones(n), processing_elements=1)
    left = estimated_time(jobs, history, "SIM")
    sums = summarized(
        job_statistics(
            jobs,
            lines,
            selected=np.ones(n, np.bool_),
            processors=np.ones(n, np.int64),
            wallclock=np.ones(n),
        )
    )
    assert time.perf_counter() - begin < 20
    assert made.simulations == len(speeds.considered) == sums.completed == n
    assert left.chunks_total == 50
