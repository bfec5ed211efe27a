"""How long small things take while the server computes large ones."""

from __future__ import annotations

import contextlib
import itertools
import subprocess
import threading
import time
from collections.abc import Iterator

from comparison.bench import Bench, Side
from comparison.client import Client
from comparison.crowd import crowd
from comparison.endpoints import ENDPOINTS, HEAVY, LIGHT

__all__ = ["busy"]

#: How many clients ask for light things, and how often each of them means to ask, in seconds.
_LIGHT_CLIENTS = 2
_PACE = 0.02
#: The longest time that is looked at in a round: large requests of the reference take longer.
_WINDOW_SECONDS = 60.0


def busy(bench: Bench) -> None:
    """The 99th percentile of light requests while eight clients wait for large cold answers."""
    for side in bench.missing("busy", "light, p99"):
        rounds: list[list[tuple[float, str]]] = []
        while not bench.patience.enough([_percentile(taken, 0.99) for taken in rounds]):
            rounds.append(_round(bench, side))
            if side.name == "reference":
                # Its large requests may still be under way.
                side.restart()
                break
        count = sum(map(len, rounds))
        _, slowest = max(max(taken) for taken in rounds)
        for what, part, note in (
            ("light, median", 0.5, f"{count} requests"),
            ("light, longest", 1.0, slowest),
            ("light, p99", 0.99, f"{count} requests"),
        ):
            values = [_percentile(taken, part) for taken in rounds]
            bench.note("busy", what, side.name, "s", values, note=note)


def _round(bench: Bench, side: Side) -> list[tuple[float, str]]:
    """Return how long light requests took, each with its path, while large ones were under way."""
    heavy = [bench.subject.path(each.path) for each in ENDPOINTS if each.name in HEAVY]
    light = [bench.subject.path(path) for path in LIGHT]
    side.change_all()
    for path in light:
        # What is light is there already.
        side.ask(path)
    clients = [
        _LightClient(side.server.port, itertools.cycle(light)) for _ in range(_LIGHT_CLIENTS)
    ]
    with crowd(side.server.port, heavy) as large:
        for client in clients:
            client.start()
        with contextlib.suppress(subprocess.TimeoutExpired):
            large.wait(_WINDOW_SECONDS)
        return [each for client in clients for each in client.stop()]


class _LightClient(threading.Thread):
    """Asks for small things at a steady pace, until it is told to stop.

    A request counts from the moment at which it was due. So one answer that takes seconds counts as
    what it is to clients that do not wait for each other: as all that would have been asked
    meanwhile, not as a single slow one.
    """

    def __init__(self, port: int, paths: Iterator[str]) -> None:
        super().__init__(daemon=True)
        self._port, self._paths = port, paths
        self._taken: list[tuple[float, str]] = []
        self._stopped = threading.Event()
        self._due = time.perf_counter()
        self._path = ""

    def run(self) -> None:
        with Client(self._port, 2 * _WINDOW_SECONDS) as client:
            while not self._stopped.wait(max(0.0, self._due - time.perf_counter())):
                self._path = next(self._paths)
                try:
                    client.get(self._path)
                except OSError:
                    # The server was stopped, because it was busy for too long.
                    return
                self._taken.append((time.perf_counter() - self._due, self._path))
                self._due += _PACE

    def stop(self) -> list[tuple[float, str]]:
        """Return how long every request took; those that are overdue, until now."""
        self._stopped.set()
        now, taken, due = time.perf_counter(), self._taken.copy(), self._due
        overdue = int(max(0.0, now - due) / _PACE)
        return [*taken, *((now - due - number * _PACE, self._path) for number in range(overdue))]


def _percentile(taken: list[tuple[float, str]], part: float) -> float:
    ordered = sorted(seconds for seconds, _ in taken)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]
