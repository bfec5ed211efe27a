"""What is looked at to see that an experiment moves, and what of it is remembered to tell what moved."""

from __future__ import annotations

import io
import json
import os
import stat
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from autosubmit_core.archive.archive import Archive
from autosubmit_core.archive.changes import State
from autosubmit_core.archive.experiment import Experiment
from autosubmit_core.errors import SourceError, SourceUnreadableError
from autosubmit_core.metrics.heartbeat import GOING_ON
from autosubmit_core.readers.installation import Installation
from autosubmit_core.readers.versions import Version, databases_versions, file_version
from autosubmit_core.status import DONE, ON_PLATFORM, Status
from autosubmit_core.tables import BoolColumn, positions

__all__ = [
    "LastRun",
    "LiveLog",
    "Snapshot",
    "live_logs",
    "log_sizes",
    "running_experiments",
    "snapshot_of",
    "versions_of",
]

#: For how long after its end a job's log may still come, in seconds: Autosubmit fetches it later.
_LOGS_COME_SECONDS = 600
#: Of so many jobs logs are watched, those that began last.
_MOST_JOBS = 100
#: An experiment whose job list changed so lately is at work, whatever is noted of it. Seconds
_AT_WORK_SECONDS = 600

#: What :meth:`Snapshot.to_bytes` begins with: another number when it, or what events tell, has another form.
_FORMAT = b"snapshot 1\n"

_ENDED = (Status.COMPLETED, Status.FAILED)


class LastRun(NamedTuple):
    """The newest run of an experiment, in seconds since 1970 UTC."""

    run_id: int
    start: int
    #: 0 if Autosubmit did not close it, as it does not when jobs have failed.
    finish: int
    #: Whether it was not closed, something was submitted, and there are jobs with which it can go on.
    running: bool


class LiveLog(NamedTuple):
    """A log that may grow."""

    #: ``run``, ``out`` or ``err``.
    kind: str
    path: Path
    #: The job it is of; None for the log of the run.
    job_name: str | None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All of an experiment that changes are told of, as it was at one moment."""

    list_version: str
    #: The columns of :attr:`Experiment.watched`, (n,) each.
    columns: State
    run: LastRun | None
    #: The sizes of the logs that are watched, by name. Bytes
    logs: Mapping[str, int]

    def to_bytes(self) -> bytes:
        """Return it in a form of its own, a tenth to a half of its size."""
        facts = json.dumps([self.list_version, self.run, self.logs]).encode()
        file = io.BytesIO()
        columns: Mapping[str, Any] = {**self.columns, "": np.frombuffer(facts, dtype=np.uint8)}
        np.savez_compressed(file, **columns)
        stored = file.getvalue()
        return _FORMAT + zlib.crc32(stored).to_bytes(4, "big") + stored

    @classmethod
    def from_bytes(cls, stored: bytes, path: Path) -> Snapshot:
        """Return what :meth:`to_bytes` was made of, which stood in a file.

        Raises :class:`SourceUnreadableError` if it is damaged, or of another version of this package.
        """
        begin = len(_FORMAT) + 4
        columns_file = stored[begin:]
        if stored[:begin] != _FORMAT + zlib.crc32(columns_file).to_bytes(4, "big"):
            raise SourceUnreadableError(path, "what an experiment was cannot be read")
        with np.load(io.BytesIO(columns_file), allow_pickle=False) as file:
            columns = {name: file[name] for name in file.files}
        list_version, run, logs = json.loads(columns.pop("").tobytes())
        return cls(list_version, columns, run and LastRun(*run), logs)


def snapshot_of(experiment: Experiment, logs: Mapping[str, int]) -> Snapshot:
    """Return what an experiment is now; raises :class:`SourceError` without a job list."""
    return Snapshot(experiment.list_version, experiment.watched, _last_run(experiment), logs)


def versions_of(archive: Archive, expid: str) -> tuple[Version, ...]:
    """Return the versions of all that Autosubmit writes into when an experiment moves, but for logs.

    The folders of the logs are among them, which change when a log comes or goes.
    """
    place, folders = archive.locations, archive.installation
    lists = place.job_list(expid, "pickle"), place.job_list(expid, "table")
    return (
        *databases_versions((*lists, place.job_data(expid))),
        *map(file_version, (folders.job_logs(expid), folders.aslogs(expid))),
    )


def live_logs(experiment: Experiment) -> tuple[LiveLog, ...]:
    """Return the logs that may grow: of the newest run, and of jobs that run or ended just now."""
    logs, found = experiment.logs, []
    try:
        run_log, of_jobs = logs.run_log(), logs.of_jobs
    except SourceError:
        return ()
    if run_log is not None:
        found.append(LiveLog("run", run_log, None))
    jobs, (submit, _, finish) = experiment.jobs, experiment.instants
    late = np.isin(jobs.status, _ENDED) & (finish > experiment.now - _LOGS_COME_SECONDS)
    there = np.isin(jobs.status, ON_PLATFORM)
    rows = np.flatnonzero(there | late)
    rows = rows[np.argsort(submit[rows], kind="stable")[-_MOST_JOBS:]]
    for name, runs in zip(jobs.name[rows].tolist(), there[rows].tolist()):
        for kind in ("out", "err"):
            log = of_jobs.running_log(name, kind) if runs else of_jobs.finished_log(name, kind)
            if log is not None:
                found.append(LiveLog(kind, logs.jobs / log, name))
    return tuple(found)


def log_sizes(logs: Iterable[LiveLog]) -> dict[str, int]:
    """Return the sizes of those logs that are regular files, in bytes, by name."""
    sizes = {}
    for log in logs:
        try:
            found = os.lstat(log.path)
        except OSError:
            continue
        if stat.S_ISREG(found.st_mode):
            sizes[log.path.name] = found.st_size
    return sizes


def running_experiments(archive: Archive, now: float, most: int) -> list[str]:
    """Return the experiments that are noted as running, or whose job list changed just now.

    Autosubmit notes the start of a run and nobody its end, or neither; the job list tells. On a
    server, where looking at all lists takes long, those alone that are noted. Of more than ``most``
    those that changed last. Raises :class:`SourceError` without a catalogue.
    """
    known = archive.experiments()
    if archive.installation.database_backend == "postgres":
        known = known.take(np.flatnonzero(known.running))
        changed = {one.expid: float(one.jobs_modified or 0) for one in archive.each(known)}
    else:
        files = archive.installation
        changed = {expid: _list_changed(files, expid) for expid in known.name.tolist()}
    found = [
        expid
        for expid, noted in zip(known.name.tolist(), known.running.tolist())
        if changed[expid] and (noted or now - changed[expid] < _AT_WORK_SECONDS)
    ]
    return sorted(sorted(found, key=changed.__getitem__)[-most:])


def _list_changed(installation: Installation, expid: str) -> float:
    """Return when the job list of an experiment changed, in seconds since 1970; 0 without one."""
    places: Sequence[Path] = (
        installation.job_list_pickle(expid),
        *(Path(f"{installation.job_list_database(expid)}{end}") for end in ("", "-wal")),
    )
    return max(file_version(path).modified for path in places) / 10**9


def _last_run(experiment: Experiment) -> LastRun | None:
    runs = experiment.runs
    if not len(runs):
        return None
    newest = int(runs.run_id.argmax())
    start, finish = int(runs.start[newest]), int(runs.finish[newest])
    status, submit = experiment.jobs.status, experiment.instants[0]
    # ``create`` notes a run as well, in which nothing is ever submitted.
    launched = np.isin(status, ON_PLATFORM).any() or submit.max(initial=0) >= start
    goes_on = bool(np.isin(status, GOING_ON).any() or _next(experiment).any())
    running = bool(not finish and launched and goes_on)
    return LastRun(int(runs.run_id[newest]), start, finish, running)


def _next(experiment: Experiment) -> BoolColumn:
    """Return which jobs wait for nothing but that Autosubmit looks at them again. (n,)"""
    jobs, structure = experiment.jobs, experiment.structure
    row = positions(structure.job, jobs.name)
    parent, child = row[structure.parent], row[structure.child]
    known = (parent >= 0) & (child >= 0)
    parent, child = parent[known], child[known]
    waits: BoolColumn = jobs.status == Status.WAITING
    waits[child[~np.isin(jobs.status[parent], DONE)]] = False
    return waits
