"""``/v4/experiments/{expid}/jobs``: the job list, an element a job."""

from __future__ import annotations

from typing import Any

import numpy as np

from autosubmit_core.answers.elements import Elements
from autosubmit_core.answers.formats import date_texts, positive
from autosubmit_core.answers.v4.selection import (
    EVERY_JOB,
    JobFilter,
    Page,
    Rows,
    ordered,
    selected_rows,
)
from autosubmit_core.archive import Experiment
from autosubmit_core.status import Status
from autosubmit_core.tables import JobTable

__all__ = ["VIEWS", "jobs_answer"]

#: The shapes of an element: all of a job, or its name and status alone.
VIEWS = ("base", "quick")

_STATUS_NAMES = {int(status): status.name for status in Status}


def jobs_answer(
    experiment: Experiment,
    *,
    view: str = "base",
    job_name: str | None = None,
    status: str | None = None,
    wanted: JobFilter = EVERY_JOB,
    order_by: str | None = None,
    page: int = 1,
    page_size: int | None = None,
) -> dict[str, Any]:
    """Return the wanted jobs, and which page of them this is.

    They are sorted by name, number by number as if it were text, which clients have always got;
    ``order_by`` is one of :data:`~autosubmit_core.answers.v4.selection.ORDERS`. Without ``page_size``
    there is one page of all jobs. ``job_name`` and ``status`` are further filters, one word each.

    Raises :class:`~autosubmit_core.SourceError` if the job list cannot be read.
    """
    rows = selected_rows(experiment, wanted)
    if job_name or status:
        also = JobFilter(job_name=job_name, status=(status,) if status else ())
        rows = np.intersect1d(rows, selected_rows(experiment, also), assume_unique=True)
    rows = ordered(experiment, rows, order_by) if order_by else _by_name(experiment, rows)
    which = Page(page, page_size)
    shown = which.of(rows)
    columns = _quick if view == "quick" else _base
    return {
        "jobs": Elements(columns(experiment.jobs.take(shown))),
        "pagination": which.told(len(rows), len(shown)),
    }


def _by_name(experiment: Experiment, rows: Rows) -> Rows:
    wanted = np.zeros(len(experiment.jobs), dtype=np.bool_)
    wanted[rows] = True
    by_name = experiment.rows_by_name
    return by_name[wanted[by_name]]


def _quick(jobs: JobTable) -> dict[str, list[Any]]:
    return {"name": jobs.name.tolist(), "status": _statuses(jobs)}


def _base(jobs: JobTable) -> dict[str, list[Any]]:
    return {
        "name": jobs.name.tolist(),
        "status": _statuses(jobs),
        "priority": jobs.priority.tolist(),
        "section": jobs.section.tolist(),
        "date": date_texts(jobs.date, "%Y-%m-%d"),
        "member": jobs.member.tolist(),
        "chunk": positive(jobs.chunk),
        "split": positive(jobs.split),
        "splits": positive(jobs.splits),
        "out_path_local": jobs.local_out.tolist(),
        "err_path_local": jobs.local_err.tolist(),
        "out_path_remote": jobs.remote_out.tolist(),
        "err_path_remote": jobs.remote_err.tolist(),
    }


def _statuses(jobs: JobTable) -> list[str]:
    return [_STATUS_NAMES.get(code, "UNKNOWN") for code in jobs.status.tolist()]
