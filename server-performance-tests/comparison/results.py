"""What was measured: kept in a file after each step, so that a run can be gone on with."""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

__all__ = ["Measured", "Results", "machine", "versions_of"]


@dataclass(frozen=True, slots=True)
class Measured:
    """One cell: what one server took or held for one thing."""

    #: The row of the comparison, such as ``cold``, and what in it, such as ``tree``.
    row: str
    what: str
    #: How many jobs the experiment has; 0 where that does not matter.
    jobs: int
    #: ``ours``, ``reference``, or ``bare``.
    server: str
    #: ``s``, ``MiB``, ``1/s``, ``B`` or ``files``.
    unit: str
    values: Sequence[float]
    #: How many bytes the body of the answer has; 0 where there is none.
    size: int = 0
    #: What has to be known of it: that it was given up, or was an error.
    note: str = ""
    #: Whether the value is only the least that it can be, because it was given up then.
    at_least: bool = False

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    @property
    def key(self) -> tuple[str, str, int, str]:
        return (self.row, self.what, self.jobs, self.server)


class Results:
    """All cells so far, and the file that they are kept in."""

    def __init__(self, path: Path, about: dict[str, str], resume: bool) -> None:
        self.path = path
        self.about = about
        self.cells: dict[tuple[str, str, int, str], Measured] = {}
        if resume and path.exists():
            kept = json.loads(path.read_text())
            self.about = {**kept["about"], **about}
            for cell in kept["cells"]:
                self._put(Measured(**cell))

    def get(self, row: str, what: str, jobs: int, server: str) -> Measured | None:
        """Return a cell; None if it was not measured."""
        return self.cells.get((row, what, jobs, server))

    def add(self, measured: Measured) -> None:
        """Keep a cell, in the file too."""
        self._put(measured)
        told = {"about": self.about, "cells": [asdict(cell) for cell in self.cells.values()]}
        new = self.path.with_suffix(".tmp")
        new.write_text(json.dumps(told, indent=1))
        os.replace(new, self.path)

    def _put(self, measured: Measured) -> None:
        self.cells[measured.key] = measured


def machine() -> dict[str, str]:
    """Return what the numbers depend on besides the programs that are measured."""
    told = Path("/proc/cpuinfo").read_text().splitlines()
    names = [line.partition(":")[2].strip() for line in told if line.startswith("model name")]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {
        "date": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()),
        "machine": f"{(names or [platform.machine()])[0]}, {os.cpu_count()} cores,"
        f" {memory:.0f} GiB, {platform.system()} {platform.release().partition('-')[0]}",
    }


def versions_of(python: Path | str, packages: Sequence[str]) -> str:
    """Return the versions of a Python and of packages in its environment."""
    program = (
        "import sys, platform, importlib.metadata as told;"
        "print(', '.join(['Python ' + platform.python_version(),"
        " *(f'{name} {told.version(name)}' for name in sys.argv[1:])]))"
    )
    done = subprocess.run(
        [str(python), "-c", program, *packages], stdout=subprocess.PIPE, text=True, check=True
    )
    return done.stdout.strip()
