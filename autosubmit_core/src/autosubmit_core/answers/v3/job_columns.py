"""What tree, graph and their polling say of every job, as columns: a list a key, a value a job."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from autosubmit_core.answers.formats import duration, instants, number_or_none
from autosubmit_core.answers.v3.badges import (
    SOURCE,
    SYNC,
    TARGET,
    escaped,
    job_badges,
    wrapper_badge,
)
from autosubmit_core.archive import Experiment
from autosubmit_core.chunks import first_days
from autosubmit_core.errors import SourceError
from autosubmit_core.graphs.neighbourhoods import CompressedRows
from autosubmit_core.metrics.job_times import shown_instants
from autosubmit_core.readers.configuration import SectionSettings
from autosubmit_core.status import Status
from autosubmit_core.tables import Int8Column, Int32Column, Int64Column, RunTable, TimeColumn

__all__ = [
    "chunk_dates",
    "configured_chunks",
    "elements",
    "job_columns",
    "job_titles",
    "neighbour_names",
    "polled_columns",
    "positive",
    "running_texts",
    "status_columns",
    "wrapper_code",
    "wrapper_shapes",
    "wrappers",
]

Columns = dict[str, Sequence[Any]]

_ENDED = (Status.COMPLETED, Status.FAILED)
_SHOW_RUN = (*_ENDED, Status.RUNNING)
_SHOW_QUEUE = (Status.SUBMITTED, Status.QUEUING, Status.HELD)
_SUSPICIOUS = " <small><i><b>SUSPICIOUS</b></i></small>"


def elements(columns: Mapping[str, Sequence[Any]]) -> list[dict[str, Any]]:
    """Return an object for each job from a list for each key.

    >>> elements({"id": ["a", "b"], "chunk": [1, None]})
    [{'id': 'a', 'chunk': 1}, {'id': 'b', 'chunk': None}]
    """
    keys = tuple(columns)
    return [dict(zip(keys, row)) for row in zip(*columns.values())]


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
        **_chunk_columns(experiment),
        **_settings_columns(experiment),
        **_time_columns(experiment),
        "SYPD": list(map(number_or_none, speeds.simulated_years_per_day.tolist())),
        "ASYPD": list(map(number_or_none, speeds.actual_simulated_years_per_day.tolist())),
        "wrapper": wrappers(experiment),
        "rm_id": jobs.scheduler_id.tolist(),
        "custom_directives": [None] * len(jobs),
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


def positive(values: Int32Column) -> list[int | None]:
    """Return numbers that count from one, None where there is none."""
    return [value if value > 0 else None for value in values.tolist()]


def job_running_texts(experiment: Experiment) -> list[str]:
    """Return how long each job of the list queued and ran, as its title says it."""
    times = experiment.times
    texts = running_texts(experiment.jobs.status, times.queue, times.run)
    for row in np.flatnonzero(times.suspicious).tolist():
        texts[row] = _SUSPICIOUS
    return texts


def running_texts(status: Int8Column, queue: Int64Column, run: Int64Column) -> list[str]:
    """Return how long jobs queued and ran: ``( 0:01:40 ) + 0:10:00``, empty if that says nothing."""
    texts = {seconds: duration(seconds) for seconds in {*queue.tolist(), *run.tolist()}}
    made = [""] * len(status)
    waits, runs = np.isin(status, _SHOW_QUEUE), np.isin(status, _SHOW_RUN)
    for row in np.flatnonzero(waits).tolist():
        made[row] = f"( {texts[int(queue[row])]} )"
    rows = np.flatnonzero(runs)
    for row, queued, ran in zip(rows.tolist(), queue[rows].tolist(), run[rows].tolist()):
        made[row] = f"( {texts[queued]} ) + {texts[ran]}"
    return made


def job_titles(experiment: Experiment) -> list[str]:
    """Return the title of each job in the tree, as HTML."""
    jobs, noted = experiment.jobs, experiment.workflow.noted
    badges = job_badges()
    wrapped = {
        wrapper: wrapper_badge(f"{wrapper} ")
        for wrapper in dict.fromkeys(experiment.workflow.wrapper_of.values())
    }
    is_sync = ~np.isnat(jobs.date) & (jobs.member == None)  # noqa: E711 - each of a column
    return [
        escaped(name)
        + badges.get(status, badges[Status.UNKNOWN])
        + (f" ~ {text}" if text else "")
        + ("" if children else TARGET)
        + ("" if parents else SOURCE)
        + (SYNC if sync else "")
        + (wrapped[wrapper] if wrapper else "")
        for name, status, text, children, parents, sync, wrapper in zip(
            jobs.name.tolist(),
            jobs.status.tolist(),
            job_running_texts(experiment),
            noted.noted_children.tolist(),
            noted.parents.counts().tolist(),
            is_sync.tolist(),
            wrappers(experiment),
        )
    ]


def neighbour_names(names: list[str], rows: CompressedRows) -> list[list[str]]:
    """Return the names of the neighbours of each job."""
    targets = [names[row] for row in rows.targets.tolist()]
    offsets = rows.offsets.tolist()
    return [targets[begin:end] for begin, end in pairwise(offsets)]


# -- wrappers ------------------------------------------------------------------------------------


def wrappers(experiment: Experiment) -> list[str | None]:
    """Return the name of the wrapper of each job, None for none."""
    names: list[str | None] = [None] * len(experiment.jobs)
    for row, wrapper in experiment.workflow.wrapper_of.items():
        names[row] = wrapper
    return names


def wrapper_code(wrapper: str | None) -> str | None:
    """Return the third part of a wrapper's name; None if it has fewer.

    >>> wrapper_code("a6zj_ASThread_17128472368642_1_4"), wrapper_code("odd")
    ('17128472368642', None)
    """
    parts = (wrapper or "").split("_", 3)
    return parts[2] if len(parts) > 2 else None


def wrapper_shapes(experiment: Experiment) -> Columns:
    """Return how each job is drawn: ``dot``, or alike with the jobs of its wrapper."""
    shapes = {
        wrapper: ("square", "hexagon")[number % 2]
        for number, wrapper in enumerate(experiment.wrappers.wrapper_of().values())
    }
    names = wrappers(experiment)
    return {
        "dashed": [name is not None for name in names],
        "shape": ["dot" if name is None else shapes[name] for name in names],
        "package": names,
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


# -- chunks --------------------------------------------------------------------------------------


def configured_chunks(experiment: Experiment) -> tuple[str | None, int | None]:
    """Return unit and size of chunks as configured, else those of the last run, else None."""
    configuration, runs = experiment.configuration, experiment.runs
    if configuration.chunk_unit:
        return configuration.chunk_unit, configuration.chunk_size
    if len(runs) and runs.chunk_unit[last := int(runs.run_id.argmax())]:
        return runs.chunk_unit[last], int(runs.chunk_size[last])
    return None, None


def _chunk_columns(experiment: Experiment) -> Columns:
    """Return unit and size of the chunk of each job, and its first day and the first after it."""
    jobs = experiment.jobs
    run_id = [run or 0 for run in _of_newest_row(experiment, "run_id")]
    kinds = _chunks_of_runs(experiment.runs)
    default = configured_chunks(experiment)
    units_and_sizes = [kinds.get(run, default) for run in run_id]
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
    settings: SectionSettings = experiment.configuration.section(section or "")
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
