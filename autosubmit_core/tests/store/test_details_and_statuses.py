"""Details and statuses are written into tables of any age, and nothing that is there is lost."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from autosubmit_core.errors import StoreError
from autosubmit_core.readers.catalogue import read_experiments, read_statuses
from autosubmit_core.store import database
from autosubmit_core.store.details import Details, write_details
from autosubmit_core.store.statuses import FoundStatus, forget_statuses, write_statuses

Run = Callable[..., list[tuple[Any, ...]]]

_EXPERIMENT = (
    "CREATE TABLE experiment (id INTEGER NOT NULL PRIMARY KEY, name VARCHAR NOT NULL,"
    " description VARCHAR NOT NULL, autosubmit_version VARCHAR)"
)
#: ``details`` as Autosubmit API 4.2 makes it, as Autosubmit 4.1.17 does, and with less in it.
DETAILS = {
    "of the API": "CREATE TABLE details (exp_id INTEGER NOT NULL, user TEXT NOT NULL, created TEXT"
    " NOT NULL, model TEXT NOT NULL, branch TEXT NOT NULL, hpc TEXT NOT NULL, PRIMARY KEY (exp_id))",
    "of Autosubmit, without a key": "CREATE TABLE details (exp_id INTEGER, user TEXT, created TEXT,"
    " model TEXT, branch TEXT, hpc TEXT)",
    "without some columns": "CREATE TABLE details (hpc TEXT, exp_id INTEGER, user TEXT, created TEXT)",
    "not there": None,
}
#: ``experiment_status`` as Autosubmit API makes it, and as it is in old installations.
STATUSES = {
    "with a key": "CREATE TABLE experiment_status (exp_id INTEGER NOT NULL PRIMARY KEY, name TEXT"
    " NOT NULL, status TEXT NOT NULL, seconds_diff INTEGER NOT NULL, modified TEXT NOT NULL)",
    "without a key": "CREATE TABLE experiment_status (exp_id integer, name text, status text,"
    " seconds_diff integer, modified text)",
    "not there": None,
}
ROW = Details(1, "ana", "2026-11-21T10:00:00+00:00", "https://git.example.org/m.git", "main", "MN5")


@pytest.fixture
def main_database(tmp_path: Path, run: Run) -> Path:
    """The database of an installation with two experiments."""
    path = tmp_path / "autosubmit.db"
    run(path, _EXPERIMENT, "INSERT INTO experiment VALUES (1, 'a000', '', '4.1.17.1')")
    run(path, "INSERT INTO experiment VALUES (2, 'a001', '', '4.1.17.1')")
    return path


@pytest.mark.parametrize("made", DETAILS)
def test_details_are_written_into_a_table_of_any_age(
    main_database: Path, run: Run, made: str
) -> None:
    if statement := DETAILS[made]:
        run(main_database, statement)
    for branch in ("old", "main"):
        write_details(main_database, [ROW._replace(branch=branch)])
    known = read_experiments(main_database)
    assert [known.user[0], known.model[0], known.branch[0], known.hpc[0]] == [
        *(ROW.user, ROW.model, ROW.branch, ROW.hpc)
    ]
    assert known.user[1] is None
    assert run(main_database, "SELECT count(*) FROM details") == [(1,)]


def test_rows_that_repeat_become_one(main_database: Path, run: Run) -> None:
    run(main_database, DETAILS["of Autosubmit, without a key"] or "")
    for user in ("first", "second"):
        run(main_database, f"INSERT INTO details VALUES (1, '{user}', '', '', '', '')")
    run(main_database, "INSERT INTO details VALUES (2, 'other', '', '', '', '')")
    write_details(main_database, [ROW])
    rows = run(main_database, "SELECT exp_id, user FROM details ORDER BY exp_id")
    assert rows == [(1, "ana"), (2, "other")]


def test_a_main_database_is_never_made(tmp_path: Path) -> None:
    with pytest.raises(StoreError):
        write_details(tmp_path / "autosubmit.db", [ROW])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("made", STATUSES)
def test_statuses_are_written_into_a_table_of_any_age(tmp_path: Path, run: Run, made: str) -> None:
    path = tmp_path / "as_times.db"
    if statement := STATUSES[made]:
        run(path, statement)
    write_statuses(path, [FoundStatus(1, "a000", True, None)])
    ((modified,),) = run(path, "SELECT modified FROM experiment_status")
    write_statuses(path, [FoundStatus(1, "a000", False, modified)])
    assert not read_statuses(path)[1].running
    rows = run(path, "SELECT exp_id, name, status, seconds_diff FROM experiment_status")
    assert rows == [(1, "a000", "NOT RUNNING", 0)]


def test_the_statuses_are_no_secret(tmp_path: Path) -> None:
    """Every user of Autosubmit writes into them."""
    path, plain = tmp_path / "as_times.db", tmp_path / "plain"
    plain.touch()
    write_statuses(path, [FoundStatus(1, "a000", True, None)])
    assert path.stat().st_mode & 0o044 == plain.stat().st_mode & 0o044


def test_old_tables_beside_the_statuses_stay(tmp_path: Path, run: Run) -> None:
    path = tmp_path / "as_times.db"
    run(path, "CREATE TABLE experiment_times (exp_id integer)")
    run(path, "INSERT INTO experiment_times VALUES (7)")
    write_statuses(path, [FoundStatus(1, "a000", True, None)])
    assert run(path, "SELECT * FROM experiment_times") == [(7,)]


def test_what_autosubmit_notes_meanwhile_stays(tmp_path: Path, run: Run) -> None:
    path = tmp_path / "as_times.db"
    run(path, STATUSES["without a key"] or "")
    run(path, "INSERT INTO experiment_status VALUES (1, 'a000', 'NOT RUNNING', 0, NULL)")
    looked = None
    run(
        path,
        "INSERT INTO experiment_status VALUES (1, 'a000', 'RUNNING', 0, '2026-11-21T22:20:27+0000')",
    )
    write_statuses(path, [FoundStatus(1, "a000", False, looked)])
    assert read_statuses(path)[1].running


def test_statuses_of_experiments_that_are_gone_are_removed(tmp_path: Path, run: Run) -> None:
    path = tmp_path / "as_times.db"
    assert forget_statuses(path, [1]) == 0
    assert not path.exists()
    write_statuses(path, [FoundStatus(number, f"a00{number}", True, None) for number in (1, 2, 3)])
    assert forget_statuses(path, [2]) == 2
    assert list(read_statuses(path)) == [2]


def test_what_is_locked_is_said_and_changes_nothing(
    main_database: Path,
    run: Run,
    locked: Callable[[Path], AbstractContextManager[None]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(database, "_LOCK_SECONDS", 0.05)
    write_details(main_database, [ROW])
    with locked(main_database), pytest.raises(StoreError):
        write_details(main_database, [ROW._replace(user="bo")])
    assert run(main_database, "SELECT user FROM details") == [("ana",)]


def test_all_rows_are_written_or_none(main_database: Path, run: Run) -> None:
    run(main_database, DETAILS["of the API"] or "")
    write_details(main_database, [ROW])
    wrong = Details(2, None, "", "", "", "")  # type: ignore[arg-type]
    with pytest.raises(StoreError):
        write_details(main_database, [ROW._replace(user="bo"), wrong])
    assert run(main_database, "SELECT exp_id, user FROM details") == [(1, "ana")]


def test_databases_made_by_autosubmit_api_itself_are_written(tmp_path: Path, run: Run) -> None:
    """Named in AUTOSUBMIT_API_PYTHON: the Python of an environment with Autosubmit API 4.2.0."""
    python = os.environ.get("AUTOSUBMIT_API_PYTHON")
    if not python:
        pytest.skip("Autosubmit API (AUTOSUBMIT_API_PYTHON) is not on this machine")
    control = tmp_path / "autosubmitrc"
    control.write_text(f"[database]\npath = {tmp_path}\n[local]\npath = {tmp_path}\n")
    told = {**os.environ, "AUTOSUBMIT_CONFIGURATION": str(control), "SECRET_KEY": "k" * 32}
    program = [str(Path(python).with_name("autosubmit_api")), "start", "--check-config"]
    subprocess.run(program, env=told, check=True, capture_output=True, timeout=100)
    run(tmp_path / "autosubmit.db", "INSERT INTO experiment VALUES (1, 'a000', '', '4.1.17.1')")
    write_details(tmp_path / "autosubmit.db", [ROW])
    write_statuses(tmp_path / "as_times.db", [FoundStatus(1, "a000", True, None)])
    assert read_experiments(tmp_path / "autosubmit.db").user.tolist() == ["ana"]
    assert read_statuses(tmp_path / "as_times.db")[1].running
