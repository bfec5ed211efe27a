"""How long the chunks of jobs are, and on which days they begin and end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autosubmit_core.archive import Experiment
from autosubmit_core.chunks import first_days
from autosubmit_core.tables import Int32Column, RunTable, TimeColumn

__all__ = ["chunk_columns", "chunk_dates", "configured_chunks"]


def configured_chunks(experiment: Experiment) -> tuple[str | None, int | None]:
    """Return unit and size of chunks as configured, else those of the last run, else None."""
    configuration, runs = experiment.configuration, experiment.runs
    if configuration.chunk_unit:
        return configuration.chunk_unit, configuration.chunk_size
    if len(runs) and runs.chunk_unit[last := int(runs.run_id.argmax())]:
        return runs.chunk_unit[last], int(runs.chunk_size[last])
    return None, None


def chunk_columns(experiment: Experiment) -> dict[str, Sequence[Any]]:
    """Return unit and size of the chunk of each job, and its first day and the first after it."""
    jobs = experiment.jobs
    kinds = _chunks_of_runs(experiment.runs)
    default = configured_chunks(experiment)
    run_ids = experiment.history.run_id.tolist()
    units_and_sizes = [
        kinds.get(run_ids[row], default) if row >= 0 else default
        for row in experiment.times.history_row.tolist()
    ]
    begin, end = chunk_dates(jobs.date, jobs.chunk, units_and_sizes, chunkless=False)
    return {
        "chunk_unit": [unit for unit, _ in units_and_sizes],
        "chunk_size": [size for _, size in units_and_sizes],
        "date": begin,
        "date_plus": end,
    }


def _chunks_of_runs(runs: RunTable) -> dict[int, tuple[str | None, int | None]]:
    """Return unit and size of the chunks of each run that says both."""
    rows = zip(runs.run_id.tolist(), runs.chunk_unit.tolist(), runs.chunk_size.tolist())
    return {run: (unit, size) for run, unit, size in rows if unit and size}


def chunk_dates(
    date: TimeColumn,
    chunk: Int32Column,
    units_and_sizes: Sequence[tuple[str | None, int | None]],
    *,
    chunkless: bool,
) -> tuple[list[str | None], list[str | None]]:
    """Return the first day of each chunk and the first after it, None without a start date.

    A job without a chunk has its start date twice; with ``chunkless`` it counts as of chunk 0, the
    one before the first.
    """
    begin, end = date.astype("datetime64[D]"), date.astype("datetime64[D]")
    kinds = {kind: number for number, kind in enumerate(dict.fromkeys(units_and_sizes))}
    which = np.fromiter((kinds[kind] for kind in units_and_sizes), np.int64, len(date))
    for (unit, size), number in kinds.items():
        rows = np.flatnonzero((which == number) & (chunkless | (chunk > 0)))
        if unit and size:
            begin[rows] = first_days(date[rows], chunk[rows] - 1, unit, size)
            end[rows] = first_days(date[rows], chunk[rows], unit, size)
    return _day_texts(begin), _day_texts(end)


def _day_texts(days: TimeColumn) -> list[str | None]:
    distinct, which = np.unique(days, return_inverse=True)
    texts = [
        None if text == "NaT" else text.replace("-", " ")
        for text in np.datetime_as_string(distinct).tolist()
    ]
    return [texts[index] for index in which.tolist()]
