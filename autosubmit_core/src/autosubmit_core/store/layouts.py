"""Where the jobs of an experiment are drawn: the table of ``graph_data_<expid>.db``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from autosubmit_core.errors import StoreError
from autosubmit_core.store.database import Shape, prepare, writing

__all__ = ["write_layout"]

#: As Autosubmit API makes it.
_PLACES = Shape(
    "experiment_graph_draw",
    {
        "id": "INTEGER NOT NULL",
        "job_name": "TEXT NOT NULL",
        "x": "INTEGER NOT NULL",
        "y": "INTEGER NOT NULL",
    },
    key=("id",),
)


def write_layout(path: Path, names: Sequence[str], x: Iterable[float], y: Iterable[float]) -> None:
    """Write the places of all jobs of an experiment instead of what was there.

    Raises :class:`StoreError` if the database, or the folder that it is in, cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(path, "The folder of layouts cannot be made.") from error
    rows = zip(range(1, len(names) + 1), names, map(round, x), map(round, y))
    with writing(path, shared=True) as connection:
        prepare(connection, _PLACES)
        connection.execute("DELETE FROM experiment_graph_draw")
        connection.executemany(
            "INSERT INTO experiment_graph_draw (id, job_name, x, y) VALUES (?, ?, ?, ?)", rows
        )
