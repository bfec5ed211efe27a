"""Which messages about experiments were sent, wait, or were given up."""

from __future__ import annotations

from collections import Counter
from typing import Any

from autosubmit_core.answers.formats import instant_utc
from autosubmit_core.store.outbox import STATES, WAITING, OutboxRow, outbox_rows
from autosubmit_core.store.places import StorePlace

__all__ = ["MOST_MESSAGES", "notifications_answer"]

#: How many messages are told, the newest; all are counted.
MOST_MESSAGES = 1000


def notifications_answer(
    place: StorePlace, *, state: str | None = None, expid: str | None = None
) -> dict[str, Any]:
    """Return the messages in a state, or about an experiment, or all, the newest first.

    Raises :class:`~autosubmit_core.SourceError` if what is known of them cannot be read.
    """
    rows = outbox_rows(place, {"expid": expid} if expid else None)
    counted = Counter(row.state for row in rows)
    wanted = [row for row in rows if state in (None, row.state)]
    newest = sorted(wanted, key=lambda row: (-row.created, row.id))[:MOST_MESSAGES]
    return {
        "counts": {name: counted[name] for name in STATES},
        "notifications": [_told(row) for row in newest],
    }


def _told(row: OutboxRow) -> dict[str, Any]:
    return {
        **{name: getattr(row, name) for name in ("id", "rule", "channel", "target")},
        "expid": row.expid,
        "event": row.event,
        "at": instant_utc(row.at),
        "state": row.state,
        "attempts": row.attempts,
        "last_attempt": instant_utc(int(row.tried or 0)),
        "next_attempt": instant_utc(int(row.next)) if row.state == WAITING else None,
        "answer": row.answer or None,
    }
