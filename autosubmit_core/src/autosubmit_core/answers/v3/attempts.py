"""What is told of every attempt in one past run, as columns: a list a key, a value an attempt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np

from autosubmit_core.answers.formats import instants, number_or_none, positive
from autosubmit_core.answers.v3.chunk_dates import chunk_dates, configured_chunks
from autosubmit_core.answers.v3.job_columns import status_columns
from autosubmit_core.archive import Experiment
from autosubmit_core.metrics.attempts import sections_and_members
from autosubmit_core.metrics.job_metrics import AttemptMetrics
from autosubmit_core.tables import (
    UNWRAPPED,
    InstantColumn,
    JobHistory,
    TextColumn,
    TimeColumn,
)

__all__ = ["RunAttempts", "attempt_columns", "run_attempts"]

#: Keys that trees of the present have, and of which a past run knows nothing.
_UNKNOWN = ("children", "children_list", "parents", "parent_list", "custom_directives")


@dataclass(frozen=True, slots=True, kw_only=True)
class RunAttempts:
    """The attempts in one run, and what their rows mean, put right where they were written oddly."""

    rows: JobHistory
    #: The names of the jobs, told apart.
    names: list[str]
    section: TextColumn
    member: TextColumn
    #: The start dates, NaT for none.
    date: TimeColumn
    #: The number of the wrapper of each attempt, None for none.
    wrappers: list[int | None]
    #: Unit and size of the chunks of the run, else as configured.
    chunks: tuple[str | None, int | None]

    def __len__(self) -> int:
        return len(self.rows)


def run_attempts(experiment: Experiment, rows: JobHistory) -> RunAttempts:
    """Return the attempts in a run from their rows in the history, of which there is at least one."""
    section, member = sections_and_members(rows)
    return RunAttempts(
        rows=rows,
        names=_told_apart(rows.job_name.tolist()),
        section=section,
        member=member,
        date=_start_dates(rows.date),
        wrappers=[code if code > UNWRAPPED else None for code in rows.rowtype.tolist()],
        chunks=_chunks_of(experiment, int(rows.run_id[0])),
    )


def attempt_columns(
    experiment: Experiment, attempts: RunAttempts, metrics: AttemptMetrics
) -> dict[str, Sequence[Any]]:
    """Return what is said of each attempt, without its titles and folders."""
    rows, n = attempts.rows, len(attempts)
    folder = str(experiment.logs.jobs)
    return {
        **{key: attempts.names for key in ("id", "internal_id", "label")},
        **status_columns(rows.status),
        **_place_columns(attempts),
        **_metric_columns(metrics),
        "platform_name": rows.platform.tolist(),
        "queue": rows.qos.tolist(),
        "processors": rows.ncpus.tolist(),
        "wallclock": rows.wallclock.tolist(),
        "wrapper": attempts.wrappers,
        "wrapper_code": attempts.wrappers,
        "out": _log_paths(folder, rows.out),
        "err": _log_paths(folder, rows.err),
        "rm_id": rows.job_id.tolist(),
        "workflow_commit": rows.workflow_commit.tolist(),
        "sync": [False] * n,
        **{key: [None] * n for key in _UNKNOWN},
    }


def _place_columns(attempts: RunAttempts) -> dict[str, Sequence[Any]]:
    """Return where in the experiment each attempt belongs."""
    rows, n = attempts.rows, len(attempts)
    unit, size = attempts.chunks
    begin, end = chunk_dates(attempts.date, rows.chunk, [attempts.chunks] * n, chunkless=True)
    return {
        "section": attempts.section.tolist(),
        "member": [member or "" for member in attempts.member],
        "chunk": rows.chunk.tolist(),
        "split": positive(rows.split),
        "splits": positive(rows.splits),
        "chunk_unit": [unit] * n,
        "chunk_size": [size] * n,
        "date": [day or "" for day in begin],
        "date_plus": [day or "" for day in end],
    }


def _metric_columns(metrics: AttemptMetrics) -> dict[str, Sequence[Any]]:
    """Return times and speeds of each attempt."""
    return {
        "SYPD": list(map(number_or_none, metrics.simulated_years_per_day.tolist())),
        "ASYPD": list(map(number_or_none, metrics.actual_simulated_years_per_day.tolist())),
        "minutes_queue": metrics.queue.tolist(),
        "minutes": metrics.run.tolist(),
        "submit": _local_texts(metrics.submit),
        "start": _local_texts(metrics.start),
        "finish": _local_texts(metrics.finish),
    }


def _log_paths(folder: str, names: TextColumn) -> list[str | None]:
    return [
        name if name == "NA" else f"{folder}/{name}" if name else None for name in names.tolist()
    ]


def _told_apart(names: list[str]) -> list[str]:
    """Return names with a ``+`` for each earlier row of the same name.

    >>> _told_apart(["a", "b", "a", "a"])
    ['a', 'b', 'a+', 'a++']
    """
    seen: dict[str, int] = {}
    made = []
    for name in names:
        times = seen[name] = seen.get(name, -1) + 1
        made.append(name + "+" * times)
    return made


def _start_dates(texts: TextColumn) -> TimeColumn:
    """Return start dates from their texts, NaT where there is none."""
    known = {text: _start_date(text) for text in dict.fromkeys(texts.tolist())}
    return np.array([known[text] for text in texts.tolist()], dtype="datetime64[s]")


def _start_date(text: str | None) -> np.datetime64:
    try:
        return np.datetime64(datetime.fromisoformat(text or "").replace(tzinfo=None), "s")
    except ValueError:
        return np.datetime64("NaT", "s")


def _chunks_of(experiment: Experiment, run_id: int) -> tuple[str | None, int | None]:
    runs = experiment.runs
    for row in np.flatnonzero(runs.run_id == run_id):
        if runs.chunk_unit[row] and runs.chunk_size[row]:
            return runs.chunk_unit[row], int(runs.chunk_size[row])
    return configured_chunks(experiment)


def _local_texts(seconds: InstantColumn) -> list[str | None]:
    """Return instants in local time without a zone, as this answer always wrote them."""
    return [text and f"{text[:10]}-{text[11:19]}" for text in instants(seconds)]
