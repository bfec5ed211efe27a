"""Messages that are to be sent: written down before they are, and with what became of them.

A message is named for its rule, its channel and what it tells of, so that whoever finds it again, after
a crash or beside another process, adds no second one. It waits until it was taken or is given up.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple
from uuid import NAMESPACE_OID, uuid5

import sqlalchemy as sa

from autosubmit_core.store.places import StoredText, StorePlace, read_columns, writing

__all__ = [
    "GIVEN_UP",
    "KEPT_DAYS",
    "SENT",
    "STATES",
    "WAITING",
    "Message",
    "OutboxRow",
    "RuleMark",
    "add_messages",
    "due_messages",
    "note_attempt",
    "outbox_rows",
    "rule_marks",
]

#: What becomes of a message.
WAITING, SENT, GIVEN_UP = "waiting", "sent", "given_up"
STATES = (WAITING, SENT, GIVEN_UP)

#: For how many days it is known what became of a message.
KEPT_DAYS = 30

_METADATA = sa.MetaData()
_MESSAGES = sa.Table(
    "notifications",
    _METADATA,
    sa.Column("id", StoredText, primary_key=True),
    sa.Column("rule", StoredText, nullable=False),
    sa.Column("channel", StoredText, nullable=False),
    sa.Column("target", StoredText, nullable=False),
    sa.Column("expid", StoredText, nullable=False),
    sa.Column("owner", StoredText, nullable=False),
    sa.Column("event", StoredText, nullable=False),
    sa.Column("at", sa.BigInteger, nullable=False),
    sa.Column("body", StoredText, nullable=False),
    sa.Column("state", StoredText, nullable=False),
    sa.Column("created", sa.Double, nullable=False),
    sa.Column("attempts", sa.BigInteger, nullable=False),
    sa.Column("tried", sa.Double),
    sa.Column("next", sa.Double, nullable=False),
    sa.Column("answer", StoredText, nullable=False),
)
_RULES = sa.Table(
    "notification_rules",
    _METADATA,
    sa.Column("rule", StoredText, primary_key=True),
    sa.Column("began", sa.BigInteger, nullable=False),
    sa.Column("looked", sa.BigInteger, nullable=False),
    sa.Column("threshold", StoredText, nullable=False),
    sa.Column("beyond", StoredText, nullable=False),
)
_TABLES = (_MESSAGES, _RULES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """Something to tell about an experiment over one channel of a rule."""

    rule: str
    #: ``webhook`` or ``mail``, and whom it reaches, in words that may be shown.
    channel: str
    target: str
    #: The name of what happened, whatever rule tells it, and the word for it.
    event_id: str
    event: str
    expid: str
    owner: str
    #: When it happened, in seconds since 1970 UTC.
    at: int
    #: What is sent: JSON.
    body: str
    #: The same of the same experiment is not told again within so many seconds.
    quiet_seconds: int

    @property
    def id(self) -> str:
        """The name of the message, the same whenever and by whomever it is made."""
        return str(uuid5(NAMESPACE_OID, json.dumps([self.rule, self.channel, self.event_id])))


class RuleMark(NamedTuple):
    """How far a rule has come."""

    #: When it was first seen, and when it was last looked what there is to tell, in seconds since 1970
    #: UTC: nothing older than its beginning is told.
    began: int
    looked: int
    #: Its threshold, as text, and the expids that were beyond it; None if nobody looked yet.
    threshold: str = ""
    beyond: frozenset[str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxRow:
    """A message with what became of it."""

    id: str
    rule: str
    channel: str
    target: str
    expid: str
    owner: str
    event: str
    at: int
    body: str = field(default="", repr=False)
    #: One of :data:`STATES`.
    state: str = WAITING
    #: When it was written down; how often it was tried, when last, and when it is next.
    created: float = 0
    attempts: int = 0
    tried: float | None = None
    next: float = 0
    #: What the other side said to the last attempt.
    answer: str = ""


def rule_marks(place: StorePlace) -> dict[str, RuleMark]:
    """Return how far each rule has come; raises :class:`~autosubmit_core.SourceError`."""
    rows = read_columns(place, _RULES.name, _RULES.c.keys())
    return {
        rule: RuleMark(began, looked, threshold, frozenset(known) if known is not None else None)
        for rule, began, looked, threshold, beyond in rows
        for known in [json.loads(beyond)]
    }


def add_messages(
    place: StorePlace, messages: Sequence[Message], marks: Mapping[str, RuleMark], *, now: float
) -> int:
    """Write down messages that are not there yet, and how far the rules have come; return how many.

    It is all of one transaction. What is told within the quiet time of the same is left out. Rules
    without a mark are forgotten, and messages after :data:`KEPT_DAYS`. Raises
    :class:`~autosubmit_core.StoreError`.
    """
    with writing(place, _TABLES) as connection:
        old = (_MESSAGES.c.created < now - KEPT_DAYS * 86_400) & (_MESSAGES.c.state != WAITING)
        connection.execute(_MESSAGES.delete().where(old))
        new = _new_messages(connection, messages) if messages else []
        if new:
            connection.execute(_MESSAGES.insert(), [_values(message, now) for message in new])
        connection.execute(_RULES.delete())
        if marks:
            connection.execute(_RULES.insert(), [_marked(*item) for item in marks.items()])
    return len(new)


def due_messages(place: StorePlace, *, now: float) -> list[OutboxRow]:
    """Return the messages whose turn it is, the oldest first."""
    waiting = outbox_rows(place, {"state": WAITING}, body=True)
    return sorted((row for row in waiting if row.next <= now), key=lambda row: (row.at, row.id))


def note_attempt(
    place: StorePlace,
    names: Collection[str],
    state: str,
    *,
    now: float,
    answer: str,
    next_try: float = 0,
) -> None:
    """Write down that some messages were tried, and what became of them."""
    with writing(place, _TABLES) as connection:
        for name in names:
            this = (_MESSAGES.c.id == name) & (_MESSAGES.c.state == WAITING)
            connection.execute(
                _MESSAGES.update()
                .where(this)
                .values(
                    state=state,
                    attempts=_MESSAGES.c.attempts + 1,
                    tried=now,
                    next=next_try,
                    answer=answer,
                )
            )


def outbox_rows(
    place: StorePlace, where: dict[str, object] | None = None, *, body: bool = False
) -> list[OutboxRow]:
    """Return messages in which columns equal values, with their bodies or without.

    Raises :class:`~autosubmit_core.SourceError` if they cannot be read.
    """
    names = [column.name for column in _MESSAGES.columns if body or column.name != "body"]
    rows = read_columns(place, _MESSAGES.name, names, where)
    return [OutboxRow(**dict(zip(names, row))) for row in rows]


def _new_messages(connection: sa.Connection, messages: Sequence[Message]) -> list[Message]:
    """Return the messages that are not there, nor within the quiet time of the same, by time."""
    ordered = sorted(messages, key=lambda message: (message.at, message.id))
    since = ordered[0].at - max(message.quiet_seconds for message in ordered)
    names = ("id", "rule", "channel", "expid", "event", "at")
    rows = connection.execute(
        sa.select(*(_MESSAGES.c[name] for name in names)).where(_MESSAGES.c.at >= since)
    ).all()
    known = {name for name, *_ in rows}
    told: dict[tuple[str, ...], int] = {}
    for _, *key, at in rows:
        told[tuple(key)] = max(at, told.get(tuple(key), at))
    new = []
    for message in ordered:
        same = (message.rule, message.channel, message.expid, message.event)
        quiet = same in told and message.at - told[same] < message.quiet_seconds
        if message.id not in known and not quiet:
            new.append(message)
            told[same] = message.at
            known.add(message.id)
    return new


def _values(message: Message, now: float) -> dict[str, object]:
    names = ("id", "rule", "channel", "target", "expid", "owner", "event", "at", "body")
    values = {name: getattr(message, name) for name in names}
    return {**values, "state": WAITING, "created": now, "attempts": 0, "next": now, "answer": ""}


def _marked(rule: str, mark: RuleMark) -> dict[str, object]:
    beyond = None if mark.beyond is None else sorted(mark.beyond)
    return {"rule": rule, **mark._asdict(), "beyond": json.dumps(beyond)}
