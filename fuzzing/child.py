"""The process that reads the files: limited in memory and time, and watched."""

from __future__ import annotations

import faulthandler
import json
import resource
import shutil
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

# NumPy loads it when it is first needed, which is then no sign of anything.
import numpy.ma  # noqa: F401

from autosubmit_core.errors import AutosubmitError
from autosubmit_core.readers.job_list import unpickle
from fuzzing.canary import Canary
from fuzzing.findings import Figures, Findings, place_of
from fuzzing.target import Target, named
from fuzzing.targets import targets

__all__ = ["Round", "Work", "begin", "main"]

#: How much memory one file may take beside what the process had before, in bytes.
MEMORY = 1 << 30

#: Files that were answered in a new way are changed further; so many at most.
_MOST_KEPT = 400


class Work(NamedTuple):
    """What a process has to do."""

    demo: str
    #: Where files are written to be read, and where what is found is kept.
    folder: str
    findings: str
    names: list[str]
    #: For each target: how long, or how many files if that is not 0; and what decides which.
    seconds: float
    cases: int
    seed: int


class Round:
    """The files of one target, one after the other."""

    def __init__(
        self, name: str, target: Target, folder: Path, findings: Findings, canary: Canary
    ) -> None:
        self.target = target
        self._name, self._folder, self._findings = name, folder, findings
        self._canary = canary
        self._watching: Callable[[], AbstractContextManager[None]] = nullcontext
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        self.figures = Figures()
        self.seeds = target.seeds(folder)
        self._seen: set[str] = set()
        self._began = time.monotonic()
        self._others: list[bytes] = []

    def sound(self) -> None:
        """Read the files that all others are made of, so that modules are loaded."""
        for data in self.seeds:
            self.read(data)
        self.figures = Figures(findings=self.figures.findings)

    def begin(self) -> None:
        """Start the clock, and watch from now on."""
        self._watching = self._canary.watching
        self._began = time.monotonic()

    def made(self, draw: Random) -> bytes:
        """Return a file made of the sound ones, or of others that were answered in a new way."""
        begin = [draw.choice(self._others)] if self._others and draw.random() < 0.4 else self.seeds
        return self.target.change(draw, begin)

    def read(self, data: bytes) -> None:
        """Read one file, and keep it if it should not have come through."""
        self._findings.current.write_bytes(data)
        faulthandler.dump_traceback_later(self.target.seconds, exit=True)
        try:
            answer = self._answer(data)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # whatever it is, it is a finding
            place = place_of(error)
            self.figures.findings[place] = self.figures.findings.get(place, 0) + 1
            self._findings.keep(self._name, place, data, traceback.format_exc())
            answer = place
        faulthandler.cancel_dump_traceback_later()
        self.figures.cases += 1
        self.figures.seconds = time.monotonic() - self._began
        if answer not in self._seen and len(self._others) < _MOST_KEPT:
            self._seen.add(answer)
            self._others.append(data)

    def _answer(self, data: bytes) -> str:
        try:
            with self._watching():
                refused = self.target.read(self._folder, data) == "refused"
        except AutosubmitError as error:
            named(error, self._folder)
            self.figures.refused += 1
            return place_of(error.__cause__ or error) + place_of(error)
        self.figures.read += not refused
        self.figures.refused += refused
        return "refused" if refused else "read"


def begin(work: Work) -> dict[str, Round]:
    """Return the rounds of a process, with everything loaded, limited and watched from now on."""
    faulthandler.enable()
    folder, findings = Path(work.folder), Findings(Path(work.findings))
    tempfile.tempdir = work.folder
    known = targets(Path(work.demo))
    # The program that unpickles is given the folder it is in.
    canary = Canary(folder.parent, (str(Path(unpickle.__file__).parent),))
    rounds = {}
    for name in work.names:
        rounds[name] = Round(name, known[name], folder / name, findings, canary)
        rounds[name].sound()
    held = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (held + MEMORY, resource.RLIM_INFINITY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    return rounds


def main(work: Work) -> None:
    """Read made-up files of all targets, and write down what came of them."""
    rounds = begin(work)
    findings = Findings(Path(work.findings))
    kept: dict[str, Figures] = {}
    for name, one in rounds.items():
        draw = Random(f"{name} {work.seed}")
        one.begin()
        kept[name] = one.figures
        written = 0.0
        while _goes_on(one.figures, work):
            one.read(one.made(draw))
            if time.monotonic() - written > 1:
                findings.write(kept)
                written = time.monotonic()
        findings.write(kept)


def _goes_on(figures: Figures, work: Work) -> bool:
    return figures.cases < work.cases if work.cases else figures.seconds < work.seconds


if __name__ == "__main__":
    told: Any = json.loads(sys.argv[1])
    run: Callable[[Work], None] = main
    run(Work(**told))
