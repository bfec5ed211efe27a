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

_LIGHT_CLIENTS = 2
_PAUSE_SECONDS = 0.005
#: The longest time that is looked at in a round: large requests of the reference take longer.
_WINDOW_SECONDS = 60.0


def busy(bench: Bench) -> None:
    """The 99th percentile of light requests while eight clients wait for large cold answers."""
    for side in bench.missing("busy", "light, p99"):
        rounds: list[list[float]] = []
        while not bench.patience.enough([_percentile(times, 0.99) for times in rounds]):
            rounds.append(_round(bench, side))
            if side.name == "reference":
                # Its large requests may still be under way.
                side.restart()
                break
        count = sum(map(len, rounds))
        for what, part in (("light, median", 0.5), ("light, longest", 1.0), ("light, p99", 0.99)):
            values = [_percentile(times, part) for times in rounds]
            bench.note("busy", what, side.name, "s", values, note=f"{count} requests")


def _round(bench: Bench, side: Side) -> list[float]:
    """Return how long light requests took; those that were not answered count until the end."""
    heavy = [bench.subject.path(each.path) for each in ENDPOINTS if each.name in HEAVY]
    light = [bench.subject.path(path) for path in LIGHT]
    side.change_all()
    for path in light:
        # What is light is there already.
        side.ask(path)
    done = threading.Event()
    clients = [
        _LightClient(side.server.port, itertools.cycle(light), done) for _ in range(_LIGHT_CLIENTS)
    ]
    with crowd(side.server.port, heavy) as large:
        for client in clients:
            client.start()
        with contextlib.suppress(subprocess.TimeoutExpired):
            large.wait(_WINDOW_SECONDS)
        taken = [seconds for client in clients for seconds in client.all_taken()]
        done.set()
    return taken


class _LightClient(threading.Thread):
    """Asks for small things, one after the other, until it is told that it is done."""

    def __init__(self, port: int, paths: Iterator[str], done: threading.Event) -> None:
        super().__init__(daemon=True)
        self._port, self._paths, self._done = port, paths, done
        self._taken: list[float] = []
        #: When the request under way was sent; 0 between two.
        self._asked = 0.0

    def run(self) -> None:
        with Client(self._port, 2 * _WINDOW_SECONDS) as client:
            while not self._done.is_set():
                self._asked = time.perf_counter()
                try:
                    self._taken.append(client.get(next(self._paths)).seconds)
                except OSError:
                    # The server was stopped, because it was busy for too long.
                    return
                self._asked = 0.0
                time.sleep(_PAUSE_SECONDS)

    def all_taken(self) -> list[float]:
        """Return how long every request took, the one under way until now."""
        taken, asked = self._taken.copy(), self._asked
        return [*taken, time.perf_counter() - asked] if asked else taken


def _percentile(times: list[float], part: float) -> float:
    return sorted(times)[min(len(times) - 1, int(part * len(times)))]
