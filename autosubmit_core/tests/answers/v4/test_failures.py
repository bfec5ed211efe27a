"""What failed, and why, from logs of which it is known what they say."""

from __future__ import annotations

import os
import time
from collections import Counter
from pathlib import Path

import pytest

from autosubmit_core import demo
from autosubmit_core.answers.v4.efficiency import efficiency_answer
from autosubmit_core.answers.v4.failures import failures_answer
from autosubmit_core.archive import Archive, Consulted, Experiment, failures, logs, open_archive
from autosubmit_core.demo.last_words import LAST_WORDS
from autosubmit_core.demo.writing.logs import write_job_log
from autosubmit_core.metrics.log_lines import Explanation, explanation
from autosubmit_core.status import Status
from autosubmit_core.tables import JobHistory

NOW = 1_780_000_000
HOUR = 3600
SIM, POST = "t000_20200101_fc0_1_SIM", "t000_20200101_fc1_1_POST"
#: Job, hours that it ran, whether it failed; each began a day after the one before.
ATTEMPTS = [
    *((SIM, 1, True), (SIM, 2, True), (SIM, 4, False), (POST, 1, True), (POST, 3, True)),
]
LOGS = [f"{job}.2026010{day}000000.err" for day, (job, _, _) in enumerate(ATTEMPTS, 1)]
OUTPUTS = [name.replace(".err", ".out") for name in LOGS]


def failed(root: Path, words: dict[int, list[str]]) -> Path:
    """Make an experiment of five attempts, with the error logs of some of them."""
    begin = [NOW + day * 24 * HOUR for day in range(5)]
    hours = [hours for _, hours, _ in ATTEMPTS]
    history = JobHistory.of(
        5,
        id=range(1, 6),
        run_id=[1] * 5,
        job_name=[job for job, _, _ in ATTEMPTS],
        section=["SIM"] * 3 + ["POST"] * 2,
        member=["fc0"] * 3 + ["fc1"] * 2,
        counter=[0, 1, 2, 0, 1],
        status=[Status.FAILED if bad else Status.COMPLETED for _, _, bad in ATTEMPTS],
        last=[False, False, True, False, True],
        submit=begin,
        start=begin,
        finish=[at + took * HOUR for at, took in zip(begin, hours)],
        ncpus=[10, 10, 10, 0, 0],
        energy=[1e6, 2e6, 4e6, 0, 0],
        wallclock=["05:00"] * 3 + ["03:00"] * 2,
        err=LOGS,
        out=OUTPUTS,
    )
    path = demo.make_experiment(
        root,
        jobs=demo.jobs_named([SIM, POST], status=[Status.COMPLETED, Status.FAILED]),
        history=history,
        configuration={
            "DEFAULT": {"EXPID": "t000", "HPCARCH": "LOCAL"},
            "EXPERIMENT": {"CHUNKSIZEUNIT": "month", "CHUNKSIZE": 1},
            "JOBS": {
                "SIM": {"SCRIPT": "sleep 1"},
                "POST": {"SCRIPT": "sleep 1", "PROCESSORS": 4},
            },
        },
    )
    for attempt, lines in words.items():
        write_job_log(path, LOGS[attempt], lines, modified=NOW)
    return path


def experiment_in(root: Path) -> Experiment:
    return open_archive(root).experiment("t000", now=NOW)


def test_failures_are_grouped_with_what_they_cost(tmp_path: Path) -> None:
    words = {
        0: ["cp: /scratch/1: Disk quota exceeded", "exit 1"],
        1: ["cp: /scratch/23: Disk quota exceeded"],
        3: ["Traceback (most recent call last):", "  x", "KeyError: 'tas'"],
    }
    failed(tmp_path, words)
    made = failures_answer(experiment_in(tmp_path))
    assert (made["failed_jobs"], made["failed_attempts"], made["ended_attempts"]) == (1, 4, 5)
    # SIM: 10 · (1 + 2 + 4) h, of which 30 failed; POST: 4 · (1 + 3) h, all failed.
    assert made["wasted"] == {
        "core_hours": 46.0,
        "energy_joules": 3e6,
        "energy_measured_attempts": 2,
        "share_of_core_hours": 46 / 86,
    }
    assert made["logs"] == {"read": 3, "missing": 1, "left_out": 0}
    quota, key, silent = made["groups"]
    assert quota["template"] == "cp: <path>: Disk quota exceeded"
    assert (quota["told_by"], quota["log"]) == ("cause", LOGS[1])
    assert quota["example"] == "cp: /scratch/23: Disk quota exceeded"
    assert (quota["attempts"], quota["jobs"], quota["failed_now"], quota["completed_now"]) == (
        *(2, 1, 0, 1),
    )
    assert (quota["sections"], quota["members"]) == ({"SIM": 2}, {"fc0": 2})
    assert (quota["wasted"]["core_hours"], quota["wasted"]["energy_joules"]) == (30.0, 3e6)
    assert (key["template"], key["wasted"]["energy_joules"]) == ("KeyError: 'tas'", None)
    # Three of three hours: without a log its wall clock tells.
    assert (silent["template"], silent["told_by"], silent["jobs"]) == (None, "wall clock", 1)


def test_what_a_job_printed_counts_where_its_errors_say_little(tmp_path: Path) -> None:
    path = failed(tmp_path, {0: ["srun: error: gs05: task 0: Exited with exit code 1"]})
    assert failures_answer(experiment_in(tmp_path))["groups"][0]["told_by"] == "consequence"
    write_job_log(path, OUTPUTS[0], ["*EE* no restart of 1990", "bye"], modified=NOW)
    assert failures_answer(experiment_in(tmp_path))["groups"][0]["log"] == OUTPUTS[0]


def test_a_link_in_place_of_a_log_is_not_followed(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("password: Permission denied\n")
    path = failed(tmp_path, {0: ["Disk quota exceeded"]})
    os.symlink(secret, path / "tmp" / "LOG_t000" / LOGS[1])
    made = failures_answer(experiment_in(tmp_path))
    assert "password" not in str(made)
    assert made["logs"]["missing"] == 3


def test_no_more_logs_are_read_than_allowed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed(tmp_path, {attempt: ["Disk quota exceeded"] for attempt in (0, 1, 3, 4)})
    monkeypatch.setattr(failures, "MOST_LOGS", 3)
    made = failures_answer(experiment_in(tmp_path))
    assert made["logs"] == {"read": 3, "missing": 0, "left_out": 1}
    assert [group["attempts"] for group in made["groups"]] == [3, 1]


@pytest.mark.parametrize(
    ("limit", "value", "holds"), [("READING_SECONDS", -1.0, False), ("MOST_LOGS", 0, True)]
)
def test_what_there_was_no_time_for_is_asked_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, value: float, holds: bool
) -> None:
    failed(tmp_path, {attempt: ["Disk quota exceeded"] for attempt in (0, 1, 3, 4)})
    monkeypatch.setattr(failures, limit, value)
    consulted = Consulted()
    archive = open_archive(tmp_path).noting(consulted)
    assert failures_answer(archive.experiment("t000"))["logs"]["left_out"] == 4
    later = time.time() + 10
    monkeypatch.setattr(time, "time", lambda: later)
    assert consulted.holds() is holds


@pytest.mark.parametrize(("noted", "told_by"), [("", "wall clock"), ("09:00", "nothing")])
def test_an_attempt_had_the_wall_clock_that_it_noted_else_that_of_its_section(
    tmp_path: Path, noted: str, told_by: str
) -> None:
    demo.make_experiment(
        tmp_path,
        jobs=demo.jobs_named([POST], status=[Status.FAILED]),
        history=JobHistory.of(
            1,
            **{"id": [1], "run_id": [1], "job_name": [POST], "section": ["POST"], "last": [True]},
            **{"status": [Status.FAILED], "start": [NOW], "finish": [NOW + 3 * HOUR]},
            wallclock=[noted],
        ),
        configuration={
            "DEFAULT": {"EXPID": "t000", "HPCARCH": "LOCAL"},
            "EXPERIMENT": {"CHUNKSIZEUNIT": "month", "CHUNKSIZE": 1},
            "JOBS": {"POST": {"SCRIPT": "sleep 1", "WALLCLOCK": "03:00"}},
        },
    )
    (group,) = failures_answer(experiment_in(tmp_path))["groups"]
    assert group["told_by"] == told_by
    (section,) = efficiency_answer(experiment_in(tmp_path))["sections"]
    assert section["ended_by_wallclock"] == (told_by == "wall clock")


def test_a_log_is_read_once_for_as_long_as_it_is_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed(tmp_path, {attempt: ["Disk quota exceeded"] for attempt in (0, 1, 3, 4)})
    archive = open_archive(tmp_path)
    read: list[int] = []

    def counted(lines: tuple[str, ...]) -> Explanation | None:
        read.append(len(lines))
        return explanation(lines)

    monkeypatch.setattr(logs, "explanation", counted)
    first = failures_answer(archive.experiment("t000", now=NOW))
    assert failures_answer(archive.experiment("t000", now=NOW)) == first
    assert len(read) == 4


@pytest.fixture(scope="module")
def demo_at(tmp_path_factory: pytest.TempPathFactory) -> Archive:
    return open_archive(demo.build(tmp_path_factory.mktemp("demo"), now=NOW))


@pytest.mark.parametrize("expid", ["a0k2", "a2m9", "o001"])
def test_the_demo_fails_as_often_in_each_way_as_was_written(demo_at: Archive, expid: str) -> None:
    experiment = demo_at.experiment(expid, now=NOW)
    made = failures_answer(experiment)
    history = experiment.history
    ids = history.job_id[history.status == Status.FAILED]
    # The number in the scheduler decides how a job of the demo fails.
    expected = Counter((ids % len(LAST_WORDS)).tolist())
    assert sorted(group["attempts"] for group in made["groups"]) == sorted(expected.values())
    assert {group["told_by"] for group in made["groups"]} == {"cause"}
    assert sum(group["attempts"] for group in made["groups"]) == made["failed_attempts"]


def test_the_recorded_experiments(experiment: Experiment) -> None:
    made = failures_answer(experiment)
    expected = {"a3tb": 13, "a8qc": 173}
    assert made["failed_attempts"] == expected.get(experiment.expid, 0)
    assert sum(made["logs"].values()) == made["failed_attempts"]
    templates = {group["template"] for group in made["groups"]}
    if experiment.expid == "a3tb":
        # Of the others the logs were not kept.
        expected_line = "*EE* cannot find ICMSH file <name> to create initial conditions at <n>!"
        assert templates == {expected_line, None}
