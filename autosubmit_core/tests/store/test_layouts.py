"""A layout is written as a whole, and read again by the reader of layouts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from autosubmit_core.errors import StoreError
from autosubmit_core.readers.places import read_places
from autosubmit_core.store.layouts import write_layout

#: As Autosubmit API 4.2 makes it.
PUBLISHED = (
    "CREATE TABLE experiment_graph_draw (id INTEGER NOT NULL, job_name TEXT NOT NULL,"
    " x INTEGER NOT NULL, y INTEGER NOT NULL, PRIMARY KEY (id))"
)


@pytest.mark.parametrize("made", [PUBLISHED, None], ids=["published", "new"])
def test_a_layout_takes_the_place_of_the_old_one(
    tmp_path: Path, run: Callable[..., list[tuple[Any, ...]]], made: str | None
) -> None:
    path = tmp_path / "metadata" / "graph" / "graph_data_a000.db"
    if made:
        path.parent.mkdir(parents=True)
        run(path, made, "INSERT INTO experiment_graph_draw VALUES (1, 'a000_GONE', 0, 0)")
    for x in (45.0, 90.4):
        write_layout(path, ["a000_INI", "a000_SIM"], [0.0, x], [0.0, -90.0])
    assert run(path, "SELECT * FROM experiment_graph_draw") == [
        (1, "a000_INI", 0, 0),
        (2, "a000_SIM", 90, -90),
    ]
    assert read_places(path).job_name.tolist() == ["a000_INI", "a000_SIM"]


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "metadata").write_text("a file is in the way")
    with pytest.raises(StoreError):
        write_layout(tmp_path / "metadata" / "graph_data_a000.db", ["a"], [0], [0])
