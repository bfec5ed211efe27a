"""What lists of experiments say about each: small facts that are kept while their files are the same."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from autosubmit_core import demo
from autosubmit_core.archive import Archive, open_archive
from autosubmit_core.tables import RunTable

JOBS = demo.jobs_named(["t000_INI"])


def test_an_ini_experiment_names_the_type_of_its_wrapper(tmp_path: Path) -> None:
    configuration = {
        "conf": {
            "config": {"EXPID": "t000", "AUTOSUBMIT_VERSION": "3.13.0"},
            "wrapper": {"TYPE": "vertical"},
        },
        "exp": {"experiment": {"CHUNKSIZEUNIT": "month"}, "DEFAULT": {"HPCARCH": "mn4"}},
        "jobs": {"INI": {"FILE": "x.sh"}},
    }
    demo.make_experiment(tmp_path, jobs=JOBS, version="3.13.0", configuration=configuration)
    names = open_archive(tmp_path).experiment("t000").configured_names
    assert names is not None
    assert (names.version, names.wrapper_type) == ("3.13.0", "VERTICAL")


def test_a_yaml_experiment_names_none(tmp_path: Path) -> None:
    configuration = {
        "DEFAULT": {"EXPID": "t000", "HPCARCH": "mn5"},
        "WRAPPERS": {"W": {"TYPE": "vertical", "JOBS_IN_WRAPPER": "INI"}},
        "JOBS": {"INI": {"SCRIPT": "x"}},
    }
    demo.make_experiment(tmp_path, jobs=JOBS, configuration=configuration)
    assert open_archive(tmp_path).experiment("t000").configured_names == ("MN5", "4.1.17.1", None)


def test_an_experiment_without_configuration_has_no_names(tmp_path: Path) -> None:
    path = demo.make_experiment(tmp_path, jobs=JOBS)
    for file in (path / "conf").iterdir():
        file.unlink()
    (path / "conf").rmdir()
    assert open_archive(tmp_path).experiment("t000").configured_names is None


@pytest.mark.parametrize(
    ("columns", "total"),
    [
        ({"run_id": [1, 2], "total": [9, 4]}, 4),
        ({"run_id": [2, 1], "total": [9, 4]}, 9),
        ({"run_id": [1, 2], "total": [9, 0]}, None),
    ],
)
def test_the_last_run_is_the_one_of_the_highest_number(
    tmp_path: Path, columns: dict[str, Any], total: int | None
) -> None:
    demo.make_experiment(tmp_path, jobs=JOBS, runs=RunTable.of(2, **columns))
    last = open_archive(tmp_path).experiment("t000").last_run
    assert (last.total if last else None) == total


def _progress(archive: Archive) -> tuple[int | None, int | None]:
    experiment = archive.experiment("t000")
    return experiment.last_run.total if experiment.last_run else None, experiment.jobs_modified


@pytest.mark.parametrize("version", ["4.1.17.1", "4.2.0"])
def test_facts_follow_their_files(tmp_path: Path, version: str) -> None:
    demo.make_experiment(tmp_path, jobs=JOBS, version=version)
    archive = open_archive(tmp_path)
    assert _progress(archive) == (None, 1_700_000_000)
    demo.make_experiment(
        tmp_path,
        jobs=JOBS,
        version=version,
        runs=RunTable.of(1, run_id=[1], total=[5]),
        modified=1_700_000_100,
    )
    assert _progress(archive) == (5, 1_700_000_100)


def test_each_experiment_of_a_list_is_of_one_moment(tmp_path: Path) -> None:
    for expid in ("t000", "t001"):
        demo.make_experiment(tmp_path, expid, jobs=demo.jobs_named([f"{expid}_INI"]))
    archive = open_archive(tmp_path)
    each = list(archive.each(archive.experiments(), now=7))
    assert [(experiment.expid, experiment.now) for experiment in each] == [("t000", 7), ("t001", 7)]


def test_the_logs_of_jobs_are_listed_again_when_their_folder_changes(tmp_path: Path) -> None:
    demo.make_experiment(tmp_path, jobs=JOBS)
    archive = open_archive(tmp_path)
    folder = archive.experiment("t000").logs.jobs
    folder.mkdir(parents=True, exist_ok=True)
    os.utime(folder, (1, 1))
    assert not archive.experiment("t000").logs.of_jobs.names
    assert archive.experiment("t000").logs.of_jobs is archive.experiment("t000").logs.of_jobs
    (folder / "t000_INI.20260101000000.out").write_text("")
    assert archive.experiment("t000").logs.of_jobs.names == {"t000_INI.20260101000000.out"}
