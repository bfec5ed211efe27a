"""What waits to be sent to one listener, within a bound."""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

from autosubmit_core.api.encoding import json_bytes

__all__ = ["MOST_WAITING", "Stream", "event_bytes", "retry_bytes"]

#: So many events, and so many bytes of them, may wait for a listener who does not take them.
MOST_WAITING = 256
MOST_BYTES = 4 * 1024 * 1024
#: Events are sent together up to so many bytes: larger ones go by themselves, and are not copied.
_TOGETHER = 65_536

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
        self._beginning: deque[bytes] = deque()
        self._waiting: deque[bytes] = deque()
        #: How many bytes wait, but for the beginning.
        self._bytes = 0
        self._ends = False
        self._something = asyncio.Event()

    def begin(self, sent: bytes) -> None:
        """Let something be sent before all that is put, however much it is."""
        self._beginning.append(sent)
        self._something.set()

    def put(self, sent: bytes) -> None:
        """Let something be sent; of too much, nothing any more. One event is never too much."""
        if self._ends:
            return
        much = len(self._waiting) >= MOST_WAITING or self._bytes + len(sent) > MOST_BYTES
        if much and self._waiting:
            self._waiting.clear()
            self.end()
            self.cut()
            return
        self._waiting.append(sent)
        self._bytes += len(sent)
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
        """Wait for something to send, and return what there is of it; nothing at the end."""
        await self._something.wait()
        sent: list[bytes] = []
        size = 0
        while waits := self._beginning or self._waiting:
            size += len(waits[0])
            if sent and size > _TOGETHER:
                break
            if waits is self._waiting:
                self._bytes -= len(waits[0])
            sent.append(waits.popleft())
        else:
            if not self._ends:
                self._something.clear()
        return sent[0] if len(sent) == 1 else b"".join(sent)
