"""``/v4/experiments/{expid}/attempts``: how often jobs were submitted, when, and how that ended."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from autosubmit_core.answers.v4.fields import STATUS_NAMES
from autosubmit_core.archive import Experiment
from autosubmit_core.status import Status
from autosubmit_core.tables import UNWRAPPED, AttemptTable, JobHistory, positions

__all__ = ["attempts_answer"]

#: The columns of an answer, in its order; ``job`` is a row of the job list.
_COLUMNS = ("job", "status", "submit", "start", "finish", "run_id")

_Columns = dict[str, npt.NDArray[Any]]


def attempts_answer(experiment: Experiment, *, past: bool = False) -> dict[str, Any]:
    """Return the attempts of all jobs in the list as columns, those of a job from old to new.

    The history tells of them; of jobs that are not in it, their TOTAL_STATS files do. ``past`` leaves
    out what the job list itself shows: the newest attempt of a job, unless the job has been set back
    to wait since. Statuses are places in the table of words, instants seconds since 1970 UTC, and 0
    stands for what is not known.

    Raises :class:`~autosubmit_core.SourceError` if the job list cannot be read.
    """
    noted, told = _of_history(experiment), _of_files(experiment)
    columns = {name: np.concatenate([noted[name], told[name]]) for name in (*_COLUMNS, "newest")}
    order = np.lexsort((columns["submit"], columns["job"]))
    if past:
        waits_again = experiment.instants[0] == 0
        gone = ~columns["newest"] | waits_again[columns["job"]]
        order = order[gone[order]]
    return {
        "list_version": experiment.list_version,
        "n": len(order),
        "tables": {"status": list(STATUS_NAMES)},
        "columns": {name: columns[name][order] for name in _COLUMNS},
    }


def _of_history(experiment: Experiment) -> _Columns:
    jobs, history = experiment.jobs, experiment.history
    job = positions(history.job_name, jobs.name)
    rows = np.flatnonzero((job >= 0) & (history.rowtype >= UNWRAPPED) & (history.submit > 0))
    newest = experiment.times.history_row[job[rows]] == rows
    return _columns(
        history.take(rows), job[rows], history.status[rows], newest, history.run_id[rows]
    )


def _of_files(experiment: Experiment) -> _Columns:
    """Return the attempts of jobs that are in no history, and of which some are over or go on."""
    jobs = experiment.jobs
    unnoted = experiment.times.history_row < 0
    asked = np.flatnonzero(unnoted & (jobs.status != Status.WAITING))
    lines = experiment.attempts(jobs.name[asked].tolist())
    lines = lines.take(np.flatnonzero(lines.readable & (lines.submit > 0)))
    newest = np.diff(lines.job, append=-1) != 0
    return _columns(lines, asked[lines.job], lines.outcome, newest, np.zeros(len(lines), np.int64))


def _columns(
    attempts: JobHistory | AttemptTable,
    job: npt.NDArray[np.integer],
    status: npt.NDArray[np.int8],
    newest: npt.NDArray[np.bool_],
    run_id: npt.NDArray[np.int64],
) -> _Columns:
    return {
        "job": job.astype(np.int64),
        "status": status.astype(np.int32) - int(min(Status)),
        "submit": attempts.submit,
        "start": attempts.start,
        "finish": attempts.finish,
        "run_id": run_id,
        "newest": newest,
    }
