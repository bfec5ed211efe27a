"""What the processes of a server hold: memory and open files, as /proc tells them (Linux only)."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Memory", "memory_of", "open_files"]

_MEGABYTE = 2**20


@dataclass(frozen=True, slots=True)
class Memory:
    """The memory of the processes of a server, in MiB."""

    #: Resident memory of all of them together; what they share counts for each.
    together: float
    #: That of the largest.
    largest: float
    #: Of all of them together, what they share counted once.
    proportional: float


def memory_of(processes: Sequence[int]) -> Memory:
    """Return what processes hold now; one that ended meanwhile holds nothing."""
    resident = [_kilobytes(f"/proc/{number}/status", "VmRSS") for number in processes]
    shared = [_kilobytes(f"/proc/{number}/smaps_rollup", "Pss") for number in processes]
    return Memory(
        sum(resident) * 1024 / _MEGABYTE,
        max(resident, default=0) * 1024 / _MEGABYTE,
        sum(shared) * 1024 / _MEGABYTE,
    )


def open_files(processes: Sequence[int]) -> list[str]:
    """Return what the file descriptors of processes lead to: paths, sockets, pipes."""
    found = []
    for number in processes:
        # A process may end, and a descriptor be closed, while it is looked at.
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            for descriptor in os.listdir(f"/proc/{number}/fd"):
                with contextlib.suppress(FileNotFoundError):
                    found.append(os.readlink(f"/proc/{number}/fd/{descriptor}"))
    return found


def _kilobytes(path: str, name: str) -> int:
    try:
        told = re.search(rf"^{name}:\s+(\d+)", Path(path).read_text(), re.MULTILINE)
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return 0
    return int(told[1]) if told else 0
