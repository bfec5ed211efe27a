"""One experiment of a few given jobs, as most tests want it."""

from __future__ import annotations

from pathlib import Path

import pytest

from autosubmit_core.archive.archive import open_archive
from autosubmit_core.demo import jobs_named, make_experiment
from autosubmit_core.status import Status
from autosubmit_core.tables import JobHistory, RunTable, Structure

NAMES = ["t000_LOCAL_SETUP", "t000_20200101_fc0_INI", "t000_20200101_fc0_1_SIM"]


def test_names_tell_section_date_member_and_chunk() -> None:
    jobs = jobs_named(NAMES)
    assert jobs.section.tolist() == ["LOCAL_SETUP", "INI", "SIM"]
    assert jobs.member.tolist() == [None, "fc0", "fc0"]
    assert jobs.chunk.tolist() == [0, 0, 1]
    assert [str(date) for date in jobs.date] == ["NaT", *["2020-01-01T00:00:00"] * 2]


def test_a_name_of_another_form_is_refused() -> None:
    with pytest.raises(ValueError, match="t000_1_2_SIM"):
        jobs_named([*NAMES, "t000_1_2_SIM"])


@pytest.mark.parametrize("version", ["3.13.0", "4.0.100", "4.1.10", "4.1.15", "4.1.17.1", "4.2.0"])
def test_given_jobs_are_read_back_in_every_generation(tmp_path: Path, version: str) -> None:
    jobs = jobs_named(NAMES, status=[Status.COMPLETED, Status.RUNNING, Status.WAITING])
    structure = Structure.of_edges(NAMES[:2], NAMES[1:])
    folder = make_experiment(tmp_path, jobs=jobs, structure=structure, version=version)
    found = open_archive(tmp_path / "autosubmitrc").experiment("t000")
    assert folder == tmp_path / "t000"
    assert found.autosubmit_version == version
    assert found.jobs.name.tolist() == NAMES
    assert found.jobs.status.tolist() == [5, 4, 0]
    assert found.structure.edges_between(found.jobs.name).tolist() == [[0, 1], [1, 2]]
    assert found.jobs_modified == 1_700_000_000
    assert found.configuration.data


def test_only_what_is_given_is_there(tmp_path: Path) -> None:
    make_experiment(tmp_path, jobs=jobs_named(NAMES))
    found = open_archive(tmp_path / "autosubmitrc").experiment("t000")
    assert len(found.history) == 0
    assert [warning.source for warning in found.warnings] == ["job_history"]


def test_history_and_runs_stand_in_one_database(tmp_path: Path) -> None:
    history = JobHistory.of(
        1, id=[1], job_name=NAMES[2:], status=[5], submit=[10], start=[20], finish=[90], last=[True]
    )
    make_experiment(tmp_path, jobs=jobs_named(NAMES), history=history)
    found = open_archive(tmp_path / "autosubmitrc").experiment("t000")
    assert (found.history.start.tolist(), len(found.runs)) == ([20], 0)
    runs = RunTable.of(1, run_id=[1], start=[5], chunk_unit=["month"], chunk_size=[4])
    make_experiment(tmp_path, jobs=jobs_named(NAMES), runs=runs)
    found = open_archive(tmp_path / "autosubmitrc").experiment("t000")
    assert (len(found.history), found.runs.chunk_size.tolist()) == (0, [4])


def test_an_installation_grows_by_experiments_and_replaces_one_of_the_same_name(
    tmp_path: Path,
) -> None:
    for expid, description in (("t000", "one"), ("t001", "two"), ("t000", "three")):
        make_experiment(tmp_path, expid, jobs=jobs_named(NAMES), description=description)
    experiments = open_archive(tmp_path / "autosubmitrc").experiments()
    assert experiments.name.tolist() == ["t001", "t000"]
    assert experiments.description.tolist() == ["two", "three"]
    assert experiments.id.tolist() == [2, 3]
    assert experiments.user.tolist() == [None, None]


def test_a_given_configuration_is_the_one_on_disk(tmp_path: Path) -> None:
    configuration = {"EXPERIMENT": {"CHUNKSIZEUNIT": "day", "CHUNKSIZE": 3}, "JOBS": {"SIM": {}}}
    make_experiment(tmp_path, jobs=jobs_named(NAMES), configuration=configuration)
    found = open_archive(tmp_path / "autosubmitrc").experiment("t000").configuration
    assert found.data["EXPERIMENT"] == {"CHUNKSIZEUNIT": "day", "CHUNKSIZE": 3}
