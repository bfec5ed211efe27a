"""What is on disk of an experiment as it is now: the job list and the wrappers."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from autosubmit_core.demo.life import Attempts
from autosubmit_core.demo.seen import Seen
from autosubmit_core.status import Status
from autosubmit_core.tables import JobTable, WrapperTable, text_column

__all__ = ["job_list", "wrappers"]


def job_list(seen: Seen) -> JobTable:
    """Return the jobs with the statuses they have, and what the list notes of a submission."""
    newest = seen.life.newest(seen.moment)
    met = np.flatnonzero(newest >= 0)
    attempts = seen.life.attempts.take(newest[met])
    columns = dict(seen.created.columns())
    columns["status"] = seen.life.statuses(seen.moment)
    noted = _notes_of_submission(seen, met, attempts)
    if seen.generation.list_has_times:
        noted |= _times_of_submission(seen, met, attempts)
    n = len(seen.created)
    for name, values in noted.items():
        columns[name] = np.full(n, None if values.dtype == object else 0, dtype=values.dtype)
        columns[name][met] = values
    return JobTable.of(n, **columns)


def _notes_of_submission(
    seen: Seen, met: npt.NDArray[np.int64], attempts: Attempts
) -> dict[str, npt.NDArray[np.generic]]:
    ended = attempts.finish <= seen.moment
    tries = attempts.number.tolist()
    remote = [f"{name}.cmd.out.{k}" for name, k in zip(seen.created.name[met], tries)]
    return {
        "scheduler_id": attempts.scheduler_id,
        "local_out": text_column(seen.log_names(attempts, ended, "out")),
        "local_err": text_column(seen.log_names(attempts, ended, "err")),
        "remote_out": text_column(remote),
        "remote_err": text_column(name.replace(".cmd.out", ".cmd.err") for name in remote),
    }


def _times_of_submission(
    seen: Seen, met: npt.NDArray[np.int64], attempts: Attempts
) -> dict[str, npt.NDArray[np.generic]]:
    sections = seen.sections(met)
    submit, wrapped = seen.instants(attempts.submit), attempts.wrapper > 0
    started = np.where(wrapped & (attempts.start <= seen.moment), attempts.start, attempts.submit)
    return {
        "wrapper_type": text_column(np.where(wrapped, "vertical", "Simple").tolist()),
        "ready": seen.instants(attempts.ready),
        "submit": submit,
        # Autosubmit sets the start when it submits; only in a wrapper it finds the real one.
        "start": seen.instants(started),
        "fail_count": attempts.number,
        "platform": text_column(section.platform.name for section in sections),
        "queue": text_column(section.platform.queue for section in sections),
        "wallclock": text_column(section.wallclock for section in sections),
    }


def wrappers(seen: Seen) -> WrapperTable:
    """Return the wrappers that were submitted, oldest first, with their jobs."""
    attempts = seen.life.attempts
    rows = np.flatnonzero((attempts.wrapper > 0) & (attempts.submit <= seen.moment))
    rows = rows[np.lexsort((attempts.job[rows], attempts.wrapper[rows], attempts.submit[rows]))]
    wrapped = attempts.take(rows)
    _, place, size = np.unique(wrapped.wrapper, return_inverse=True, return_counts=True)
    size, n = size[place], len(rows)
    sections, codes = seen.sections(wrapped.job), seen.wrapper_codes(wrapped)
    named_section = "" if seen.generation.wrapper_codes else f"{seen.workflow.wrapped}_"
    names = [
        f"{seen.expid}_ASThread_{named_section}{code}_{section.processors}_{jobs}"
        for code, section, jobs in zip(codes.tolist(), sections, size.tolist())
    ]
    facts: dict[str, object] = {}
    if seen.generation.wrappers != "4.0":
        facts["wallclock"] = [_times(s.wallclock, k) for s, k in zip(sections, size.tolist())]
    if seen.generation.wrappers in ("4.1.17", "4.2"):
        statuses = seen.life.outcomes(rows, seen.moment)
        facts |= {
            "wrapper_id": wrapped.scheduler_id,
            "status": _wrapper_statuses(statuses, place),
            "type": ["vertical"] * n,
            "platform": [section.platform.name for section in sections],
            "method": ["ASThread"] * n,
            "processors": [section.processors for section in sections],
        }
    return WrapperTable.of(n, wrapper=names, job_name=seen.created.name[wrapped.job], **facts)


def _times(wallclock: str, jobs: int) -> str:
    """Return the wall clock of some jobs one after the other.

    >>> _times("00:45", 4)
    '03:00'
    """
    hours, minutes = wallclock.split(":")
    whole = (int(hours) * 60 + int(minutes)) * jobs
    return f"{whole // 60:02}:{whole % 60:02}"


def _wrapper_statuses(
    statuses: npt.NDArray[np.int8], wrapper: npt.NDArray[np.int64]
) -> Iterable[str]:
    """Return, for each job, the status name of its wrapper: that of the job that it is at.

    In a vertical wrapper jobs run one after the other, so it is COMPLETED with its last job,
    RUNNING from the start of its first, and before that what its first job is.
    """
    n = int(wrapper.max(initial=-1)) + 1
    lowest, highest = np.full(n, 99), np.full(n, -99)
    np.minimum.at(lowest, wrapper, statuses)
    np.maximum.at(highest, wrapper, statuses)
    begun = highest >= Status.RUNNING
    codes = np.where(
        lowest == Status.COMPLETED, Status.COMPLETED, np.where(begun, Status.RUNNING, lowest)
    )
    return [Status(code).name for code in codes[wrapper].tolist()]
