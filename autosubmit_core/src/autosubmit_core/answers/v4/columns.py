"""``/v4/experiments/{expid}/jobs?view=columns``: the job list as columns, a tenth of the bytes."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from autosubmit_core.answers.v4.fields import FIELDS, WORDS, numbers_of, words_of
from autosubmit_core.answers.v4.selection import (
    EVERY_JOB,
    JobFilter,
    Page,
    Rows,
    ordered,
    selected_rows,
)
from autosubmit_core.archive import Experiment
from autosubmit_core.errors import RequestError

__all__ = ["columns_answer"]


def columns_answer(
    experiment: Experiment,
    *,
    fields: tuple[str, ...] = FIELDS,
    wanted: JobFilter = EVERY_JOB,
    order_by: str | None = None,
    page: int = 1,
    page_size: int | None = None,
) -> dict[str, Any]:
    """Return the wanted jobs in the order of the list, or another, as one array per field.

    A field of few words holds places in its table, one that is the same for all jobs is
    ``{"const": value}``, and one that no job has is null. Instants are seconds since 1970 UTC, 0 for
    none. ``index`` is the row of each job in the whole list, null if these are all rows in order;
    rows stay the same as long as ``list_version`` does. ``cursor`` is where
    :func:`~autosubmit_core.answers.v4.changes.changes_answer` goes on from this answer.

    Raises :class:`RequestError` for a field that there is not, and
    :class:`~autosubmit_core.SourceError` if the job list cannot be read.
    """
    unknown = [field for field in fields if field not in FIELDS]
    if unknown:
        raise RequestError(f"There is no field {unknown[0]!r}; there are {', '.join(FIELDS)}.")
    # Before anything else: what changes from here on is told to whoever asks with the cursor.
    cursor = experiment.changes().cursor
    rows = selected_rows(experiment, wanted)
    if order_by:
        rows = ordered(experiment, rows, order_by)
    which = Page(page, page_size)
    shown = which.of(rows)
    tables, columns = _columns(experiment, fields, shown)
    return {
        "list_version": experiment.list_version,
        "cursor": cursor,
        "n": len(shown),
        "chunk_unit": experiment.configuration.chunk_unit or None,
        "chunk_size": experiment.configuration.chunk_size,
        "tables": tables,
        "columns": {"index": _index(shown, len(experiment.jobs)), **columns},
        "pagination": which.told(len(rows), len(shown)),
    }


def _columns(
    experiment: Experiment, fields: tuple[str, ...], rows: Rows
) -> tuple[dict[str, list[str | None]], dict[str, Any]]:
    """Return the tables of words and the columns, those in the order of the fields asked for."""
    tables: dict[str, list[str | None]] = {}
    columns: dict[str, Any] = {}
    for field in dict.fromkeys(fields):
        if field == "name":
            columns[field] = experiment.jobs.name[rows].tolist()
        elif field in WORDS:
            words, places = words_of(experiment, field)
            columns[field] = None if words in ([None], []) else _compact(places[rows])
            if columns[field] is not None:
                tables[field] = words
        else:
            values = numbers_of(experiment, field)
            columns[field] = _compact(values[rows]) if values.any() else None
    return tables, columns


def _compact(values: npt.NDArray[Any]) -> Any:
    """Return numbers as they are, or their one value."""
    if len(values) and (values == values[0]).all():
        return {"const": values[0].item()}
    return values


def _index(rows: Rows, n: int) -> Rows | None:
    return None if len(rows) == n and (rows == np.arange(n)).all() else rows
