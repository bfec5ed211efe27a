"""Speeds of jobs of the list, of attempts of the past, and of the jobs of a run."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from autosubmit_core.metrics.job_metrics import attempt_metrics, job_speeds, run_detail
from autosubmit_core.metrics.job_times import JobTimes
from autosubmit_core.status import Status
from autosubmit_core.tables import JobHistory, JobTable, RunTable

RUNS = RunTable.of(1, run_id=[1], chunk_unit=["month"], chunk_size=[4])


def rows_of(*rows: dict[str, Any]) -> JobHistory:
    """Return COMPLETED rows of run 1 with chunk 1, submitted and started at 1000, 5 s long."""
    columns: dict[str, list[Any]] = {}
    for number, row in enumerate(rows):
        made = {
            "job_name": f"a_{number}",
            "section": "SIM",
            "member": None,
            "status": int(Status.COMPLETED),
            "run_id": 1,
            "chunk": 1,
            "splits": 0,
            "submit": 1000,
            "start": 1000,
            "finish": 1005,
            "last": True,
            "rowtype": 2,
            **row,
        }
        for name, value in made.items():
            columns.setdefault(name, []).append(value)
    return JobHistory.of(len(rows), **columns)


def every(history: JobHistory) -> np.ndarray[Any, np.dtype[np.int64]]:
    return np.arange(len(history))


# -- the list --------------------------------------------------------------------------------


def test_speeds_of_the_list_are_per_split_and_with_postprocessing() -> None:
    jobs = JobTable.of(2, name=["a", "b"], status=[5, 5], chunk=[1, 2], splits=[4, 0])
    times = JobTimes.of(2, queue=[121, 0], run=[5, 5], run_id=[1, 1])
    made = job_speeds(jobs, times, RUNS, "year", 9, post_seconds=5.0)
    # 28800 / 4 / 5 and 28800 / 4 / (121 + 5 + 5); without splits 28800 / 5 and / 10
    assert made.simulated_years_per_day.tolist() == pytest.approx([1440, 5760])
    assert made.actual_simulated_years_per_day.tolist() == pytest.approx([54.962, 2880], abs=1e-3)
    assert made.run_knows_chunks.all()


def test_only_completed_jobs_with_a_chunk_have_a_speed() -> None:
    jobs = JobTable.of(3, name=["a", "b", "c"], status=[5, -1, 5], chunk=[0, 1, 1])
    made = job_speeds(jobs, JobTimes.of(3, run=[5, 5, 0]), RUNS, "month", 4, 5.0)
    assert np.isnan(made.simulated_years_per_day).all()
    # the last did not run, but POST did: 28800 / 5
    assert made.actual_simulated_years_per_day[2] == pytest.approx(5760)


def test_without_a_run_the_configured_chunk_counts() -> None:
    jobs = JobTable.of(1, name=["a"], status=[5], chunk=[1])
    times = JobTimes.of(1, run=[86_400])
    made = job_speeds(jobs, times, RUNS, "year", 2, 0.0)
    assert made.simulated_years_per_day.tolist() == [2]
    assert made.run_knows_chunks.tolist() == [False]


def test_an_unknown_unit_is_a_speed_of_zero() -> None:
    jobs = JobTable.of(1, name=["a"], status=[5], chunk=[1])
    made = job_speeds(jobs, JobTimes.of(1, run=[5]), RunTable.empty(), "NA", 1, 0.0)
    assert made.simulated_years_per_day.tolist() == [0]


# -- the past of a job -----------------------------------------------------------------------


def test_m07_attempts_ignore_splits_and_say_so_beside() -> None:
    history = rows_of({"splits": 4})
    made = attempt_metrics(history, every(history), RUNS, now=9999)
    assert made.simulated_years_per_day.tolist() == pytest.approx([5760])
    assert made.simulated_years_per_day_per_split.tolist() == pytest.approx([1440])


def test_m08_the_run_time_of_a_wrapped_post_job_counts() -> None:
    post = {"section": "POST", "rowtype": 17128, "finish": 1015}
    history = rows_of({}, post)
    made = attempt_metrics(history, np.array([0]), RUNS, now=9999)
    # 28800 / (0 + 5 + 15)
    assert made.actual_simulated_years_per_day.tolist() == pytest.approx([1440])


def test_attempts_of_a_run_without_postprocessing_have_an_asypd() -> None:
    history = rows_of({"start": 1005, "finish": 1010})
    made = attempt_metrics(history, every(history), RUNS, now=9999)
    assert made.actual_simulated_years_per_day.tolist() == pytest.approx([2880])


def test_a_running_attempt_that_is_the_last_runs_until_now() -> None:
    running = {"status": int(Status.RUNNING), "finish": 0}
    history = rows_of(running, {**running, "last": False})
    made = attempt_metrics(history, every(history), RUNS, now=1600)
    assert made.finish.tolist() == [1600, 0]
    assert made.run.tolist() == [600, 0]
    assert np.isnan(made.simulated_years_per_day).all()


def test_attempts_of_no_known_run_have_no_speed() -> None:
    history = rows_of({"run_id": 0}, {"run_id": 77}, {})
    made = attempt_metrics(history, every(history), RUNS, now=9999)
    assert made.run_known.tolist() == [False, False, True]
    assert np.isnan(made.simulated_years_per_day[:2]).all()


def test_attempts_are_answered_in_the_order_asked() -> None:
    history = rows_of({"finish": 1010}, {"finish": 1020}, {"finish": 1030})
    assert attempt_metrics(history, np.array([2, 0]), RUNS, now=9999).run.tolist() == [30, 10]


# -- the detail of a run ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        # start, finish, queue, run
        ({"start": 1100, "finish": 1700}, (1100, 1700, 100, 600)),
        ({"status": -1, "start": 0, "finish": 0, "last": False}, (1000, 1000, 0, 0)),
        ({"status": 5, "start": 1100, "finish": 0, "last": False}, (1100, 1100, 100, 0)),
        ({"status": 4, "start": 1100, "finish": 0}, (1100, 0, 100, 8900)),
        ({"status": 2, "start": 0, "finish": 0}, (0, 0, 9000, 0)),
        ({"status": 6, "start": 0, "finish": 0}, (0, 0, 9000, 0)),
        ({"status": 0, "start": 1100, "finish": 1700}, (1100, 1700, 0, 0)),
        ({"status": 5, "submit": 0, "start": 1100, "finish": 1700}, (1100, 1700, 0, 600)),
        ({"status": 5, "start": 900, "finish": 800}, (900, 800, 0, 0)),
    ],
)
def test_times_in_the_detail_of_a_run(row: dict[str, Any], expected: tuple[int, ...]) -> None:
    made = run_detail(rows_of(row), RUNS, now=10_000)
    columns = (made.start, made.finish, made.queue, made.run)
    assert tuple(int(column[0]) for column in columns) == expected


def test_a_wrapped_row_waits_for_its_wrapper() -> None:
    wrapped = {"rowtype": 17128}
    history = rows_of(
        {**wrapped, "start": 1100, "finish": 1700}, {**wrapped, "start": 1710, "finish": 2310}
    )
    assert run_detail(history, RUNS, now=9999).queue.tolist() == [100, 10]


def test_m09_postprocessing_is_queue_and_run_of_completed_post_rows() -> None:
    post = {"section": "POST", "start": 1005, "finish": 1015}
    running = {**post, "status": int(Status.RUNNING), "finish": 0}
    swapped = {**post, "section": "fc0", "member": "POST"}
    made = run_detail(rows_of({}, post, running, swapped), RUNS, now=9999)
    # 28800 / (0 + 5 + 15)
    assert made.actual_simulated_years_per_day[0] == pytest.approx(1440)


def test_postprocessing_of_a_run_is_rounded_to_two_decimals() -> None:
    posts = [{"section": "POST", "finish": finish} for finish in (1005, 1005, 1006)]
    made = run_detail(rows_of({}, *posts), RUNS, now=9999)
    # 28800 / (5 + 5.33)
    assert made.actual_simulated_years_per_day[0] == pytest.approx(28800 / 10.33)


def test_a_run_without_rows_has_no_detail() -> None:
    assert len(run_detail(JobHistory.empty(), RUNS, now=9999)) == 0
