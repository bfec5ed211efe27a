"""What a server holds after all answers were given, and whether that grows."""

from __future__ import annotations

import itertools

from comparison.bench import Bench, Side
from comparison.endpoints import ENDPOINTS
from comparison.resources import memory_of

__all__ = ["memory"]

_FURTHER = 1000
#: After how many of the further requests memory is looked at, and after how many all files change.
_LOOK, _CHANGE = 100, 250


def memory(bench: Bench) -> None:
    """Resident memory after every endpoint, and over a thousand further requests."""
    for side in bench.missing("memory", "largest process"):
        if side.name == "ours":
            side.restart()
            _measure(bench, side)


def _measure(bench: Bench, side: Side) -> None:
    paths = [bench.subject.path(each.path) for each in ENDPOINTS]
    together, largest, proportional = [], [], []

    def look() -> None:
        held = memory_of(side.server.processes())
        together.append(held.together)
        largest.append(held.largest)
        proportional.append(held.proportional)

    side.change_all()
    for path in paths:
        side.ask(path)
        look()
    bench.note("memory", "largest process", side.name, "MiB", [max(largest)])
    bench.note("memory", "all processes", side.name, "MiB", [max(together)])
    bench.note("memory", "all, shared once", side.name, "MiB", [max(proportional)])
    together.clear()
    for number, path in enumerate(itertools.islice(itertools.cycle(paths), _FURTHER), start=1):
        side.ask(path)
        if number % _LOOK == 0:
            look()
        if number % _CHANGE == 0:
            side.change_all()
    bench.note("memory", "further requests", side.name, "MiB", together)
