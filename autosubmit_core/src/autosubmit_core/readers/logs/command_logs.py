"""Logs of Autosubmit's own commands: the run log, and those of the processes that fetch job logs."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from autosubmit_core.readers.logs.opening import listed_logs
from autosubmit_core.times import epoch_of_stamp

__all__ = ["CommandLog", "RecoveryLog", "latest_run_log", "newest_run_log", "recovery_logs"]

_RUN = re.compile(r"(\d{8}_\d{6})_run\.log(\.xz|\.gz)?", re.ASCII)
_RECOVERY = re.compile(
    r"(?P<stamp>\d{8}_\d{6})_(?P<platform>.+)_log_recovery\.log(?P<packed>\.xz|\.gz)?", re.ASCII
)

#: From how many platforms logs are shown: far more than an experiment runs on. Each may have to be
#: unpacked.
MOST_PLATFORMS = 16


@dataclass(frozen=True, slots=True)
class CommandLog:
    """The log of one Autosubmit command."""

    path: Path
    #: When the file last changed, in seconds since 1970.
    modified: int

    @property
    def began(self) -> int:
        """When the command began by the name of the log, in seconds since 1970; 0 if it has no stamp.

        Unlike the time of change it survives when the file is copied or packed.
        """
        return epoch_of_stamp(self.path.name[:15].replace("_", "", 1))


@dataclass(frozen=True, slots=True)
class RecoveryLog:
    """The log of the process that fetched the job logs of one platform."""

    path: Path
    #: The platform, in lower case.
    platform: str
    #: When the process started: wall-clock time without a zone, as the name has it.
    started: datetime


def newest_run_log(folders: Sequence[Path]) -> Path | None:
    """Return the log of the newest ``autosubmit run``; None if there is none.

    The first folder that holds a candidate decides. Candidates are named
    ``<date>_<time>_run.log``, perhaps packed, and the name tells which is newest: a file time
    changes when somebody unpacks an old log. Only where there are none, any name with ``run.log``
    in it will do, and the file time decides. Raises :class:`SourceUnreadableError` if a folder
    may not be read.
    """
    for folder in folders:
        names = listed_logs(folder)
        stamped = [
            (match[1], match[2] is None, name)
            for name in names
            if (match := _RUN.fullmatch(name)) and _moment(match[1])
        ]
        if stamped:
            return folder / max(stamped)[-1]
        loose = _latest(folder, names, lambda name: "run.log" in name)
        if loose is not None:
            return loose.path
    return None


def latest_run_log(folders: Sequence[Path]) -> CommandLog | None:
    """Return the run log that changed last, which tells whether a run is going on.

    Of the first folder that holds a name with ``_run.log`` in it; None if none does. Autosubmit
    3.9, 3.11 and 3.12 wrote into ``tmp``, later ones into ``tmp/ASLOGS``: the caller gives both
    in the order to look. Raises :class:`SourceUnreadableError` if a folder may not be read.
    """
    for folder in folders:
        found = _latest(folder, listed_logs(folder), lambda name: "_run.log" in name)
        if found is not None:
            return found
    return None


def recovery_logs(folder: Path) -> tuple[RecoveryLog, ...]:
    """Return the newest recovery log of each platform, by platform; empty if there is no folder.

    A name whose stamp is no date is no log. Of more than :data:`MOST_PLATFORMS` platforms those with
    the newest logs are there. Raises :class:`SourceUnreadableError` if the folder
    may not be read.
    """
    newest: dict[str, tuple[datetime, bool, str]] = {}
    for name in listed_logs(folder):
        match = _RECOVERY.fullmatch(name)
        started = _moment(match["stamp"]) if match else None
        if match and started:
            candidate = (started, match["packed"] is None, name)
            platform = match["platform"]
            newest[platform] = max(newest.get(platform, candidate), candidate)
    shown = sorted(newest, key=newest.__getitem__)[-MOST_PLATFORMS:]
    return tuple(
        RecoveryLog(path=folder / name, platform=platform, started=started)
        for platform in sorted(shown)
        for started, _, name in [newest[platform]]
    )


def _latest(folder: Path, names: list[str], wanted: Callable[[str], bool]) -> CommandLog | None:
    """Return the one of the wanted files that changed last; equal times by name."""
    times = dict(_modification_times(folder, filter(wanted, names)))
    if not times:
        return None
    name = max(times, key=lambda name: (times[name], name))
    return CommandLog(path=folder / name, modified=int(times[name] // 10**9))


def _modification_times(folder: Path, names: Iterator[str]) -> Iterator[tuple[str, int]]:
    """Give each file with its time of change in nanoseconds; one that has just gone is left out."""
    for name in names:
        try:
            yield name, os.stat(folder / name, follow_symlinks=False).st_mtime_ns
        except OSError:
            continue


def _moment(stamp: str) -> datetime | None:
    """Return the wall-clock time of ``YYYYMMDD_HHMMSS``; None if there is no such time."""
    try:
        return datetime.strptime(stamp, "%Y%m%d_%H%M%S")
    except ValueError:
        return None
