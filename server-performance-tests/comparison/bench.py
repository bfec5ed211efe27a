"""What the measurements share: the servers that are asked, how often, and where it is noted."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from comparison.client import Answer, Client
from comparison.installations import Copy, Subject
from comparison.results import Measured, Results
from comparison.servers import Server

__all__ = ["Asked", "Bench", "Notes", "Patience", "Side", "say"]


@dataclass(frozen=True, slots=True)
class Patience:
    """How often things are asked, and how long is waited."""

    #: How often each request is made for its median.
    repeats: int
    #: How often those are that take longer than ``slow`` seconds.
    slow_repeats: int
    slow: float
    #: Seconds after which a request is given up.
    timeout: float

    def enough(self, taken: Sequence[float]) -> bool:
        """Tell whether so many times are enough for a median."""
        wanted = self.slow_repeats if taken and min(taken) > self.slow else self.repeats
        return len(taken) >= wanted


@dataclass
class Asked:
    """A server that is asked one thing after the other."""

    server: Server
    patience: Patience
    #: What was asked since the files changed last.
    asked: set[str] = field(default_factory=set)
    _client: Client | None = None

    @property
    def name(self) -> str:
        return self.server.name

    def ask(self, path: str, headers: Mapping[str, str] | None = None) -> Answer:
        """Ask for a path; a server that does not answer in time is started anew."""
        if self._client is None:
            self._client = Client(self.server.port, self.patience.timeout)
        try:
            answer = self._client.get(path, headers)
        except OSError:
            self.restart()
            raise
        self.asked.add(path)
        return answer

    def warm(self, path: str) -> None:
        """See to it that a path was asked for since the files changed."""
        if path not in self.asked:
            self.ask(path)

    def restart(self) -> None:
        """Start the server anew: it may be busy with what nobody waits for any more."""
        self._client = None
        self.asked.clear()
        self.server.restart()


@dataclass
class Side(Asked):
    """A server over its own copy of an experiment."""

    copy: Copy = field(kw_only=True)

    def change_all(self) -> None:
        """Let all files of the experiment look new."""
        self.copy.change_all()
        self.asked.clear()

    def change_one_job(self) -> None:
        """Store the job list with one job in another status."""
        self.copy.change_one_job()
        self.asked.clear()


@dataclass
class Notes:
    """The cells that are measured with experiments of one size."""

    #: 0 where the size does not matter.
    jobs: int
    patience: Patience
    results: Results

    def has(self, row: str, what: str, server: str) -> bool:
        """Tell whether a cell was measured already."""
        return self.results.get(row, what, self.jobs, server) is not None

    def time(self, row: str, what: str, server: str, ask: Callable[[], Answer]) -> None:
        """Ask until that is enough for a median, and note it; what ``ask`` prepares is not timed."""
        taken: list[float] = []
        size, note = 0, ""
        while not self.patience.enough(taken):
            try:
                answer = ask()
            except TimeoutError:
                self.note(row, what, server, "s", [self.patience.timeout], at_least=True)
                return
            except OSError as error:
                taken, note = [math.inf], f"no answer: {type(error).__name__}"
                break
            taken.append(answer.seconds)
            size, note = len(answer.body), answer.fault or note
        self.note(row, what, server, "s", taken, size, note)

    def note(
        self,
        row: str,
        what: str,
        server: str,
        unit: str,
        values: Sequence[float],
        size: int = 0,
        note: str = "",
        *,
        at_least: bool = False,
    ) -> None:
        """Keep a cell and show it."""
        measured = Measured(row, what, self.jobs, server, unit, values, size, note, at_least)
        self.results.add(measured)
        say(
            f"{row:<9} {what:<18} {self.jobs:>7} {server:<9} {'>=' if at_least else '  '}"
            f"{measured.median:10.4g} {unit:<5} {size:>10} B {len(values):>2}x {note}"
        )


@dataclass
class Bench(Notes):
    """The measurements of one experiment."""

    subject: Subject
    sides: list[Side]

    def missing(self, row: str, what: str) -> list[Side]:
        """Return the sides for which a cell is still to be measured."""
        return [side for side in self.sides if not self.has(row, what, side.name)]


def say(line: str) -> None:
    """Show how far it is."""
    print(f"[{time.strftime('%H:%M:%S')}] {line}", file=sys.stderr, flush=True)
