"""Two runs, or two experiments, beside each other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from autosubmit_core import demo
from autosubmit_core.answers.masking import MASKED
from autosubmit_core.answers.v4.comparison import comparison_answer
from autosubmit_core.answers.v4.settings import settings_side_by_side
from autosubmit_core.archive import Archive, open_archive
from autosubmit_core.errors import RunNotFoundError
from autosubmit_core.status import Status
from autosubmit_core.tables import JobHistory, RunTable, Structure

CHUNKS = range(1, 11)
NOW = 1_780_000_000


def history_of(expid: str, run_id: int, run_seconds: list[int], **columns: Any) -> JobHistory:
    """Return the COMPLETED simulations of a run, each ten seconds in the queue."""
    n = len(run_seconds)
    start = [NOW + 10_000 * run_id + 10 for _ in range(n)]
    return JobHistory.of(
        n,
        **{
            "id": range(1, n + 1),
            "job_name": [f"{expid}_20200101_fc0_{chunk}_SIM" for chunk in range(1, n + 1)],
            "counter": [1] * n,
            "section": ["SIM"] * n,
            "member": ["fc0"] * n,
            "chunk": range(1, n + 1),
            "status": [Status.COMPLETED] * n,
            "submit": [at - 10 for at in start],
            "start": start,
            "finish": [at + seconds for at, seconds in zip(start, run_seconds)],
            "ncpus": [4] * n,
            "run_id": [run_id] * n,
            "last": [True] * n,
            **columns,
        },
    )


def make(folder: Path, expid: str, run_seconds: list[int], **more: Any) -> None:
    names = [f"{expid}_20200101_fc0_{chunk}_SIM" for chunk in CHUNKS]
    extra = more.pop("extra", [])
    demo.make_experiment(
        folder,
        expid,
        jobs=demo.jobs_named(
            [*names, *extra],
            status=more.pop("status", [Status.COMPLETED] * (len(names) + len(extra))),
        ),
        history=history_of(expid, 1, run_seconds),
        runs=RunTable.of(1, run_id=[1], chunk_unit=["month"], chunk_size=[1]),
        **more,
    )


@pytest.fixture
def pair(tmp_path: Path) -> Archive:
    """Two experiments alike, of which the second takes 600 s longer and has one job more."""
    sections = {
        "DEFAULT": {"HPCARCH": "LOCAL"},
        "EXPERIMENT": {"CHUNKSIZEUNIT": "month", "CHUNKSIZE": 1},
    }

    def settings(expid: str, wallclock: str) -> dict[str, Any]:
        job = {"WALLCLOCK": wallclock, "SCRIPT": f"run {expid}", "API_TOKEN": f"of {wallclock}"}
        return {**sections, "JOBS": {"SIM": job}}

    make(
        tmp_path,
        "t001",
        [3000 + 10 * chunk for chunk in CHUNKS],
        configuration=settings("t001", "01:00"),
        structure=Structure.of_edges(
            ["t001_20200101_fc0_1_SIM", "t001_20200101_fc0_2_SIM"],
            ["t001_20200101_fc0_2_SIM", "t001_20200101_fc0_3_SIM"],
        ),
    )
    make(
        tmp_path,
        "t002",
        [3600 + 10 * chunk for chunk in CHUNKS],
        configuration=settings("t002", "02:00"),
        extra=["t002_CLEAN"],
        status=[*[Status.COMPLETED] * 9, Status.FAILED, Status.WAITING],
        structure=Structure.of_edges(
            ["t002_20200101_fc0_1_SIM", "t002_20200101_fc0_3_SIM"],
            ["t002_20200101_fc0_2_SIM", "t002_CLEAN"],
        ),
    )
    return open_archive(tmp_path)


def compared(archive: Archive, first: str, second: str, **more: Any) -> dict[str, Any]:
    return comparison_answer((archive.experiment(first), archive.experiment(second)), **more)


def test_jobs_are_the_same_whatever_their_experiment_is_called(pair: Archive) -> None:
    jobs = compared(pair, "t001", "t002")["jobs"]
    assert jobs["in_both"] == 10
    assert jobs["only_first"] == {"total": 0, "names": []}
    assert jobs["only_second"] == {"total": 1, "names": ["CLEAN"]}
    assert jobs["status_differs"]["jobs"] == [
        {"name": "20200101_fc0_10_SIM", "first": "COMPLETED", "second": "FAILED"}
    ]


def test_structure_is_told_by_sections_and_by_single_dependencies(pair: Archive) -> None:
    structure = compared(pair, "t001", "t002")["structure"]
    assert {row["section"]: (row["first"], row["second"]) for row in structure["sections"]} == {
        "SIM": (10, 10),
        "CLEAN": (0, 1),
    }
    # Both have 1 → 2; the first alone 2 → 3, the second alone 3 → CLEAN.
    dependencies = structure["dependencies"]
    assert (dependencies["only_first"], dependencies["only_second"]) == (1, 1)
    assert dependencies["sections"] == [
        {"parent": "SIM", "child": "SIM", "first": 2, "second": 1},
        {"parent": "SIM", "child": "CLEAN", "first": 0, "second": 1},
    ]


def test_a_difference_in_times_is_called_real_where_chance_did_not_make_it(pair: Archive) -> None:
    run, queue = compared(pair, "t001", "t002")["times"]["sections"]
    assert (run["section"], run["what"], run["verdict"]) == ("SIM", "run", "longer")
    # 3010 … 3100 and, without the failed tenth, 3610 … 3690: medians 3055 and 3650.
    assert (run["first"], run["second"]) == (
        {"jobs": 10, "median_seconds": 3055.0},
        {"jobs": 9, "median_seconds": 3650.0},
    )
    assert (run["difference_seconds"], run["delta"], run["effect"]) == (595.0, 1.0, "large")
    # U = 90, mean 45, variance 150: p = erfc(44.5 / √300) = 0.00028, of two tests the smaller: twice.
    assert run["p_value"] == pytest.approx(2 * 0.00028, rel=0.02)
    assert (queue["what"], queue["verdict"], queue["p_value"]) == ("queue", "not_shown", 1.0)


def test_of_few_jobs_nothing_is_said(tmp_path: Path) -> None:
    make(tmp_path, "t001", [3000 + chunk for chunk in CHUNKS])
    few = [*[Status.COMPLETED] * 7, *[Status.WAITING] * 3]
    make(tmp_path, "t002", [9000] * 7, status=few)
    times = compared(open_archive(tmp_path), "t001", "t002")["times"]
    assert times["fewest"] == 8
    assert {row["verdict"] for row in times["sections"]} == {"too_few"}
    assert times["sections"][0]["p_value"] is None


def test_metrics_stand_side_by_side(pair: Archive) -> None:
    metrics = {row["name"]: row for row in compared(pair, "t001", "t002")["metrics"]}
    # 10 months in 30 550 s, 9 months in 32 850 s.
    assert metrics["SYPD"]["first"] == pytest.approx(10 / 12 * 86_400 / 30_550)
    assert metrics["SYPD"]["second"] == pytest.approx(9 / 12 * 86_400 / 32_850)
    assert metrics["SYPD"]["ratio"] == pytest.approx(9 / 10 * 30_550 / 32_850)
    assert metrics["JPSY"]["first"] is None


def test_settings_that_differ_in_the_expid_alone_are_the_same_and_secrets_are_masked(
    pair: Archive,
) -> None:
    configuration = compared(pair, "t001", "t002")["configuration"]
    told = {row["setting"]: (row["first"], row["second"]) for row in configuration["settings"]}
    assert told["JOBS.SIM.WALLCLOCK"] == ("01:00", "02:00")
    assert told["JOBS.SIM.API_TOKEN"] == (MASKED, MASKED)
    assert "JOBS.SIM.SCRIPT" not in told
    assert configuration["total"] == len(told)


def test_a_run_is_compared_with_its_own_attempts(tmp_path: Path) -> None:
    first = history_of("t001", 1, [3000 + chunk for chunk in CHUNKS], last=[False] * 10)
    second = history_of(
        "t001", 2, [2000 + chunk for chunk in range(1, 10)], id=range(11, 20), counter=[2] * 9
    )
    both = {name: [*values, *second.columns()[name]] for name, values in first.columns().items()}
    names = [f"t001_20200101_fc0_{chunk}_SIM" for chunk in CHUNKS]
    demo.make_experiment(
        tmp_path,
        "t001",
        jobs=demo.jobs_named(names, status=[Status.COMPLETED] * 10),
        history=JobHistory.of(19, **both),
        runs=RunTable.of(2, run_id=[1, 2], chunk_unit=["month"] * 2, chunk_size=[1, 1]),
    )
    archive = open_archive(tmp_path)
    answer = compared(archive, "t001", "t001", run_ids=(1, 2))
    assert [(side["run_id"], side["jobs"]) for side in answer["sides"]] == [(1, 10), (2, 9)]
    assert answer["jobs"]["only_first"]["names"] == ["20200101_fc0_10_SIM"]
    assert answer["times"]["sections"][0]["verdict"] == "shorter"
    assert answer["structure"]["dependencies"] is None
    with pytest.raises(RunNotFoundError):
        compared(archive, "t001", "t001", run_ids=(1, 9))


def test_an_experiment_beside_itself_differs_in_nothing(pair: Archive) -> None:
    answer = compared(pair, "t001", "t001")
    assert answer["jobs"]["status_differs"]["total"] == 0
    assert answer["configuration"]["total"] == 0
    assert {row["verdict"] for row in answer["times"]["sections"]} == {"not_shown"}
    assert {row["ratio"] for row in answer["metrics"]} <= {1.0, None}


def test_lists_stop_where_they_are_told_to(pair: Archive) -> None:
    jobs = compared(pair, "t001", "t002", limit=0)["jobs"]
    assert jobs["only_second"] == {"total": 1, "names": []}


def test_secrets_are_masked_wherever_they_are_and_still_differ() -> None:
    made = settings_side_by_side(
        {"MAIL": {"ACCOUNTS": [{"PASSWORD": "a"}]}, "GIT": "https://me:key@host/x"},
        {"MAIL": {"ACCOUNTS": [{"PASSWORD": "b"}]}, "GIT": "https://me:key@host/x"},
    )
    assert [(one.path, one.first, one.differs) for one in made] == [
        ("MAIL.ACCOUNTS.0.PASSWORD", MASKED, True),
        ("GIT", f"https://{MASKED}@host/x", False),
    ]
