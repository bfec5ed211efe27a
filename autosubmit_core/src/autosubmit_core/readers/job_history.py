"""The historical database ``job_data_<expid>.db``: every attempt of every job, and the runs.

Autosubmit has added columns to it for years (versions 10 to 21), to old files at the end of their
tables. What a file has is found out by looking, since its version number does not always tell.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autosubmit_core.readers.database import open_readonly
from autosubmit_core.readers.values import floats, instants, integers, text, texts
from autosubmit_core.readers.versions import Location
from autosubmit_core.status import status_codes
from autosubmit_core.tables import UNWRAPPED, JobHistory, RunTable
from autosubmit_core.times import epoch_of_text

__all__ = ["last_noted", "read_job_history", "read_run_metadata", "read_runs"]

#: The columns of ``job_data`` by what they hold. ``extra_data``, ``children`` and
#: ``platform_output``, most of the bytes of a file, are not read.
_TEXTS = (
    *("job_name", "created", "modified", "wallclock", "qos", "platform"),
    *("date", "section", "member", "out", "err", "workflow_commit"),
)
#: In these, an empty text means that there is none.
_EMPTY_IS_NONE = ("date", "member")
_INSTANTS = ("submit", "start", "finish")
_INTEGERS = ("id", "counter", "ncpus", "nnodes", "job_id", "run_id")
_SMALL_INTEGERS = ("chunk", "split", "splits")
_FLOATS = ("energy", "MaxRSS", "AveRSS")
_OTHERS = ("status", "rowtype", "last", "rowstatus", "fail_count")
#: Where the field of the table has a name of its own.
_FIELDS = {"MaxRSS": "max_rss", "AveRSS": "ave_rss"}

#: The columns of ``experiment_run``.
_RUN_TEXTS = ("created", "modified", "chunk_unit")
_RUN_INSTANTS = ("start", "finish")
_RUN_INTEGERS = (
    *("run_id", "chunk_size", "completed", "total"),
    *("failed", "queuing", "running", "submitted", "suspended"),
)


def read_job_history(location: Location, job_name: str | None = None) -> JobHistory:
    """Read all rows, or those of one job, in the order of the table; none if the table is not there.

    Section and member of rows that Autosubmit before 3.13 wrote are exchanged, as in the file.

    Raises :class:`SourceMissingError` without a file, :class:`SourceUnreadableError` if the
    database is damaged or locked.
    """
    names = _TEXTS + _INSTANTS + _INTEGERS + _SMALL_INTEGERS + _FLOATS + _OTHERS
    with open_readonly(location) as database:
        stored = database.columns(
            "job_data", names, where=None if job_name is None else {"job_name": job_name}
        )
    made: dict[str, Any] = {}
    for name, values in stored.items():
        made[_FIELDS.get(name, name)] = _history_column(name, values)
    return JobHistory.of(_length(stored), **made)


def _history_column(name: str, values: list[Any]) -> Any:
    if name in _TEXTS:
        return texts(values, empty=None if name in _EMPTY_IS_NONE else "")
    if name in _INSTANTS:
        return instants(values)
    if name in _FLOATS:
        return floats(values)
    if name in _SMALL_INTEGERS:
        return integers(values, np.int32)
    match name:
        case "status":
            return status_codes(values)
        case "rowtype":
            return integers(values, missing=UNWRAPPED)
        case "last":
            return integers(values) == 1
        case "rowstatus":
            return integers(values, np.int8)
        case "fail_count":
            return integers(values, np.int32, missing=-1)
        case _:
            return integers(values)


def read_runs(location: Location) -> RunTable:
    """Read the runs, in the order of the table; none if the table is not there (before 3.13).

    Raises as :func:`read_job_history`.
    """
    with open_readonly(location) as database:
        stored = database.columns("experiment_run", _RUN_TEXTS + _RUN_INSTANTS + _RUN_INTEGERS)
    made = {name: _run_column(name, values) for name, values in stored.items()}
    return RunTable.of(_length(stored), **made)


def _run_column(name: str, values: list[Any]) -> Any:
    if name in _RUN_TEXTS:
        return texts(values)
    return instants(values) if name in _RUN_INSTANTS else integers(values)


def read_run_metadata(location: Location, run_id: int) -> str | None:
    """Read the configuration that was noted when a run began, a JSON text; None if none was.

    Also None for a run that the file does not have. Raises as :func:`read_job_history`.
    """
    with open_readonly(location) as database:
        stored = database.columns("experiment_run", ["metadata"], where={"run_id": run_id})
    values = stored.get("metadata") or [None]
    return text(values[-1]) or None


def last_noted(history: JobHistory) -> int:
    """Return when a row was last noted, in seconds since 1970 UTC; 0 if none ever was."""
    # The texts sort like the instants, but for the hour in which clocks are put back.
    return epoch_of_text(max(filter(None, history.modified), default=None))


def _length(columns: dict[str, list[Any]]) -> int:
    return len(next(iter(columns.values()), ()))
