"""The life of an experiment, from its first launch to its end, and how it looks at any moment.

A life is whole, and in seconds since the first launch. Whatever is told of an experiment (its job
list, its history, its runs) is the same life seen at the same moment, so it all agrees.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from autosubmit_core.demo.workflow import Workflow
from autosubmit_core.status import Status
from autosubmit_core.tables import (
    BoolColumn,
    FloatColumn,
    Int8Column,
    Int32Column,
    Int64Column,
    Table,
)
from autosubmit_core.tables.columns import column

__all__ = ["Attempts", "Life"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Attempts(Table):
    """Every submission of every job, one row each, by job and then by time.

    Instants are seconds since the first launch.
    """

    #: Position of the job, run number from 1, and attempt in this run from 0. (n,)
    job: Int32Column = column(np.int32)
    run: Int32Column = column(np.int32)
    number: Int32Column = column(np.int32)
    #: Ready, submitted, confirmed by the platform, started, finished. (n,) seconds
    ready: Int64Column = column(np.int64)
    submit: Int64Column = column(np.int64)
    confirm: Int64Column = column(np.int64)
    start: Int64Column = column(np.int64)
    finish: Int64Column = column(np.int64)
    #: Whether it failed, and whether no other attempt followed in its run. (n,) bool
    failed: BoolColumn = column(np.bool_, False)
    fatal: BoolColumn = column(np.bool_, False)
    #: Energy used, joules; 0 where nothing measures it. (n,) float64
    energy: FloatColumn = column(np.float64)
    #: Number in the scheduler. (n,) int64
    scheduler_id: Int64Column = column(np.int64)
    #: Number of the wrapper it was submitted in, from 1; 0 if in none. (n,) int64
    wrapper: Int64Column = column(np.int64)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Life:
    """A whole life; nothing in it knows the moment it is looked at."""

    workflow: Workflow
    attempts: Attempts
    #: The first row of each job in the attempts, and one past the last row. (jobs + 1,)
    first: npt.NDArray[np.int64]
    #: Begin and end of each run. (r,) seconds since the first launch
    run_begin: npt.NDArray[np.int64]
    run_end: npt.NDArray[np.int64]
    #: How many chunks were planned in each run. (r,)
    run_chunks: npt.NDArray[np.int64]

    def faster(self, factor: int) -> Life:
        """Return the same life, in which everything takes one part in ``factor`` of the time."""
        columns = self.attempts.columns()
        instants = ("ready", "submit", "confirm", "start", "finish")
        return replace(
            self,
            attempts=replace(self.attempts, **{name: columns[name] // factor for name in instants}),
            run_begin=self.run_begin // factor,
            run_end=self.run_end // factor,
        )

    def before(self, moment: int) -> npt.NDArray[np.int64]:
        """Return how many attempts of each job were submitted at a moment, (jobs,) int64."""
        submitted = self.attempts.job[self.attempts.submit <= moment]
        return np.bincount(submitted, minlength=len(self.first) - 1)

    def newest(self, moment: int) -> npt.NDArray[np.int64]:
        """Return the row of each job's newest attempt at a moment, -1 if there is none."""
        count = self.before(moment)
        return np.where(count > 0, self.first[:-1] + count - 1, -1)

    def statuses(self, moment: int) -> Int8Column:
        """Return what each job is doing at a moment, as status codes, (jobs,) int8."""
        attempts, first = self.attempts, self.first
        codes = np.full(len(first) - 1, Status.WAITING, dtype=np.int8)
        coming = first[:-1] + self.before(moment)
        has_more = np.flatnonzero(coming < first[1:])
        ready = has_more[attempts.ready[coming[has_more]] <= moment]
        newest = self.newest(moment)
        met = np.flatnonzero(newest >= 0)
        codes[met] = self.outcomes(newest[met], moment)
        codes[ready] = Status.READY
        return codes

    def outcomes(self, rows: npt.NDArray[np.int64], moment: int) -> Int8Column:
        """Return what became of some attempts, submitted by then, at a moment, as status codes."""
        attempts = self.attempts
        codes = np.where(attempts.failed[rows], Status.FAILED, Status.COMPLETED)
        codes[attempts.finish[rows] > moment] = Status.RUNNING
        codes[attempts.start[rows] > moment] = Status.QUEUING
        codes[attempts.confirm[rows] > moment] = Status.SUBMITTED
        return codes.astype(np.int8)

    def busy_moment(self, share: float) -> int:
        """Return a moment of the last run, about ``share`` of it in, with jobs in many states."""
        begin, end = int(self.run_begin[-1]), int(self.run_end[-1])
        wanted = begin + share * (end - begin)
        # Just after a submission that the platform still has to confirm, one job is SUBMITTED.
        late = self.attempts.submit < self.attempts.confirm
        moments = np.unique(self.attempts.submit[late & (self.attempts.submit > begin)]) + 1
        near = moments[np.argsort(np.abs(moments - wanted), kind="stable")[:60]]
        variety = [len(np.unique(self.statuses(int(moment)))) for moment in near]
        return int(near[int(np.argmax(variety))]) if len(near) else int(wanted)
