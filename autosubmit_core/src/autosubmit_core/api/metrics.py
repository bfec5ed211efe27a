"""``GET /metrics``: how a server is, for Prometheus, on a port of its own.

Whoever reaches that port may read it, without a login: Prometheus has none here, and what it is told
is sums that name nobody. So it is off unless it is asked for, on the loopback unless another address
is told, and never among the routes that a proxy publishes.

Each process tells what is true of itself. Of several (``--processes``) every one has its own port, the
first the one that was told, so that each is a target of its own and sums of them are right.
"""

from __future__ import annotations

import asyncio
import logging
import platform
import socket
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version

import tornado.netutil
import tornado.web
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    Info,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from tornado.httpserver import HTTPServer

from autosubmit_core.api.service import Service
from autosubmit_core.api.settings import Settings
from autosubmit_core.api.workers import Workers
from autosubmit_core.archive import Archive, Tally
from autosubmit_core.errors import AutosubmitError
from autosubmit_core.store.places import read_columns, store_of

__all__ = ["MetricsServer", "bind_metrics"]

log = logging.getLogger(__name__)

#: How long it may take to read what the installation tells, in seconds; then it is left out.
FACTS_SECONDS = 1.0
#: How often it is looked how late the loop is, in seconds.
LAG_SECONDS = 0.25


@dataclass(frozen=True, slots=True)
class Facts:
    """What the installation tells about itself."""

    #: How many experiments have which status.
    statuses: Mapping[str, int] = field(default_factory=dict)
    #: When each task was last brought to its end, in seconds since 1970 UTC.
    finished: Mapping[str, float] = field(default_factory=dict)


def bind_metrics(settings: Settings) -> list[list[socket.socket]]:
    """Return the sockets for the metrics of each process; none if there are to be none.

    Raises :class:`OSError` if a port is taken.
    """
    first = settings.metrics_port
    if first is None:
        return [[] for _ in range(settings.processes)]
    ports = (first and first + place for place in range(settings.processes))
    return [tornado.netutil.bind_sockets(port, settings.metrics_address) for port in ports]


class MetricsServer:
    """Tells how a server is; to be used from the loop alone."""

    def __init__(self, service: Service) -> None:
        self._service = service
        # One that reads from a file system that hangs must not hold up what is known without it.
        self._reading, self._writing = Workers(1, 4), Workers(1, 16)
        self._registry, self._facts = service.measures.registry, Facts()
        self._registry.register(_ServiceCollector(self))
        ProcessCollector(registry=self._registry)
        ProcessCollector("autosubmit_computing", self._computing_pid, registry=self._registry)
        told = {"version": version("autosubmit_core"), "python": platform.python_version()}
        Info("autosubmit_build", "What runs.", registry=self._registry).info(told)
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self._server = HTTPServer(
            tornado.web.Application(
                [("/metrics", _MetricsHandler, {"server": self})], log_function=lambda _: None
            )
        )
        self._lag: asyncio.Task[None] | None = None

    def start(self, sockets: Sequence[socket.socket]) -> None:
        """Answer on some sockets, and begin to look how late the loop is."""
        self._server.add_sockets(sockets)
        self._lag = asyncio.ensure_future(self._measure_lag())
        log.info("metrics are at port %s", sockets[0].getsockname()[1])

    def stop(self) -> None:
        """Answer no more."""
        self._server.stop()
        if self._lag:
            self._lag.cancel()
        self._reading.close()
        self._writing.close()

    async def text(self) -> bytes:
        """Return how the server is, as Prometheus reads it."""
        reading = self._reading.share("facts", _read_facts, self._service.archive)
        try:
            self._facts = await asyncio.wait_for(reading, FACTS_SECONDS)
        except (asyncio.TimeoutError, AutosubmitError):
            # That it cannot be read is what is told then: an alarm goes off where there is no number.
            self._facts = Facts()
        return await self._writing.share("text", generate_latest, self._registry)

    def figures(self) -> Iterator[Metric]:
        """Yield what is not counted as it happens, but looked at when somebody asks."""
        service, facts = self._service, self._facts
        yield _gauge("http_requests_in_flight", "Requests under way.", len(service.requests))
        yield _gauge("event_listeners", "Who listens to events.", service.events.listeners)
        yield _gauge("stopping", "Whether the server was told to stop.", service.stopping)
        yield from _work(service)
        yield from _cache(service)
        experiments = GaugeMetricFamily(
            "autosubmit_experiments", "Experiments by what is noted of them.", labels=["status"]
        )
        for status, count in facts.statuses.items():
            experiments.add_metric([status], count)
        yield experiments
        finished = GaugeMetricFamily(
            "autosubmit_task_last_success_timestamp_seconds",
            "When each background task was last brought to its end, by whatever process.",
            labels=["task"],
        )
        for task, moment in facts.finished.items():
            finished.add_metric([task], moment)
        yield finished

    async def _measure_lag(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + LAG_SECONDS
            await asyncio.sleep(LAG_SECONDS)
            self._service.measures.lag(max(0.0, loop.time() - due))

    def _computing_pid(self) -> int:
        # Where there is none, of no process; the collector tells nothing then.
        return self._service.computing.pid or 0


class _MetricsHandler(tornado.web.RequestHandler):
    """``GET /metrics``: the answer."""

    def initialize(self, server: MetricsServer) -> None:
        self._metrics = server

    def set_default_headers(self) -> None:
        self.clear_header("Server")

    async def get(self) -> None:
        self.set_header("Content-Type", CONTENT_TYPE_LATEST)
        self.set_header("Cache-Control", "no-store")
        self.write(await self._metrics.text())


class _ServiceCollector(Collector):
    def __init__(self, server: MetricsServer) -> None:
        self._metrics = server

    def collect(self) -> Iterator[Metric]:
        return self._metrics.figures()


def _read_facts(archive: Archive) -> Facts:
    known = archive.experiments()
    running = int(known.running.sum())
    passes = read_columns(store_of(archive.installation), "worker_passes", ("task", "finished"))
    return Facts(
        {"RUNNING": running, "NOT RUNNING": len(known) - running},
        {task: finished for task, finished in passes if finished},
    )


def _gauge(name: str, meaning: str, value: float) -> Metric:
    return GaugeMetricFamily(f"autosubmit_{name}", meaning, value=value)


def _work(service: Service) -> Iterator[Metric]:
    """Yield how much slow work there is at each door."""
    doors = {
        **{"large": service.workers, "small": service.light, "looks": service.looks},
        **{"checks": service.checks, "commands": service.commands, "machines": service.machines},
    }
    labels = ["queue"]
    running = GaugeMetricFamily("autosubmit_work_running", "Work under way.", labels=labels)
    waiting = GaugeMetricFamily("autosubmit_work_waiting", "Work waiting.", labels=labels)
    done = CounterMetricFamily("autosubmit_work_done", "Work that was done.", labels=labels)
    refused = CounterMetricFamily("autosubmit_work_refused", "Work refused.", labels=labels)
    seconds = CounterMetricFamily(
        "autosubmit_work_seconds", "Seconds from asking to done, together.", labels=labels
    )
    for name, door in doors.items():
        running.add_metric([name], door.running)
        waiting.add_metric([name], door.waiting)
        done.add_metric([name], door.done)
        refused.add_metric([name], door.refused)
        seconds.add_metric([name], door.seconds)
    yield from (running, waiting, done, refused, seconds)


def _cache(service: Service) -> Iterator[Metric]:
    """Yield what is kept, in which process and of which kind; of the answers in a word of their own."""
    answers = service.answers
    of_answers = Tally(answers.hits, answers.made, kept_bytes=answers.kept_bytes())
    tallies = {
        "serving": {**service.archive.tallies(), "answers": of_answers},
        "computing": service.computing.tallies,
    }
    labels = ["process", "kind"]
    kept = GaugeMetricFamily("autosubmit_cache_bytes", "Bytes that are kept.", labels=labels)
    hits = CounterMetricFamily("autosubmit_cache_hits", "Found where they were.", labels=labels)
    made = CounterMetricFamily("autosubmit_cache_made", "Read or made anew.", labels=labels)
    unreadable = CounterMetricFamily(
        "autosubmit_sources_unreadable", "Sources that could not be read.", labels=labels
    )
    for process, kinds in tallies.items():
        for kind, tally in kinds.items():
            kept.add_metric([process, kind], tally.kept_bytes)
            hits.add_metric([process, kind], tally.hits)
            made.add_metric([process, kind], tally.made)
            unreadable.add_metric([process, kind], tally.unreadable)
    yield from (kept, hits, made, unreadable)
