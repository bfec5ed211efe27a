"""A port of its own for Prometheus and for probes: what any process of ours can tell there.

Whoever reaches that port may read it, without a login: Prometheus has none here, and what it is told
is sums that name nobody. So it is off unless it is asked for, on the loopback unless another address
is told, and never among the routes that a proxy publishes.
"""

from __future__ import annotations

import asyncio
import logging
import platform
import shutil
import socket
import tempfile
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

import tornado.web
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Info,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from tornado.httpserver import HTTPServer

from autosubmit_core.api.workers import Workers
from autosubmit_core.archive import Archive
from autosubmit_core.errors import AutosubmitError
from autosubmit_core.store.leases import Passes, passes_of
from autosubmit_core.store.places import store_of

__all__ = ["Exposition", "gauge"]

log = logging.getLogger(__name__)

#: How long it may take to read what the installation tells, in seconds; then it is left out.
FACTS_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Facts:
    """What the installation tells about itself."""

    #: How many experiments have which status.
    statuses: Mapping[str, int] = field(default_factory=dict)
    #: What became of each background task.
    passes: Sequence[Passes] = ()
    #: Free bytes and all of them, where files are kept.
    disks: Mapping[str, tuple[int, int]] = field(default_factory=dict)


async def _nothing() -> None:
    """Do nothing."""


class Exposition:
    """Tells how a process is; to be used from one loop alone.

    ``figures`` yields what the process knows of itself, when somebody asks; ``alive`` tells whether it
    does what it is there for. ``before`` is waited for each time, before ``figures`` are asked for.
    """

    def __init__(
        self,
        archive: Archive,
        registry: CollectorRegistry,
        figures: Callable[[], Iterator[Metric]],
        alive: Callable[[], bool] = lambda: True,
        before: Callable[[], Awaitable[None]] = _nothing,
    ) -> None:
        self._before = before
        self._archive, self._registry, self._facts = archive, registry, Facts()
        # One that reads from a file system that hangs must not hold up what is known without it.
        self._reading, self._writing = Workers(1, 4), Workers(1, 16)
        registry.register(_Collector(figures))
        registry.register(_Collector(lambda: _told(self._facts)))
        ProcessCollector(registry=registry)
        told = {"version": version("autosubmit_core"), "python": platform.python_version()}
        Info("autosubmit_build", "What runs.", registry=registry).info(told)
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self._server = HTTPServer(
            tornado.web.Application(
                [
                    ("/metrics", _MetricsHandler, {"text": self.text}),
                    ("/health/live", _LiveHandler, {"alive": alive}),
                ],
                log_function=lambda _: None,
            )
        )

    def start(self, sockets: Sequence[socket.socket]) -> None:
        """Answer on some sockets."""
        self._server.add_sockets(sockets)
        log.info("metrics are at port %s", sockets[0].getsockname()[1])

    def stop(self) -> None:
        """Answer no more."""
        self._server.stop()
        self._reading.close()
        self._writing.close()

    async def text(self) -> bytes:
        """Return how the process is, as Prometheus reads it."""
        await self._before()
        reading = self._reading.share("facts", _read_facts, self._archive)
        try:
            self._facts = await asyncio.wait_for(reading, FACTS_SECONDS)
        except (asyncio.TimeoutError, AutosubmitError):
            # That it cannot be read is what is told then: an alarm goes off where there is no number.
            self._facts = Facts()
        return await self._writing.share("text", generate_latest, self._registry)


class _Handler(tornado.web.RequestHandler):
    def set_default_headers(self) -> None:
        self.clear_header("Server")
        self.set_header("Cache-Control", "no-store")


class _MetricsHandler(_Handler):
    """``GET /metrics``: the answer."""

    def initialize(self, text: Callable[[], Awaitable[bytes]]) -> None:
        self._text = text

    async def get(self) -> None:
        self.set_header("Content-Type", CONTENT_TYPE_LATEST)
        self.write(await self._text())


class _LiveHandler(_Handler):
    """``GET /health/live``: whether the process does what it is there for."""

    def initialize(self, alive: Callable[[], bool]) -> None:
        self._alive = alive

    async def get(self) -> None:
        lives = self._alive()
        self.set_status(200 if lives else 503)
        self.write({"status": "ok" if lives else "silent"})


class _Collector(Collector):
    def __init__(self, figures: Callable[[], Iterator[Metric]]) -> None:
        self._figures = figures

    def collect(self) -> Iterator[Metric]:
        return self._figures()


def gauge(name: str, meaning: str, value: float) -> Metric:
    """Return a number of ours that goes up and down."""
    return GaugeMetricFamily(f"autosubmit_{name}", meaning, value=value)


def _read_facts(archive: Archive) -> Facts:
    known = archive.experiments()
    running = int(known.running.sum())
    statuses = {"RUNNING": running, "NOT RUNNING": len(known) - running}
    return Facts(statuses, passes_of(store_of(archive.installation)), _disks(archive))


def _disks(archive: Archive) -> dict[str, tuple[int, int]]:
    """Return how much room there is where experiments, databases and temporary files are.

    A disk that tells nothing is left out: an alarm goes off where there is no number.
    """
    installation = archive.installation
    folders = {
        "experiments": installation.local_root_dir,
        "temporary": Path(tempfile.gettempdir()),
    }
    place = store_of(installation)
    if isinstance(place, Path):
        folders["database"] = place.parent
    room = {}
    for name, path in folders.items():
        with suppress(OSError):
            size = shutil.disk_usage(path)
            room[name] = (size.free, size.total)
    return room


def _told(facts: Facts) -> Iterator[Metric]:
    """Yield what the installation tells."""
    experiments = GaugeMetricFamily(
        "autosubmit_experiments", "Experiments by what is noted of them.", labels=["status"]
    )
    for status, count in facts.statuses.items():
        experiments.add_metric([status], count)
    yield experiments
    yield from _passes(facts.passes)
    free = GaugeMetricFamily("autosubmit_disk_free_bytes", "Room that is left.", labels=["place"])
    total = GaugeMetricFamily("autosubmit_disk_bytes", "Room that there is.", labels=["place"])
    for place, (left, size) in facts.disks.items():
        free.add_metric([place], left)
        total.add_metric([place], size)
    yield from (free, total)


def _passes(passes: Sequence[Passes]) -> Iterator[Metric]:
    """Yield what became of background tasks, whatever process did them."""
    finished = GaugeMetricFamily(
        "autosubmit_task_last_success_timestamp_seconds",
        "When each background task was last brought to its end, by whatever process.",
        labels=["task"],
    )
    counted = CounterMetricFamily(
        "autosubmit_task_passes",
        "Passes of each background task, by whatever process, by their result.",
        labels=["task", "result"],
    )
    seconds = CounterMetricFamily(
        "autosubmit_task_seconds", "Seconds that these passes took, together.", labels=["task"]
    )
    for task in passes:
        if task.finished:
            finished.add_metric([task.task], task.finished)
        counted.add_metric([task.task, "done"], task.done)
        counted.add_metric([task.task, "failed"], task.failed)
        seconds.add_metric([task.task], task.seconds)
    yield from (finished, counted, seconds)
