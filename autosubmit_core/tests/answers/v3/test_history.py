"""Every attempt of one job."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from autosubmit_core import demo
from autosubmit_core.answers.v3.history import history_answer
from autosubmit_core.archive import Experiment, open_archive
from autosubmit_core.status import Status
from autosubmit_core.tables import JobHistory, RunTable

NOW = 1_780_000_000


def test_real_attempts_answer_as_recorded(
    experiment: Experiment, expid: str, recordings: Any, assert_agrees: Any
) -> None:
    found = recordings(expid, rf"/v3/history/{expid}/[^/]+")
    assert found
    for recording in found:
        answer = history_answer(experiment, job_name=recording["path"].rpartition("/")[2])
        # The run time of wrapped POST jobs counts (M-08).
        assert_agrees(answer, recording, passed_over=frozenset({"ASYPD"}))


def _made(folder: Path, history: JobHistory | None, runs: RunTable | None) -> Experiment:
    jobs = demo.jobs_named(["t000_20200101_fc0_1_SIM", "t000_20200101_fc0_2_SIM"])
    demo.make_experiment(folder, jobs=jobs, history=history, runs=runs)
    return open_archive(folder).experiment("t000", now=NOW)


def _rows(n: int, **columns: Any) -> JobHistory:
    told: dict[str, Any] = {
        "id": list(range(1, n + 1)),
        "counter": list(range(n)),
        "job_name": ["t000_20200101_fc0_1_SIM"] * n,
        "section": ["SIM"] * n,
        "status": [Status.COMPLETED] * n,
        "chunk": [1] * n,
        "run_id": [1] * n,
    }
    return JobHistory.of(n, **(told | columns))


RUNS = RunTable.of(
    1, run_id=[1], created=["2026-01-01-00:00:00"], chunk_unit=["month"], chunk_size=[4]
)
JOB = "t000_20200101_fc0_1_SIM"


def test_attempts_are_told_the_newest_first(tmp_path: Path) -> None:
    history = _rows(3, counter=[2, 9, 4])
    answer = history_answer(_made(tmp_path, history, RUNS), job_name=JOB)
    assert [attempt["counter"] for attempt in answer["history"]] == [9, 4, 2]
    assert answer["path_to_logs"] == str(tmp_path / "t000" / "tmp" / "LOG_t000")


def test_what_a_row_does_not_know_has_its_old_words(tmp_path: Path) -> None:
    history = _rows(1, qos=[""], platform=[""], energy=[12.345])
    attempt = history_answer(_made(tmp_path, history, RUNS), job_name=JOB)["history"][0]
    assert (attempt["qos"], attempt["platform"], attempt["job_id"]) == ("debug", "NA", 0)
    assert attempt["energy"] == pytest.approx(12.34, abs=0.011)
    assert attempt["submit"] is None


def test_a_running_row_that_is_the_last_runs_until_now(tmp_path: Path) -> None:
    running = {"status": [Status.RUNNING], "submit": [NOW - 90], "start": [NOW - 60]}
    history = _rows(1, **running, last=[True])
    attempt = history_answer(_made(tmp_path / "a", history, RUNS), job_name=JOB)["history"][0]
    assert (attempt["queue_time"], attempt["run_time"]) == ("0:00:30", "0:01:00")
    assert attempt["finish"] is not None
    earlier = _rows(1, **running, last=[False])
    attempt = history_answer(_made(tmp_path / "b", earlier, RUNS), job_name=JOB)["history"][0]
    assert attempt["finish"] is None


def test_e3_15_a_row_of_a_run_that_is_gone_says_na(tmp_path: Path) -> None:
    history = _rows(3, run_id=[77, 0, 1], start=[10] * 3, finish=[15] * 3)
    newest, unnoted, gone = history_answer(_made(tmp_path, history, RUNS), job_name=JOB)["history"]
    for attempt in (unnoted, gone):
        assert (attempt["SYPD"], attempt["ASYPD"], attempt["run_created"]) == ("NA", "NA", "NA")
    assert (gone["run_id"], unnoted["run_id"]) == (77, None)
    # Four months in five seconds: 86400 / 3 / 5
    assert newest["SYPD"] == pytest.approx(5760)
    assert newest["run_created"] == "2026-01-01-00:00:00"


def test_the_queue_of_a_wrapped_job_is_without_that_of_its_mates(tmp_path: Path) -> None:
    history = _rows(
        2,
        job_name=["t000_20200101_fc0_2_SIM", JOB],
        rowtype=[17128, 17128],
        submit=[1000, 1000],
        start=[1100, 1710],
        finish=[1700, 2300],
    )
    attempt = history_answer(_made(tmp_path, history, RUNS), job_name=JOB)["history"][0]
    # The mate queued for 100 s and ran for 600 s of the 710 s.
    assert attempt["queue_time"] == "0:00:10"


def test_m_07_splits_are_ignored_and_told(tmp_path: Path) -> None:
    history = _rows(1, splits=[4], split=[1], start=[10], finish=[15])
    attempt = history_answer(_made(tmp_path, history, RUNS), job_name=JOB)["history"][0]
    assert (attempt["SYPD"], attempt["SYPD_per_split"], attempt["splits"]) == (5760, 1440, 4)


def test_a_job_without_attempts_has_none(tmp_path: Path) -> None:
    assert history_answer(_made(tmp_path, _rows(1), RUNS), job_name="nope")["history"] == []


def test_an_experiment_without_a_history_says_so(tmp_path: Path) -> None:
    experiment = _made(tmp_path, None, None)
    assert history_answer(experiment, job_name=JOB)["history"] == []
    assert "The job history database was not found" in experiment.warnings[0].message
