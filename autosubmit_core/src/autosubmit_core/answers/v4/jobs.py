"""``/v4/experiments/{expid}/jobs``: the job list."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from autosubmit_core.answers.formats import date_texts
from autosubmit_core.archive import Experiment
from autosubmit_core.names import name_filter
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
    page: int = 1,
    page_size: int | None = None,
) -> dict[str, Any]:
    """Return the jobs whose names and status match, by name, and which page of them this is.

    ``job_name`` is found anywhere in the name, without case; ``*`` is any text and a leading ``!``
    negates. Without ``page_size`` there is one page of all jobs.

    Raises :class:`~autosubmit_core.SourceError` if the job list cannot be read.
    """
    jobs = experiment.jobs
    rows = _by_name(jobs, _matching(jobs, job_name, status))
    shown = rows if page_size is None else rows[(page - 1) * page_size : page * page_size]
    elements = _quick if view == "quick" else _base
    return {
        "jobs": elements(jobs.take(shown)),
        "pagination": {
            "page": 1 if page_size is None else page,
            "page_size": page_size,
            "total_pages": 1 if page_size is None else max(1, math.ceil(len(rows) / page_size)),
            "page_items": len(shown),
            "total_items": len(rows),
        },
    }


def _matching(jobs: JobTable, job_name: str | None, status: str | None) -> npt.NDArray[np.bool_]:
    mask = np.ones(len(jobs), dtype=bool)
    if status:
        mask &= jobs.status == Status[status]
    if job_name:
        negated = job_name.startswith("!")
        pattern = name_filter(job_name[1:] if negated else job_name)
        found = [pattern.search(name) is not None for name in jobs.name]
        mask &= np.array(found, dtype=bool) ^ negated
    return mask


def _by_name(jobs: JobTable, mask: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    rows = np.flatnonzero(mask)
    keys = [(name.lower(), name) for name in jobs.name[rows].tolist()]
    return rows[sorted(range(len(rows)), key=keys.__getitem__)].astype(np.int64)


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
