"""``/v4/experiments``: the experiments of an installation, searched, sorted and paged."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from autosubmit_core.answers.experiments import holding_text, of_type, whole_matches
from autosubmit_core.answers.formats import instant_utc
from autosubmit_core.archive import Archive, Experiment
from autosubmit_core.errors import RequestError
from autosubmit_core.tables import BoolColumn, ExperimentTable, TextColumn
from autosubmit_core.times import epoch_of_text

__all__ = ["FIELDS", "ORDERS", "experiments_answer"]

#: What a search can be sorted by.
ORDERS = ("expid", "created", "description")

#: Counters of the last run; an experiment without one has 0 in all of them.
_COUNTERS = ("completed", "total", "submitted", "queuing", "running", "failed", "suspended")

#: What is told of an experiment, in this order.
FIELDS = (
    *("id", "name", "user", "description", "hpc", "version", "created", "modified", "status"),
    *_COUNTERS,
)

Rows = npt.NDArray[np.intp]


def experiments_answer(
    archive: Archive,
    *,
    query: str | None = None,
    only_active: bool = True,
    owner: str | None = None,
    hpc: str | None = None,
    autosubmit_version: str | None = None,
    exp_type: str | None = None,
    modified_since: int | None = None,
    after: int | None = None,
    order_by: str | None = None,
    order_desc: bool = False,
    page: int = 1,
    page_size: int = 12,
    fields: tuple[str, ...] = FIELDS,
) -> dict[str, Any]:
    """Return one page of the experiments that all given filters let through.

    ``query`` is found anywhere in name, description or owner; ``owner``, ``hpc`` and
    ``autosubmit_version`` match whole, ``*`` is any text and a leading ``!`` negates.
    ``modified_since`` (seconds since 1970 UTC) asks for those whose job list changed since, ``after``
    for those of a higher number: asked again with ``next_after``, a search by number goes on where it
    ended, whatever was added meanwhile. A ``page_size`` of 0 or less means that there is no paging.
    Only what ``fields`` name is read, of the experiments on the page alone.

    Raises :class:`RequestError` for a field that there is not.
    """
    unknown = [field for field in fields if field not in FIELDS]
    if unknown:
        raise RequestError(f"There is no field {unknown[0]!r}; there are {', '.join(FIELDS)}.")
    known = archive.experiments()
    mask = _running_or_all(known, only_active)
    mask &= _matching(known.user, owner) & _matching(known.hpc, hpc)
    mask &= _matching(known.autosubmit_version, autosubmit_version)
    if query:
        mask &= holding_text(known, query)
    if exp_type:
        mask &= of_type(known, exp_type)
    if after is not None:
        mask &= known.id > after
    rows = np.flatnonzero(mask)
    if modified_since is not None:
        rows = _modified_since(archive, known, rows, modified_since)
    rows = _ordered(known, rows, order_by, order_desc)
    shown = rows[(page - 1) * page_size : page * page_size] if page_size > 0 else rows
    elements = archive.of_each(known.take(shown), lambda one: _element(one, fields))
    return {
        "experiments": elements,
        "pagination": {
            **_pagination(page, page_size, len(rows), len(shown)),
            "next_after": _next_after(known, rows, shown),
        },
    }


def _running_or_all(known: ExperimentTable, only_active: bool) -> BoolColumn:
    return known.running.copy() if only_active else np.ones(len(known), dtype=np.bool_)


def _matching(values: TextColumn, pattern: str | None) -> BoolColumn:
    """Tell which texts match a pattern as a whole; all of them without one."""
    return whole_matches(values, pattern) if pattern else np.ones(len(values), dtype=np.bool_)


def _pagination(page: int, page_size: int, total: int, shown: int) -> dict[str, Any]:
    paged = page_size > 0
    return {
        "page": page,
        "page_size": page_size if paged else None,
        "total_pages": math.ceil(total / page_size) if paged else 1,
        "page_items": shown,
        "total_items": total,
    }


def _modified_since(archive: Archive, known: ExperimentTable, rows: Rows, since: int) -> Rows:
    recent = archive.of_each(known.take(rows), lambda one: (one.jobs_modified or 0) >= since)
    return rows[np.array(recent, dtype=np.bool_)]


def _ordered(known: ExperimentTable, rows: Rows, order_by: str | None, descending: bool) -> Rows:
    """Return rows in an order; what is equal in it is sorted by number.

    Experiments of which nobody noted when they were created are older than all others.
    """
    rows = rows[np.argsort(known.id[rows], kind="stable")]
    keys: list[Any]
    match order_by:
        case None:
            return rows
        case "expid":
            keys = known.name[rows].tolist()
        case "description":
            keys = known.description[rows].tolist()
        case "created":
            keys = [epoch_of_text(text) for text in known.created[rows]]
        case _:
            raise RequestError(f"Experiments are not sorted by {order_by!r}.")
    return rows[sorted(range(len(rows)), key=keys.__getitem__, reverse=descending)]


def _element(experiment: Experiment, fields: tuple[str, ...]) -> dict[str, Any]:
    registered = experiment.registered
    element = {
        "id": int(registered.id[0]),
        "name": experiment.expid,
        "user": registered.user[0],
        "description": experiment.description,
        "hpc": registered.hpc[0],
        "version": experiment.autosubmit_version,
        "created": registered.created[0],
        "status": "RUNNING" if experiment.is_running else "NOT RUNNING",
    }
    if "modified" in fields:
        element["modified"] = instant_utc(experiment.jobs_modified)
    if not set(fields).isdisjoint(_COUNTERS):
        counters = experiment.last_run
        element |= {name: getattr(counters, name) if counters else 0 for name in _COUNTERS}
    return {field: element[field] for field in FIELDS if field in fields}


def _next_after(known: ExperimentTable, rows: Rows, shown: Rows) -> int | None:
    """Return the number to go on after; null on the last page, and in no order but by number."""
    if not len(shown) or shown[-1] == rows[-1] or (np.diff(known.id[rows]) < 0).any():
        return None
    return int(known.id[shown[-1]])
