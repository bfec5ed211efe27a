"""Whose turn it is: of several processes, exactly one does each piece of background work.

Whoever begins a pass writes itself down as its holder until a moment that it puts off as it goes on.
If it dies, that moment comes, and the next one that asks takes over. One that was only slow finds out
before it writes: every holder has a number that no other had, and what is written is written while
the row is locked (:func:`held`), so that no other can become the holder meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from autosubmit_core.errors import LeaseLostError
from autosubmit_core.store.database import Shape, Transaction, prepare, writing

__all__ = [
    "LEASE_SECONDS",
    "Lease",
    "abandon",
    "acquire",
    "finish",
    "held",
    "renew",
]

#: How long a holder that says nothing is believed to be alive, in seconds: longer than the largest
#: experiment takes, between two of which it puts off the end.
LEASE_SECONDS = 300.0

_PASSES = Shape(
    "worker_passes",
    {
        "task": "TEXT NOT NULL",
        # When the newest pass began, and when one was last brought to its end, in seconds since 1970
        # UTC; 0 if none was.
        "started": "REAL NOT NULL",
        "finished": "REAL NOT NULL",
        # Who is at it, empty if nobody; a number that grows with every holder; until when.
        "holder": "TEXT NOT NULL",
        "fence": "INTEGER NOT NULL",
        "expires": "REAL NOT NULL",
    },
    key=("task",),
)


class Lease(NamedTuple):
    """The right to do one pass of a task."""

    task: str
    fence: int
    #: Whether an earlier pass was ever brought to its end.
    after_another: bool


def acquire(
    path: Path, task: str, holder: str, *, now: float, every: float | None = None
) -> Lease | None:
    """Return the right to do a pass; None if another process is at it, or if it is not time yet.

    It is time ``every`` seconds after the newest pass began, or was first asked for; without
    ``every`` at once. A pass whose holder died is done again by whoever asks next.

    Raises :class:`~autosubmit_core.StoreError` if that cannot be written down.
    """
    with writing(path) as connection:
        prepare(connection, _PASSES)
        row = connection.execute(
            "SELECT started, finished, holder, fence, expires FROM worker_passes WHERE task = ?",
            (task,),
        ).fetchone()
        if row is None:
            row = (now if every else 0.0, 0.0, "", 0, 0.0)
            connection.execute(
                "INSERT INTO worker_passes (task, started, finished, holder, fence, expires)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                (task, *row),
            )
        started, finished, other, fence, expires = row
        if other and expires > now:
            return None
        if every and not other and now < started + every:
            return None
        connection.execute(
            "UPDATE worker_passes SET started = ?, holder = ?, fence = ?, expires = ?"
            " WHERE task = ?",
            (now, holder, fence + 1, now + LEASE_SECONDS, task),
        )
    return Lease(task, fence + 1, finished > 0)


@contextmanager
def held(path: Path, lease: Lease) -> Iterator[Transaction]:
    """Open a transaction of our own database in which nobody else can become the holder.

    Raises :class:`LeaseLostError` if somebody did already.
    """
    with writing(path) as connection:
        row = connection.execute(
            "SELECT fence FROM worker_passes WHERE task = ?", (lease.task,)
        ).fetchone()
        if row != (lease.fence,):
            raise LeaseLostError(lease.task)
        yield connection


def renew(connection: Transaction, lease: Lease, *, now: float) -> None:
    """Put off the end of a lease, in a transaction of :func:`held`."""
    connection.execute(
        "UPDATE worker_passes SET expires = ? WHERE task = ?", (now + LEASE_SECONDS, lease.task)
    )


def abandon(connection: Transaction, lease: Lease) -> None:
    """Leave a pass to whoever asks next, in a transaction of :func:`held`."""
    connection.execute("UPDATE worker_passes SET expires = 0 WHERE task = ?", (lease.task,))


def finish(connection: Transaction, lease: Lease, *, now: float, done: bool) -> None:
    """Give a lease back, in a transaction of :func:`held`; ``done`` if the pass came to its end."""
    connection.execute(
        "UPDATE worker_passes SET holder = '', expires = 0, finished = CASE WHEN ? THEN ?"
        " ELSE finished END WHERE task = ?",
        (done, now, lease.task),
    )
