"""``/v3/exprun/{expid}`` and ``/v3/exp-recovery-logs/{expid}``: the ends of Autosubmit's own logs."""

from __future__ import annotations

from typing import Any

from autosubmit_core.answers.formats import instant, log_lines
from autosubmit_core.archive import Experiment
from autosubmit_core.errors import SourceError

__all__ = ["EMPTY_RECOVERY_LOGS", "EMPTY_RUN_LOG", "recovery_logs_answer", "run_log_answer"]

#: What is answered when there is no run log, which is no error.
EMPTY_RUN_LOG: dict[str, Any] = {
    "logfile": "",
    "found": False,
    "lastModified": "",
    "timeStamp": "",
    "logcontent": [],
}
EMPTY_RECOVERY_LOGS: dict[str, Any] = {"platform_recovery_logs": []}


def run_log_answer(experiment: Experiment) -> dict[str, Any]:
    """Return the end of the newest run log; ``found`` false and empty texts if there is none."""
    try:
        log = experiment.logs.run_log()
        end = None if log is None else experiment.logs.tail(log)
    except SourceError as error:
        experiment.warn("logs", "unreadable", f"The run log cannot be read ({error.reason}).")
        log, end = None, None
    if log is None or end is None:
        return EMPTY_RUN_LOG
    if end.note:
        experiment.warn("logs", "incomplete", f"{log.name}: {end.note}")
    return {
        "logfile": log.name,
        "found": True,
        "lastModified": instant(end.modified),
        "timeStamp": end.modified,
        "logcontent": log_lines(end.lines),
    }


def recovery_logs_answer(experiment: Experiment) -> dict[str, Any]:
    """Return the end of the newest recovery log of each platform, by platform."""
    try:
        logs = experiment.logs.recovery_logs()
    except SourceError as error:
        _warn_of_recovery_log(experiment, error)
        logs = ()
    elements = []
    for log in logs:
        try:
            end = experiment.logs.tail(log.path)
        except SourceError as error:
            _warn_of_recovery_log(experiment, error)
            continue
        elements.append(
            {
                "datetime": log.started.isoformat(),
                "filename": log.path.name,
                "platform": log.platform,
                "modified_date": instant(end.modified),
                "content": log_lines(end.lines),
            }
        )
    return {"platform_recovery_logs": elements}


def _warn_of_recovery_log(experiment: Experiment, error: SourceError) -> None:
    experiment.warn("logs", "unreadable", f"A recovery log cannot be read ({error.reason}).")
