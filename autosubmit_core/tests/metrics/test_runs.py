"""Metrics of the runs of an experiment, from rows of its history."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from autosubmit_core.metrics.job_times import JobTimes
from autosubmit_core.metrics.runs import completed_rows, postprocessing_by_run, run_metrics
from autosubmit_core.status import Status
from autosubmit_core.tables import JobHistory, JobTable, RunTable

#: section, queue, run and further columns of a row
Row = tuple[str, int, int] | tuple[str, int, int, dict[str, Any]]


def history_of(rows: list[Row]) -> JobHistory:
    """Return COMPLETED rows of run 1, submitted at 1000."""
    columns: dict[str, list[Any]] = {}
    for number, row in enumerate(rows):
        section, queue, run = row[:3]
        start = 1000 + queue
        made = {
            "job_name": f"a_{number}_{section}",
            "section": section,
            "member": None,
            "status": int(Status.COMPLETED),
            "run_id": 1,
            "submit": 1000,
            "start": start,
            "finish": start + run,
            "ncpus": 1,
            "rowtype": 2,
            **(row[3] if len(row) == 4 else {}),
        }
        for name, value in made.items():
            columns.setdefault(name, []).append(value)
    return JobHistory.of(len(rows), **columns)


def metrics_of(rows: list[Row], *, size: int = 4) -> list[float | None]:
    """Return SYPD, ASYPD and CHSY of run 1, chunks of ``size`` months."""
    runs = RunTable.of(1, run_id=[1], chunk_unit=["month"], chunk_size=[size])
    made = run_metrics(history_of(rows), runs, JobTable.empty(), JobTimes.empty())
    values = [float(column[0]) for column in made.columns().values()]
    return [None if np.isnan(value) else round(value, 2) for value in values]


def test_worked_example_aa6f_run_2() -> None:
    """Attempts that were repeated count again: 12 rows of 8 jobs."""
    queues = [139] * 10 + [138] * 2
    rows: list[Row] = [
        ("SIM", queue, 5, {"job_name": f"a_{number % 8}", "ncpus": 2 if number < 8 else 0})
        for number, queue in enumerate(queues)
    ]
    assert sum(queues) == 1666
    # 12 · 28800 / 60, 12 · 28800 / (60 + 1666 + 5), and (8 · 2 · 5 / 12) / 1200
    assert metrics_of([*rows, ("POST", 0, 5)]) == [5760.0, 199.65, 0.01]


def test_without_simulations_there_are_no_metrics() -> None:
    assert metrics_of([("POST", 0, 5)]) == [None, None, None]
    assert metrics_of([("SIM", 0, 5, {"status": int(Status.FAILED)})]) == [None, None, None]


def test_without_postprocessing_there_is_no_asypd() -> None:
    assert metrics_of([("SIM", 0, 5)]) == [5760.0, None, 0.0]


def test_postprocessing_is_rounded_to_two_decimals() -> None:
    posts: list[Row] = [("POST", 0, 5), ("POST", 0, 5), ("POST", 0, 6)]
    # 28800 / (5 + 5.33), not / 10.3333
    assert metrics_of([("SIM", 0, 5), *posts])[1] == 2788.0


def test_without_a_valid_run_time_there_are_no_sypd_and_chsy() -> None:
    assert metrics_of([("SIM", 10, 0), ("POST", 0, 5)])[::2] == [None, None]


def test_without_simulated_time_there_is_no_chsy() -> None:
    assert metrics_of([("SIM", 0, 5), ("POST", 0, 5)], size=0) == [0.0, 0.0, None]


def test_outliers_are_left_out_unless_their_job_has_a_valid_row() -> None:
    good: list[Row] = [("SIM", 0, 2800), ("SIM", 0, 3000), ("SIM", 0, 2900), ("POST", 0, 100)]
    alone = metrics_of([*good, ("SIM", 0, 4)])
    # 3 · 28800 / 8700, and / 8800 with POST
    assert alone[:2] == [9.93, 9.82]
    again = metrics_of([*good, ("SIM", 0, 4, {"job_name": "a_0_SIM"})])
    # ASYPD counts all four rows: 4 · 28800 / (8704 + 100)
    assert again[:2] == [9.93, 13.08]


def test_section_and_member_may_be_exchanged() -> None:
    """Autosubmit before 3.13 wrote them into each other's column."""
    swapped: list[Row] = [
        ("fc0", 0, 5, {"member": "SIM"}),
        ("fc0", 0, 5, {"member": "POST"}),
    ]
    assert metrics_of(swapped) == [5760.0, 2880.0, 0.0]
    assert completed_rows(history_of(swapped), "SIM").tolist() == [0]


def test_queue_is_that_of_a_wrapper() -> None:
    """The second job waited 705 s, 605 s of them for the first."""
    wrapped = {"rowtype": 17128}
    rows: list[Row] = [("SIM", 100, 505, wrapped), ("SIM", 705, 495, wrapped), ("POST", 0, 100)]
    # 2 · 28800 / (1000 + 100 + 100 + 100)
    assert metrics_of(rows)[1] == 44.31


def test_each_run_has_its_own_chunks_and_rows() -> None:
    history = history_of(
        [
            ("SIM", 0, 5, {"run_id": 2}),
            ("SIM", 0, 5),
            ("POST", 0, 5, {"run_id": 2}),
            ("POST", 0, 15, {"run_id": 2}),
        ]
    )
    runs = RunTable.of(
        3, run_id=[3, 2, 1], chunk_unit=["month", "month", "year"], chunk_size=[1, 4, 1]
    )
    made = run_metrics(history, runs, JobTable.empty(), JobTimes.empty())
    assert made.simulated_years_per_day.tolist() == [
        pytest.approx(np.nan, nan_ok=True),
        pytest.approx(5760),
        pytest.approx(17280),
    ]
    # 28800 / (5 + 10)
    assert made.actual_simulated_years_per_day[1] == pytest.approx(1920)


def test_m15_a_missing_finish_is_filled_from_the_list_in_the_last_run_only() -> None:
    jobs = JobTable.of(1, name=["a_SIM"], status=[Status.COMPLETED])
    times = JobTimes.of(1, finish=[1005])
    history = history_of(
        [
            ("SIM", 0, 0, {"job_name": "a_SIM", "finish": 0, "run_id": 1}),
            ("SIM", 0, 0, {"job_name": "a_SIM", "finish": 0, "run_id": 2}),
        ]
    )
    runs = RunTable.of(2, run_id=[1, 2], chunk_unit=["month"] * 2, chunk_size=[4] * 2)
    made = run_metrics(history, runs, jobs, times).simulated_years_per_day
    assert np.isnan(made[0])
    assert made[1] == pytest.approx(5760)


def test_a_finish_that_the_list_does_not_show_fills_nothing() -> None:
    running = JobTable.of(1, name=["a_0_SIM"], status=[Status.RUNNING])
    times = JobTimes.of(1, finish=[1005])
    runs = RunTable.of(1, run_id=[1], chunk_unit=["month"], chunk_size=[4])
    made = run_metrics(history_of([("SIM", 0, 0, {"finish": 0})]), runs, running, times)
    assert np.isnan(made.simulated_years_per_day).all()


def test_mean_postprocessing_of_a_run() -> None:
    history = history_of([("POST", 3, 5), ("POST", 0, 5), ("POST", 0, 50, {"run_id": 7})])
    found = postprocessing_by_run(history, np.array([7, 1, 2]))
    assert found[:2].tolist() == [50, 6.5]
    assert np.isnan(found[2])


def test_no_runs_have_no_metrics() -> None:
    made = run_metrics(
        history_of([("SIM", 0, 5)]), RunTable.empty(), JobTable.empty(), JobTimes.empty()
    )
    assert len(made) == 0
