"""``GET /metrics``: how a server is, for Prometheus, on a port of its own (:mod:`~autosubmit_core.api.exposition`).

Each process tells what is true of itself. Of several (``--processes``) every one has its own port, the
first the one that was told, so that each is a target of its own and sums of them are right.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator, Sequence

import tornado.netutil
from prometheus_client import ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from autosubmit_core.api.certificates import PublicCertificate
from autosubmit_core.api.exposition import Exposition, gauge
from autosubmit_core.api.service import Service
from autosubmit_core.api.settings import Settings
from autosubmit_core.archive import Tally

__all__ = ["MetricsServer", "bind_metrics"]

#: How often it is looked how late the loop is, in seconds.
LAG_SECONDS = 0.25


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
        registry = service.measures.registry
        self._certificate = PublicCertificate(service.settings.public_url)
        #: What answers.
        self.exposition = Exposition(
            service.archive, registry, self.figures, before=self._certificate.look
        )
        ProcessCollector("autosubmit_computing", self._computing_pid, registry=registry)
        self._lag: asyncio.Task[None] | None = None

    def start(self, sockets: Sequence[socket.socket]) -> None:
        """Answer on some sockets, and begin to look how late the loop is."""
        self.exposition.start(sockets)
        self._lag = asyncio.ensure_future(self._measure_lag())

    def stop(self) -> None:
        """Answer no more."""
        self.exposition.stop()
        if self._lag:
            self._lag.cancel()
        self._certificate.close()

    def figures(self) -> Iterator[Metric]:
        """Yield what is not counted as it happens, but looked at when somebody asks."""
        service = self._service
        yield gauge("http_requests_in_flight", "Requests under way.", len(service.requests))
        yield gauge("event_listeners", "Who listens to events.", service.events.listeners)
        yield gauge("stopping", "Whether the server was told to stop.", service.stopping)
        yield from _work(service)
        yield from _cache(service)
        yield from self._certificate.figures()

    async def _measure_lag(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + LAG_SECONDS
            await asyncio.sleep(LAG_SECONDS)
            self._service.measures.lag(max(0.0, loop.time() - due))

    def _computing_pid(self) -> int:
        # Where there is none, of no process; the collector tells nothing then.
        return self._service.computing.pid or 0


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
    of_answers = Tally(
        answers.hits, answers.made, evicted=answers.evicted, kept_bytes=answers.kept_bytes()
    )
    tallies = {
        "serving": {**service.archive.tallies(), "answers": of_answers},
        "computing": service.computing.tallies,
    }
    labels = ["process", "kind"]
    kept = GaugeMetricFamily("autosubmit_cache_bytes", "Bytes that are kept.", labels=labels)
    hits = CounterMetricFamily("autosubmit_cache_hits", "Found where they were.", labels=labels)
    made = CounterMetricFamily("autosubmit_cache_made", "Read or made anew.", labels=labels)
    evicted = CounterMetricFamily(
        "autosubmit_cache_evictions", "Let go for want of room.", labels=labels
    )
    unreadable = CounterMetricFamily(
        "autosubmit_sources_unreadable", "Sources that could not be read.", labels=labels
    )
    for process, kinds in tallies.items():
        for kind, tally in kinds.items():
            kept.add_metric([process, kind], tally.kept_bytes)
            hits.add_metric([process, kind], tally.hits)
            made.add_metric([process, kind], tally.made)
            evicted.add_metric([process, kind], tally.evicted)
            unreadable.add_metric([process, kind], tally.unreadable)
    yield from (kept, hits, made, evicted, unreadable)
