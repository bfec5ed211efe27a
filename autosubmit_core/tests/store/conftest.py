"""Databases as others left them: made by Autosubmit, by Autosubmit API, and by earlier ones of both."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from autosubmit_core.demo.writing.catalogues import write_run_control
from autosubmit_core.readers.installation import read_installation
from autosubmit_core.readers.locations import Locations, locations_of
from autosubmit_core.readers.servers import server_of
from autosubmit_core.readers.versions import Location
from autosubmit_core.store.places import StorePlace, store_of, writing

Run = Callable[..., list[tuple[Any, ...]]]


@dataclass(frozen=True)
class Databases:
    """The databases of an installation, in files or on a server."""

    place: StorePlace
    locations: Locations

    @staticmethod
    def run(location: Location, *statements: str) -> list[tuple[Any, ...]]:
        """Execute statements where something is, as others would, and return the rows of the last."""
        if isinstance(location, Path):
            return _run(location, *statements)
        rows: list[tuple[Any, ...]] = []
        with location.server.writing() as connection:
            for statement in statements:
                made = connection.exec_driver_sql(statement)
                rows = [tuple(row) for row in made] if made.returns_rows else []
        return rows

    def writing(self) -> AbstractContextManager[sa.Connection]:
        """Open a transaction of our own database."""
        return writing(self.place, ())


@pytest.fixture(params=["file", "server"])
def databases(request: pytest.FixtureRequest, tmp_path: Path) -> Databases:
    """An installation that has no tables yet."""
    run_control = tmp_path / "autosubmitrc"
    write_run_control(run_control, tmp_path)
    if request.param == "server":
        url = request.getfixturevalue("postgres").new_database()
        said = f"[database]\nbackend = postgres\nconnection_url = {url}\n"
        run_control.write_text(run_control.read_text().replace("[database]\n", said))
        assert server_of(url) == store_of(read_installation(run_control))
    installation = read_installation(run_control)
    return Databases(store_of(installation), locations_of(installation))


def _run(path: Path, *statements: str) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = []
    with closing(sqlite3.connect(path)) as connection, connection:
        for statement in statements:
            rows = connection.execute(statement).fetchall()
    return rows


@pytest.fixture
def run() -> Run:
    """Execute statements in a file, and return the rows of the last."""
    return _run


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
