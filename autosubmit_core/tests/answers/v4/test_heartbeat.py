"""The heartbeat in words and as fields."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from autosubmit_core import demo
from autosubmit_core.answers.v4.heartbeat import heartbeat_answer
from autosubmit_core.archive import Archive, Experiment, insight, open_archive
from autosubmit_core.demo.writing.logs import write_command_log
from autosubmit_core.metrics.past_times import PastTimes
from autosubmit_core.status import Status
from autosubmit_core.tables import JobHistory, RunTable

NOW = 1_780_000_000
HOUR = 3600


def experiment_in(
    root: Path, *, silent: int, log: int | None = None, run_finish: int = 0
) -> Experiment:
    """Make an experiment of which one job runs, and nothing has changed for so many seconds."""
    moved = NOW - silent
    history = JobHistory.of(
        1,
        job_name=["t000_INI"],
        section=["INI"],
        status=[Status.COMPLETED],
        last=[True],
        run_id=[1],
        id=[1],
        submit=[moved - 900],
        start=[moved - 800],
        finish=[moved - 200],
    )
    path = demo.make_experiment(
        root,
        jobs=demo.jobs_named(
            ["t000_INI", "t000_SIM"],
            status=[Status.COMPLETED, Status.RUNNING],
            submit=[0, moved - 100],
            start=[0, moved],
        ),
        history=history,
        runs=RunTable.of(
            1, run_id=[1], start=[moved - 1000], finish=[run_finish], total=[2], completed=[1]
        ),
        configuration={
            "DEFAULT": {"EXPID": "t000", "HPCARCH": "LOCAL"},
            "EXPERIMENT": {"CHUNKSIZEUNIT": "month", "CHUNKSIZE": 1},
            "JOBS": {
                "INI": {"SCRIPT": "sleep 1"},
                "SIM": {"SCRIPT": "sleep 1", "WALLCLOCK": "02:00"},
            },
        },
        modified=moved,
    )
    database = root / "metadata" / "data" / "job_data_t000.db"
    os.utime(database, (moved - 200, moved - 200))
    if log is not None:
        write_command_log(path, "run", moved - 1000, ["going on"], modified=NOW - log)
    return open_archive(root).experiment("t000", now=NOW)


def test_an_experiment_that_runs_says_what_moved(tmp_path: Path) -> None:
    made = heartbeat_answer(experiment_in(tmp_path, silent=90, log=12))
    assert (made["state"], made["silent_seconds"]) == ("running", 12)
    assert made["sentence"] == "Running: something moved 12 s ago."
    assert [file["file"] for file in made["files"]] == ["run_log", "job_list", "job_history"]
    assert made["evidence"][:2] == [
        "The log of the run changed 12 s ago.",
        "The job list changed 1 min 30 s ago.",
    ]
    assert made["last_event"]["job_name"] == "t000_SIM"
    assert made["jobs"] == {"total": 2, "done": 1, "failed": 0, "on_platform": 1}


@pytest.mark.parametrize(("changed", "state"), [(570, "stopped"), (500, "running")])
def test_a_log_without_a_stamp_may_say_something_for_a_minute_after_its_run_ended(
    tmp_path: Path, changed: int, state: str
) -> None:
    experiment_in(tmp_path, silent=700, run_finish=NOW - 600)
    log = tmp_path / "t000" / "tmp" / "ASLOGS" / "my_run.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_text("bye\n")
    os.utime(log, (NOW - changed, NOW - changed))
    made = heartbeat_answer(open_archive(tmp_path).experiment("t000", now=NOW))
    assert made["state"] == state


def test_a_silence_of_hours_is_a_stall_while_the_job_may_still_run(tmp_path: Path) -> None:
    # Without a past an hour is the limit; the wall clock of the job is two.
    made = heartbeat_answer(experiment_in(tmp_path, silent=HOUR + 1800))
    assert (made["state"], made["limit_seconds"]) == ("stalled", HOUR)
    assert made["sentence"].startswith("Stalled: nothing has moved for 1 h 30 min")
    assert (
        "By the job list 1 job is on a platform and may take up to 30 min more."
        in (made["evidence"])
    )
    assert made["overdue"] == []


def test_a_silence_beyond_the_wall_clock_is_a_death(tmp_path: Path) -> None:
    made = heartbeat_answer(experiment_in(tmp_path, silent=9 * HOUR))
    assert made["state"] == "dead"
    assert "By the job list 1 job is on a platform and had to be over 7 h ago." in made["evidence"]
    assert made["overdue"] == [
        {
            "job_name": "t000_SIM",
            "section": "SIM",
            "status": "RUNNING",
            "seconds": 9 * HOUR,
            "wallclock_seconds": 2 * HOUR,
            "usual_seconds": None,
            "sentence": "It has been running for 9 h; its wall clock is 2 h.",
        }
    ]


@pytest.mark.parametrize(
    ("expid", "state"),
    [
        *(("a00q", "finished"), ("a0k2", "finished"), ("a07w", "finished")),
        *(("a1p7", "running"), ("o001", "running"), ("a2m9", "stopped"), ("t0ab", "created")),
    ],
)
def test_the_experiments_of_the_demo(demo_at: Archive, expid: str, state: str) -> None:
    assert heartbeat_answer(demo_at.experiment(expid, now=NOW))["state"] == state


def test_a_running_experiment_that_is_left_alone_stalls_and_then_is_dead(demo_at: Archive) -> None:
    def state(hours: int) -> Any:
        return heartbeat_answer(demo_at.experiment("a1p7", now=NOW + hours * HOUR))["state"]

    assert [state(hours) for hours in (0, 9, 24 * 40)] == ["running", "stalled", "dead"]


@pytest.fixture(scope="module")
def demo_at(tmp_path_factory: pytest.TempPathFactory) -> Archive:
    return open_archive(demo.build(tmp_path_factory.mktemp("demo"), now=NOW))


@pytest.fixture
def at_barcelona(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The zone of the machines that wrote the recorded experiments, and the names of their logs."""
    monkeypatch.setenv("TZ", "Europe/Madrid")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("at_barcelona")
def test_the_recorded_experiments(reference_archive: Archive, expid: str) -> None:
    # Two were never launched; of two the last run ended in order and jobs are left: a003 was created
    # anew, and a3tb launched again, which counts as the same run: it submitted jobs an hour later.
    expected = {"a6zj": "created", "a1vj": "created", "a3tb": "running", "a003": "stopped"}
    # A minute after the last that a3tb noted; files that are unpacked are as new as the test.
    made = heartbeat_answer(reference_archive.experiment(expid, now=1_647_357_223))
    assert made["state"] == expected.get(expid, "finished")


def test_the_past_is_worked_out_once_for_as_long_as_it_is_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = open_archive(demo.build(tmp_path, now=NOW))
    heartbeat_answer(archive.experiment("a0k2"))

    def again(history: JobHistory) -> PastTimes:
        raise AssertionError("the history is gone through again")

    monkeypatch.setattr(insight, "past_times", again)
    heartbeat_answer(archive.experiment("a0k2"))
