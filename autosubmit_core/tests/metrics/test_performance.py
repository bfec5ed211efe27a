"""The CPMIP metrics: the worked examples of the definition, and its edges."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from autosubmit_core.metrics.formulas import (
    core_hours_per_simulated_year,
    simulated_years_per_day,
)
from autosubmit_core.metrics.job_times import JobTimes
from autosubmit_core.metrics.performance import (
    ExperimentPerformance,
    performance,
    postprocessing_seconds,
)
from autosubmit_core.metrics.simulated_years import years_of_runs, years_per_job
from autosubmit_core.status import Status
from autosubmit_core.tables import JobTable, RunTable

#: section, queue, run and further columns of a job
Job = tuple[str, int, int] | tuple[str, int, int, dict[str, Any]]


def measured(
    jobs: list[Job], years: float, elements: int = 1, **factors: float
) -> ExperimentPerformance:
    """Return the metrics of COMPLETED jobs."""
    table, times = tables(jobs)
    return performance(
        table, times, np.full(len(jobs), years), processing_elements=elements, **factors
    )


def tables(jobs: list[Job]) -> tuple[JobTable, JobTimes]:
    further = [dict(job[3]) if len(job) == 4 else {} for job in jobs]

    def of(name: str, missing: object = 0) -> list[Any]:
        return [one.get(name, missing) for one in further]

    return (
        JobTable.of(
            len(jobs),
            name=[f"a_{index}_{job[0]}" for index, job in enumerate(jobs)],
            section=[job[0] for job in jobs],
            status=of("status", int(Status.COMPLETED)),
            splits=of("splits"),
        ),
        JobTimes.of(
            len(jobs),
            queue=[job[1] for job in jobs],
            run=[job[2] for job in jobs],
            energy=of("energy"),
            start=of("start"),
            finish=of("finish"),
        ),
    )


def test_worked_example_a3tb() -> None:
    run, queue = [484, 442, 482, 431, 419, 478], [12, 22, 367, 51, 3, 155]
    energy = [5.82e6, 4.31e6, 4.80e6, 4.59e6, 4.41e6, 4.72e6]
    made = measured(
        [("SIM", q, r, {"energy": e}) for q, r, e in zip(queue, run, energy)], 1 / 12, elements=768
    )
    assert len(made.considered) == 6
    assert made.simulated_years == pytest.approx(0.5)
    # 43200 / 2736, 43200 / (2736 + 610)
    assert round(made.simulated_years_per_day, 4) == 15.7895
    assert round(made.actual_simulated_years_per_day, 4) == 12.9109
    assert made.considered.core_hours_per_simulated_year.tolist() == [
        1239.04,
        1131.52,
        1233.92,
        1103.36,
        1072.64,
        1223.68,
    ]
    assert made.considered.joules_per_simulated_year[0] == 69_840_000
    assert round(made.considered.simulated_years_per_day[0], 2) == 14.88
    assert round(made.considered.actual_simulated_years_per_day[0], 2) == 14.52
    assert made.core_hours_per_simulated_year == pytest.approx(1167.36)
    assert made.joules_per_simulated_year == pytest.approx(57_300_000)
    assert made.total_energy == 28_650_000
    assert (made.recovery_section, made.has_postprocessing) == (None, False)
    assert math.isnan(made.real_simulated_years_per_day)


def test_worked_example_a007() -> None:
    made = measured(
        [
            ("SIM", 0, 5, {"start": 1021, "finish": 1026}),
            ("SIM", 0, 5, {"start": 1030, "finish": 1035}),
            ("POST", 0, 5),
            ("TRANSFER", 0, 5, {"start": 1070, "finish": 1075}),
        ],
        4 / 12,
        elements=8,
    )
    assert made.simulated_years == pytest.approx(2 / 3)
    # 57600 / 10, 57600 / (10 + 5), and 57600 / 54 from the first start to the end of TRANSFER
    assert made.simulated_years_per_day == pytest.approx(5760)
    assert made.actual_simulated_years_per_day == pytest.approx(3840)
    assert round(made.real_simulated_years_per_day, 4) == 1066.6667
    # a job: 28800 / (5 + 5), and 8 · 5 · 3 / 3600 = 0.0333
    assert made.considered.actual_simulated_years_per_day[0] == pytest.approx(2880)
    assert made.considered.core_hours_per_simulated_year[0] == 0.03
    assert made.core_hours_per_simulated_year == pytest.approx(0.03)
    assert math.isnan(made.joules_per_simulated_year)


def test_worked_example_a8qc() -> None:
    run = [653, 657, 658, 655, 651, 651, 648]
    queue = [18, 17, 1, 17, 17, 17, 24]
    energy = [1.57e6, 1.61e6, 1.61e6, 1.52e6, 1.54e6, 1.60e6, 1.57e6]
    made = measured(
        [("SIM", q, r, {"energy": e}) for q, r, e in zip(queue, run, energy)],
        1 / 365,
        elements=288,
        carbon_factor=357_000.0,
        power_usage_effectiveness=1.08,
    )
    assert made.simulated_years == pytest.approx(0.019178, abs=1e-6)
    # 1656.986 / 4573 and 1656.986 / 4684
    assert round(made.simulated_years_per_day, 4) == 0.3623
    assert round(made.actual_simulated_years_per_day, 4) == 0.3538
    assert made.considered.joules_per_simulated_year[0] == 573_050_000
    assert made.considered.footprint[0] == pytest.approx(168.147)
    assert made.total_energy == 11_020_000
    assert made.total_footprint == pytest.approx(1180.242)


def test_worked_example_aa6f_and_m06_splits() -> None:
    """M-06: splits are ignored, but for the additional sum and the metrics of single jobs."""
    queue = [121, 126, 131, 136, 141, 147, 152, 157]
    energy = [0] * 6 + [40_590, 40_590]
    jobs: list[Job] = [("SIM", q, 5, {"splits": 4, "energy": e}) for q, e in zip(queue, energy)]
    made = measured([*jobs, ("POST", 0, 5)], 4 / 12)
    assert made.simulated_years == pytest.approx(8 / 3)
    assert made.simulated_years_without_splits == pytest.approx(2 / 3)
    # 230400 / 40 and 230400 / (40 + 1111 + 5)
    assert made.simulated_years_per_day == pytest.approx(5760)
    assert round(made.actual_simulated_years_per_day, 3) == 199.308
    # 28800 / 5 / 4 and 28800 / (121 + 5 + 5) / 4
    assert made.considered.simulated_years_per_day[0] == pytest.approx(1440)
    assert round(made.considered.actual_simulated_years_per_day[0], 2) == 54.96
    # 5 · 3 / 3600 is 0.00 in two decimals, and so is the mean of the rounded
    assert made.core_hours_per_simulated_year == 0
    # of the two jobs that have energy
    assert made.joules_per_simulated_year == pytest.approx(121_770)
    assert made.total_energy == 81_180


def test_m05_rsypd_is_from_the_earliest_start_to_the_latest_finish() -> None:
    sims: list[Job] = [
        ("SIM", 0, 100, {"start": 3000, "finish": 3100}),
        ("SIM", 0, 100, {"start": 1000, "finish": 1100}),
    ]
    cleans: list[Job] = [
        ("CLEAN", 0, 5, {"start": 9000, "finish": 9640}),
        ("CLEAN", 0, 5, {"start": 4000, "finish": 4005}),
    ]
    made = measured([*sims, *cleans], 0.5)
    # one year in 9640 - 1000 = 8640 seconds
    assert made.real_simulated_years_per_day == pytest.approx(10)
    assert made.recovery_section == "CLEAN"
    transfer: Job = ("TRANSFER", 0, 5, {"start": 5300, "finish": 5320})
    made = measured([*sims, *cleans, transfer], 0.5)
    assert made.real_simulated_years_per_day == pytest.approx(20)
    assert made.recovery_section == "TRANSFER"


def test_a_transfer_that_ended_before_the_first_start_tells_nothing() -> None:
    made = measured([("SIM", 0, 100, {"start": 3000}), ("TRANSFER", 0, 5, {"finish": 2000})], 0.5)
    assert math.isnan(made.real_simulated_years_per_day)


def test_outliers_are_listed_apart_and_have_no_postprocessing() -> None:
    made = measured(
        [("SIM", 0, 2800), ("SIM", 0, 3000), ("SIM", 6, 4), ("SIM", 0, 2900), ("POST", 0, 10)], 0.5
    )
    assert made.considered.job.tolist() == [0, 1, 3]
    assert made.not_considered.job.tolist() == [2]
    # 43200 / (6 + 4), without the 10 seconds of POST
    assert made.not_considered.actual_simulated_years_per_day.tolist() == [4320]
    assert made.simulated_years == pytest.approx(1.5)
    assert made.actual_simulated_years_per_day == pytest.approx(1.5 * 86400 / 8710)


def test_a_job_that_did_not_run_has_no_metrics() -> None:
    made = measured([("SIM", 0, 0), ("SIM", 0, 100)], 0.5)
    assert made.not_considered.job.tolist() == [0]
    assert np.isnan(made.not_considered.simulated_years_per_day).all()
    assert np.isnan(made.not_considered.actual_simulated_years_per_day).all()
    assert made.not_considered.core_hours_per_simulated_year.tolist() == [0]


def test_other_sections_and_statuses_do_not_count() -> None:
    failed = {"status": int(Status.FAILED)}
    made = measured([("SIM", 0, 100, failed), ("SIMULATE", 0, 100), ("POST", 0, 9, failed)], 0.5)
    assert (len(made.considered), len(made.not_considered)) == (0, 0)
    assert not made.has_postprocessing


def test_an_unknown_chunk_unit_simulates_nothing() -> None:
    made = measured([("SIM", 0, 100, {"energy": 50})], 0.0, elements=4)
    assert made.simulated_years == 0
    assert made.simulated_years_per_day == 0
    assert np.isnan(made.considered.core_hours_per_simulated_year).all()
    # jobs whose CHSY and JPSY cannot be computed count as 0
    assert made.core_hours_per_simulated_year == 0
    assert made.joules_per_simulated_year == 0


def test_negative_energy_is_none() -> None:
    made = measured([("SIM", 0, 100, {"energy": -5.0})], 0.5)
    assert made.total_energy == 0
    assert math.isnan(made.joules_per_simulated_year)


def test_no_jobs_have_sums_of_zero_and_no_metrics() -> None:
    made = measured([], 0.5, elements=16)
    assert (made.simulated_years, made.simulated_years_without_splits) == (0, 0)
    assert (made.total_energy, made.total_footprint, made.processing_elements) == (0, 0, 16)
    for metric in (
        made.simulated_years_per_day,
        made.actual_simulated_years_per_day,
        made.real_simulated_years_per_day,
        made.core_hours_per_simulated_year,
        made.joules_per_simulated_year,
    ):
        assert math.isnan(metric)


def test_postprocessing_is_the_mean_of_queue_and_run_in_four_decimals() -> None:
    jobs, times = tables([("POST", 1, 5), ("POST", 0, 5), ("POST", 0, 5), ("SIM", 0, 99)])
    # 16 / 3
    assert postprocessing_seconds(jobs, times) == 5.3333
    assert postprocessing_seconds(*tables([("SIM", 0, 99)])) == 0.0


def test_rounding_is_that_of_python() -> None:
    """54 s on one processor are 0.015 core hours, in binary a little less; NumPy would round up."""
    made = measured([("SIM", 0, 54)], 1.0)
    assert made.considered.core_hours_per_simulated_year.tolist() == [0.01]
    assert float(np.round(core_hours_per_simulated_year(1, 54, 1.0), 2)) == 0.02


def test_years_are_those_of_the_run_if_it_knows_them() -> None:
    runs = RunTable.of(
        4,
        run_id=[1, 2, 3, 4],
        chunk_unit=["month", "NA", None, "day"],
        chunk_size=[4, 1, 4, 0],
    )
    times = JobTimes.of(6, run_id=[1, 2, 3, 4, 9, 0])
    third = [1 / 3, 1, 1, 1, 1, 1]
    assert years_per_job(times, runs, "year", 1).tolist() == pytest.approx(third)
    of_runs = years_of_runs(times.run_id, runs)
    assert of_runs[:2].tolist() == pytest.approx([1 / 3, 0])
    assert np.isnan(of_runs[2:]).all()


def test_no_time_is_no_speed() -> None:
    assert np.isnan(simulated_years_per_day([1.0, 1.0], [0, -5])).all()
