"""How long each answer takes: files just changed, unchanged, and asked for with a tag."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from comparison.bench import Bench, Side
from comparison.client import Answer
from comparison.endpoints import ENDPOINTS, Endpoint
from comparison.resources import memory_of

__all__ = ["changed", "cold", "packed", "polled", "unchanged", "warm"]

#: Clients that watch an experiment ask so often, in seconds; a little more, to be after it.
_POLL_SECONDS = 5.1
_POLLED = ("pklinfo", "pkltreeinfo")


def cold(bench: Bench) -> None:
    """Everything that is read of the experiment has changed since the last request."""

    def ask(side: Side, path: str) -> Answer:
        side.change_all()
        return side.ask(path)

    for endpoint in ENDPOINTS:
        for side in _asked(bench, "cold", endpoint):
            _time(bench, "cold", endpoint, side, ask)
            held = memory_of(side.server.processes())
            bench.note("held", endpoint.name, side.name, "MiB", [held.largest])


def changed(bench: Bench) -> None:
    """One job has changed in the job list, the rest is as it was: an experiment that runs.

    The reference keeps nothing, so that it is no different to it.
    """

    def ask(side: Side, path: str) -> Answer:
        side.warm(path)
        side.change_one_job()
        return side.ask(path)

    for endpoint in ENDPOINTS:
        for side in _asked(bench, "changed", endpoint, reference=False):
            _time(bench, "changed", endpoint, side, ask)


def warm(bench: Bench) -> None:
    """Nothing has changed since the last request.

    The reference keeps nothing between requests, and at 100,000 jobs needs up to minutes for each:
    what took it long when cold is asked for once more only, and what was given up not again.
    """

    def ask(side: Side, path: str) -> Answer:
        if side.name == "ours":
            side.warm(path)
        return side.ask(path)

    once = replace(bench, patience=replace(bench.patience, slow_repeats=1))
    for endpoint in ENDPOINTS:
        for side in _asked(bench, "warm", endpoint):
            when_cold = bench.results.get("cold", endpoint.name, bench.jobs, side.name)
            if side.name == "reference" and when_cold and when_cold.at_least:
                bench.results.add(replace(when_cold, row="warm"))
            else:
                _time(once if side.name == "reference" else bench, "warm", endpoint, side, ask)


def polled(bench: Bench) -> None:
    """Nothing has changed, but time has passed: what a client gets that asks every few seconds."""

    def ask(side: Side, path: str) -> Answer:
        side.warm(path)
        time.sleep(_POLL_SECONDS)
        return side.ask(path)

    for endpoint in ENDPOINTS:
        if endpoint.name in _POLLED:
            for side in _asked(bench, "polled", endpoint, reference=False):
                _time(bench, "polled", endpoint, side, ask)


def unchanged(bench: Bench) -> None:
    """Nothing has changed, and the client says which answer it has."""

    def ask(side: Side, path: str) -> Answer:
        return side.ask(path, {"If-None-Match": side.ask(path).etag})

    for endpoint in ENDPOINTS:
        for side in _asked(bench, "unchanged", endpoint, reference=False):
            _time(bench, "unchanged", endpoint, side, ask)


def packed(bench: Bench) -> None:
    """Nothing has changed, and the client takes packed answers, as browsers do.

    The reference packs nothing: what it sends unpacked is what its clients wait for.
    """

    def ask(side: Side, path: str) -> Answer:
        return side.ask(path, {"Accept-Encoding": "gzip"})

    for endpoint in ENDPOINTS:
        for side in _asked(bench, "packed", endpoint, reference=False):
            side.ask(bench.subject.path(endpoint.path), {"Accept-Encoding": "gzip"})
            _time(bench, "packed", endpoint, side, ask)


def _asked(bench: Bench, row: str, endpoint: Endpoint, reference: bool = True) -> list[Side]:
    """Return the sides that are still to be asked."""
    missing = bench.missing(row, endpoint.name)
    both = reference and endpoint.in_reference
    return [side for side in missing if both or side.name == "ours"]


def _time(
    bench: Bench, row: str, endpoint: Endpoint, side: Side, ask: Callable[[Side, str], Answer]
) -> None:
    path = bench.subject.path(endpoint.path)
    bench.time(row, endpoint.name, side.name, lambda: ask(side, path))
