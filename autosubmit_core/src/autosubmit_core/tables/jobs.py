"""The jobs of one experiment as they are now."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from autosubmit_core.status import Status
from autosubmit_core.tables.columns import (
    InstantColumn,
    Int8Column,
    Int32Column,
    Int64Column,
    Table,
    TextColumn,
    TimeColumn,
    column,
)

__all__ = ["JobTable"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class JobTable(Table):
    """The jobs of one experiment, one row per job, in the order Autosubmit lists them.

    The current state only: attempts, queue and run times of the past are in
    :class:`~autosubmit_core.tables.JobHistory`. Instants are seconds since 1970 UTC, 0 if unknown;
    the list holds them for jobs that Autosubmit 4.1 and later has submitted.
    """

    #: Job name, unique: ``a003_20220401_fc0_1_SIM``. (n,) str
    name: TextColumn = column(object, "")
    #: What the job is doing, a :class:`~autosubmit_core.status.Status` code. (n,) int8
    status: Int8Column = column(np.int8, int(Status.UNKNOWN))
    #: Level of the section in the workflow: 0 runs first. (n,) int32
    priority: Int32Column = column(np.int32)
    #: Section of the configuration that the job was made from: ``SIM``. (n,) str
    section: TextColumn = column(object, None)
    #: Start date of the simulation that the job belongs to; NaT if none. (n,) datetime64[s]
    date: TimeColumn = column("datetime64[s]", "NaT")
    #: Ensemble member; None if the job belongs to none. (n,) str
    member: TextColumn = column(object, None)
    #: Chunk number from 1; 0 if none. (n,) int32
    chunk: Int32Column = column(np.int32)
    #: Split number from 1, and how many splits; 0 if none. (n,) int32
    split: Int32Column = column(np.int32)
    splits: Int32Column = column(np.int32)
    #: Number in the platform's scheduler; 0 if none. (n,) int64
    scheduler_id: Int64Column = column(np.int64)
    #: Log file names as Autosubmit noted them, here and on the platform. (n,) str
    local_out: TextColumn = column(object, None)
    local_err: TextColumn = column(object, None)
    remote_out: TextColumn = column(object, None)
    remote_err: TextColumn = column(object, None)
    #: Kind of wrapper the job is submitted in; None if in none. (n,) str
    wrapper_type: TextColumn = column(object, None)
    #: When it became ready, was submitted, started and finished. (n,) seconds
    ready: InstantColumn = column(np.int64)
    submit: InstantColumn = column(np.int64)
    start: InstantColumn = column(np.int64)
    finish: InstantColumn = column(np.int64)
    #: Attempts that failed so far; -1 if unknown. (n,) int32
    fail_count: Int32Column = column(np.int32, -1)
    #: Platform, queue and requested wall clock (``HH:MM``) once they are settled. (n,) str
    platform: TextColumn = column(object, None)
    queue: TextColumn = column(object, None)
    wallclock: TextColumn = column(object, None)
    #: Git commit of the workflow. (n,) str
    workflow_commit: TextColumn = column(object, None)
