"""The past of an experiment: every attempt of every job, and its runs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from autosubmit_core.status import Status
from autosubmit_core.tables.columns import (
    BoolColumn,
    FloatColumn,
    InstantColumn,
    Int8Column,
    Int32Column,
    Int64Column,
    Table,
    TextColumn,
    column,
)

__all__ = ["UNWRAPPED", "AttemptTable", "JobHistory", "RunTable"]

#: ``rowtype`` of a job that is in no wrapper; larger numbers are codes of wrappers.
UNWRAPPED = 2


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class JobHistory(Table):
    """What Autosubmit's historical database keeps, one row per submission, in the order of the table.

    Instants are seconds since 1970 UTC, 0 if not known. ``job_data`` columns that no answer needs
    (``children``, ``extra_data``, ``platform_output``) stay in the file: they are most of its bytes.
    """

    #: Insertion order. (n,) int64
    id: Int64Column = column(np.int64)
    #: Orders the rows of one job; an attempt number only since Autosubmit 4.1.17. (n,) int64
    counter: Int64Column = column(np.int64)
    #: Full name of the job. (n,) str
    job_name: TextColumn = column(object, "")
    #: When the row was written and changed, as text of the writer's zone. (n,) str
    created: TextColumn = column(object, None)
    modified: TextColumn = column(object, None)
    #: The three instants of the attempt. (n,) seconds
    submit: InstantColumn = column(np.int64)
    start: InstantColumn = column(np.int64)
    finish: InstantColumn = column(np.int64)
    #: A :class:`~autosubmit_core.status.Status` code. (n,) int8
    status: Int8Column = column(np.int8, int(Status.UNKNOWN))
    #: 2 (:data:`UNWRAPPED`), or the code of the wrapper it ran in, or 1 in some rows of 4.1.17.
    #: (n,) int64
    rowtype: Int64Column = column(np.int64, UNWRAPPED)
    #: Processors and nodes that the scheduler reported; 0 if unknown. (n,) int64
    ncpus: Int64Column = column(np.int64)
    nnodes: Int64Column = column(np.int64)
    #: Requested wall clock, ``HH:MM``. (n,) str
    wallclock: TextColumn = column(object, None)
    #: Queue of the platform, and the platform in any letter case. (n,) str
    qos: TextColumn = column(object, None)
    platform: TextColumn = column(object, None)
    #: Energy in joules; 0 if unknown. (n,) float64
    energy: FloatColumn = column(np.float64)
    #: Start date as ``YYYY-MM-DD HH:MM:SS``; None if none. (n,) str
    date: TextColumn = column(object, None)
    #: Section, and member or None; exchanged in files older than Autosubmit 3.13. (n,) str
    section: TextColumn = column(object, None)
    member: TextColumn = column(object, None)
    #: Chunk number; 0 if none. (n,) int32
    chunk: Int32Column = column(np.int32)
    #: Split number and number of splits; 0 if none. (n,) int32
    split: Int32Column = column(np.int32)
    splits: Int32Column = column(np.int32)
    #: Whether this is the newest row of its job. Two rows of one job can both say so. (n,) bool
    last: BoolColumn = column(np.bool_, False)
    #: Number in the scheduler, that of the wrapper for a wrapped job; 0 if unknown. (n,) int64
    job_id: Int64Column = column(np.int64)
    #: The run it belongs to; 0 if the row is older than runs. (n,) int64
    run_id: Int64Column = column(np.int64)
    #: Largest and mean resident memory; real files hold 0. (n,) float64
    max_rss: FloatColumn = column(np.float64)
    ave_rss: FloatColumn = column(np.float64)
    #: Log file names inside ``tmp/LOG_<expid>``. (n,) str
    out: TextColumn = column(object, None)
    err: TextColumn = column(object, None)
    #: How far the writer got with the row: 0 initial … 5 waits for accounting data. (n,) int8
    rowstatus: Int8Column = column(np.int8)
    #: Git commit of the workflow; empty if none, None where the file is too old to say. (n,) str
    workflow_commit: TextColumn = column(object, None)
    #: Attempt number from 0; -1 where the file is too old to say. (n,) int32
    fail_count: Int32Column = column(np.int32, -1)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RunTable(Table):
    """The runs of an experiment (one launch of Autosubmit each), in the order of the table."""

    #: 1, 2, …; the newest run has the highest number. (n,) int64
    run_id: Int64Column = column(np.int64)
    #: When the row was written and changed, as text of the writer's zone. (n,) str
    created: TextColumn = column(object, None)
    modified: TextColumn = column(object, None)
    #: Begin and end; 0 if unknown, or if the run was never closed. (n,) seconds
    start: InstantColumn = column(np.int64)
    finish: InstantColumn = column(np.int64)
    #: ``year``, ``month``, ``day``, ``hour`` or ``NA``, and units in a chunk, 0 if unknown. (n,)
    chunk_unit: TextColumn = column(object, None)
    chunk_size: Int64Column = column(np.int64)
    #: Jobs by state as Autosubmit counted them at the last update of the run. (n,) int64
    completed: Int64Column = column(np.int64)
    total: Int64Column = column(np.int64)
    failed: Int64Column = column(np.int64)
    queuing: Int64Column = column(np.int64)
    running: Int64Column = column(np.int64)
    submitted: Int64Column = column(np.int64)
    suspended: Int64Column = column(np.int64)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AttemptTable(Table):
    """Lines of ``<job>_TOTAL_STATS`` files, one row per line that is not empty, oldest first per job.

    Autosubmit writes a line per attempt: submit, start, finish and how it ended. A line grows while
    the job runs, so it may stop early; a writer that was interrupted leaves words in it.
    """

    #: Which job: the position of its name in the list that was asked for. (n,) int32
    job: Int32Column = column(np.int32)
    #: The instants of the line; 0 where the line stops before. (n,) seconds
    submit: InstantColumn = column(np.int64)
    start: InstantColumn = column(np.int64)
    finish: InstantColumn = column(np.int64)
    #: How many fields the line has: 1 submitted, 2 running, 4 ended, 7 two attempts run together.
    #: (n,) int8
    fields: Int8Column = column(np.int8)
    #: The fourth field as a status code (a 14-digit stamp or no field: UNKNOWN). (n,) int8
    outcome: Int8Column = column(np.int8, int(Status.UNKNOWN))
    #: Whether the fourth field is there and is a word, not a stamp. (n,) bool
    has_outcome: BoolColumn = column(np.bool_, False)
    #: Whether each of the first three fields that are there is a date. (n,) bool
    readable: BoolColumn = column(np.bool_, True)
