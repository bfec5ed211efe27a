"""One look at an experiment that has changed: what there is to tell of it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from autosubmit_core.answers.v4.events import facts, facts_without_jobs, told_events
from autosubmit_core.api.encoding import json_bytes
from autosubmit_core.archive import Archive
from autosubmit_core.archive.watching import LiveLog, Snapshot, live_logs, snapshot_of
from autosubmit_core.errors import SourceMissingError, SourceUnreadableError

__all__ = ["Look", "look_at"]

#: Sources without which jobs would seem to have changed that have not.
_NEEDED = frozenset({"job_history", "runs"})


@dataclass(frozen=True, slots=True)
class Look:
    """What was found."""

    #: None if there is no job list yet.
    snapshot: Snapshot | None
    #: What is told to somebody who begins to listen.
    facts: Mapping[str, Any]
    #: What changed: the names of events, and their data as JSON.
    told: tuple[tuple[str, bytes], ...]
    #: The logs that may grow.
    logs: tuple[LiveLog, ...]


def look_at(archive: Archive, expid: str, before: Snapshot | None, settled: bool) -> Look:
    """Return what an experiment is now, and what changed since it was ``before``.

    One that had a job list before and has none now raises :class:`SourceMissingError`. Unless its files
    are ``settled``, one that cannot be read is being written: that raises
    :class:`SourceUnreadableError`, as a job list that cannot be read always does.
    """
    experiment = archive.experiment(expid)
    try:
        snapshot = snapshot_of(experiment, {} if before is None else before.logs)
    except SourceMissingError:
        if before is not None:
            raise
        return Look(snapshot=None, facts=facts_without_jobs(expid), told=(), logs=())
    for warning in experiment.warnings:
        if warning.source in _NEEDED and warning.code == "unreadable" and not settled:
            raise SourceUnreadableError(experiment.path, warning.message)
    at = int(time.time())
    told = () if before is None else told_events(experiment, before, snapshot)
    return Look(
        snapshot=snapshot,
        facts=facts(experiment, snapshot.run),
        told=tuple((name, json_bytes({"at": at, **data})) for name, data in told),
        logs=live_logs(experiment),
    )
