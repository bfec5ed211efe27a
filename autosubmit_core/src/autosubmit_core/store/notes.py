"""What the background work knows of each experiment: what it was made from, and what went wrong.

An experiment whose files are those that are noted needs no second look. What is noted stays when an
experiment is archived, cannot be read or is deleted: that is noted too.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from autosubmit_core.readers.versions import FileVersion, is_current
from autosubmit_core.store.database import Shape, Transaction, prepare
from autosubmit_core.store.places import read_columns

__all__ = ["ARCHIVED", "DELETED", "PRESENT", "UNREADABLE", "Note", "notes_of", "write_notes"]

#: What became of an experiment: all is well, its folder is gone, it is registered no more, or it is
#: there and cannot be read.
PRESENT, ARCHIVED, DELETED, UNREADABLE = "present", "archived", "deleted", "unreadable"

_NOTES = Shape(
    "worker_notes",
    {
        "task": "TEXT NOT NULL",
        "exp_id": "INTEGER NOT NULL",
        "name": "TEXT NOT NULL",
        "state": "TEXT NOT NULL",
        "reason": "TEXT NOT NULL",
        "versions": "TEXT NOT NULL",
    },
    key=("task", "exp_id"),
)


class Note(NamedTuple):
    """What one task noted about one experiment."""

    exp_id: int
    name: str
    #: One of :data:`PRESENT` and the others, and why, for those that cannot be read.
    state: str
    reason: str
    #: The files that were looked at, as they were before, as JSON; empty if it is to be looked at again
    #: whatever becomes of them.
    versions: str

    def holds(self) -> bool:
        """Tell whether all files are still those that were looked at."""
        if not self.versions:
            return False
        return all(is_current(FileVersion(*version)) for version in json.loads(self.versions))


def notes_of(path: Path, task: str) -> dict[int, Note]:
    """Return what a task noted, by the numbers of the experiments."""
    rows = read_columns(path, "worker_notes", Note._fields, {"task": task})
    return {row[0]: Note(*row) for row in rows}


def write_notes(connection: Transaction, task: str, notes: Iterable[Note]) -> None:
    """Note something about some experiments instead of what was noted."""
    prepare(connection, _NOTES)
    for note in notes:
        connection.execute(
            "DELETE FROM worker_notes WHERE task = ? AND exp_id = ?", (task, note.exp_id)
        )
        connection.execute(
            "INSERT INTO worker_notes (task, exp_id, name, state, reason, versions)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (task, *note),
        )
