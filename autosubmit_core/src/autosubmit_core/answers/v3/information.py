"""``/v3/expinfo/{expid}``: what an experiment is."""

from __future__ import annotations

from typing import Any

from autosubmit_core.answers.formats import instant
from autosubmit_core.archive import Experiment

__all__ = ["EMPTY", "information"]

#: What is answered when the experiment is not known; the expid is that of the request.
EMPTY: dict[str, Any] = {
    "expid": "",
    "path": "NA",
    "owner_id": 0,
    "owner": "NA",
    "time_last_access": "",
    "time_last_mod": "",
    "description": "",
    "version": "",
    "model": "",
    "branch": "",
    "hpc": "",
    "updateTime": 0,
    "running": False,
    "pkl_timestamp": 0,
    "chunk_size": 0,
    "chunk_unit": "default",
    "total_jobs": 0,
    "completed_jobs": 0,
    "db_historic_version": "NA",
    "workflow_commit": None,
}


def information(experiment: Experiment) -> dict[str, Any]:
    """Return what an experiment is and how far its last run came.

    The counts of jobs are those that Autosubmit stored with the last run, not a recount.
    """
    configuration, runs, folder = experiment.configuration, experiment.runs, experiment.folder
    last = int(runs.run_id.argmax()) if len(runs) else None
    total = int(runs.total[last]) if last is not None else 0
    return {
        "expid": experiment.expid,
        "path": str(experiment.path) if folder else "NA",
        "owner_id": folder.owner_id if folder else 0,
        "owner": folder.owner_name if folder else "NA",
        "time_last_access": (instant(folder.accessed) if folder else None) or "",
        "time_last_mod": (instant(folder.modified) if folder else None) or "",
        "description": experiment.description,
        "version": experiment.autosubmit_version or configuration.version or "",
        "model": configuration.model,
        "branch": configuration.branch,
        "hpc": configuration.main_platform,
        "updateTime": configuration.safety_sleep_seconds,
        "running": experiment.is_running,
        "pkl_timestamp": experiment.jobs_modified or experiment.now,
        "chunk_size": configuration.chunk_size,
        "chunk_unit": configuration.chunk_unit,
        "total_jobs": total if total > 0 else 0,
        "completed_jobs": int(runs.completed[last]) if last is not None and total > 0 else 0,
        "db_historic_version": "NA",
        "workflow_commit": configuration.workflow_commit,
    }
