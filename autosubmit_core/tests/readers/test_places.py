"""Where a server drew the jobs."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from autosubmit_core.errors import SourceMissingError, SourceUnreadableError
from autosubmit_core.readers.places import read_places


def write(path: Path, *statements: str) -> Path:
    with closing(sqlite3.connect(path)) as database, database:
        for statement in statements:
            database.execute(statement)
    return path


TABLE = "CREATE TABLE experiment_graph_draw (id INTEGER PRIMARY KEY, job_name, x, y)"


def test_places_are_numbers_of_either_kind(tmp_path: Path) -> None:
    rows = (
        "INSERT INTO experiment_graph_draw (job_name, x, y) VALUES ('a', 90, -652), ('b', 0.5, 0)"
    )
    places = read_places(write(tmp_path / "graph.db", TABLE, rows))
    assert places.job_name.tolist() == ["a", "b"]
    assert list(zip(places.x.tolist(), places.y.tolist())) == [(90.0, -652.0), (0.5, 0.0)]


def test_rows_that_are_no_places_are_left_out(tmp_path: Path) -> None:
    rows = (
        "INSERT INTO experiment_graph_draw (job_name, x, y) VALUES "
        "(NULL, 1, 1), ('', 1, 1), ('a', 'far', 1), ('b', 1, NULL), ('c', 9e999, 1), ('d', 1, 2)"
    )
    assert read_places(write(tmp_path / "graph.db", TABLE, rows)).job_name.tolist() == ["d"]


@pytest.mark.parametrize("statement", [TABLE, "CREATE TABLE other (x)"])
def test_an_empty_store_has_no_places(tmp_path: Path, statement: str) -> None:
    assert len(read_places(write(tmp_path / "graph.db", statement))) == 0


def test_a_missing_or_damaged_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SourceMissingError):
        read_places(tmp_path / "graph.db")
    (tmp_path / "graph.db").write_bytes(b"SQLite format 3\0" + b"x" * 200)
    with pytest.raises(SourceUnreadableError):
        read_places(tmp_path / "graph.db")


def test_real_places_are_read(reference_experiments: Path) -> None:
    folder = reference_experiments / "metadata" / "graph"
    found = {path.stem: len(read_places(path)) for path in sorted(folder.glob("*.db"))}
    assert found["graph_data_a003"] == 8
    assert set(found.values()) == {0, 8}


def test_a_name_that_is_stored_as_bytes_is_a_text(tmp_path: Path) -> None:
    rows = "INSERT INTO experiment_graph_draw (job_name, x, y) VALUES (x'6131', 1, 2)"
    assert read_places(write(tmp_path / "graph.db", TABLE, rows)).job_name.tolist() == ["a1"]
