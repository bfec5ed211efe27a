"""The answers agree with those that Autosubmit API 4.2.0 was recorded to give on real experiments."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from autosubmit_core.answers.v3.counters import counters_answer
from autosubmit_core.answers.v3.information import information
from autosubmit_core.answers.v3.logs import recovery_logs_answer, run_log_answer
from autosubmit_core.answers.v3.performance import performance_answer
from autosubmit_core.answers.v3.runs import runs_answer
from autosubmit_core.answers.v3.statistics import statistics_answer
from autosubmit_core.answers.v3.summary import summary_answer
from autosubmit_core.answers.v4.configuration import (
    configuration_answer,
    run_configuration_answer,
)
from autosubmit_core.answers.v4.eta import eta_answer
from autosubmit_core.answers.v4.jobs import jobs_answer
from autosubmit_core.answers.v4.wrappers import wrappers_answer
from autosubmit_core.archive import Archive, Experiment
from autosubmit_core.errors import RequestError

Reader = Callable[[str, str], Any]


class TestOfOneExperiment:
    """Each real experiment answers as it was recorded to."""

    def test_jobs(
        self, experiment: Experiment, recorded: Reader, expid: str, assert_agrees: Any
    ) -> None:
        recording = recorded(expid, f"v4__experiments__{expid}__jobs")
        # a1ve: the reference overlooks the splits of its graph pickle (job-list.md 2.2).
        passed_over = frozenset({"split", "splits"} if expid == "a1ve" else ())
        assert_agrees(jobs_answer(experiment), recording, passed_over=passed_over)

    def test_jobs_in_quick_view(
        self, experiment: Experiment, recorded: Reader, expid: str, assert_agrees: Any
    ) -> None:
        recording = recorded(expid, f"v4__experiments__{expid}__jobs__view=quick")
        assert_agrees(jobs_answer(experiment, view="quick"), recording)

    def test_counters(
        self, experiment: Experiment, recorded: Reader, expid: str, assert_agrees: Any
    ) -> None:
        assert_agrees(counters_answer(experiment), recorded(expid, f"v3__expcount__{expid}"))

    def test_information(
        self, experiment: Experiment, recorded: Reader, expid: str, assert_agrees: Any
    ) -> None:
        assert_agrees(information(experiment), recorded(expid, f"v3__expinfo__{expid}"))

    def test_summary(
        self, experiment: Experiment, recorded: Reader, expid: str, assert_agrees: Any
    ) -> None:
        assert_agrees(summary_answer(experiment), recorded(expid, f"v3__summary__{expid}"))

    def test_performance(
        self, experiment: Experiment, recorded: Reader, expid: str, assert_agrees: Any
    ) -> None:
        # Warnings in words of our own (E3-14); a8qc: RSYPD by its definition (M-05).
        passed_over = {"warnings_job_data"} | ({"RSYPD"} if expid == "a8qc" else set())
        recording = recorded(expid, f"v3__performance__{expid}")
        answer = performance_answer(experiment)
        assert_agrees(answer, recording, passed_over=frozenset(passed_over))
        if expid == "a8qc":
            assert answer["RSYPD"] == pytest.approx(0.3581, abs=5e-5)

    def test_runs(
        self, experiment: Experiment, recorded: Reader, expid: str, assert_agrees: Any
    ) -> None:
        recording = recorded(expid, f"v3__runs__{expid}")
        if recording["body"]["error"]:
            # a1ve: the reference needs the structure database for its runs (E3-12).
            assert runs_answer(experiment)["runs"]
        else:
            assert_agrees(runs_answer(experiment), recording)

    def test_eta(
        self, experiment: Experiment, recorded: Reader, expid: str, assert_agrees: Any
    ) -> None:
        recording = recorded(expid, f"v4__experiments__{expid}__eta")
        if recording["status"] == 400:
            with pytest.raises(RequestError):
                eta_answer(experiment)
        else:
            assert_agrees(eta_answer(experiment), recording)

    def test_statistics(
        self,
        experiment: Experiment,
        recorded: Reader,
        reference_answers: Path,
        expid: str,
        assert_agrees: Any,
    ) -> None:
        compared = 0
        for path in sorted((reference_answers / expid).glob("v3__stats__*__0__*.json")):
            section = path.stem.rpartition("__")[2]
            recording = recorded(expid, path.stem)
            if recording["body"]["error"]:
                continue  # a1ve: the reference needs the structure database (E3-03)
            assert_agrees(statistics_answer(experiment, section=section), recording)
            compared += 1
        assert compared or expid == "a1ve"

    def test_wrappers(
        self, experiment: Experiment, recorded: Reader, expid: str, assert_agrees: Any
    ) -> None:
        recording = recorded(expid, f"v4__experiments__{expid}__wrappers")
        assert_agrees(wrappers_answer(experiment), recording)

    def test_configuration(
        self, experiment: Experiment, recorded: Reader, expid: str, assert_agrees: Any
    ) -> None:
        recording = recorded(expid, f"v4__experiments__{expid}__filesystem-config")
        assert_agrees(configuration_answer(experiment), recording)

    def test_configuration_of_runs(
        self,
        experiment: Experiment,
        recorded: Reader,
        reference_answers: Path,
        expid: str,
        assert_agrees: Any,
    ) -> None:
        paths = sorted((reference_answers / expid).glob("v4*__runs__*__config.json"))
        for path in paths:
            run_id = int(path.stem.split("__")[-2])
            recording = recorded(expid, path.stem)
            answer = run_configuration_answer(experiment, run_id)
            assert_agrees(answer, recording)
            assert answer["config"].get("DATABASE_CONN_URL", "") == ""

    def test_run_log(
        self, experiment: Experiment, recorded: Reader, expid: str, assert_agrees: Any
    ) -> None:
        assert_agrees(run_log_answer(experiment), recorded(expid, f"v3__exprun__{expid}"))

    def test_recovery_logs(
        self, experiment: Experiment, recorded: Reader, expid: str, assert_agrees: Any
    ) -> None:
        recording = recorded(expid, f"v3__exp-recovery-logs__{expid}")
        if recording["body"]["error"]:
            # No folder of logs is no error (E3-16).
            assert recovery_logs_answer(experiment) == {"platform_recovery_logs": []}
        else:
            assert_agrees(recovery_logs_answer(experiment), recording)


def test_sections_of_an_experiment_without_jobs_to_count_are_refused(
    reference_archive: Archive,
) -> None:
    with pytest.raises(RequestError, match="No job of section 'NOPE'"):
        statistics_answer(reference_archive.experiment("a003"), section="NOPE")
    with pytest.raises(RequestError, match="was active from"):
        statistics_answer(reference_archive.experiment("a003"), hours=24)
