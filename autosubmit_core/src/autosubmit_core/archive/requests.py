"""What jobs asked for, or will ask for: platform, queue, wall clock and processors."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from autosubmit_core.readers.configuration import Configuration, SectionSettings
from autosubmit_core.tables import Int32Column, Int64Column, JobHistory, JobTable, Table, TextColumn
from autosubmit_core.tables.columns import column

__all__ = ["JobRequests", "job_requests"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class JobRequests(Table):
    """What the jobs of a list ask for, row by row as in the list."""

    #: Where it runs, and the queue there; empty if unknown. (n,) str
    platform: TextColumn = column(object, "")
    queue: TextColumn = column(object, "")
    #: How long it may run, ``HH:MM``; empty if unknown. (n,) str
    wallclock: TextColumn = column(object, "")
    #: Processors of its section as requested; those of its newest attempt if the section is not in
    #: the configuration any more; 0 if unknown. (n,) int64
    processors: Int64Column = column(np.int64)


def job_requests(
    jobs: JobTable,
    configuration: Configuration,
    requested_processors: Callable[[str], int],
    history: JobHistory,
    history_row: Int32Column,
) -> JobRequests:
    """Return what jobs ask for, each thing from the first source that tells.

    Platform: the section, the main platform, the newest attempt, the job list. Queue: the section,
    the newest attempt, the platform. Wall clock: the section, the newest attempt, the largest of the
    platform. ``history_row`` is the newest attempt of each job as a row of the history, -1 if none.
    """
    sections = {name: configuration.section(name or "") for name in set(jobs.section)}
    attempts = history.take(np.maximum(history_row, 0)) if len(history) else None

    def of_attempt(name: str) -> TextColumn:
        if attempts is None:
            return np.full(len(jobs), None, dtype=object)
        values: TextColumn = getattr(attempts, name).copy()
        values[history_row < 0] = None
        return values

    def of_section(value: Callable[[SectionSettings], object]) -> npt.NDArray[np.object_]:
        told = {name: value(settings) for name, settings in sections.items()}
        return np.array([told[name] for name in jobs.section], dtype=object)

    main = np.full(len(jobs), configuration.main_platform, dtype=object)
    platform = _first(of_section(lambda s: s.platform), main, of_attempt("platform"), jobs.platform)
    known = {name: settings.known for name, settings in sections.items()}
    asked = {name: requested_processors(name or "") if known[name] else 0 for name in sections}
    processors = np.array([asked[name] for name in jobs.section], dtype=np.int64)
    if attempts is not None:
        used = np.where(history_row >= 0, attempts.ncpus, 0)
        processors = np.where(processors > 0, processors, used)
    platforms = {name: configuration.platform(name) for name in set(platform)}
    queues = {
        (name, serial): (settings.serial_queue if serial else "") or settings.queue
        for name, settings in platforms.items()
        for serial in (True, False)
    }
    of_platform = [queues[key] for key in zip(platform.tolist(), (processors == 1).tolist())]
    longest = [platforms[name].max_wallclock for name in platform.tolist()]
    return JobRequests(
        platform=platform,
        queue=_first(
            of_section(lambda s: s.queue),
            of_attempt("qos"),
            np.array(of_platform, dtype=object),
        ),
        wallclock=_first(
            of_section(lambda s: s.wallclock),
            of_attempt("wallclock"),
            np.array(longest, dtype=object),
        ),
        processors=processors,
    )


def _first(*columns: TextColumn) -> TextColumn:
    """Return the first text of each row that is not empty; an empty one if all are."""
    made: TextColumn = columns[0].copy()
    for values in columns[1:]:
        blank = np.flatnonzero(~made.astype(np.bool_))
        made[blank] = values[blank]
    made[~made.astype(np.bool_)] = ""
    return made
