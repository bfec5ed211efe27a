"""``/v4/experiments/{expid}/events``: what is told when an experiment moves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from autosubmit_core.answers.formats import date_stamps
from autosubmit_core.answers.v4.fields import INSTANTS, STATUS_NAMES, numbers_of
from autosubmit_core.archive import Experiment
from autosubmit_core.archive.changes import changed_rows
from autosubmit_core.archive.watching import LastRun, LiveLog, Snapshot
from autosubmit_core.status import Status

__all__ = ["applied", "facts", "facts_without_jobs", "logs_event", "run_told", "told_events"]

#: Of more jobs that changed at once nothing is told but that: reading them all anew is less.
MOST_JOBS = 5000

_TIMES = ("queue_seconds", "run_seconds")
_WATCHED_NUMBERS = (*INSTANTS, "scheduler_id")
_NUMBERS = ("chunk", "split", *INSTANTS, *_TIMES, "scheduler_id")

Told = tuple[str, dict[str, Any]]


def facts(experiment: Experiment, run: LastRun | None) -> dict[str, Any]:
    """Return what is told of an experiment before anything of it changes."""
    return {
        "expid": experiment.expid,
        "list_version": experiment.list_version,
        "counts": _counts(experiment),
        "run": run_told(run),
    }


def facts_without_jobs(expid: str) -> dict[str, Any]:
    """Return the same of an experiment that has no job list yet."""
    return {"expid": expid, "list_version": None, "counts": {}, "run": None}


def told_events(experiment: Experiment, before: Snapshot, after: Snapshot) -> list[Told]:
    """Return what there is to tell of an experiment that was ``before`` and is ``after``.

    Each is the name of an event and its data, without the moment: ``jobs``, ``run``, and ``resync``
    where jobs cannot be told one by one.
    """
    told: list[Told] = []
    if before.list_version != after.list_version:
        told.append(_resync(experiment, after, "list_changed"))
    else:
        rows = changed_rows(before.columns, after.columns)
        if len(rows) > MOST_JOBS:
            told.append(_resync(experiment, after, "too_many_changes"))
        elif len(rows):
            told.append(("jobs", _jobs_event(experiment, rows, before.columns["status"])))
    if before.run != after.run and not (told and told[0][0] == "resync"):
        event = {"expid": experiment.expid, "event": _of_run(before.run, after.run)}
        told.append(("run", {**event, "run": run_told(after.run)}))
    return told


def logs_event(
    expid: str, logs: Iterable[LiveLog], before: Mapping[str, int], after: Mapping[str, int]
) -> dict[str, Any] | None:
    """Return which logs grew from some sizes to others, and by how much; None if none did."""
    grown = [
        {
            "kind": log.kind,
            "name": log.path.name,
            "job_name": log.job_name,
            "size": after[log.path.name],
            "grew": after[log.path.name] - before.get(log.path.name, 0),
        }
        for log in logs
        if log.path.name in after and after[log.path.name] != before.get(log.path.name)
    ]
    return {"expid": expid, "logs": grown} if grown else None


def applied(snapshot: Snapshot, name: str, data: Mapping[str, Any]) -> Snapshot:
    """Return what an experiment was after an event that is not ``resync``, from what it was before."""
    if name == "run":
        return replace(snapshot, run=data["run"] and LastRun(**data["run"]))
    if name == "logs":
        sizes = {log["name"]: log["size"] for log in data["logs"]}
        return replace(snapshot, logs={**snapshot.logs, **sizes})
    rows = [job["index"] for job in data["jobs"]]
    columns = {column: values.copy() for column, values in snapshot.columns.items()}
    columns["status"][rows] = [Status[job["status"]] for job in data["jobs"]]
    for column in _WATCHED_NUMBERS:
        columns[column][rows] = [job[column] for job in data["jobs"]]
    return replace(snapshot, columns=columns)


def run_told(run: LastRun | None) -> dict[str, Any] | None:
    """Return a run as events tell it."""
    return run and run._asdict()


def _jobs_event(
    experiment: Experiment, rows: npt.NDArray[np.int64], was: npt.NDArray[np.int8]
) -> dict[str, Any]:
    jobs = experiment.jobs.take(rows)
    columns: dict[str, Sequence[Any]] = {
        "index": rows.tolist(),
        "name": jobs.name.tolist(),
        "section": jobs.section.tolist(),
        "date": date_stamps(jobs.date),
        "member": jobs.member.tolist(),
        "was": _status_names(was[rows]),
        "status": _status_names(jobs.status),
        **{name: numbers_of(experiment, name)[rows].tolist() for name in _NUMBERS},
    }
    return {
        "expid": experiment.expid,
        "list_version": experiment.list_version,
        "jobs": [dict(zip(columns, values)) for values in zip(*columns.values())],
        "counts": _counts(experiment),
    }


def _resync(experiment: Experiment, after: Snapshot, reason: str) -> Told:
    return "resync", {"reason": reason, **facts(experiment, after.run)}


def _of_run(before: LastRun | None, after: LastRun | None) -> str:
    """Return what became of a run, in a word."""
    was, runs = bool(before and before.running), bool(after and after.running)
    if runs and (before is None or after is None or before.run_id != after.run_id or not was):
        return "started"
    return "ended" if was and not runs else "changed"


def _counts(experiment: Experiment) -> dict[str, int]:
    return {status.name: count for status, count in experiment.counters().items() if count}


def _status_names(codes: npt.NDArray[np.int8]) -> list[str]:
    return [STATUS_NAMES[code - int(min(Status))] for code in codes.tolist()]
