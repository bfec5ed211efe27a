"""Which experiments are running: the table ``experiment_status`` of ``as_times.db``."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from autosubmit_core.readers.values import text
from autosubmit_core.store.database import Shape, Transaction, prepare, writing
from autosubmit_core.store.places import read_columns
from autosubmit_core.times import epoch_of_text

__all__ = ["FoundStatus", "forget_statuses", "write_statuses"]

#: As Autosubmit API makes it. In old installations it has no key.
_STATUSES = Shape(
    "experiment_status",
    {
        "exp_id": "INTEGER NOT NULL",
        "name": "TEXT NOT NULL",
        "status": "TEXT NOT NULL",
        "seconds_diff": "INTEGER NOT NULL",
        "modified": "TEXT NOT NULL",
    },
    key=("exp_id",),
)


class FoundStatus(NamedTuple):
    """Whether one experiment was found to run."""

    exp_id: int
    name: str
    running: bool
    #: When the status was noted that this one takes the place of, as it is written; None if none was.
    instead_of: str | None


def write_statuses(path: Path, found: Sequence[FoundStatus]) -> None:
    """Write some statuses, all of them or none.

    What has been noted since somebody looked stays: Autosubmit notes the start of a run itself.
    Raises :class:`~autosubmit_core.StoreError` if the database cannot be written.
    """
    now = datetime.now().astimezone().isoformat("-", timespec="seconds")
    with writing(path, shared=True) as connection:
        prepare(connection, _STATUSES)
        for one in found:
            if _noted(connection, one.exp_id) == one.instead_of:
                _forget(connection, one.exp_id)
                connection.execute(
                    "INSERT INTO experiment_status (exp_id, name, status, seconds_diff, modified)"
                    " VALUES (?, ?, ?, 0, ?)",
                    (one.exp_id, one.name, "RUNNING" if one.running else "NOT RUNNING", now),
                )


def forget_statuses(path: Path, known: Collection[int]) -> int:
    """Remove the statuses of all experiments but the known ones; return of how many.

    Raises :class:`~autosubmit_core.StoreError` if the database cannot be written.
    """
    stored = {number for (number,) in read_columns(path, "experiment_status", ("exp_id",))}
    gone = stored - set(known) - {None}
    if gone:
        with writing(path, shared=True) as connection:
            for number in gone:
                _forget(connection, number)
    return len(gone)


def _noted(connection: Transaction, exp_id: int) -> str | None:
    """Return when the newest status of an experiment was noted, as it is written."""
    rows = connection.execute("SELECT modified FROM experiment_status WHERE exp_id = ?", (exp_id,))
    noted = [text(modified) for (modified,) in rows]
    return max(reversed(noted), key=epoch_of_text, default=None)


def _forget(connection: Transaction, exp_id: int) -> None:
    connection.execute("DELETE FROM experiment_status WHERE exp_id = ?", (exp_id,))
