"""A demo installation that may be written, and a way to do one task on it."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from autosubmit_core import demo
from autosubmit_core.archive import open_archive
from autosubmit_core.workers.passes import PassSummary, Task
from autosubmit_core.workers.schedule import run_once

#: When everything of it was written: long enough ago for a file's time of change to tell versions.
WRITTEN = -60


@pytest.fixture
def installation(tmp_path: Path) -> Path:
    """A demo installation of eight experiments, of which a1p7 and o001 run."""
    folder = demo.build(tmp_path / "installation")
    for path in folder.rglob("*"):
        settle(path)
    return folder


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
    """Execute a statement in a database, and return its rows."""

    def execute(path: Path, statement: str, *values: object) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(path)) as connection, connection:
            return connection.execute(statement, values).fetchall()

    return execute
