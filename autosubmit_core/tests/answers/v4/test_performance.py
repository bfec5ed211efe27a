"""The metrics under ``/v4``: null where there is none, a reason for each simulation, parts that add up."""

from __future__ import annotations

from pathlib import Path

import pytest

from autosubmit_core import demo
from autosubmit_core.answers.v3.performance import performance_answer as published
from autosubmit_core.answers.v4.performance import performance_answer
from autosubmit_core.archive import Archive, open_archive
from autosubmit_core.tables import JobHistory


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Archive:
    return open_archive(demo.build(tmp_path_factory.mktemp("installation"), now=1_780_000_000))


@pytest.mark.parametrize("expid", ["a0k2", "a2m9", "a1p7"])
def test_it_counts_what_the_published_answer_counts(archive: Archive, expid: str) -> None:
    experiment = archive.experiment(expid, now=1_780_000_000)
    made, known = performance_answer(experiment), published(experiment)
    for part in ("considered", "not_considered"):
        assert [job["name"] for job in made["simulations"][part]] == [
            job["name"] for job in known[part]
        ]
    assert {job["reason"] for job in made["simulations"]["considered"]} == {"counts"}
    assert made["metrics"]["ASYPD"] == pytest.approx(known["ASYPD"], abs=1e-4)
    assert made["emissions"]["carbon_factor"] == known["platform_info"]["CF"]


def test_the_parts_of_the_time_add_up_by_year_too(archive: Archive) -> None:
    split = performance_answer(archive.experiment("a2m9"))["time_split"]
    assert sum(split["seconds"].values()) == split["elapsed_seconds"]
    days = sum(split["days_per_year"].values())
    assert days * 86_400 * split["simulated_years"] == pytest.approx(split["elapsed_seconds"])


def test_what_was_never_measured_is_null(archive: Archive) -> None:
    made = performance_answer(archive.experiment("t0ab"))
    assert made["metrics"]["SYPD"] is None
    assert made["simulations"]["run_time_range"]["median_seconds"] is None
    assert made["time_split"]["days_per_year"]["run"] is None


def test_an_outlier_is_told_from_what_it_is_held_against(tmp_path: Path) -> None:
    names = [f"t000_20200101_fc0_{chunk}_SIM" for chunk in range(1, 6)]
    run = [3000, 3100, 2900, 3000, 90_000]
    demo.make_experiment(
        tmp_path,
        jobs=demo.jobs_named(names, status=[5] * 5),
        history=JobHistory.of(
            5,
            job_name=names,
            section=["SIM"] * 5,
            status=[5] * 5,
            submit=[1_000] * 5,
            start=[1_100] * 5,
            finish=[1_100 + seconds for seconds in run],
            last=[True] * 5,
        ),
    )
    simulations = performance_answer(open_archive(tmp_path).experiment("t000"))["simulations"]
    (left_out,) = simulations["not_considered"]
    assert (left_out["name"], left_out["reason"]) == (names[4], "too_long")
    # Median 3000, MAD 100.
    assert simulations["run_time_range"]["longest_seconds"] == pytest.approx(3000 + 7 * 148.26)
    assert simulations["by_status"] == {"COMPLETED": 5}
