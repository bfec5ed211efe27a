"""Sending the messages whose turn it is, to all channels side by side."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass

from autosubmit_core.store.outbox import (
    GIVEN_UP,
    SENT,
    WAITING,
    OutboxRow,
    due_messages,
    note_attempt,
)
from autosubmit_core.store.places import StorePlace
from autosubmit_core.workers.notifications.channels import Channel, NotDeliveredError
from autosubmit_core.workers.notifications.rules import Notifications

__all__ = ["GIVE_UP_SECONDS", "MOST_SECONDS", "Delivered", "deliver", "pause_after"]

log = logging.getLogger(__name__)

#: A message that was not taken for so long is given up.
GIVE_UP_SECONDS = 3 * 86_400
#: The first pause between two attempts, and the longest, in seconds.
_FIRST_PAUSE, _LONGEST_PAUSE = 60, 4 * 3600

#: For how long one pass sends; the rest has its turn in the next.
MOST_SECONDS = 45.0
#: How many channels are used side by side.
_AT_ONCE = 8
#: How often it is said that this goes on, in seconds.
_SIGN_OF_LIFE = 5.0


@dataclass(frozen=True, slots=True)
class Delivered:
    """What became of the messages whose turn it was."""

    sent: int = 0
    put_off: int = 0
    given_up: int = 0

    def __add__(self, other: Delivered) -> Delivered:
        return Delivered(
            self.sent + other.sent,
            self.put_off + other.put_off,
            self.given_up + other.given_up,
        )


def pause_after(attempts: int) -> int:
    """Return how long to wait after so many attempts in vain, in seconds: twice as long each time.

    >>> [pause_after(attempts) for attempts in (1, 2, 3, 8, 9, 5000)]
    [60, 120, 240, 7680, 14400, 14400]
    """
    return min(_FIRST_PAUSE << min(attempts - 1, 10), _LONGEST_PAUSE)


def deliver(
    notifications: Notifications, place: StorePlace, alive: Callable[[], object]
) -> Delivered:
    """Send every message whose turn it is, and note what became of it.

    ``alive`` is called every few seconds; when it raises, nothing more is begun, and its error is
    raised. Raises :class:`~autosubmit_core.SourceError` if the outbox cannot be read or written.
    """
    channels = {
        (rule.name, name): channel
        for rule in notifications.rules
        for name, channel in rule.channels.items()
    }
    groups: dict[tuple[str, str], list[OutboxRow]] = {}
    for row in due_messages(place, now=time.time()):
        groups.setdefault((row.rule, row.channel), []).append(row)
    stop, end = threading.Event(), time.monotonic() + MOST_SECONDS

    def goes_on() -> bool:
        return not stop.is_set() and time.monotonic() < end

    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="notify") as threads:
        work = [
            threads.submit(_send_all, place, channels.get(key), rows, goes_on)
            for key, rows in groups.items()
        ]
        try:
            while wait(work, _SIGN_OF_LIFE).not_done:
                alive()
        finally:
            # Whatever ended the waiting: threads begin nothing more.
            stop.set()
    return sum((each.result() for each in work), Delivered())


def _send_all(
    place: StorePlace,
    channel: Channel | None,
    rows: Sequence[OutboxRow],
    goes_on: Callable[[], bool],
) -> Delivered:
    """Send messages over one channel until one fails: the others would wait for it in vain, too."""
    if channel is None:
        return _give_up(place, rows, "no rule sends there any more")
    total = Delivered()
    for parcel in channel.parcels(rows):
        if not goes_on():
            break
        try:
            answer = channel.send(parcel)
        except NotDeliveredError as error:
            total += _failed(place, parcel, error)
            if not error.for_good:
                break
            continue
        note_attempt(place, [row.id for row in parcel], SENT, now=time.time(), answer=answer)
        total += Delivered(sent=len(parcel))
    return total


def _failed(place: StorePlace, parcel: Sequence[OutboxRow], error: NotDeliveredError) -> Delivered:
    """Put off messages that were not taken, or give them up if that was so for too long."""
    now = time.time()
    over = [row for row in parcel if error.for_good or now - row.created >= GIVE_UP_SECONDS]
    later = [row for row in parcel if row not in over]
    if later:
        pause = pause_after(1 + max(row.attempts for row in later))
        names = [row.id for row in later]
        note_attempt(place, names, WAITING, now=now, answer=str(error), next_try=now + pause)
    return Delivered(put_off=len(later)) + _give_up(place, over, str(error))


def _give_up(place: StorePlace, rows: Sequence[OutboxRow], reason: str) -> Delivered:
    if rows:
        names = [row.id for row in rows]
        note_attempt(place, names, GIVEN_UP, now=time.time(), answer=reason)
        log.error(
            "the rule %r gives up %d messages by %s: %s",
            *(rows[0].rule, len(rows), rows[0].channel, reason),
        )
    return Delivered(given_up=len(rows))
