"""``/v3/joblog/{logfile}``: the end of a job's log, by its file name."""

from __future__ import annotations

from typing import Any

from autosubmit_core.answers.formats import instant, log_lines
from autosubmit_core.archive import Archive
from autosubmit_core.errors import ExperimentNotFoundError, SourceMissingError

__all__ = ["EMPTY", "job_log_answer"]

#: What is answered when there is no such log, which is no error.
EMPTY: dict[str, Any] = {
    "logfile": "",
    "found": False,
    "lastModified": "",
    "timeStamp": "",
    "logcontent": [],
}


def job_log_answer(archive: Archive, *, logfile: str) -> dict[str, Any]:
    """Return the last lines of a log; its experiment is the text before the first underscore.

    Raises :class:`~autosubmit_core.SourceUnreadableError` for a file that is there and is no log
    that may be shown.
    """
    try:
        logs = archive.experiment(logfile.partition("_")[0]).logs
        end = logs.job_log(logfile)
    except (ExperimentNotFoundError, SourceMissingError):
        return EMPTY
    return {
        "logfile": str(logs.jobs / logfile),
        "found": True,
        "lastModified": instant(end.modified),
        "timeStamp": end.modified,
        "logcontent": log_lines(end.lines),
        **({"warnings": [end.note]} if end.note else {}),
    }
