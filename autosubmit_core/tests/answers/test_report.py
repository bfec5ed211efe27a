"""A report is the sections asked for, each in the shape of its own endpoint."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from autosubmit_core import demo
from autosubmit_core.answers.report import DEFAULT_SECTIONS, SECTIONS, ReportRequest, report
from autosubmit_core.answers.v3.counters import counters_answer
from autosubmit_core.answers.v4.jobs import jobs_answer
from autosubmit_core.archive import Archive, open_archive
from autosubmit_core.errors import RunNotFoundError


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Archive:
    return open_archive(demo.build(tmp_path_factory.mktemp("installation"), now=1_780_000_000))


ASKED = ReportRequest(expids=("a0k2",))


def test_a_report_has_all_but_the_bulky_and_slow_sections(archive: Archive) -> None:
    made = report(archive.experiment("a0k2"), ASKED)
    assert tuple(made) == DEFAULT_SECTIONS
    assert set(SECTIONS) - set(DEFAULT_SECTIONS) == {
        *("jobs", "configuration", "logs"),
        *("heartbeat", "failures", "forecast", "efficiency"),
    }


def test_a_report_has_the_sections_asked_for(archive: Archive) -> None:
    experiment = archive.experiment("a0k2")
    made = report(experiment, replace(ASKED, sections=("jobs", "counters")))
    assert made == {
        "counters": counters_answer(experiment),
        "jobs": jobs_answer(experiment)["jobs"],
    }


def test_every_section_of_every_demo_experiment_can_be_made(archive: Archive) -> None:
    for expid in archive.experiments().name:
        experiment = archive.experiment(expid)
        made = report(experiment, replace(ASKED, sections=SECTIONS))
        if experiment.folder is not None:
            missing = [section for section, value in made.items() if value is None]
            assert missing == [], expid


def test_a_run_is_reported_alone_with_the_configuration_it_began_with(archive: Archive) -> None:
    experiment = archive.experiment("a0k2")
    run_id = int(experiment.runs.run_id[0])
    made = report(experiment, replace(ASKED, sections=("runs", "configuration"), run_id=run_id))
    assert [run["run_id"] for run in made["runs"]] == [run_id]
    assert made["configuration"].keys() >= (experiment.run_configuration(run_id) or {}).keys()


def test_a_run_that_is_not_there_is_an_error(archive: Archive) -> None:
    with pytest.raises(RunNotFoundError):
        report(archive.experiment("a0k2"), replace(ASKED, run_id=999))


def test_an_experiment_without_a_job_list_is_reported_as_far_as_it_goes(tmp_path: Path) -> None:
    path = demo.make_experiment(tmp_path, jobs=demo.jobs_named(["t000_INI"]))
    (path / "pkl" / "job_list_t000.pkl").unlink()
    made = report(open_archive(tmp_path).experiment("t000"), ASKED)
    assert made["counters"] is None
    assert made["experiment"]["description"] == "made by hand"
    assert "The job list of 't000' is missing." in {
        warning["message"] for warning in made["warnings"]
    }


def test_what_is_wrong_with_a_job_list_is_said_in_a_sentence(tmp_path: Path) -> None:
    path = demo.make_experiment(tmp_path, jobs=demo.jobs_named(["t000_INI"]))
    (path / "pkl" / "job_list_t000.pkl").write_bytes(b"no pickle")
    made = report(open_archive(tmp_path).experiment("t000"), ASKED)
    assert "The job list: damaged, or not a job list." in {
        warning["message"] for warning in made["warnings"]
    }


def test_a_section_without_chunks_has_no_eta_and_says_so(tmp_path: Path) -> None:
    demo.make_experiment(tmp_path, jobs=demo.jobs_named(["t000_INI"]))
    asked = replace(ASKED, sections=("eta", "warnings"), eta_section="INI")
    made = report(open_archive(tmp_path).experiment("t000"), asked)
    assert made["eta"] is None
    sentences = [warning["message"] for warning in made["warnings"]]
    assert "Section 'INI' in experiment 't000' has no chunked jobs" in sentences
