"""What is noted about each experiment: the table ``details`` of the main database."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from autosubmit_core.store.database import Shape, prepare, writing

__all__ = ["Details", "write_details"]

#: As Autosubmit API makes it. Autosubmit 4.1.17 and later make it without a key.
_DETAILS = Shape(
    "details",
    {
        "exp_id": "INTEGER NOT NULL",
        "user": "TEXT NOT NULL",
        "created": "TEXT NOT NULL",
        "model": "TEXT NOT NULL",
        "branch": "TEXT NOT NULL",
        "hpc": "TEXT NOT NULL",
    },
    key=("exp_id",),
)


class Details(NamedTuple):
    """The details of one experiment."""

    #: Its number in the installation.
    exp_id: int
    #: Who owns its folder, and since when there is one, as ISO 8601 text with offset.
    user: str
    created: str
    #: Where its project comes from, and the platform of sections that name none.
    model: str
    branch: str
    hpc: str


def write_details(path: Path, rows: Sequence[Details]) -> None:
    """Write the details of some experiments into the main database, all of them or none.

    There is one row of each afterwards, however many there were. Raises
    :class:`~autosubmit_core.StoreError` if it cannot be written, or is not there.
    """
    with writing(path, create=False) as connection:
        prepare(connection, _DETAILS)
        for row in rows:
            connection.execute("DELETE FROM details WHERE exp_id = ?", (row.exp_id,))
        columns = ", ".join(f'"{name}"' for name in Details._fields)
        connection.executemany(f"INSERT INTO details ({columns}) VALUES (?, ?, ?, ?, ?, ?)", rows)
