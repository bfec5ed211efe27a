"""What every experiment was last found to be doing, and what happened when that changed."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple
from uuid import NAMESPACE_OID, uuid5

import sqlalchemy as sa

from autosubmit_core.store.notes import PRESENT, UNREADABLE
from autosubmit_core.store.places import StoredText, prepare, replace_rows

__all__ = ["KEPT_DAYS", "PulseRow", "write_pulses"]

#: For how many days it is known what happened.
KEPT_DAYS = 90

_PULSES = sa.Table(
    "fleet_pulses",
    sa.MetaData(),
    sa.Column("exp_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("name", StoredText, nullable=False),
    sa.Column("owner", StoredText, nullable=False),
    sa.Column("state", StoredText, nullable=False),
    sa.Column("pulse", StoredText, nullable=False),
    sa.Column("moved", sa.BigInteger, nullable=False),
    sa.Column("jobs", sa.Integer, nullable=False),
    sa.Column("done", sa.Integer, nullable=False),
    sa.Column("failed", sa.Integer, nullable=False),
    sa.Column("on_platform", sa.Integer, nullable=False),
)
_EVENTS = sa.Table(
    "fleet_events",
    sa.MetaData(),
    sa.Column("id", StoredText, primary_key=True),
    sa.Column("at", sa.BigInteger, nullable=False),
    sa.Column("exp_id", sa.Integer, nullable=False),
    sa.Column("name", StoredText, nullable=False),
    sa.Column("owner", StoredText, nullable=False),
    sa.Column("event", StoredText, nullable=False),
    sa.Column("jobs", sa.Integer, nullable=False),
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
    connection: sa.Connection,
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
    connection.execute(_EVENTS.delete().where(_EVENTS.c.at < moment - KEPT_DAYS * 86_400))
    known = _stored(connection, [row.exp_id for row in rows])
    written, happened = [], []
    for row in rows:
        old = known.get(row.exp_id)
        if old is not None and old.name != row.name:  # the number was given to another
            old = None
        new = row if row.state == PRESENT or old is None else _with_what_was_known(row, old)
        written.append(new._asdict())
        for event, jobs in () if first else _events(old, new):
            happened.append(_event_row(new, event, jobs, moment))
    replace_rows(connection, _PULSES, ["exp_id"], written)
    replace_rows(connection, _EVENTS, ["id"], happened)


def _stored(connection: sa.Connection, numbers: Sequence[int]) -> dict[int, PulseRow]:
    """Return what was last written about some experiments."""
    columns = [_PULSES.c[name] for name in PulseRow._fields]
    rows = connection.execute(sa.select(*columns).where(_PULSES.c.exp_id.in_(numbers)))
    return {row.exp_id: PulseRow(*row) for row in rows}


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


def _event_row(row: PulseRow, event: str, jobs: int, moment: int) -> dict[str, Any]:
    identity = uuid5(NAMESPACE_OID, f"{row.exp_id}/{row.name}/{event}/{moment}")
    whose = {"exp_id": row.exp_id, "name": row.name, "owner": row.owner}
    return {"id": str(identity), "at": moment, **whose, "event": event, "jobs": jobs}
