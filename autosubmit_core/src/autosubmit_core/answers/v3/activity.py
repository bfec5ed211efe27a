"""``/v3/ifrun``, ``/v3/logrun``, ``/v3/shutdown`` and ``/v3/filestatus``: signs of life, real and past."""

from __future__ import annotations

from typing import Any

from autosubmit_core.archive import Experiment
from autosubmit_core.errors import SourceError

__all__ = [
    "EMPTY_ACTIVITY",
    "EMPTY_LOG_ACTIVITY",
    "activity_answer",
    "file_status_answer",
    "log_activity_answer",
    "shutdown_answer",
]

#: The answers about an experiment that is not known, which is no error here.
EMPTY_ACTIVITY: dict[str, Any] = {"running": False}
EMPTY_LOG_ACTIVITY: dict[str, Any] = {"is_running": False, "timediff": 0, "log_path": None}

#: A run whose log has not changed for so many seconds has ended, or hangs.
_SILENT_SECONDS = 300

#: Autosubmit of these versions wrote the logs of its commands into ``tmp`` itself.
_LOGS_IN_TMP = ("3.9", "3.11", "3.12")

_FILE_STATUS_KEYS = (
    *("avg_latency", "avg_bandwidth", "current_latency", "current_bandwidth"),
    *("reponse_time", "datetime"),
    *("latency_warning", "bandwidth_warning", "response_warning"),
)


def activity_answer(experiment: Experiment) -> dict[str, Any]:
    """Return whether the status database says that the experiment is running."""
    return {"running": experiment.is_running}


def log_activity_answer(experiment: Experiment) -> dict[str, Any]:
    """Return how long ago the newest run log changed, and whether that looks like a run."""
    names = experiment.configured_names
    in_tmp = names is not None and names.version.startswith(_LOGS_IN_TMP)
    try:
        log = experiment.logs.latest_run_log(reverse=in_tmp)
    except SourceError as error:
        experiment.warn("logs", "unreadable", f"The run log cannot be found ({error.reason}).")
        return EMPTY_LOG_ACTIVITY
    if log is None:
        return EMPTY_LOG_ACTIVITY
    silent = experiment.now - log.modified
    return {
        "is_running": silent < _SILENT_SECONDS,
        "timediff": silent,
        "log_path": str(log.path),
    }


def shutdown_answer() -> str:
    """Return an empty text: a client that leaves a page says so, and there is nothing to do."""
    return ""


def file_status_answer() -> dict[str, Any]:
    """Return that nobody measures the file systems any more."""
    return {
        "status": False,
        "error": False,
        # As it has always been said, word for word: what never changes is compared whole.
        "error_message": "This endpoint is not supported in this version of the API."
        "Will be removed in future versions.",
        **dict.fromkeys(_FILE_STATUS_KEYS),
    }
