"""What tree, graph and their polling say of every job, as columns: a list a key, a value a job."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autosubmit_core.answers.elements import Always
from autosubmit_core.answers.formats import instants, number_or_none, positive
from autosubmit_core.answers.v3.chunk_dates import chunk_columns
from autosubmit_core.answers.v3.titles import job_running_texts
from autosubmit_core.answers.v3.wrapped import wrappers
from autosubmit_core.archive import Experiment
from autosubmit_core.errors import SourceError
from autosubmit_core.metrics.job_times import shown_instants
from autosubmit_core.status import Status
from autosubmit_core.tables import Int8Column

__all__ = [
    "job_columns",
    "polled_columns",
    "status_columns",
]

Columns = dict[str, Sequence[Any]]

_ENDED = (Status.COMPLETED, Status.FAILED)


def job_columns(experiment: Experiment) -> Columns:
    """Return what tree and graph both say of each job, without its neighbours."""
    jobs = experiment.jobs
    names = jobs.name.tolist()
    speeds = experiment.speeds()
    return {
        "id": names,
        "internal_id": names,
        "label": names,
        **status_columns(jobs.status),
        "member": jobs.member.tolist(),
        "section": jobs.section.tolist(),
        "chunk": positive(jobs.chunk),
        "split": positive(jobs.split),
        "splits": positive(jobs.splits),
        **chunk_columns(experiment),
        **_settings_columns(experiment),
        **_time_columns(experiment),
        "SYPD": list(map(number_or_none, speeds.simulated_years_per_day.tolist())),
        "ASYPD": list(map(number_or_none, speeds.actual_simulated_years_per_day.tolist())),
        "wrapper": wrappers(experiment),
        "rm_id": jobs.scheduler_id.tolist(),
        "custom_directives": Always(None, len(jobs)),
    }


def polled_columns(experiment: Experiment) -> Columns:
    """Return what both forms of polling say of each job."""
    jobs = experiment.jobs
    speeds = experiment.speeds()
    # Here a speed is told only where the run of the job says how long its chunks are.
    speed = np.where(speeds.run_knows_chunks, speeds.simulated_years_per_day, np.nan)
    return {
        "name": jobs.name.tolist(),
        "rm_id": jobs.scheduler_id.tolist(),
        "priority": jobs.priority.tolist(),
        **status_columns(jobs.status),
        **_time_columns(experiment),
        "SYPD": list(map(number_or_none, speed.tolist())),
        "running_text": job_running_texts(experiment),
    }


def status_columns(status: Int8Column) -> Columns:
    """Return status, its code and its colour."""
    known = [Status.of(code) for code in range(-128, 128)]
    statuses = [known[code + 128] for code in status.tolist()]
    return {
        "status": [one.name for one in statuses],
        "status_code": [int(one) for one in statuses],
        "status_color": [one.colour for one in statuses],
    }


# -- times and logs ------------------------------------------------------------------------------


def _time_columns(experiment: Experiment) -> Columns:
    times = experiment.times
    submit, start, finish = shown_instants(times, experiment.jobs.status)
    return {
        "minutes_queue": times.queue.tolist(),
        "minutes": times.run.tolist(),
        "submit": instants(submit),
        "start": instants(start),
        "finish": instants(finish),
        "workflow_commit": _of_newest_row(experiment, "workflow_commit"),
        **_log_columns(experiment),
    }


def _of_newest_row(experiment: Experiment, field: str) -> list[Any]:
    """Return a field of the newest row of each job in the history, None where there is none."""
    values = getattr(experiment.history, field).tolist()
    return [values[row] if row >= 0 else None for row in experiment.times.history_row.tolist()]


def _log_columns(experiment: Experiment) -> Columns:
    """Return the paths of the logs of jobs that ended."""
    jobs = experiment.jobs
    columns: dict[str, list[str | None]] = {kind: [None] * len(jobs) for kind in ("out", "err")}
    try:
        logs = experiment.logs.of_jobs
    except SourceError as error:
        experiment.warn(
            "logs", "unreadable", f"The logs of jobs cannot be listed ({error.reason})."
        )
        return dict(columns)
    if not logs.names:
        return dict(columns)
    ended = np.flatnonzero(np.isin(jobs.status, _ENDED)).tolist()
    folder = str(experiment.logs.jobs)
    for kind in ("out", "err"):
        noted = _of_newest_row(experiment, kind)
        for row in ended:
            name = logs.finished_log(jobs.name[row], kind, noted[row])
            columns[kind][row] = f"{folder}/{name}" if name else None
    return dict(columns)


# -- what the configuration says -----------------------------------------------------------------


def _settings_columns(experiment: Experiment) -> Columns:
    """Return platform, queue, processors and wall clock of each job.

    Those of a section that the configuration does not have come from the history.
    """
    sections = experiment.jobs.section.tolist()
    made = {section: _settings(experiment, section) for section in dict.fromkeys(sections)}
    columns = {
        key: [made[section][key] for section in sections]
        for key in ("platform_name", "queue", "processors", "wallclock")
    }
    unknown = [row for row, section in enumerate(sections) if not made[section]["known"]]
    history, newest = experiment.history, experiment.times.history_row
    for row in unknown:
        if (attempt := newest[row]) >= 0:
            columns["platform_name"][row] = history.platform[attempt] or ""
            columns["queue"][row] = history.qos[attempt] or ""
            columns["processors"][row] = int(history.ncpus[attempt]) or 1
            columns["wallclock"][row] = history.wallclock[attempt] or ""
    return dict(columns)


def _settings(experiment: Experiment, section: str | None) -> dict[str, Any]:
    settings = experiment.configuration.section(section or "")
    platform = experiment.configuration.platform(settings.platform)
    processors = experiment.processors(section or "")
    serial_queue = platform.serial_queue if processors == 1 else ""
    return {
        "known": settings.known,
        "platform_name": settings.platform,
        "queue": settings.queue or serial_queue or platform.queue,
        "processors": processors,
        "wallclock": settings.wallclock or platform.max_wallclock,
    }
