"""What a server holds at a moment, and how it answered in the time before."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from comparison.resources import memory_of, open_files

__all__ = ["Requests", "Sample", "read_requests", "sample"]


@dataclass(frozen=True, slots=True)
class Sample:
    """What the processes of a server hold."""

    #: Seconds since the load began.
    at: float
    processes: int
    #: Resident memory of each process, the largest first, and of all with what they share once. MiB
    each: tuple[float, ...]
    proportional: float
    descriptors: int
    threads: int
    #: Of all listeners together, since the beginning.
    events: int = 0
    missed: int = 0
    repeated: int = 0

    @property
    def together(self) -> float:
        """Resident memory of all processes; what they share counts for each. MiB"""
        return sum(self.each)


@dataclass(frozen=True, slots=True)
class Requests:
    """Requests in the order of their ends. All columns are (n,)"""

    #: When each ended, in seconds since the load began, and how long it took, in ms.
    at: npt.NDArray[np.float64]
    milliseconds: npt.NDArray[np.float64]
    #: Its status, 0 where no answer came.
    status: npt.NDArray[np.int64]
    failed: npt.NDArray[np.bool_]
    #: Whether it said ``error: true`` with status 200.
    told_error: npt.NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.at)

    def between(self, begin: float, end: float) -> Requests:
        """Return those that ended in a stretch of seconds."""
        part = slice(*np.searchsorted(self.at, (begin, end)).tolist())
        return Requests(
            self.at[part],
            self.milliseconds[part],
            self.status[part],
            self.failed[part],
            self.told_error[part],
        )

    def quantile(self, share: float) -> float:
        """Return which time a share of them did not take longer than, in ms; NaN if there are none."""
        return float(np.quantile(self.milliseconds, share)) if len(self) else np.nan


def read_requests(lines: Sequence[str], begun: float) -> Requests:
    """Return what :mod:`soaking.load` has written; ``begun`` is as ``time.time`` tells it."""
    numbers = np.array([line.split(" ", 5)[:5] for line in lines], dtype=np.float64).reshape(-1, 5)
    at, milliseconds, status, failed, told = numbers.T
    return Requests(at - begun, milliseconds, status.astype(np.int64), failed > 0, told > 0)


def sample(begun: float, processes: Sequence[int]) -> Sample:
    """Look at the processes of a server; ``begun`` is as ``time.time`` tells it."""
    each = sorted((memory_of([number]).together for number in processes), reverse=True)
    return Sample(
        at=time.time() - begun,
        processes=len(processes),
        each=tuple(round(megabytes, 1) for megabytes in each),
        proportional=round(memory_of(processes).proportional, 1),
        descriptors=sum(len(open_files([number])) for number in processes),
        threads=sum(_threads(number) for number in processes),
    )


def _threads(number: int) -> int:
    try:
        return len(list(Path(f"/proc/{number}/task").iterdir()))
    except FileNotFoundError:
        return 0
