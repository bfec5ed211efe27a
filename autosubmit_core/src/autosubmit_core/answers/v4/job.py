"""``/v4/experiments/{expid}/jobs/{job_name}``: all there is to know about one job, or a few."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from autosubmit_core.answers.formats import instant
from autosubmit_core.archive import Experiment
from autosubmit_core.errors import JobNotFoundError, SourceError
from autosubmit_core.status import Status
from autosubmit_core.tables import JobHistory, JobTable, positions, text_column

__all__ = ["job_answer", "several_jobs_answer"]

_ENDED = (Status.COMPLETED, Status.FAILED)


class _Attempt(NamedTuple):
    """What the history notes of the newest attempt of a job, as far as there is one."""

    #: The number in the scheduler.
    job_id: int = 0
    #: The names of its logs.
    out: str | None = None
    err: str | None = None
    workflow_commit: str | None = None


def job_answer(experiment: Experiment, *, job_name: str) -> dict[str, Any]:
    """Return what is known about a job; null where nothing is.

    Raises :class:`JobNotFoundError` for a name that the job list does not have, and
    :class:`~autosubmit_core.SourceError` if it cannot be read.
    """
    found = several_jobs_answer(experiment, names=(job_name,))["jobs"]
    if not found:
        raise JobNotFoundError(experiment.expid, job_name)
    job: dict[str, Any] = found[0]
    return job


def several_jobs_answer(experiment: Experiment, *, names: tuple[str, ...]) -> dict[str, Any]:
    """Return what is known about some jobs, in the order of the names, each once.

    ``missing`` are the names that the job list does not have. Raises
    :class:`~autosubmit_core.SourceError` if it cannot be read.
    """
    asked = list(dict.fromkeys(names))
    rows = positions(text_column(asked), experiment.jobs.name)
    found = rows[rows >= 0]
    return {
        "jobs": _jobs(experiment, found),
        "missing": [name for name, row in zip(asked, rows.tolist()) if row < 0],
    }


def _jobs(experiment: Experiment, rows: npt.NDArray[np.integer[Any]]) -> list[dict[str, Any]]:
    jobs = experiment.jobs.take(rows)
    history = experiment.history_of(jobs.name.tolist())
    details = experiment.job_details(rows, history)
    requests = experiment.job_requests(rows, history, details.history_row)
    attempts = [_newest(history, row) for row in details.history_row.tolist()]
    chunk_size, chunk_unit = _chunk_length(experiment)
    workflow_commit = experiment.configuration.workflow_commit
    wrapper_of = experiment.wrappers.wrapper_of()
    return [
        {
            "name": jobs.name[row],
            "status": Status.of(int(jobs.status[row])).name,
            "section": jobs.section[row],
            "date": _date(jobs, row),
            "member": jobs.member[row],
            "chunk": _positive(jobs.chunk[row]),
            "split": _positive(jobs.split[row]),
            "splits": _positive(jobs.splits[row]),
            **_logs(experiment, jobs, attempt, row),
            "chunk_size": chunk_size,
            "chunk_unit": chunk_unit,
            "platform": requests.platform[row] or None,
            "remote_id": _positive(attempt.job_id) or _positive(jobs.scheduler_id[row]),
            "qos": requests.queue[row],
            "workflow_commit": workflow_commit or attempt.workflow_commit,
            "processors": _positive(requests.processors[row]),
            "submit": instant(int(details.submit[row])),
            "start": instant(int(details.start[row])),
            "finish": instant(int(details.finish[row])),
            "wallclock": requests.wallclock[row],
            "last_wrapper": wrapper_of.get(jobs.name[row]),
        }
        for row, attempt in enumerate(attempts)
    ]


def _newest(history: JobHistory, row: int) -> _Attempt:
    """Return what a row of the history notes; nothing for the row -1."""
    if row < 0:
        return _Attempt()
    return _Attempt(*(getattr(history, field)[row] for field in _Attempt._fields))


def _chunk_length(experiment: Experiment) -> tuple[int | None, str | None]:
    """Return size and unit of a chunk as configured, else those of the last run."""
    configuration, runs = experiment.configuration, experiment.runs
    if configuration.chunk_unit:
        return configuration.chunk_size, configuration.chunk_unit
    if not len(runs):
        return None, None
    last = int(runs.run_id.argmax())
    return _positive(runs.chunk_size[last]), runs.chunk_unit[last]


def _date(jobs: JobTable, row: int) -> str | None:
    date = jobs.date[row].item()
    return None if date is None else date.strftime("%Y%m%d")


def _logs(
    experiment: Experiment, jobs: JobTable, attempt: _Attempt, row: int
) -> dict[str, str | None]:
    """Return the full paths of the logs of a job that ended, or of one that runs on this machine."""
    status, name = jobs.status[row], jobs.name[row]
    if status not in (*_ENDED, Status.RUNNING):
        return {"out_path_local": None, "err_path_local": None}
    try:
        logs = experiment.logs.of_jobs
    except SourceError as error:
        experiment.warn("logs", "unreadable", f"Logs of jobs cannot be found ({error.reason}).")
        return {"out_path_local": None, "err_path_local": None}
    if status == Status.RUNNING:
        out, err = logs.running_log(name, "out"), logs.running_log(name, "err")
    else:
        out = logs.finished_log(name, "out", attempt.out)
        err = logs.finished_log(name, "err", attempt.err)
    return {
        "out_path_local": str(logs.folder / out) if out else None,
        "err_path_local": str(logs.folder / err) if err else None,
    }


def _positive(value: int) -> int | None:
    return int(value) if value > 0 else None
