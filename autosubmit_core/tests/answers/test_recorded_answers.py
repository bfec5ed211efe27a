"""The answers agree with those that Autosubmit API 4.2.0 was recorded to give on real experiments.

What is compared and how is what ``check_reference.py`` does beside the recorded answers: every
recorded key is there with an equal value, numbers within 1e-6, and leaves that change with the
clock or the machine are passed over. Where a better answer is wanted, the test says which.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
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
from autosubmit_core.archive import Archive, Experiment, open_archive
from autosubmit_core.errors import RequestError

EXPIDS = ("a003", "a007", "a1ve", "a1vj", "a1vx", "a3tb", "a6zj", "a8qc", "aa6f")

#: Leaves that depend on the clock or the machine.
CHANGING = {
    *("owner", "owner_id", "time_last_access", "time_last_mod", "pkl_timestamp"),
    *("lastModified", "timeStamp", "modified_date", "From", "To"),
    # It can hold a password, so ours is blank (E4-11).
    "DATABASE_CONN_URL",
}
#: Lists whose order means nothing.
UNORDERED = {"JobStatistics"}


@pytest.fixture(scope="module", autouse=True)
def _zone(request: pytest.FixtureRequest) -> Iterator[None]:
    """The answers were recorded in UTC."""
    import os
    import time

    before = os.environ.get("TZ")
    os.environ["TZ"] = "UTC"
    time.tzset()
    yield
    if before is None:
        del os.environ["TZ"]
    else:
        os.environ["TZ"] = before
    time.tzset()


@pytest.fixture(scope="module")
def archive(reference_experiments: Path, tmp_path_factory: pytest.TempPathFactory) -> Archive:
    root = reference_experiments
    run_control = tmp_path_factory.mktemp("home") / "autosubmitrc"
    run_control.write_text(
        f"[database]\npath = {root}\n[local]\npath = {root}\n"
        f"[structures]\npath = {root}/metadata/structures\n"
        f"[historicdb]\npath = {root}/metadata/data\n"
        f"[historiclog]\npath = {root}/metadata/logs\n"
        f"[globallogs]\npath = {root}/logs\n"
        f"[graph]\npath = {root}/metadata/graph\n"
    )
    return open_archive(run_control)


@pytest.fixture
def recorded(reference_answers: Path, archive: Archive) -> Callable[[str, str], Any]:
    """Read the recorded answer of an experiment to a request; skip if there is none."""
    root = str(archive.installation.local_root_dir)

    def read(expid: str, name: str) -> Any:
        path = reference_answers / expid / f"{name}.json"
        if not path.exists():
            pytest.skip(f"nothing was recorded for {name}")
        return json.loads(path.read_text().replace("{ROOT}", root))

    return read


def assert_agrees(
    answer: Any, recording: dict[str, Any], *, passed_over: frozenset[str] = frozenset()
) -> None:
    """Hold an answer against a recording, which may leave out keys."""
    volatile = set(recording["volatile"])
    ignored = CHANGING | passed_over
    found = list(_differences(recording["body"], answer, "", volatile, ignored, ""))
    assert found == []


def _differences(
    want: Any, got: Any, where: str, volatile: set[str], ignored: set[str], key: str
) -> Iterator[str]:
    if where in volatile or key in ignored:
        return
    if isinstance(want, dict) and isinstance(got, dict):
        for name, value in want.items():
            if name in ("error", "error_message"):
                continue  # v3 endpoints add them to every answer
            if name not in got and name not in ignored:
                yield f"{where}/{name} is missing"
            elif name in got:
                yield from _differences(
                    value, got[name], f"{where}/{name}", volatile, ignored, name
                )
    elif isinstance(want, list) and isinstance(got, list):
        if len(want) != len(got):
            yield f"{where}: {len(got)} items instead of {len(want)}"
        if key in UNORDERED:
            want, got = sorted(want, key=str), sorted(got, key=str)
        for index, (one, other) in enumerate(zip(want, got)):
            yield from _differences(one, other, f"{where}/{index}", volatile, ignored, key)
    elif (
        isinstance(want, (int, float))
        and isinstance(got, (int, float))
        and not isinstance(want, bool)
    ):
        if not math.isclose(want, got, rel_tol=1e-6, abs_tol=1e-9):
            yield f"{where}: {got!r} instead of {want!r}"
    elif want != got:
        yield f"{where}: {got!r} instead of {want!r}"


Reader = Callable[[str, str], Any]


@pytest.mark.parametrize("expid", EXPIDS)
class TestOfOneExperiment:
    """Each real experiment answers as it was recorded to."""

    @pytest.fixture
    def experiment(self, archive: Archive, expid: str) -> Experiment:
        return archive.experiment(expid)

    def test_jobs(self, experiment: Experiment, recorded: Reader, expid: str) -> None:
        recording = recorded(expid, f"v4__experiments__{expid}__jobs")
        # a1ve: the reference overlooks the splits of its graph pickle (job-list.md 2.2).
        passed_over = frozenset({"split", "splits"} if expid == "a1ve" else ())
        assert_agrees(jobs_answer(experiment), recording, passed_over=passed_over)

    def test_jobs_in_quick_view(self, experiment: Experiment, recorded: Reader, expid: str) -> None:
        recording = recorded(expid, f"v4__experiments__{expid}__jobs__view=quick")
        assert_agrees(jobs_answer(experiment, view="quick"), recording)

    def test_counters(self, experiment: Experiment, recorded: Reader, expid: str) -> None:
        assert_agrees(counters_answer(experiment), recorded(expid, f"v3__expcount__{expid}"))

    def test_information(self, experiment: Experiment, recorded: Reader, expid: str) -> None:
        assert_agrees(information(experiment), recorded(expid, f"v3__expinfo__{expid}"))

    def test_summary(self, experiment: Experiment, recorded: Reader, expid: str) -> None:
        assert_agrees(summary_answer(experiment), recorded(expid, f"v3__summary__{expid}"))

    def test_performance(self, experiment: Experiment, recorded: Reader, expid: str) -> None:
        # Warnings in words of our own (E3-14); a8qc: RSYPD by its definition (M-05).
        passed_over = {"warnings_job_data"} | ({"RSYPD"} if expid == "a8qc" else set())
        recording = recorded(expid, f"v3__performance__{expid}")
        answer = performance_answer(experiment)
        assert_agrees(answer, recording, passed_over=frozenset(passed_over))
        if expid == "a8qc":
            assert answer["RSYPD"] == pytest.approx(0.3581, abs=5e-5)

    def test_runs(self, experiment: Experiment, recorded: Reader, expid: str) -> None:
        recording = recorded(expid, f"v3__runs__{expid}")
        if recording["body"]["error"]:
            # a1ve: the reference needs the structure database for its runs (E3-12).
            assert runs_answer(experiment)["runs"]
        else:
            assert_agrees(runs_answer(experiment), recording)

    def test_eta(self, experiment: Experiment, recorded: Reader, expid: str) -> None:
        recording = recorded(expid, f"v4__experiments__{expid}__eta")
        if recording["status"] == 400:
            with pytest.raises(RequestError):
                eta_answer(experiment)
        else:
            assert_agrees(eta_answer(experiment), recording)

    def test_statistics(
        self, experiment: Experiment, recorded: Reader, reference_answers: Path, expid: str
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

    def test_wrappers(self, experiment: Experiment, recorded: Reader, expid: str) -> None:
        recording = recorded(expid, f"v4__experiments__{expid}__wrappers")
        assert_agrees(wrappers_answer(experiment), recording)

    def test_configuration(self, experiment: Experiment, recorded: Reader, expid: str) -> None:
        recording = recorded(expid, f"v4__experiments__{expid}__filesystem-config")
        assert_agrees(configuration_answer(experiment), recording)

    def test_configuration_of_runs(
        self, experiment: Experiment, recorded: Reader, reference_answers: Path, expid: str
    ) -> None:
        paths = sorted((reference_answers / expid).glob("v4*__runs__*__config.json"))
        for path in paths:
            run_id = int(path.stem.split("__")[-2])
            recording = recorded(expid, path.stem)
            answer = run_configuration_answer(experiment, run_id)
            assert_agrees(answer, recording)
            assert answer["config"].get("DATABASE_CONN_URL", "") == ""

    def test_run_log(self, experiment: Experiment, recorded: Reader, expid: str) -> None:
        assert_agrees(run_log_answer(experiment), recorded(expid, f"v3__exprun__{expid}"))

    def test_recovery_logs(self, experiment: Experiment, recorded: Reader, expid: str) -> None:
        recording = recorded(expid, f"v3__exp-recovery-logs__{expid}")
        if recording["body"]["error"]:
            # No folder of logs is no error (E3-16).
            assert recovery_logs_answer(experiment) == {"platform_recovery_logs": []}
        else:
            assert_agrees(recovery_logs_answer(experiment), recording)


def test_sections_of_an_experiment_without_jobs_to_count_are_refused(archive: Archive) -> None:
    with pytest.raises(RequestError, match="No job of section 'NOPE'"):
        statistics_answer(archive.experiment("a003"), section="NOPE")
    with pytest.raises(RequestError, match="was active from"):
        statistics_answer(archive.experiment("a003"), hours=24)
