"""Whose turn it is: of several processes, exactly one does each piece of background work.

Whoever begins a pass writes itself down as its holder until a moment that it puts off as it goes on
(:func:`kept`). If it dies, that moment comes, and the next one that asks takes over. One that was only
slow finds out before it writes: every holder has a number that no other had, and what is written is
written while the row is locked (:func:`held`), so that no other can become the holder meanwhile.

On a server all moments are by its clock. Machines that share a file system have clocks of their own:
if they are apart, a holder that died is replaced so much sooner or later, and one that lives loses its
turn only if they are apart by more than three quarters of :data:`LEASE_SECONDS`.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import sqlalchemy as sa

from autosubmit_core.errors import LeaseLostError, StoreError
from autosubmit_core.store.places import StoredText, StorePlace, moment, read_rows, writing

__all__ = [
    "LEASE_SECONDS",
    "STUCK_SECONDS",
    "Lease",
    "Passes",
    "abandon",
    "acquire",
    "finish",
    "held",
    "kept",
    "passes_of",
    "renew",
]

log = logging.getLogger(__name__)

#: How long a holder that says nothing is believed to be alive, in seconds. It says something four
#: times meanwhile.
LEASE_SECONDS = 60.0

#: How long a holder is believed that does not get on, in seconds: longer than the largest experiment
#: takes. It may be waiting for a file system that does not answer.
STUCK_SECONDS = 300.0

_PASSES = sa.Table(
    "worker_passes",
    sa.MetaData(),
    sa.Column("task", StoredText, primary_key=True),
    # When the newest pass began, and when one was last brought to its end, in seconds since 1970
    # UTC; 0 if none was.
    sa.Column("started", sa.Double, nullable=False),
    sa.Column("finished", sa.Double, nullable=False),
    # Who is at it, empty if nobody; a number that grows with every holder; until when.
    sa.Column("holder", StoredText, nullable=False),
    sa.Column("fence", sa.BigInteger, nullable=False),
    sa.Column("expires", sa.Double, nullable=False),
    # What became of all passes so far: brought to their ends; failed, or died with their process; and
    # how many seconds those took that told so themselves, which one that died or was abandoned never
    # does. Nothing in tables that were made before these were counted, which is 0.
    sa.Column("passes", sa.BigInteger),
    sa.Column("failures", sa.BigInteger),
    sa.Column("seconds", sa.Double),
)


class Passes(NamedTuple):
    """What became of the passes of a task so far, by whatever process."""

    task: str
    #: When one was last brought to its end, in seconds since 1970 UTC; 0 if none was.
    finished: float
    #: How many were brought to their ends, and how many failed or ended with their process.
    done: int
    failed: int
    #: How many seconds both took together, but for those that ended with their process.
    seconds: float


class Lease(NamedTuple):
    """The right to do one pass of a task."""

    task: str
    fence: int
    #: Whether an earlier pass was ever brought to its end.
    after_another: bool


def acquire(
    place: StorePlace,
    task: str,
    holder: str,
    *,
    every: float | None = None,
    now: float | None = None,
) -> Lease | None:
    """Return the right to do a pass; None if another process is at it, or if it is not time yet.

    It is time ``every`` seconds after the newest pass began, or was first asked for; without
    ``every`` at once. A pass whose holder died is done again by whoever asks next. ``now`` is what time
    it is, in seconds since 1970 UTC, by default by :func:`~autosubmit_core.store.places.moment`.

    Raises :class:`~autosubmit_core.StoreError` if that cannot be written down.
    """
    this = _PASSES.c.task == task
    with writing(place, [_PASSES]) as connection:
        now = moment(connection) if now is None else now
        found = connection.execute(sa.select(_PASSES).where(this)).mappings().one_or_none()
        row: dict[Any, Any] = dict(found or {})
        if not row:
            began = {"started": now if every else 0.0, "finished": 0.0}
            row = {"task": task, **began, "holder": "", "fence": 0, "expires": 0.0}
            connection.execute(_PASSES.insert().values(row))
        if row["holder"] and row["expires"] > now:
            return None
        if every and not row["holder"] and now < row["started"] + every:
            return None
        lease = Lease(task, row["fence"] + 1, row["finished"] > 0)
        taken: dict[str, Any] = {
            "holder": holder,
            "fence": lease.fence,
            "expires": now + LEASE_SECONDS,
        }
        # A holder that was told to stop has abandoned it; any other died.
        if row["holder"] and row["expires"] > 0:
            taken |= _more("failures", 1)
        connection.execute(_PASSES.update().where(this).values(started=now, **taken))
    return lease


def passes_of(place: StorePlace) -> list[Passes]:
    """Return what became of the passes of each task; of none that was never asked for.

    Raises :class:`~autosubmit_core.SourceError` if that cannot be read.
    """
    rows = read_rows(place, _PASSES)
    counted = (
        (
            row["task"],
            row["finished"],
            *(row[name] or 0 for name in ("passes", "failures", "seconds")),
        )
        for row in rows
    )
    return [Passes(*each) for each in counted]


@contextmanager
def held(place: StorePlace, lease: Lease) -> Iterator[sa.Connection]:
    """Open a transaction of our own database in which nobody else can become the holder.

    Raises :class:`LeaseLostError` if somebody did already.
    """
    with writing(place, [_PASSES]) as connection:
        fence = sa.select(_PASSES.c.fence).where(_PASSES.c.task == lease.task)
        if connection.scalar(fence) != lease.fence:
            raise LeaseLostError(lease.task)
        yield connection


def renew(connection: sa.Connection, lease: Lease, *, now: float | None = None) -> None:
    """Put off the end of a lease, in a transaction of :func:`held`."""
    begins = moment(connection) if now is None else now
    _set(connection, lease, expires=begins + LEASE_SECONDS)


def abandon(connection: sa.Connection, lease: Lease) -> None:
    """Leave a pass to whoever asks next, in a transaction of :func:`held`."""
    _set(connection, lease, expires=0.0)


def finish(
    connection: sa.Connection, lease: Lease, *, done: bool, now: float | None = None
) -> None:
    """Give a lease back, in a transaction of :func:`held`; ``done`` if the pass came to its end."""
    ends = moment(connection) if now is None else now
    ended = {"finished": ends, **_more("passes", 1)} if done else _more("failures", 1)
    took = _more("seconds", ends - _PASSES.c.started)
    _set(connection, lease, holder="", expires=0.0, **ended, **took)


@contextmanager
def kept(place: StorePlace, lease: Lease) -> Iterator[Callable[[], None]]:
    """Keep a lease for as long as the block gets on, as it says by calling what it is given."""
    keeper = _Keeper(place, lease)
    keeper.start()
    try:
        yield keeper.get_on
    finally:
        keeper.over.set()
        keeper.join()


class _Keeper(threading.Thread):
    """Puts off the end of a lease again and again, beside the thread that works."""

    def __init__(self, place: StorePlace, lease: Lease) -> None:
        super().__init__(name=f"keeper of {lease.task}", daemon=True)
        self._place = place
        self._lease = lease
        self._got_on = time.monotonic()
        self.over = threading.Event()

    def get_on(self) -> None:
        self._got_on = time.monotonic()

    def run(self) -> None:
        while not self.over.wait(LEASE_SECONDS / 4):
            if time.monotonic() - self._got_on > STUCK_SECONDS:
                continue
            try:
                with held(self._place, self._lease) as connection:
                    renew(connection, self._lease)
            except LeaseLostError:
                return  # the one that works finds out when it writes
            except StoreError as error:
                log.warning("another process may take over %s: %s", self._lease.task, error)


def _more(column: str, much: Any) -> dict[str, Any]:
    """Return by how much a column grows, as a value to set."""
    return {column: sa.func.coalesce(_PASSES.c[column], 0) + much}


def _set(connection: sa.Connection, lease: Lease, **values: object) -> None:
    connection.execute(_PASSES.update().where(_PASSES.c.task == lease.task).values(values))
