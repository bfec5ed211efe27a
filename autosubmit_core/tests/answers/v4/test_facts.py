"""The small answers about one experiment: what is registered, its runs, metrics and dependencies."""

from __future__ import annotations

from operator import itemgetter
from pathlib import Path
from typing import Any

import pytest

from autosubmit_core import demo
from autosubmit_core.answers.v4.experiment import experiment_answer
from autosubmit_core.answers.v4.relations import children_answer, parents_answer
from autosubmit_core.answers.v4.runs import runs_answer
from autosubmit_core.answers.v4.sections import sections_answer
from autosubmit_core.answers.v4.user_metrics import (
    user_metrics_answer,
    user_metrics_runs_answer,
)
from autosubmit_core.archive import Archive, Experiment, open_archive
from autosubmit_core.demo.writing.workflows import write_structure
from autosubmit_core.status import Status
from autosubmit_core.tables import RunTable, Structure, UserMetricTable

INI, SIM, POST = "t000_INI", "t000_20200101_fc0_1_SIM", "t000_POST"
JOBS = demo.jobs_named([INI, SIM, POST], status=[Status.COMPLETED, Status.RUNNING, 0])


class TestRecorded:
    """Each real experiment answers as it was recorded to."""

    def test_experiment(
        self, experiment: Experiment, expid: str, recorded: Any, assert_agrees: Any
    ) -> None:
        assert_agrees(experiment_answer(experiment), recorded(expid, f"v4__experiments__{expid}"))

    def test_runs(
        self, experiment: Experiment, expid: str, recorded: Any, assert_agrees: Any
    ) -> None:
        recording = recorded(expid, f"v4__experiments__{expid}__runs")
        assert_agrees(runs_answer(experiment), recording)

    def test_user_metrics(
        self, experiment: Experiment, expid: str, recordings: Any, assert_agrees: Any
    ) -> None:
        for recording in recordings(expid, r".*/user-metrics"):
            run_id = int(recording["path"].split("/")[-2])
            answer = user_metrics_answer(experiment, run_id=run_id)
            if recording["status"] == 500:
                # No database is an empty list (E4-12).
                assert answer == {"run_id": run_id, "metrics": []}
            else:
                assert_agrees(answer, recording)

    def test_user_metrics_runs(
        self, experiment: Experiment, expid: str, recorded: Any, assert_agrees: Any
    ) -> None:
        recording = recorded(expid, f"v4__experiments__{expid}__user-metrics-runs")
        assert_agrees(user_metrics_runs_answer(experiment), recording)

    @pytest.mark.parametrize("include_status", [False, True])
    def test_relations(
        self,
        experiment: Experiment,
        expid: str,
        recordings: Any,
        assert_agrees: Any,
        reference_archive: Archive,
        include_status: bool,
    ) -> None:
        query = r"\?include_status=true" if include_status else ""
        found = recordings(expid, rf".*/(parents|children){query}")
        assert found
        for recording in found:
            *_, job, relation = recording["path"].partition("?")[0].split("/")
            ask = parents_answer if relation == "parents" else children_answer
            answer = ask(experiment, job_name=job, include_status=include_status)
            if recording["status"] == 500:
                # a1ve: no structure is an empty list and a warning (E3-03).
                assert answer == {relation: []}
                assert [warning.source for warning in experiment.warnings] == ["structure"]
                continue
            if reference_archive.installation.database_backend == "postgres":
                # A server keeps no order of rows.
                for told in (answer, recording["body"]):
                    told[relation].sort(key=itemgetter("job_name"))
            assert_agrees(answer, recording)


def _made(folder: Path, **options: Any) -> Experiment:
    demo.make_experiment(folder, jobs=JOBS, **options)
    return open_archive(folder).experiment("t000")


def test_a_run_tells_its_counters_and_unknown_instants_are_null(tmp_path: Path) -> None:
    runs = RunTable.of(
        1, run_id=[3], start=[1_750_000_000], total=[9], chunk_unit=["month"], chunk_size=[4]
    )
    (run,) = runs_answer(_made(tmp_path, runs=runs))["runs"]
    assert (run["start"], run["finish"]) == ("2025-06-15T15:06:40+00:00", None)
    assert (run["total"], run["chunk_unit"], run["chunk_size"]) == (9, "month", 4)


def test_neighbours_come_as_the_table_has_them_with_their_status(tmp_path: Path) -> None:
    structure = Structure.of_edges([SIM, INI, INI], [POST, POST, "t000_GONE"])
    experiment = _made(tmp_path, structure=structure)
    assert parents_answer(experiment, job_name=POST, include_status=True) == {
        "parents": [
            {"job_name": SIM, "status": "RUNNING"},
            {"job_name": INI, "status": "COMPLETED"},
        ]
    }
    assert children_answer(experiment, job_name=INI, include_status=True) == {
        "children": [
            {"job_name": POST, "status": "WAITING"},
            {"job_name": "t000_GONE", "status": None},
        ]
    }
    assert children_answer(experiment, job_name=POST) == {"children": []}
    assert parents_answer(experiment, job_name="nobody") == {"parents": []}


def test_without_a_job_list_neighbours_have_no_status_and_a_warning_says_so(
    tmp_path: Path,
) -> None:
    demo.make_experiment(tmp_path, jobs=JOBS, structure=Structure.of_edges([INI], [SIM]))
    (pickle,) = (tmp_path / "t000" / "pkl").glob("job_list*")
    pickle.unlink()
    experiment = open_archive(tmp_path).experiment("t000")
    answer = children_answer(experiment, job_name=INI, include_status=True)
    assert answer == {"children": [{"job_name": SIM, "status": None}]}
    assert experiment.warnings[0].message == (
        "The job list of 't000' is missing; statuses of jobs are not known."
    )


def test_since_4_2_an_edge_tells_its_conditions(tmp_path: Path) -> None:
    structure = Structure.of_edges(
        [INI],
        [SIM],
        min_trigger_status=["RUNNING"],
        completion_status=["WAITING"],
        from_step=[3],
        fail_ok=[True],
    )
    path = demo.make_experiment(tmp_path, jobs=JOBS, structure=structure, version="4.2.0")
    write_structure(path / "db" / "job_list.db", structure, JOBS, generation="4.2")
    experiment = open_archive(tmp_path).experiment("t000")
    (child,) = children_answer(experiment, job_name=INI)["children"]
    assert child["edge"] == {
        "min_trigger_status": "RUNNING",
        "completion_status": "WAITING",
        "from_step": 3,
        "fail_ok": True,
    }


def test_metrics_are_of_one_run_and_stay_text(tmp_path: Path) -> None:
    metrics = UserMetricTable.of(
        3,
        run_id=[1, 3, 1],
        job_name=[SIM, SIM, INI],
        metric_name=["a", "b", "c"],
        metric_value=["1.50", "2", "{}"],
        modified=["2026-01-01T00:00:00Z"] * 3,
    )
    experiment = _made(tmp_path, metrics=metrics)
    answer = user_metrics_answer(experiment, run_id=1)
    assert [metric["metric_value"] for metric in answer["metrics"]] == ["1.50", "{}"]
    assert user_metrics_runs_answer(experiment) == {"runs": [{"run_id": 3}, {"run_id": 1}]}
    assert user_metrics_answer(experiment, run_id=2) == {"run_id": 2, "metrics": []}


def test_sections_tell_whether_they_have_chunks(tmp_path: Path) -> None:
    sections = sections_answer(_made(tmp_path))["sections"]
    assert [(section["name"], section["has_chunks"]) for section in sections] == [
        ("INI", False),
        ("SIM", True),
        ("POST", False),
    ]
    assert sections[1]["counters"] == {"RUNNING": 1}
