"""``/v4/experiments/{expid}/jobs``: the job list, an element a job."""

from __future__ import annotations

from typing import Any

import numpy as np

from autosubmit_core.answers.formats import date_texts
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
from autosubmit_core.tables import Int32Column, JobTable

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
    rows = ordered(experiment, rows, order_by) if order_by else _by_name(experiment.jobs, rows)
    which = Page(page, page_size)
    shown = which.of(rows)
    elements = _quick if view == "quick" else _base
    return {
        "jobs": elements(experiment.jobs.take(shown)),
        "pagination": which.told(len(rows), len(shown)),
    }


def _by_name(jobs: JobTable, rows: Rows) -> Rows:
    keys = [(name.lower(), name) for name in jobs.name[rows].tolist()]
    return rows[sorted(range(len(rows)), key=keys.__getitem__)]


def _quick(jobs: JobTable) -> list[dict[str, Any]]:
    return [
        {"name": name, "status": _STATUS_NAMES.get(code, "UNKNOWN")}
        for name, code in zip(jobs.name.tolist(), jobs.status.tolist())
    ]


def _base(jobs: JobTable) -> list[dict[str, Any]]:
    columns = (
        jobs.name.tolist(),
        [_STATUS_NAMES.get(code, "UNKNOWN") for code in jobs.status.tolist()],
        jobs.priority.tolist(),
        jobs.section.tolist(),
        date_texts(jobs.date, "%Y-%m-%d"),
        jobs.member.tolist(),
        _positive(jobs.chunk),
        _positive(jobs.split),
        _positive(jobs.splits),
        jobs.local_out.tolist(),
        jobs.local_err.tolist(),
        jobs.remote_out.tolist(),
        jobs.remote_err.tolist(),
    )
    return [dict(zip(_BASE_KEYS, values)) for values in zip(*columns)]


_BASE_KEYS = (
    "name",
    "status",
    "priority",
    "section",
    "date",
    "member",
    "chunk",
    "split",
    "splits",
    "out_path_local",
    "err_path_local",
    "out_path_remote",
    "err_path_remote",
)


def _positive(values: Int32Column) -> list[int | None]:
    """Return numbers that count from one, None where there is none."""
    return [value if value > 0 else None for value in values.tolist()]
