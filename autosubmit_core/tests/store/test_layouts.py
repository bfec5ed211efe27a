"""A layout is written as a whole, and read again by the reader of layouts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from autosubmit_core.errors import StoreError
from autosubmit_core.readers.places import read_places
from autosubmit_core.store.layouts import write_layout
from autosubmit_core.store.places import writing

#: As Autosubmit API 4.2 makes it.
PUBLISHED = (
    "CREATE TABLE {}experiment_graph_draw (id INTEGER NOT NULL, job_name TEXT NOT NULL,"
    " x INTEGER NOT NULL, y INTEGER NOT NULL, PRIMARY KEY (id))"
)


@pytest.mark.parametrize("made", [True, False], ids=["published", "new"])
def test_a_layout_takes_the_place_of_the_old_one(databases: Any, made: bool) -> None:
    location, schema = databases.locations.graph_data("a000"), ""
    if isinstance(location, Path):
        location.parent.mkdir(parents=True, exist_ok=True)
    else:
        schema = "a000."
    table = f"{schema}experiment_graph_draw"
    if made:
        if schema:
            databases.run(location, "CREATE SCHEMA a000")
        insert = f"INSERT INTO {table} VALUES (1, 'a000_GONE', 0, 0)"
        databases.run(location, PUBLISHED.format(schema), insert)
    for x in (45.0, 90.4):
        with databases.writing() as connection:
            names = ["a000_INI", "a000_SIM"]
            write_layout(connection, location, names, [0.0, x], [0.0, -90.0])
    assert databases.run(location, f"SELECT * FROM {table}") == [
        (1, "a000_INI", 0, 0),
        (2, "a000_SIM", 90, -90),
    ]
    assert read_places(location).job_name.tolist() == ["a000_INI", "a000_SIM"]


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "metadata").write_text("a file is in the way")
    with writing(tmp_path / "own.db", ()) as connection, pytest.raises(StoreError):
        write_layout(connection, tmp_path / "metadata" / "graph_data_a000.db", ["a"], [0], [0])
