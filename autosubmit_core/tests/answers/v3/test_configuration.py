"""``cconfig`` holds the files of now against what the last run began with."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from autosubmit_core import demo
from autosubmit_core.answers.v3.configuration import configurations_answer
from autosubmit_core.answers.v4.configuration import (
    configuration_answer,
    file_configuration_answer,
    run_configuration_answer,
)
from autosubmit_core.archive import Archive, Experiment, open_archive
from autosubmit_core.demo.writing.histories import write_history
from autosubmit_core.tables import JobHistory, RunTable

JOBS = demo.jobs_named(["t000_INI"])


def test_real_experiments_answer_as_recorded(
    experiment: Experiment, expid: str, recorded: Any, assert_agrees: Any
) -> None:
    recording = recorded(expid, f"v3__cconfig__{expid}")
    answer = configurations_answer(experiment)
    if recording["status"] == 500:
        # aa6f: tagged YAML is data (E3-10).
        schedule = answer["configuration_filesystem"]["METADATA"]["SCHEDULE"]
        assert isinstance(schedule, str)
        assert answer["configuration_current_run"].keys() > {"contains_nones"}
        return
    # Their runs began in files, and some note that.
    told = set(answer["differences"]) - set(recording["body"]["differences"])
    assert told <= {"DATABASE_BACKEND"}
    kept = [place for place in answer["differences"] if place not in told]
    assert_agrees({**answer, "differences": kept}, recording)
    assert answer["differences"] == sorted(answer["differences"])
    assert "postgresql" not in json.dumps(answer)


def _with_run(folder: Path, stored: object, **options: Any) -> Experiment:
    """Return an experiment whose only run began with a configuration, a text as it is."""
    demo.make_experiment(folder, jobs=JOBS, **options)
    text = stored if isinstance(stored, str) else json.dumps(stored)
    write_history(
        folder / "metadata" / "data" / "job_data_t000.db",
        JobHistory.empty(),
        RunTable.of(1, run_id=[1]),
        metadata={1: text},
    )
    return open_archive(folder).experiment("t000")


def test_secrets_are_in_no_answer(tmp_path: Path) -> None:
    """S-20: at whatever depth, in any case of letters, of the files and of a run."""
    files = {"MINE": {"Api_Key": "marked-1", "DEEP": {"DB_PASSWORD": "marked-2", "USER": "bsc"}}}
    run = {"MINE": {"secrets": [{"A": "marked-3"}], "TOKEN": "marked-4", "USER": "bsc"}}
    experiment = _with_run(tmp_path, run, configuration=files)
    answers = [
        configurations_answer(experiment),
        configuration_answer(experiment),
        file_configuration_answer(experiment),
        run_configuration_answer(experiment, 1),
    ]
    assert "bsc" in json.dumps(answers)
    # Two of the files, two of the run; cconfig shows both.
    assert json.dumps(answers).count('"***"') == 10
    assert "marked" not in json.dumps(answers)
    # What differs is told all the same.
    assert "MINE.API_KEY" in answers[0]["differences"]


def test_a_key_that_only_the_run_has_is_no_difference(tmp_path: Path) -> None:
    files = {"DEFAULT": {"EXPID": "t000", "HPCARCH": "LOCAL"}, "MINE": {"A": {"B": 1, "C": 2}}}
    run = {"MINE": {"A": {"B": 1, "C": 3, "D": 4}}, "OTHER": 1}
    answer = configurations_answer(_with_run(tmp_path, run, configuration=files))
    mine = [path for path in answer["differences"] if path.startswith(("MINE", "OTHER"))]
    assert mine == ["MINE", "MINE.A", "MINE.A.C"]


def test_a_number_equals_its_text(tmp_path: Path) -> None:
    answer = configurations_answer(
        _with_run(tmp_path, {"MINE": {"A": "4"}}, configuration={"MINE": {"A": 4}})
    )
    assert "MINE" not in answer["differences"]


def test_e3_09_files_that_do_not_parse_leave_the_run(tmp_path: Path) -> None:
    experiment = _with_run(tmp_path, {"MINE": {"A": 4}})
    (experiment.path / "conf" / "broken.yml").write_text("A: [1, 2")
    answer = configurations_answer(open_archive(tmp_path).experiment("t000"))
    assert answer["warning"] is True
    assert "broken.yml" in answer["warning_message"]
    assert answer["configuration_filesystem"] == {"contains_nones": True}
    assert answer["configuration_current_run"] == {"MINE": {"A": 4}, "contains_nones": False}


def test_e3_09_a_run_whose_configuration_is_not_json_is_empty_with_a_warning(
    tmp_path: Path,
) -> None:
    experiment = _with_run(tmp_path, "{'A': 1}")
    answer = configurations_answer(experiment)
    assert answer["configuration_current_run"] == {"contains_nones": True}
    assert answer["warning"] is False
    assert [warning.source for warning in experiment.warnings] == ["run_configuration"]


def test_e3_11_the_url_of_the_database_is_blank_on_both_sides(tmp_path: Path) -> None:
    answer = configurations_answer(
        _with_run(tmp_path, {"DATABASE_CONN_URL": "postgresql://me:secret@host/db"})
    )
    assert answer["configuration_current_run"]["DATABASE_CONN_URL"] == ""
    assert answer["configuration_filesystem"]["DATABASE_CONN_URL"] == ""
    assert "DATABASE_CONN_URL" in answer["differences"]


def test_only_the_experiment_section_of_ini_files_keeps_its_expid(
    reference_archive: Archive, recorded: Callable[[str, str], Any]
) -> None:
    answer = configurations_answer(reference_archive.experiment("a3tb"))
    sections = answer["configuration_filesystem"]["exp"]
    assert [name for name, section in sections.items() if "EXPID" in section] == ["experiment"]
