"""A demo installation that may be written, and a way to do one task on it."""

from __future__ import annotations

import os
import shutil
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from autosubmit_core import demo
from autosubmit_core.archive import open_archive
from autosubmit_core.demo.writing.servers import move_to_server
from autosubmit_core.readers.installation import read_installation
from autosubmit_core.readers.server_tables import look_anew
from autosubmit_core.readers.servers import Server
from autosubmit_core.store.places import store_of
from autosubmit_core.workers.passes import PassSummary, Task
from autosubmit_core.workers.schedule import run_once

#: When everything of it was written: long enough ago for a file's time of change to tell versions.
WRITTEN = -60


@pytest.fixture(params=["file", "server"])
def installation(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A demo installation of eight experiments, of which a1p7 and o001 run, in files and on a server."""
    folder = demo.build(tmp_path / "installation")
    if request.param == "server":
        url = request.getfixturevalue("postgres").new_database()
        move_to_server(folder / "autosubmitrc", url)
    for path in folder.rglob("*"):
        settle(path)
    return folder


def server_below(folder: Path) -> Server | None:
    """Return the server that an installation is on, None if it is in files."""
    place = store_of(read_installation(folder / "autosubmitrc"))
    return place if isinstance(place, Server) else None


def on_server(server: Server, statement: str) -> list[tuple[Any, ...]]:
    with server.writing() as connection:
        made = connection.exec_driver_sql(statement)
        found = [tuple(row) for row in made] if made.returns_rows else []
    look_anew(server)
    return found


@pytest.fixture
def in_files(installation: Path) -> Path:
    """The same for what is about files alone."""
    if server_below(installation):
        pytest.skip("about files")
    return installation


def settle(path: Path) -> None:
    """Let a file that has just been written look as if it had been a minute ago."""
    modified = min(path.stat().st_mtime, path.stat().st_ctime + WRITTEN)
    os.utime(path, (modified, modified))


@pytest.fixture
def work() -> Callable[[Task[Any], Path], PassSummary]:
    """Do a task once on an installation, as a process would that has just been started."""

    def once(task: Task[Any], folder: Path) -> PassSummary:
        made = run_once(task, open_archive(folder))
        assert made is not None
        return made

    return once


@pytest.fixture
def rows() -> Callable[..., list[tuple[Any, ...]]]:
    """Execute a statement in a file of an installation, or where the same is on a server."""

    def execute(path: Path, statement: str) -> list[tuple[Any, ...]]:
        if server := server_below(path.parent):
            return on_server(server, statement)
        with closing(sqlite3.connect(path)) as connection, connection:
            return connection.execute(statement).fetchall()

    return execute


@pytest.fixture
def archive_away() -> Callable[[Path, str], None]:
    """Remove all that there is of an experiment, but for its name."""

    def remove(folder: Path, expid: str) -> None:
        shutil.rmtree(folder / expid)
        if server := server_below(folder):
            on_server(server, f"DROP SCHEMA {expid} CASCADE")
            on_server(server, f"DELETE FROM job_pkl WHERE expid = '{expid}'")

    return remove


@pytest.fixture
def job_list_written() -> Callable[..., None]:
    """Let the pickle of a job list look as if it had been written some time ago, and be none any more."""

    def write(folder: Path, expid: str, *, seconds_ago: float, damaged: bool = False) -> None:
        moment = time.time() - seconds_ago
        if server := server_below(folder):
            modified = datetime.fromtimestamp(moment).isoformat(" ", timespec="microseconds")
            pickled = ", pkl = 'damaged'" if damaged else ""
            change = f"SET modified = '{modified}'{pickled}"
            on_server(server, f"UPDATE job_pkl {change} WHERE expid = '{expid}'")
            return
        path = folder / expid / "pkl" / f"job_list_{expid}.pkl"
        if damaged:
            path.write_bytes(b"damaged")
        os.utime(path, (moment, moment))

    return write
