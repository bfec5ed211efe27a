"""What every way to send messages does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from autosubmit_core.store.outbox import OutboxRow

__all__ = ["LONGEST_ANSWER", "Channel", "NotDeliveredError", "one_line"]

#: How much of what the other side says is kept, in characters.
LONGEST_ANSWER = 200


class NotDeliveredError(Exception):
    """Messages were not taken; the text says why, fit for whoever looks after the rules."""

    def __init__(self, reason: str, *, for_good: bool = False) -> None:
        super().__init__(one_line(reason)[:LONGEST_ANSWER])
        #: Whether it would be no use to try again.
        self.for_good = for_good


class Channel(Protocol):
    """A way to send messages, with the address that they go to."""

    @property
    def target(self) -> str:
        """Whom it reaches, in words that may be shown to all users."""

    def parcels(self, rows: Sequence[OutboxRow]) -> list[list[OutboxRow]]:
        """Divide messages into those that are sent together."""

    def send(self, rows: Sequence[OutboxRow]) -> str:
        """Send one parcel, and return what the other side said.

        Raises :class:`NotDeliveredError` if it was not taken, or not known to be.
        """


def one_line(text: str) -> str:
    """Return a text without what would end a line, or cannot be seen.

    >>> one_line("a000\\r\\nBcc: eve@example.org")
    'a000\\ufffd\\ufffdBcc: eve@example.org'
    """
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in text)
