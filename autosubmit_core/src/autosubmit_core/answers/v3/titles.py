"""The titles of jobs in the tree, as HTML."""

from __future__ import annotations

import numpy as np

from autosubmit_core.answers.formats import duration
from autosubmit_core.answers.v3.badges import (
    SOURCE,
    SYNC,
    TARGET,
    escaped,
    job_badges,
    wrapper_badge,
)
from autosubmit_core.answers.v3.wrapped import wrappers
from autosubmit_core.archive import Experiment
from autosubmit_core.status import Status
from autosubmit_core.tables import Int8Column, Int64Column

__all__ = ["job_running_texts", "job_titles", "running_texts"]

_SHOW_RUN = (Status.COMPLETED, Status.FAILED, Status.RUNNING)
_SHOW_QUEUE = (Status.SUBMITTED, Status.QUEUING, Status.HELD)
_SUSPICIOUS = " <small><i><b>SUSPICIOUS</b></i></small>"


def job_titles(experiment: Experiment) -> list[str]:
    """Return the title of each job in the tree, as HTML."""
    jobs, noted = experiment.jobs, experiment.workflow.noted
    badges = job_badges()
    wrapped = {
        wrapper: wrapper_badge(f"{wrapper} ")
        for wrapper in dict.fromkeys(experiment.workflow.wrapper_of.values())
    }
    return [
        escaped(name)
        + badges.get(status, badges[Status.UNKNOWN])
        + (f" ~ {text}" if text else "")
        + ("" if children else TARGET)
        + ("" if parents else SOURCE)
        + (SYNC if dated and member is None else "")
        + (wrapped[wrapper] if wrapper else "")
        for name, status, text, children, parents, dated, member, wrapper in zip(
            jobs.name.tolist(),
            jobs.status.tolist(),
            job_running_texts(experiment),
            noted.noted_children.tolist(),
            noted.parents.counts().tolist(),
            (~np.isnat(jobs.date)).tolist(),
            jobs.member.tolist(),
            wrappers(experiment),
        )
    ]


def job_running_texts(experiment: Experiment) -> list[str]:
    """Return how long each job of the list queued and ran, as its title says it."""
    times = experiment.times
    texts = running_texts(experiment.jobs.status, times.queue, times.run)
    for row in np.flatnonzero(times.suspicious).tolist():
        texts[row] = _SUSPICIOUS
    return texts


def running_texts(status: Int8Column, queue: Int64Column, run: Int64Column) -> list[str]:
    """Return how long jobs queued and ran: ``( 0:01:40 ) + 0:10:00``, empty if that says nothing."""
    texts = {seconds: duration(seconds) for seconds in {*queue.tolist(), *run.tolist()}}
    made = [""] * len(status)
    waits, runs = np.isin(status, _SHOW_QUEUE), np.isin(status, _SHOW_RUN)
    for row in np.flatnonzero(waits).tolist():
        made[row] = f"( {texts[int(queue[row])]} )"
    rows = np.flatnonzero(runs)
    for row, queued, ran in zip(rows.tolist(), queue[rows].tolist(), run[rows].tolist()):
        made[row] = f"( {texts[queued]} ) + {texts[ran]}"
    return made
