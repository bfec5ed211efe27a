"""Whether a worker gets on, and how it is, for those who ask at a port of its own."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator

import tornado.netutil
from prometheus_client import CollectorRegistry
from prometheus_client.core import Metric

from autosubmit_core.api.exposition import Exposition, gauge
from autosubmit_core.archive import Archive
from autosubmit_core.store.leases import STUCK_SECONDS

__all__ = ["Beat", "tell_beside"]


class Beat:
    """When a worker last got on: noted by one thread, read by another."""

    def __init__(self) -> None:
        self._noted = time.monotonic()

    def note(self) -> None:
        """Note that it gets on."""
        self._noted = time.monotonic()

    def silence(self) -> float:
        """Return how long it has not, in seconds."""
        return time.monotonic() - self._noted

    def is_heard(self) -> bool:
        """Tell whether it lives: for as long as others leave it the turn that it has."""
        return self.silence() < STUCK_SECONDS

    def figures(self) -> Iterator[Metric]:
        """Yield it for Prometheus."""
        yield gauge("worker_silence_seconds", "How long it has not got on.", self.silence())


def tell_beside(archive: Archive, beat: Beat, port: int, address: str) -> None:
    """Answer at a port from a thread beside the one that works, for as long as the process lives.

    Raises :class:`OSError` if the port is taken.
    """
    sockets = tornado.netutil.bind_sockets(port, address)

    async def answer() -> None:
        Exposition(archive, CollectorRegistry(), beat.figures, beat.is_heard).start(sockets)
        await asyncio.Event().wait()

    threading.Thread(target=asyncio.run, args=(answer(),), name="metrics", daemon=True).start()
