"""The experiments of an installation are read with their details and statuses."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from autosubmit_core.demo.writing.catalogues import write_catalogue, write_run_control
from autosubmit_core.errors import SourceMissingError, SourceUnreadableError
from autosubmit_core.readers.catalogue import read_catalogue, read_experiments, read_statuses
from autosubmit_core.readers.installation import Installation, read_installation
from autosubmit_core.readers.locations import locations_of
from autosubmit_core.tables import ExperimentTable


def experiments() -> ExperimentTable:
    return ExperimentTable.of(
        3,
        id=[1, 2, 108],
        name=["a000", "t001", "o1vx"],
        description=["first", "", "with ñ"],
        autosubmit_version=["4.1.17.1", None, "3.13.0"],
        user=["maria", None, "olaf"],
        created=["2024-01-08 14:52:35", None, "2025-03-12T16:39:10+01:00"],
        model=["NA", None, "https://git.example/model.git"],
        branch=["NA", None, "main"],
        hpc=["LOCAL", None, "MN5"],
        running=[True, False, False],
        status_modified=["2024-04-12-13:00:40", None, "2025-03-18-15:16:09+01:00"],
    )


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    write_catalogue(tmp_path, experiments())
    write_run_control(tmp_path / "autosubmitrc", tmp_path)
    return read_installation(tmp_path)


def run(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        for statement in statements:
            connection.execute(statement)


def test_what_is_written_is_read_again(installation: Installation) -> None:
    read, warnings = read_catalogue(locations_of(installation))
    assert warnings == ()
    for name, column in experiments().columns().items():
        assert read.columns()[name].tolist() == column.tolist(), name


def test_experiments_come_by_number(installation: Installation) -> None:
    run(installation.main_database(), "INSERT INTO experiment VALUES (50, 'a00z', 'late', NULL)")
    assert read_experiments(installation.main_database()).id.tolist() == [1, 2, 50, 108]


def test_of_several_details_of_one_experiment_the_last_counts(
    installation: Installation,
) -> None:
    # Autosubmit 4.1.17 makes the table without a key.
    run(
        installation.main_database(),
        "DROP TABLE details",
        "CREATE TABLE details (exp_id, user, created, model, branch, hpc)",
        "INSERT INTO details VALUES (1, 'old', 'then', 'NA', 'NA', 'LOCAL')",
        "INSERT INTO details VALUES (1, 'new', 'now', 'NA', 'NA', 'LOCAL')",
        "INSERT INTO details VALUES (77, 'gone', 'now', 'NA', 'NA', 'LOCAL')",
    )
    assert read_experiments(installation.main_database()).user.tolist() == ["new", None, None]


def test_a_row_whose_name_is_no_expid_is_no_experiment(installation: Installation) -> None:
    run(installation.main_database(), "ALTER TABLE experiment RENAME TO old")
    run(installation.main_database(), "CREATE TABLE experiment AS SELECT * FROM old")
    for name in ("NULL", "''", "'../a000'", "'a b'", "x'ff'", "'A0Z_1-b'"):
        run(installation.main_database(), f"INSERT INTO experiment (id, name) VALUES (200, {name})")
    read = read_experiments(installation.main_database())
    assert read.name.tolist() == ["a000", "t001", "o1vx", "A0Z_1-b"]


def test_an_installation_without_details_has_none(installation: Installation) -> None:
    run(installation.main_database(), "DROP TABLE details")
    read = read_experiments(installation.main_database())
    assert read.user.tolist() == [None, None, None]
    assert read.name.tolist() == ["a000", "t001", "o1vx"]


def test_a_main_database_without_tables_has_no_experiments(tmp_path: Path) -> None:
    (tmp_path / "autosubmit.db").touch()
    assert len(read_experiments(tmp_path / "autosubmit.db")) == 0


def test_of_several_statuses_of_one_experiment_the_one_noted_last_counts(tmp_path: Path) -> None:
    path = tmp_path / "as_times.db"
    run(
        path,
        "CREATE TABLE experiment_status (exp_id, name, status, seconds_diff, modified)",
        "INSERT INTO experiment_status VALUES (1, 'a000', 'RUNNING', 0, '2025-03-18-15:16:09')",
        "INSERT INTO experiment_status VALUES"
        " (1, 'a000', 'NOT RUNNING', 0, '2024-03-18T15:16:09+0100')",
        "INSERT INTO experiment_status VALUES (2, 'a001', 'RUNNING', 0, NULL)",
        "INSERT INTO experiment_status VALUES (2, 'a001', 'NOT RUNNING', 0, NULL)",
    )
    statuses = read_statuses(path)
    assert statuses[1] == (True, "2025-03-18-15:16:09")
    assert statuses[2] == (False, None)


def test_a_status_database_without_its_table_notes_nothing(tmp_path: Path) -> None:
    run(tmp_path / "as_times.db", "CREATE TABLE job_times (name)")
    assert read_statuses(tmp_path / "as_times.db") == {}


def test_a_missing_status_database_is_usual(installation: Installation) -> None:
    installation.status_database().unlink()
    read, warnings = read_catalogue(locations_of(installation))
    assert read.running.tolist() == [False, False, False]
    assert warnings == ()


def test_a_damaged_status_database_costs_only_the_statuses(installation: Installation) -> None:
    installation.status_database().write_bytes(b"garbage" * 100)
    read, (warning,) = read_catalogue(locations_of(installation))
    assert read.name.tolist() == ["a000", "t001", "o1vx"]
    assert (warning.source, warning.code) == ("statuses", "unreadable")
    assert str(installation.status_database()) not in warning.message


def test_without_a_main_database_there_is_no_catalogue(installation: Installation) -> None:
    installation.main_database().write_bytes(b"garbage" * 100)
    with pytest.raises(SourceUnreadableError):
        read_catalogue(locations_of(installation))
    installation.main_database().unlink()
    with pytest.raises(SourceMissingError):
        read_catalogue(locations_of(installation))


def test_the_recorded_catalogue_is_read(
    reference_experiments: Path, reference_answers: Path
) -> None:
    read, warnings = read_catalogue(locations_of(read_installation(reference_experiments)))
    file = reference_answers / "_shared" / "v4__experiments__only_active=false__page_size=-1.json"
    answer = {entry["name"]: entry for entry in json.loads(file.read_text())["body"]["experiments"]}
    assert warnings == ()
    assert read.name.tolist() == sorted(answer, key=lambda name: answer[name]["id"])
    fields = {"id": "id", "description": "description", "user": "user", "hpc": "hpc"}
    fields |= {"version": "autosubmit_version", "created": "created"}
    for field, column in fields.items():
        expected = [answer[name][field] for name in read.name]
        assert read.columns()[column].tolist() == expected, field


@pytest.mark.parametrize("column", ["id", "name"])
def test_a_table_of_experiments_without_what_tells_them_apart_is_unreadable(
    installation: Installation, column: str
) -> None:
    with closing(sqlite3.connect(installation.main_database())) as connection, connection:
        connection.execute(f"ALTER TABLE experiment RENAME COLUMN {column} TO other")
    with pytest.raises(SourceUnreadableError, match=f"has no column '{column}'"):
        read_experiments(installation.main_database())
