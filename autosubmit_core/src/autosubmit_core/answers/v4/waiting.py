"""``/v4/experiments/{expid}/jobs/{job_name}/waiting``: why a job does not run."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np

from autosubmit_core.answers.formats import in_words
from autosubmit_core.answers.v4.heartbeat import heartbeat_sentence
from autosubmit_core.archive import Experiment
from autosubmit_core.graphs.blocking import Blocking
from autosubmit_core.metrics.heartbeat import Pulse
from autosubmit_core.metrics.past_times import quantile
from autosubmit_core.metrics.platform_load import PlatformLoad
from autosubmit_core.status import DONE, QUEUED, Status
from autosubmit_core.tables import Int32Column

__all__ = ["MOST_LISTED", "waiting_answer"]

#: How many jobs of one kind are named; how many there are is told besides.
MOST_LISTED = 50

#: What waits for its turn on the platform alone; held jobs wait for their parents.
_TURN = (Status.SUBMITTED, Status.QUEUING)
#: What goes on only when somebody does something.
_STUCK = (Status.FAILED, Status.SUSPENDED)
#: What is set aside, whatever waits for what.
_SET_ASIDE = (Status.HELD, Status.SUSPENDED)
_READY = (Status.READY, Status.PREPARED)
#: What an experiment does that nothing is submitted of.
_QUIET = (Pulse.DEAD, Pulse.STOPPED, Pulse.CREATED, Pulse.STALLED)


def waiting_answer(experiment: Experiment, *, job_name: str) -> dict[str, Any]:
    """Return what a job waits for, in words and as fields.

    Raises :class:`~autosubmit_core.JobNotFoundError` for a name that the job list does not have, and
    :class:`~autosubmit_core.SourceError` if it cannot be read.
    """
    row = experiment.job_row(job_name)
    found = experiment.insight.blocking(row)
    status = Status.of(int(experiment.jobs.status[row]))
    waits = status not in (*DONE, Status.RUNNING)
    load = None
    if status in (*_READY, *QUEUED):
        load = experiment.insight.platform_load(experiment.jobs.section[row] or "")
    before = experiment.jobs.status[found.ancestors] if waits else np.empty(0, dtype=np.int8)
    stuck = found.ancestors[np.isin(before, _STUCK)] if waits else found.ancestors[:0]
    wrapper = _wrapper(experiment, row)
    return {
        "job_name": job_name,
        "status": status.name,
        "waits": waits,
        "needs_action": status in _STUCK or bool(len(stuck)),
        "reasons": _reasons(experiment, row, found, stuck, load, wrapper),
        "parents": _jobs(experiment, found.parents),
        "not_done_before": len(found.ancestors),
        "frontier": _jobs(experiment, found.frontier),
        "stuck": _jobs(experiment, stuck),
        "set_aside": _jobs(experiment, found.ancestors[_status_in(experiment, found, _SET_ASIDE)]),
        "longest_chain": _jobs(experiment, found.chain),
        "platform": load
        and {
            "name": load.platform,
            "waiting_jobs": load.waiting,
            "max_waiting_jobs": load.most_waiting,
            "total_jobs": load.total,
            "max_total_jobs": load.most_total,
            "full": load.full,
        },
        "wrapper": wrapper,
        "dependents": experiment.insight.dependents(row),
    }


def _status_in(experiment: Experiment, found: Blocking, wanted: tuple[Status, ...]) -> Any:
    return np.isin(experiment.jobs.status[found.ancestors], wanted)


def _jobs(experiment: Experiment, rows: Int32Column) -> dict[str, Any]:
    """Return how many jobs some rows are, by status, and the first of them one by one."""
    status = experiment.jobs.status
    counted = Counter(status[rows].tolist())
    return {
        "total": len(rows),
        "by_status": {Status.of(code).name: count for code, count in sorted(counted.items())},
        "jobs": [
            {
                "job_name": experiment.jobs.name[row],
                "section": experiment.jobs.section[row],
                "status": Status.of(int(status[row])).name,
                "sentence": _doing(experiment, row),
            }
            for row in rows[:MOST_LISTED].tolist()
        ],
    }


def _doing(experiment: Experiment, row: int) -> str:
    """Return what a job is doing, and for how long, against what is usual of its section."""
    jobs, past = experiment.jobs, experiment.insight.past_times
    status = Status.of(int(jobs.status[row]))
    submit, start, _ = experiment.instants
    runs = status == Status.RUNNING
    since = int((start if runs else submit)[row])
    if not since or status not in (*_TURN, Status.RUNNING):
        return status.meaning
    usual = (past.run if runs else past.queue).get(jobs.section[row] or "")
    said = f"{'Running' if runs else 'In the queue'} for {in_words(experiment.now - since)}"
    if usual is None:
        return f"{said}."
    middle, late = quantile(usual, 0.5) or 0, quantile(usual, 0.9) or 0
    return f"{said}; half of its section take {in_words(middle)} or less, 9 of 10 {in_words(late)}."


def _reasons(
    experiment: Experiment,
    row: int,
    found: Blocking,
    stuck: Int32Column,
    load: PlatformLoad | None,
    wrapper: dict[str, Any] | None,
) -> list[str]:
    """Return why a job does not run yet, the most important sentence first."""
    jobs = experiment.jobs
    status = Status.of(int(jobs.status[row]))
    if status in DONE or status == Status.RUNNING:
        return [_doing(experiment, row)]
    told = []
    if len(stuck):
        told.append(
            f"It cannot start before somebody acts: {_named(experiment, stuck)}, and it waits for"
            f" {'that' if len(stuck) == 1 else 'those'}."
        )
    if status != Status.WAITING:
        told.append(_doing(experiment, row))
    elif not len(experiment.structure):
        told.append(
            "What it depends on is not known: there is no structure database, or it is empty."
        )
    elif not len(found.parents):
        told.append("All that it depends on is done: Autosubmit has not looked at it since.")
    if len(found.frontier) and status in (Status.WAITING, *QUEUED):
        told.append(_of_frontier(experiment, found))
    if load is not None and status in _READY and load.full:
        told.append(_of_load(load))
    if wrapper and wrapper["too_few"]:
        told.append(
            f"Jobs of its section are submitted at least {wrapper['min_wrapped']} at a time, in one"
            f" wrapper; there are {wrapper['candidates']} for it."
        )
    pulse = experiment.insight.heartbeat()
    if pulse.pulse in _QUIET:
        told.append(f"Autosubmit may not be running. {heartbeat_sentence(pulse)}")
    return told


def _named(experiment: Experiment, rows: Int32Column) -> str:
    """Return what some jobs are, by name if they are few."""
    names, status = experiment.jobs.name, experiment.jobs.status
    if len(rows) <= 3:
        named = [f"{names[row]} is {Status.of(int(status[row])).name}" for row in rows.tolist()]
        return ", ".join(named)
    counted = Counter(Status.of(code).name for code in status[rows].tolist())
    return ", ".join(f"{count} jobs are {name}" for name, count in sorted(counted.items()))


def _of_frontier(experiment: Experiment, found: Blocking) -> str:
    jobs = "1 job" if len(found.ancestors) == 1 else f"{len(found.ancestors)} jobs"
    are = "is" if len(found.ancestors) == 1 else "are"
    longest = f"; the longest chain of them has {len(found.chain)}" if len(found.chain) > 1 else ""
    return (
        f"{jobs} before it {are} not done{longest}. What everything hangs on:"
        f" {_named(experiment, found.frontier)}."
    )


def _of_load(load: PlatformLoad) -> str:
    return (
        f"{load.platform} is as full as Autosubmit lets it be: waiting there are {load.waiting}"
        f" (MAXWAITINGJOBS {_limit(load.most_waiting)}), there in all {load.total}"
        f" (TOTALJOBS {_limit(load.most_total)}); a wrapper counts as one."
    )


def _limit(most: int | None) -> str:
    return "is not set" if most is None else f"is {most}"


def _wrapper(experiment: Experiment, row: int) -> dict[str, Any] | None:
    """Return the kind of wrapper that a job is submitted in, and how many could go with it now."""
    jobs = experiment.jobs
    settings = experiment.configuration.wrapper(jobs.section[row] or "")
    if settings is None:
        return None
    status = jobs.status
    of_sections = np.isin(jobs.section.astype(str), settings.sections)
    candidates = of_sections & np.isin(status, _READY)
    if "vertical" in settings.type:
        # One after the other: what waits for the first of them goes along.
        mates = of_sections & (jobs.date == jobs.date[row]) & (jobs.member == jobs.member[row])
        candidates |= mates & (status == Status.WAITING)
    least = settings.min_wrapped
    count = int(candidates.sum())
    return {
        "name": experiment.workflow.wrapper_of.get(row),
        "type": settings.type,
        "min_wrapped": least,
        "max_wrapped": settings.max_wrapped,
        "candidates": count,
        "too_few": status[row] in _READY and least is not None and count < least,
    }
