"""Writes log files as Autosubmit names and places them: those of its commands and those of jobs."""

from __future__ import annotations

import gzip
import lzma
import os
from collections.abc import Sequence
from pathlib import Path

from autosubmit_core.demo.writing.instants import log_stamp

__all__ = ["write_command_log", "write_job_log", "write_lines", "write_recovery_log"]


def write_command_log(
    folder: Path, command: str, instant: int, lines: Sequence[str], *, modified: int
) -> Path:
    """Write the log of a command of an experiment, and its ``_err`` log, which stays empty.

    ``folder`` is the experiment's; ``instant`` is when the command began. Returns the log's path.
    """
    stem = folder / "tmp" / "ASLOGS" / f"{log_stamp(instant)}_{command}"
    write_lines(stem.with_name(f"{stem.name}_err.log"), [], modified=modified)
    return write_lines(stem.with_name(f"{stem.name}.log"), lines, modified=modified)


def write_recovery_log(
    folder: Path, platform: str, instant: int, lines: Sequence[str], *, modified: int
) -> Path:
    """Write the log of the process that fetches job logs from a platform since a launch."""
    command = f"{platform.lower()}_log_recovery"
    return write_command_log(folder, command, instant, lines, modified=modified)


def write_job_log(folder: Path, name: str, lines: Sequence[str], *, modified: int) -> Path:
    """Write a log of a job, by its bare name, into ``tmp/LOG_<expid>`` of an experiment's folder.

    A name that ends in ``.xz`` or ``.gz`` makes it compressed.
    """
    return write_lines(folder / "tmp" / f"LOG_{folder.name}" / name, lines, modified=modified)


def write_lines(path: Path, lines: Sequence[str], *, modified: int) -> Path:
    """Write a text file, compressed as its suffix says, with the time of its last change."""
    data = "".join(f"{line}\n" for line in lines).encode()
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".xz":
        data = lzma.compress(data, preset=1)
    elif path.suffix == ".gz":
        data = gzip.compress(data, mtime=0)
    path.write_bytes(data)
    os.utime(path, (modified, modified))
    return path
