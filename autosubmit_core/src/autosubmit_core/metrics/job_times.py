"""When each job of the current list was submitted, started and finished, and how long it took.

Three sources tell, and which one counts depends on the status of the job:

1. the newest row of the job in the history, if its status is that of the job;
2. the last line of its ``TOTAL_STATS`` file, for a job that is or was on a platform;
3. the job list itself, for a job that is on a platform now. Since 4.1.12 Autosubmit writes the
   other two only when a job has ended, so that this is the one source of a running job.

A time that no source tells is 0; it is never taken to be the present moment.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from autosubmit_core.metrics.durations import durations, row_durations
from autosubmit_core.status import Status
from autosubmit_core.tables import (
    UNWRAPPED,
    AttemptTable,
    BoolColumn,
    FloatColumn,
    InstantColumn,
    Int8Column,
    Int32Column,
    Int64Column,
    JobHistory,
    JobTable,
    Table,
    TextColumn,
    positions,
)
from autosubmit_core.tables.columns import column

__all__ = [
    "JobTimes",
    "going_on",
    "job_times",
    "jobs_without_matching_row",
    "newest_attempt",
    "newest_rows",
    "shown_instants",
    "unsettled_jobs",
]

#: On a platform now, not running yet.
_WAITING_THERE = (Status.SUBMITTED, Status.QUEUING)
#: On a platform now.
_THERE = (*_WAITING_THERE, Status.RUNNING)
#: On a platform now, or ended there.
_ON_PLATFORM = (*_THERE, Status.FAILED, Status.COMPLETED)
#: What is shown: submit of :data:`_ON_PLATFORM`, start of these, and finish of those that ended.
_STARTED = (Status.RUNNING, Status.FAILED, Status.COMPLETED)
_ENDED = (Status.FAILED, Status.COMPLETED)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class JobTimes(Table):
    """The times of the jobs of a list, row by row as in the list.

    The instants are what the source says. What of them an answer shows depends on the status of
    the job: :func:`shown_instants`.
    """

    #: Seconds since 1970 UTC; 0 if not known. ``finish`` of a running job is the present. (n,)
    submit: InstantColumn = column(np.int64)
    start: InstantColumn = column(np.int64)
    finish: InstantColumn = column(np.int64)
    #: How long it waited and ran, never negative. (n,) seconds
    queue: Int64Column = column(np.int64)
    run: Int64Column = column(np.int64)
    #: Joules, cut to a whole number; 0 if unknown. (n,) float64
    energy: FloatColumn = column(np.float64)
    #: Run and processors of the history row that the times are from; 0 if from none. (n,) int64
    run_id: Int64Column = column(np.int64)
    processors: Int64Column = column(np.int64)
    #: Git commit of the workflow, from the same row. (n,) str
    workflow_commit: TextColumn = column(object, None)
    #: Whether ``TOTAL_STATS`` contradicts the status of the job. (n,) bool
    suspicious: BoolColumn = column(np.bool_, False)
    #: The newest row of the job in the history, of whatever status; -1 if none. (n,) int32
    history_row: Int32Column = column(np.int32, -1)


def going_on(status: Int8Column) -> bool:
    """Tell whether any job is on a platform now, so that its times depend on the present moment.

    >>> going_on(np.array([Status.RUNNING])), going_on(np.array([Status.COMPLETED, Status.WAITING]))
    (True, False)
    """
    return bool(np.isin(status, _THERE).any())


def newest_rows(names: TextColumn, history: JobHistory) -> Int32Column:
    """Return the newest row of each job in the history, (n,) int32; -1 where there is none.

    That is the row marked as the last one. Real files mark two rows of one job; the later one in
    the table counts. Rows of ``rowtype`` 1 are left aside.
    """
    marked = np.flatnonzero(history.last & (history.rowtype >= UNWRAPPED))
    found = positions(names, history.job_name[marked])
    rows = np.full(len(names), -1, dtype=np.int32)
    rows[found >= 0] = marked[found[found >= 0]]
    return rows


def newest_attempt(name: str, history: JobHistory) -> JobHistory:
    """Return the newest row of one job in the history, a table of one row; of none if it has none.

    As :func:`newest_rows`, but of two marked rows the one with the highest counter: the two
    questions have always been answered in these two ways. Give the table to
    :func:`jobs_without_matching_row` and :func:`job_times` to ask about that job alone.
    """
    of_job = (history.job_name == name) & history.last & (history.rowtype >= UNWRAPPED)
    rows = np.flatnonzero(of_job)
    return history.take(rows[np.argsort(-history.counter[rows], kind="stable")][:1])


def jobs_without_matching_row(jobs: JobTable, history: JobHistory) -> npt.NDArray[np.intp]:
    """Return the jobs whose times only a ``TOTAL_STATS`` file can tell, as rows of the list.

    They are or were on a platform, and the history has no row of theirs, or its newest one is of
    another status.
    """
    return _asked(jobs, _matches(jobs, history, newest_rows(jobs.name, history)))


def unsettled_jobs(
    jobs: JobTable, history: JobHistory, newest: Int32Column
) -> npt.NDArray[np.intp]:
    """Return the jobs whose times more than job list and history tell, as rows of the list.

    Those that go on, for whom the present moment counts, and those that a ``TOTAL_STATS`` file may
    tell of. ``newest`` is what :func:`newest_rows` returns.
    """
    asked = _asked(jobs, _matches(jobs, history, newest))
    return np.union1d(asked, np.flatnonzero(np.isin(jobs.status, _THERE)))


def job_times(
    jobs: JobTable, history: JobHistory, lines: AttemptTable | None, now: int
) -> JobTimes:
    """Return the times of the jobs of the current list.

    ``lines`` are lines of ``TOTAL_STATS`` files, the last one of each job at least. Their ``job`` is
    a position in :func:`jobs_without_matching_row` of the same jobs and history, as a reader gives
    it that was asked for those jobs. ``now`` is in seconds since 1970 UTC: until then a job has been
    running that runs, and queuing that queues.

    A job that no source knows has times 0. A SUSPENDED one has queue and run times, no instants.

    >>> jobs = JobTable.of(1, name=["a003_INI"], status=[Status.RUNNING])
    >>> history = JobHistory.of(
    ...     1, job_name=["a003_INI"], status=[Status.RUNNING], last=[True], submit=[100], start=[160]
    ... )
    >>> times = job_times(jobs, history, None, now=400)
    >>> times.queue.tolist(), times.run.tolist()
    ([60], [240])
    """
    rows = newest_rows(jobs.name, history)
    matches = _matches(jobs, history, rows)
    columns = {name: values.copy() for name, values in JobTimes.of(len(jobs)).columns().items()}
    columns["history_row"] = rows

    from_history = np.flatnonzero(matches)
    _put(columns, from_history, _times_of_rows(jobs.status[matches], history, rows[matches], now))
    from_lines: npt.NDArray[np.intp] = np.zeros(0, dtype=np.intp)
    if lines is not None and len(lines):
        from_lines, last = _last_lines(jobs, _asked(jobs, matches)[lines.job], lines)
        _put(columns, from_lines, _times_of_lines(jobs.status[from_lines], lines.take(last), now))
    from_list = np.setdiff1d(_asked(jobs, matches), from_lines)
    _put(columns, from_list, _times_of_list(jobs.take(from_list), now))
    return JobTimes(**columns)


def shown_instants(
    times: JobTimes, status: Int8Column
) -> tuple[InstantColumn, InstantColumn, InstantColumn]:
    """Return submit, start and finish as answers show them: 0 where the status has none yet.

    Submit is shown of jobs that are SUBMITTED, QUEUING, RUNNING, COMPLETED or FAILED, start of the
    last three, finish of the last two.

    >>> times = JobTimes.of(1, submit=[100], start=[160], finish=[400])
    >>> [instants.tolist() for instants in shown_instants(times, np.array([4], dtype=np.int8))]
    [[100], [160], [0]]
    """
    return (
        np.where(np.isin(status, _ON_PLATFORM), times.submit, 0),
        np.where(np.isin(status, _STARTED), times.start, 0),
        np.where(np.isin(status, _ENDED), times.finish, 0),
    )


def _matches(jobs: JobTable, history: JobHistory, rows: Int32Column) -> BoolColumn:
    """Return which jobs have a newest row of their own status."""
    matches: BoolColumn = rows >= 0
    matches[matches] = history.status[rows[matches]] == jobs.status[matches]
    return matches


def _asked(jobs: JobTable, matches: BoolColumn) -> npt.NDArray[np.intp]:
    return np.flatnonzero(~matches & np.isin(jobs.status, _ON_PLATFORM))


def _put(
    columns: dict[str, npt.NDArray[Any]],
    rows: npt.NDArray[np.intp],
    told: dict[str, npt.NDArray[Any]],
) -> None:
    for name, values in told.items():
        columns[name][rows] = values


def _times_of_rows(
    status: Int8Column, history: JobHistory, rows: Int32Column, now: int
) -> dict[str, npt.NDArray[Any]]:
    """Return what rows of the history tell, each of the same status as its job."""
    finish, queue, run = row_durations(history, rows, now)
    set_aside = status == Status.SUSPENDED
    return {
        "submit": np.where(set_aside, 0, history.submit[rows]),
        "start": np.where(set_aside, 0, history.start[rows]),
        "finish": np.where(set_aside, 0, finish),
        "queue": queue,
        "run": run,
        "energy": np.trunc(np.round(history.energy[rows], 2)),
        "run_id": history.run_id[rows],
        "processors": history.ncpus[rows],
        "workflow_commit": history.workflow_commit[rows],
    }


def _last_lines(
    jobs: JobTable, job: npt.NDArray[np.intp], lines: AttemptTable
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Return the jobs that a line tells of, and the last such line of each.

    A COMPLETED job wants a line that ends in COMPLETED. For a job that is on a platform now, a line
    that ended before the job list noted a submission is of an earlier attempt: Autosubmit since
    4.1.12 writes the line of an attempt when it has ended.
    """
    status = jobs.status[job]
    completed = lines.has_outcome & (lines.outcome == Status.COMPLETED)
    earlier = (lines.finish > 0) & (lines.finish <= jobs.submit[job])
    tells = np.where(status == Status.COMPLETED, completed, ~(earlier & np.isin(status, _THERE)))
    place = np.flatnonzero(tells)[::-1]
    told, first_from_the_end = np.unique(job[place], return_index=True)
    return told, place[first_from_the_end]


def _times_of_lines(
    status: Int8Column, lines: AttemptTable, now: int
) -> dict[str, npt.NDArray[Any]]:
    """Return what the last lines of ``TOTAL_STATS`` files tell.

    A missing start is the submission and a missing finish the start. Clocks of two machines differ:
    a difference that comes out negative loses its sign.
    """
    waiting = np.isin(status, _WAITING_THERE)
    start = np.where(lines.start > 0, lines.start, lines.submit)
    finish = np.where(lines.finish > 0, lines.finish, start)
    finish = np.where(status == Status.RUNNING, now, finish)
    start, finish = np.where(waiting, 0, start), np.where(waiting, 0, finish)
    return {
        "submit": lines.submit,
        "start": start,
        "finish": finish,
        "queue": _distances(lines.submit, np.where(waiting, now, start)),
        "run": _distances(start, finish),
        "suspicious": lines.has_outcome & (lines.outcome != status),
    }


def _times_of_list(jobs: JobTable, now: int) -> dict[str, npt.NDArray[Any]]:
    """Return what the job list tells of jobs that are on a platform now.

    Autosubmit 4.1.17 and 4.2 note the submission as the start too, before the job starts: then
    the queue time is not known, and 0.
    """
    running = jobs.status == Status.RUNNING
    submit = np.where(np.isin(jobs.status, _THERE), jobs.submit, 0)
    start = np.where(running, jobs.start, 0)
    return {
        "submit": submit,
        "start": start,
        "finish": np.where(start > 0, now, 0),
        "queue": durations(submit, np.where(running, start, now)),
        "run": durations(start, now),
    }


def _distances(begin: InstantColumn, end: InstantColumn) -> Int64Column:
    """Return the seconds between two instants, whichever is first; 0 if the begin is unknown."""
    seconds: Int64Column = np.where(begin > 0, np.abs(end - begin), 0)
    return seconds
