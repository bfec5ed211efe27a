"""``/v4/experiments/{expid}/jobs/changes``: what changed since somebody last looked."""

from __future__ import annotations

from typing import Any

from autosubmit_core.answers.v4.fields import INSTANTS, STATUS_NAMES, numbers_of, words_of
from autosubmit_core.archive import Experiment

__all__ = ["changes_answer"]

_NUMBERS = (*INSTANTS, "queue_seconds", "run_seconds", "scheduler_id")


def changes_answer(experiment: Experiment, *, since: str | None = None) -> dict[str, Any]:
    """Return the jobs that changed since a cursor, and the cursor to ask with next.

    ``index`` is the row of a job in the list, and the other columns are those of
    :func:`~autosubmit_core.answers.v4.columns.columns_answer`, none of them shortened. A job that
    only goes on queuing or running has not changed. ``reset`` tells that the cursor is of another
    list, or too old, and that all jobs have to be read again. Without a cursor there is only one to
    begin with.

    Raises :class:`~autosubmit_core.SourceError` if the job list cannot be read.
    """
    made = experiment.changes(since)
    _, status = words_of(experiment, "status")
    counters = experiment.counters()
    return {
        "cursor": made.cursor,
        "list_version": experiment.list_version,
        "reset": made.reset,
        "tables": {"status": list(STATUS_NAMES)},
        "changed": {
            "index": made.rows,
            "status": status[made.rows],
            **{name: numbers_of(experiment, name)[made.rows] for name in _NUMBERS},
        },
        "counts": {name.name: count for name, count in counters.items() if count},
    }
