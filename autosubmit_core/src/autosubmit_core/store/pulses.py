"""What every experiment was last found to be doing, and what happened when that changed."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import NamedTuple
from uuid import NAMESPACE_OID, uuid5

from autosubmit_core.store.database import Shape, Transaction, prepare
from autosubmit_core.store.notes import PRESENT, UNREADABLE

__all__ = ["KEPT_DAYS", "PulseRow", "write_pulses"]

#: For how many days it is known what happened.
KEPT_DAYS = 90

_PULSES = Shape(
    "fleet_pulses",
    {
        "exp_id": "INTEGER NOT NULL",
        "name": "TEXT NOT NULL",
        "owner": "TEXT NOT NULL",
        "state": "TEXT NOT NULL",
        "pulse": "TEXT NOT NULL",
        "moved": "INTEGER NOT NULL",
        "jobs": "INTEGER NOT NULL",
        "done": "INTEGER NOT NULL",
        "failed": "INTEGER NOT NULL",
        "on_platform": "INTEGER NOT NULL",
    },
    key=("exp_id",),
)
_EVENTS = Shape(
    "fleet_events",
    {
        "id": "TEXT NOT NULL",
        "at": "INTEGER NOT NULL",
        "exp_id": "INTEGER NOT NULL",
        "name": "TEXT NOT NULL",
        "owner": "TEXT NOT NULL",
        "event": "TEXT NOT NULL",
        "jobs": "INTEGER NOT NULL",
    },
    key=("id",),
)

#: What happened when a pulse became another.
_EVENT_OF = {
    "running": "started",
    "stalled": "stalled",
    "dead": "died",
    "finished": "finished",
    "stopped": "stopped",
    "created": "created",
}


class PulseRow(NamedTuple):
    """What one experiment was found to be doing."""

    exp_id: int
    name: str
    owner: str
    #: Whether it is there: one of the states of :mod:`autosubmit_core.store.notes`.
    state: str
    #: A value of :class:`~autosubmit_core.metrics.heartbeat.Pulse`; empty if unknown.
    pulse: str = ""
    #: When anything of it moved last, in seconds since 1970 UTC.
    moved: int = 0
    jobs: int = 0
    done: int = 0
    failed: int = 0
    on_platform: int = 0


def write_pulses(
    connection: Transaction,
    rows: Sequence[PulseRow],
    *,
    first: bool,
    now: int | None = None,
) -> None:
    """Write what some experiments do, and what happened to each since it was last written.

    What is known of one that cannot be read any more stays. When all is seen for the ``first`` time
    nothing has happened. Both are of one transaction, so that everything happens once.
    """
    moment = int(time.time()) if now is None else now
    prepare(connection, _PULSES)
    prepare(connection, _EVENTS)
    connection.execute("DELETE FROM fleet_events WHERE at < ?", (moment - KEPT_DAYS * 86_400,))
    for row in rows:
        old = _stored(connection, row.exp_id)
        if old is not None and old.name != row.name:  # the number was given to another
            old = None
        new = row if row.state == PRESENT or old is None else _with_what_was_known(row, old)
        for event, jobs in () if first else _events(old, new):
            _insert_event(connection, new, event, jobs, moment)
        connection.execute("DELETE FROM fleet_pulses WHERE exp_id = ?", (new.exp_id,))
        connection.execute(
            f"INSERT INTO fleet_pulses ({', '.join(PulseRow._fields)})"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            new,
        )


def _stored(connection: Transaction, exp_id: int) -> PulseRow | None:
    row = connection.execute(
        f"SELECT {', '.join(PulseRow._fields)} FROM fleet_pulses WHERE exp_id = ?", (exp_id,)
    ).fetchone()
    return PulseRow(*row) if row else None


def _with_what_was_known(row: PulseRow, old: PulseRow) -> PulseRow:
    # What cannot be read may go on; what is gone does not.
    pulse = old.pulse if row.state == UNREADABLE else ""
    return old._replace(state=row.state, pulse=pulse, owner=row.owner or old.owner)


def _events(old: PulseRow | None, new: PulseRow) -> Iterator[tuple[str, int]]:
    """Yield what happened between two looks, and to how many jobs."""
    if old is None:
        yield "created", 0
        return
    if new.state != old.state:
        yield ("returned" if new.state == PRESENT else new.state), 0
    if old.pulse and new.pulse and new.pulse != old.pulse:
        resumed = (old.pulse, new.pulse) == ("stalled", "running")
        yield "resumed" if resumed else _EVENT_OF[new.pulse], 0
    if new.failed > old.failed:
        yield "failed", new.failed - old.failed


def _insert_event(
    connection: Transaction, row: PulseRow, event: str, jobs: int, moment: int
) -> None:
    identity = uuid5(NAMESPACE_OID, f"{row.exp_id}/{row.name}/{event}/{moment}")
    connection.execute("DELETE FROM fleet_events WHERE id = ?", (str(identity),))
    connection.execute(
        "INSERT INTO fleet_events (id, at, exp_id, name, owner, event, jobs)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (str(identity), moment, row.exp_id, row.name, row.owner, event, jobs),
    )
