"""Which log file belongs to a job."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from autosubmit_core.readers.logs.opening import listed_logs

__all__ = ["JobLogs", "LogKind", "is_job_log_name", "job_logs_of"]

#: The two logs that every job has.
LogKind: TypeAlias = Literal["out", "err"]

#: Endings of packed logs; the plain one wins where both are there, for the other is being written.
_PACKED = ("", ".xz", ".gz")

#: A log that Autosubmit fetched. ``_<i>`` after the stamp: a job of a vertical wrapper up to
#: Autosubmit 4.1.11; ``_retrial_<n>``: its inner retrials, 4.1.12 to 4.1.16; ``_attempt_<n>``:
#: 4.1.17 and later.
_FETCHED = re.compile(
    r"(?P<job>.+)\.(?P<stamp>\d{14})(?:_(?P<place>\d{1,9}))?\.(?P<kind>out|err)"
    r"(?:_(?:retrial|attempt)_(?P<attempt>\d{1,9}))?(?P<packed>\.xz|\.gz)?",
    re.ASCII,
)

#: The log of a job that still runs, where its platform is this machine. Autosubmit before 4.1.10
#: did not number it.
_RUNNING = re.compile(r"(?P<job>.+)\.cmd\.(?P<kind>out|err)(?:\.(?P<attempt>\d{1,9}))?", re.ASCII)


#: About what a name costs besides its text: its place in a set and a mapping, and the key to it.
_BYTES_PER_LOG = 300


@dataclass(frozen=True, slots=True)
class JobLogs:
    """The logs that lie in the log folder of one experiment, as names within it."""

    #: The folder, ``tmp/LOG_<expid>``.
    folder: Path
    #: Every regular file of the folder.
    names: frozenset[str]
    #: Of each (job, ``out`` or ``err``), the log of its last attempt by the looks of the names.
    fetched: Mapping[tuple[str, str], str]
    #: Of each (job, ``out`` or ``err``), the log that it writes, or wrote, while it runs.
    running: Mapping[tuple[str, str], str]

    def finished_log(self, job: str, kind: LogKind, noted: str | None = None) -> str | None:
        """Return the log of a job that ended; None if there is none.

        ``noted`` is what the newest row of its history names. Where that file is there, packed
        or not, it is the right one: Autosubmit 4.2 exchanges the stamps of attempts. Else the
        name with the highest (attempt, stamp) is chosen.
        """
        return self.noted_log(noted) or self.fetched.get((job, kind))

    def noted_log(self, noted: str | None) -> str | None:
        """Return the log that a row of the history names, packed or not; None if it is not there."""
        if not noted:
            return None
        return next((noted + packed for packed in _PACKED if noted + packed in self.names), None)

    def running_log(self, job: str, kind: LogKind) -> str | None:
        """Return the log of a job that runs on this machine; None if there is none."""
        return self.running.get((job, kind))

    def memory_bytes(self) -> int:
        """Return about how much memory this keeps: the names, and what leads to them."""
        return sum(sys.getsizeof(name) + _BYTES_PER_LOG for name in self.names)


def is_job_log_name(name: str) -> bool:
    """Tell whether a log of a job may be named so.

    >>> is_job_log_name("a003_SIM.20240112163324.out_attempt_1.xz")
    True
    >>> is_job_log_name("a003_SIM.cmd.err.0"), is_job_log_name("a003_SIM.cmd")
    (True, False)
    """
    return _FETCHED.fullmatch(name) is not None or _RUNNING.fullmatch(name) is not None


def job_logs_of(folder: Path) -> JobLogs:
    """Return the logs of all jobs of an experiment, from one listing of their folder.

    Nothing is there if the folder is not. Raises :class:`SourceUnreadableError` if it may not be
    read.
    """
    names = listed_logs(folder)
    fetched: dict[tuple[str, str], tuple[tuple[int, str, int, bool], str]] = {}
    running: dict[tuple[str, str], tuple[int, str]] = {}
    for name in names:
        if match := _FETCHED.fullmatch(name):
            job, stamp, place, kind, attempt, packed = match.groups()
            rank = (int(attempt or 0), stamp, int(place or 0), packed is None)
            known = fetched.get((job, kind))
            if known is None or known < (rank, name):
                fetched[job, kind] = rank, name
        elif match := _RUNNING.fullmatch(name):
            job, kind, attempt = match.groups()
            numbered = -1 if attempt is None else int(attempt)
            running[job, kind] = max(running.get((job, kind), (-1, "")), (numbered, name))
    return JobLogs(
        folder=folder,
        names=frozenset(names),
        fetched={key: name for key, (_, name) in fetched.items()},
        running={key: name for key, (_, name) in running.items()},
    )
