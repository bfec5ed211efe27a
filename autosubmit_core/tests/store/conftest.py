"""Databases as others left them: made by Autosubmit, by Autosubmit API, and by earlier ones of both."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., list[tuple[Any, ...]]]


@pytest.fixture
def run() -> Run:
    """Execute statements in a database, and return the rows of the last."""

    def execute(path: Path, *statements: str) -> list[tuple[Any, ...]]:
        rows: list[tuple[Any, ...]] = []
        with closing(sqlite3.connect(path)) as connection, connection:
            for statement in statements:
                rows = connection.execute(statement).fetchall()
        return rows

    return execute


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with closing(sqlite3.connect(path)) as connection:
        connection.isolation_level = None
        connection.execute("BEGIN EXCLUSIVE")
        yield


@pytest.fixture
def locked() -> Callable[[Path], AbstractContextManager[None]]:
    """Hold the lock of a writer on a database for as long as the block lasts."""
    return _locked
