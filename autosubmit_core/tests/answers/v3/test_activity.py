"""Signs of life of an experiment."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from autosubmit_core import demo
from autosubmit_core.answers.v3.activity import (
    activity_answer,
    file_status_answer,
    log_activity_answer,
    shutdown_answer,
)
from autosubmit_core.archive import Experiment, open_archive

NOW = 1_780_000_000


def test_real_experiments_answer_as_recorded(
    experiment: Experiment, expid: str, recorded: Any, assert_agrees: Any
) -> None:
    assert_agrees(activity_answer(experiment), recorded(expid, f"v3__ifrun__{expid}"))
    assert_agrees(log_activity_answer(experiment), recorded(expid, f"v3__logrun__{expid}"))


def test_the_states_of_file_systems_are_those_of_nobody(recorded: Any) -> None:
    want, got = recorded("_shared", "v3__filestatus")["body"], file_status_answer()
    assert {**got, "error_message": ""} == {**want, "error_message": ""}


def test_a_client_that_leaves_is_answered_nothing() -> None:
    assert shutdown_answer() == ""


def _made(folder: Path, version: str, logs: dict[str, int]) -> Experiment:
    """Return an experiment with run logs, by their path in ``tmp``, of so many seconds ago."""
    path = demo.make_experiment(folder, jobs=demo.jobs_named(["t000_INI"]), version=version)
    for name, age in logs.items():
        log = path / "tmp" / name
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_text("a line\n")
        os.utime(log, (NOW - age, NOW - age))
    return open_archive(folder).experiment("t000", now=NOW)


def test_a_log_that_changed_within_five_minutes_is_a_run(tmp_path: Path) -> None:
    log = "ASLOGS/20260101_000000_run.log"
    answer = log_activity_answer(_made(tmp_path / "a", "4.1.17.1", {log: 299}))
    assert (answer["is_running"], answer["timediff"]) == (True, 299)
    answer = log_activity_answer(_made(tmp_path / "b", "4.1.17.1", {log: 300}))
    assert answer["is_running"] is False
    assert answer["log_path"] == str(tmp_path / "b" / "t000" / "tmp" / log)


def test_old_versions_wrote_their_logs_into_tmp(tmp_path: Path) -> None:
    logs = {"ASLOGS/20200101_000000_run.log.xz": 5, "20190101_000000_run.log": 9}
    ages = {
        version: log_activity_answer(_made(tmp_path / version, version, logs))["timediff"]
        for version in ("3.9.0", "3.11.0", "3.12.0", "3.13.0", "4.0.95")
    }
    assert ages == {"3.9.0": 9, "3.11.0": 9, "3.12.0": 9, "3.13.0": 5, "4.0.95": 5}


def test_without_a_log_there_is_nothing_to_tell(tmp_path: Path) -> None:
    answer = log_activity_answer(_made(tmp_path, "4.1.17.1", {}))
    assert answer == {"is_running": False, "timediff": 0, "log_path": None}
