"""Details and statuses are written into tables of any age, and nothing that is there is lost."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from autosubmit_core.errors import StoreError
from autosubmit_core.readers.catalogue import read_experiments, read_statuses
from autosubmit_core.store import places
from autosubmit_core.store.details import Details, write_details
from autosubmit_core.store.places import writing
from autosubmit_core.store.statuses import FoundStatus, forget_statuses, write_statuses

Run = Callable[..., list[tuple[Any, ...]]]

_EXPERIMENT = (
    "CREATE TABLE experiment (id INTEGER NOT NULL PRIMARY KEY, name VARCHAR NOT NULL,"
    " description VARCHAR NOT NULL, autosubmit_version VARCHAR)"
)
#: ``details`` as Autosubmit API 4.2 makes it, as Autosubmit 4.1.17 does, and with less in it.
DETAILS = {
    "of the API": 'CREATE TABLE details (exp_id INTEGER NOT NULL, "user" TEXT NOT NULL, created TEXT'
    " NOT NULL, model TEXT NOT NULL, branch TEXT NOT NULL, hpc TEXT NOT NULL, PRIMARY KEY (exp_id))",
    "of Autosubmit, without a key": 'CREATE TABLE details (exp_id INTEGER, "user" TEXT, created TEXT,'
    " model TEXT, branch TEXT, hpc TEXT)",
    "without some columns": 'CREATE TABLE details (hpc TEXT, exp_id INTEGER, "user" TEXT, created'
    " TEXT)",
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
def known(databases: Any) -> Any:
    """The databases of an installation with two experiments."""
    main = databases.locations.experiments()
    databases.run(main, _EXPERIMENT, "INSERT INTO experiment VALUES (1, 'a000', '', '4.1.17.1')")
    databases.run(main, "INSERT INTO experiment VALUES (2, 'a001', '', '4.1.17.1')")
    return databases


def note(databases: Any, *rows: Details) -> None:
    with databases.writing() as connection:
        write_details(connection, databases.locations.experiments(), rows)


def state(databases: Any, *found: FoundStatus) -> None:
    with databases.writing() as connection:
        write_statuses(connection, databases.locations.statuses(), found)


def forget(databases: Any, *known: int) -> int:
    with databases.writing() as connection:
        return forget_statuses(connection, databases.locations.statuses(), known)


@pytest.mark.parametrize("made", DETAILS)
def test_details_are_written_into_a_table_of_any_age(known: Any, made: str) -> None:
    main = known.locations.experiments()
    if statement := DETAILS[made]:
        known.run(main, statement)
    for branch in ("old", "main"):
        note(known, ROW._replace(branch=branch))
    read = read_experiments(main)
    assert [read.user[0], read.model[0], read.branch[0], read.hpc[0]] == [
        *(ROW.user, ROW.model, ROW.branch, ROW.hpc)
    ]
    assert read.user[1] is None
    assert known.run(main, "SELECT count(*) FROM details") == [(1,)]


def test_rows_that_repeat_become_one(known: Any) -> None:
    main = known.locations.experiments()
    known.run(main, DETAILS["of Autosubmit, without a key"] or "")
    for user in ("first", "second"):
        known.run(main, f"INSERT INTO details VALUES (1, '{user}', '', '', '', '')")
    known.run(main, "INSERT INTO details VALUES (2, 'other', '', '', '', '')")
    note(known, ROW)
    rows = known.run(main, 'SELECT exp_id, "user" FROM details ORDER BY exp_id')
    assert rows == [(1, "ana"), (2, "other")]


def test_what_no_database_holds_is_left_out_of_texts(known: Any) -> None:
    """A name in a file of an experiment can be of any bytes."""
    note(known, ROW._replace(model="m\0odel", branch="bra\udce9nch"))
    read = read_experiments(known.locations.experiments())
    assert [read.model[0], read.branch[0]] == ["model", "bra?nch"]


def test_a_main_database_is_never_made(tmp_path: Path) -> None:
    own = tmp_path / "autosubmit_api.db"
    with writing(own, ()) as connection, pytest.raises(StoreError):
        write_details(connection, tmp_path / "autosubmit.db", [ROW])
    assert list(tmp_path.iterdir()) == [own]


@pytest.mark.parametrize("made", STATUSES)
def test_statuses_are_written_into_a_table_of_any_age(databases: Any, made: str) -> None:
    location = databases.locations.statuses()
    if statement := STATUSES[made]:
        databases.run(location, statement)
    state(databases, FoundStatus(1, "a000", True, None))
    ((modified,),) = databases.run(location, "SELECT modified FROM experiment_status")
    state(databases, FoundStatus(1, "a000", False, modified))
    assert not read_statuses(location)[1].running
    rows = databases.run(
        location, "SELECT exp_id, name, status, seconds_diff FROM experiment_status"
    )
    assert rows == [(1, "a000", "NOT RUNNING", 0)]


def test_the_statuses_are_no_secret(tmp_path: Path) -> None:
    """Every user of Autosubmit writes into them."""
    path, plain = tmp_path / "as_times.db", tmp_path / "plain"
    plain.touch()
    with writing(tmp_path / "autosubmit_api.db", ()) as connection:
        write_statuses(connection, path, [FoundStatus(1, "a000", True, None)])
    assert path.stat().st_mode & 0o044 == plain.stat().st_mode & 0o044


def test_old_tables_beside_the_statuses_stay(databases: Any) -> None:
    location = databases.locations.statuses()
    databases.run(location, "CREATE TABLE experiment_times (exp_id integer)")
    databases.run(location, "INSERT INTO experiment_times VALUES (7)")
    state(databases, FoundStatus(1, "a000", True, None))
    assert databases.run(location, "SELECT * FROM experiment_times") == [(7,)]


def test_what_autosubmit_notes_meanwhile_stays(databases: Any) -> None:
    location, looked = databases.locations.statuses(), None
    databases.run(location, STATUSES["without a key"] or "")
    begin = "INSERT INTO experiment_status VALUES (1, 'a000', "
    databases.run(location, f"{begin} 'NOT RUNNING', 0, NULL)")
    databases.run(location, f"{begin} 'RUNNING', 0, '2026-11-21T22:20:27+0000')")
    state(databases, FoundStatus(1, "a000", False, looked))
    assert read_statuses(location)[1].running


def test_what_autosubmit_notes_in_between_is_not_lost(databases: Any) -> None:
    """It waits until the status that was found is written, and then it is the newest."""
    location = databases.locations.statuses()
    state(databases, FoundStatus(1, "a000", True, None))
    ((modified,),) = databases.run(location, "SELECT modified FROM experiment_status")
    update = "UPDATE experiment_status SET status = 'RUNNING', modified = '2999-01-01T00'"
    autosubmit = threading.Thread(target=databases.run, args=(location, update))
    with databases.writing() as connection:
        found = FoundStatus(1, "a000", False, modified)
        write_statuses(connection, location, [found])
        autosubmit.start()
        time.sleep(0.2)
    autosubmit.join(10)
    assert read_statuses(location)[1].running


def test_statuses_of_experiments_that_are_gone_are_removed(databases: Any) -> None:
    location = databases.locations.statuses()
    assert forget(databases, 1) == 0
    assert not isinstance(location, Path) or not location.exists()
    state(databases, *(FoundStatus(number, f"a00{number}", True, None) for number in (1, 2, 3)))
    assert forget(databases, 2) == 2
    assert list(read_statuses(location)) == [2]


def test_what_is_locked_is_said_and_changes_nothing(
    tmp_path: Path,
    run: Run,
    locked: Callable[[Path], AbstractContextManager[None]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    main, own = tmp_path / "autosubmit.db", tmp_path / "autosubmit_api.db"
    run(main, _EXPERIMENT)
    monkeypatch.setattr(places, "_LOCK_SECONDS", 0.05)
    with writing(own, ()) as connection:
        write_details(connection, main, [ROW])
        with locked(main), pytest.raises(StoreError, match="locked by another writer"):
            write_details(connection, main, [ROW._replace(user="bo")])
    assert run(main, "SELECT user FROM details") == [("ana",)]


def test_all_rows_are_written_or_none(known: Any) -> None:
    main = known.locations.experiments()
    known.run(main, DETAILS["of the API"] or "")
    note(known, ROW)
    wrong = Details(2, None, "", "", "", "")  # type: ignore[arg-type]
    with pytest.raises(StoreError):
        note(known, ROW._replace(user="bo"), wrong)
    assert known.run(main, 'SELECT exp_id, "user" FROM details') == [(1, "ana")]


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
    with writing(tmp_path / "autosubmit_api.db", ()) as connection:
        write_details(connection, tmp_path / "autosubmit.db", [ROW])
        found = [FoundStatus(1, "a000", True, None)]
        write_statuses(connection, tmp_path / "as_times.db", found)
    assert read_experiments(tmp_path / "autosubmit.db").user.tolist() == ["ana"]
    assert read_statuses(tmp_path / "as_times.db")[1].running
