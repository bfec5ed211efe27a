"""One job: its times, its attempts, what it waits for and what waits for it, and its logs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath
from typing import Any, ClassVar

from autosubmit_core import Experiment, SourceError, Status
from autosubmit_core.published import (
    children_answer,
    job_answer,
    parents_answer,
    waiting_answer,
)
from autosubmit_core.server import JOB_NAME, Route

from autosubmit_site.pages.base import EXPID, ExperimentPage, operation
from autosubmit_site.pages.logs import Log, log_of

__all__ = ["Attempt", "JobView", "Neighbour", "job_of", "routes"]

#: How many lines of each log the page shows, and how many neighbours.
LINES, NEIGHBOURS = 60, 200


@dataclass(frozen=True, slots=True)
class Attempt:
    """One submission of the job."""

    run_id: int
    status: Status
    submit: int
    start: int
    finish: int
    queue: int
    run: int
    processors: int
    scheduler_id: int
    #: File names of its logs; empty where none are noted.
    out: str
    err: str


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A job that this one waits for, or that waits for it."""

    name: str
    status: Status | None


@dataclass(frozen=True, slots=True)
class JobView:
    """All there is to show of a job."""

    name: str
    status: Status
    #: What is known of it, as the API tells it.
    job: dict[str, Any]
    #: Seconds in the queue and running.
    queue: int
    run: int
    attempts: tuple[Attempt, ...]
    parents: tuple[Neighbour, ...]
    children: tuple[Neighbour, ...]
    #: Why it does not run, a sentence each, and the jobs that hold up all others before it; none of a
    #: job that runs or is done.
    reasons: tuple[str, ...]
    frontier: tuple[Neighbour, ...]
    out: Log | None
    err: Log | None


def job_of(experiment: Experiment, job_name: str) -> JobView:
    """Return what is known of a job.

    Raises :class:`~autosubmit_core.JobNotFoundError`, and :class:`~autosubmit_core.SourceError` if
    the job list cannot be read.
    """
    job = job_answer(experiment, job_name=job_name)
    row = experiment.job_row(job_name)
    waiting = waiting_answer(experiment, job_name=job_name)
    return JobView(
        name=job_name,
        status=Status[job["status"]],
        job=job,
        queue=int(experiment.times.queue[row]),
        run=int(experiment.times.run[row]),
        attempts=_attempts(experiment, job_name),
        parents=_neighbours(
            parents_answer(experiment, job_name=job_name, include_status=True)["parents"]
        ),
        children=_neighbours(
            children_answer(experiment, job_name=job_name, include_status=True)["children"]
        ),
        reasons=tuple(waiting["reasons"]) if waiting["waits"] else (),
        frontier=_neighbours(waiting["frontier"]["jobs"]) if waiting["waits"] else (),
        out=_log(experiment, job["out_path_local"]),
        err=_log(experiment, job["err_path_local"]),
    )


def _attempts(experiment: Experiment, job_name: str) -> tuple[Attempt, ...]:
    rows = experiment.history_rows(job_name)
    history, times = experiment.history.take(rows), experiment.attempt_metrics(rows)
    return tuple(
        Attempt(
            run_id=int(history.run_id[row]),
            status=Status.of(int(history.status[row])),
            submit=int(times.submit[row]),
            start=int(times.start[row]),
            finish=int(times.finish[row]),
            queue=int(times.queue[row]),
            run=int(times.run[row]),
            processors=int(history.ncpus[row]),
            scheduler_id=int(history.job_id[row]),
            out=_there(experiment, history.out[row]),
            err=_there(experiment, history.err[row]),
        )
        for row in range(len(history))
    )


def _there(experiment: Experiment, noted: str | None) -> str:
    """Return the name of a log if the file is there, packed or not; else nothing."""
    try:
        names = experiment.logs.of_jobs.names
    except SourceError:
        return ""
    return next((noted + end for end in ("", ".xz", ".gz") if noted and noted + end in names), "")


def _neighbours(listed: list[dict[str, Any]]) -> tuple[Neighbour, ...]:
    return tuple(
        Neighbour(element["job_name"], Status[element["status"]] if element["status"] else None)
        for element in listed
    )


def _log(experiment: Experiment, path: str | None) -> Log | None:
    if not path:
        return None
    try:
        return log_of(experiment, PurePath(path).name, LINES)
    except SourceError as error:
        experiment.warn("logs", error.code, f"{PurePath(path).name}: {error.reason}.")
        return None


class JobPage(ExperimentPage):
    """``GET /experiments/{expid}/jobs/{job_name}``: one job."""

    template = "job.html.j2"
    view = staticmethod(job_of)
    operations: ClassVar = {"get": operation("One job", path=(EXPID, JOB_NAME))}


routes = [Route("/experiments/{expid}/jobs/{job_name}", JobPage)]
