"""What waits to be sent to one listener, within a bound."""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

from autosubmit_core.api.encoding import json_bytes

__all__ = ["MOST_WAITING", "Stream", "event_bytes", "retry_bytes"]

#: So many events may wait for a listener who does not take them.
MOST_WAITING = 256

#: When listeners come back to a server that stops, in milliseconds: not all at once.
_BACK_AFTER = (1000, 5000)


def event_bytes(name: str, data: bytes | Mapping[str, Any], event_id: str | None = None) -> bytes:
    """Return an event as it is sent; without an id the listener keeps the last one.

    >>> event_bytes("run", b'{"expid":"a000"}', "3f.7")
    b'id: 3f.7\\nevent: run\\ndata: {"expid":"a000"}\\n\\n'
    """
    body = data if isinstance(data, bytes) else json_bytes(data)
    named = f"id: {event_id}\n".encode() if event_id else b""
    return b"%sevent: %s\ndata: %s\n\n" % (named, name.encode(), body)


def retry_bytes(milliseconds: int) -> bytes:
    """Return after what time a listener is to come back."""
    return b"retry: %d\n\n" % milliseconds


class Stream:
    """One listener; to be used from the loop alone."""

    def __init__(self, expid: str | None, beats: str = "comment") -> None:
        #: The experiment it listens to; None for all that run.
        self.expid = expid
        #: What signs of life look like: ``comment``, or ``event`` for who cannot see comments.
        self.beats = beats
        #: Cuts off one who does not take what comes, and has missed something.
        self.cut: Callable[[], None] = lambda: None
        self._beginning: list[bytes] = []
        self._waiting: deque[bytes] = deque()
        self._ends = False
        self._something = asyncio.Event()

    def begin(self, sent: bytes) -> None:
        """Let something be sent before all that is put, however much it is."""
        self._beginning.append(sent)
        self._something.set()

    def put(self, sent: bytes) -> None:
        """Let something be sent; of too much, nothing any more."""
        if self._ends:
            return
        if len(self._waiting) >= MOST_WAITING:
            self._waiting.clear()
            self.end()
            self.cut()
            return
        self._waiting.append(sent)
        self._something.set()

    def beat(self, at: int) -> None:
        """Let a sign of life be sent, unless something else waits."""
        if not self._waiting:
            as_event = self.beats == "event"
            self.put(event_bytes("heartbeat", {"at": at}) if as_event else b": heartbeat\n\n")

    def bye(self, reason: str) -> None:
        """Tell the listener why this ends, and when to come back; then end."""
        if reason == "stopping":
            self.put(retry_bytes(random.randint(*_BACK_AFTER)))
        self.put(event_bytes("bye", {"reason": reason}))
        self.end()

    def end(self) -> None:
        """Let this end when what waits is sent."""
        self._ends = True
        self._something.set()

    async def next(self) -> bytes:
        """Wait for something to send, and return all there is; nothing at the end."""
        await self._something.wait()
        sent = b"".join([*self._beginning, *self._waiting])
        self._beginning.clear()
        self._waiting.clear()
        if not self._ends:
            self._something.clear()
        return sent
