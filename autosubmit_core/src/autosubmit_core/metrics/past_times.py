"""What the past of an experiment says is usual: pauses, and the times that each section takes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from autosubmit_core.metrics.durations import durations
from autosubmit_core.status import Status
from autosubmit_core.tables import (
    FloatColumn,
    Int32Column,
    Int64Column,
    JobHistory,
    TextColumn,
)

__all__ = [
    "FEW",
    "PastTimes",
    "first_of_submission",
    "numbered",
    "past_gaps",
    "past_times",
    "quantile",
    "survival",
    "with_sections",
]

#: From fewer values than this nobody can tell what one in a hundred is like.
FEW = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class PastTimes:
    """How long attempts took in the past, by section, shortest first. Seconds"""

    #: Start to finish of attempts that succeeded.
    run: Mapping[str, Int64Column]
    #: Submission to start; of a wrapper that of its first job, as the others wait for that.
    queue: Mapping[str, Int64Column]

    def memory_bytes(self) -> int:
        """Return how much memory the values keep."""
        return sum(values.nbytes for kind in (self.run, self.queue) for values in kind.values())


def past_times(history: JobHistory) -> PastTimes:
    """Return how long the attempts of each section ran and queued.

    Attempts of which one of the two instants is not known, or that end before they begin, tell
    nothing.

    >>> history = JobHistory.of(
    ...     2, section=["SIM", "SIM"], status=[5, -1], submit=[10, 900], start=[40, 950], finish=[640, 960]
    ... )
    >>> made = past_times(history)
    >>> made.run["SIM"].tolist(), made.queue["SIM"].tolist()
    ([600], [30, 50])
    """
    section, names = numbered(history.section)
    ran = (history.status == Status.COMPLETED) & _known(history.start, history.finish)
    queued = first_of_submission(history) & _known(history.submit, history.start)
    run, queue = (
        durations(history.start, history.finish),
        durations(history.submit, history.start),
    )
    return PastTimes(
        run=_by_section(section, names, ran, run), queue=_by_section(section, names, queued, queue)
    )


def past_gaps(history: JobHistory) -> Int64Column:
    """Return how long nothing moved: from one moment at which something did to the next, (m,) seconds.

    Something moves when a job is submitted, starts or ends. Pauses between two runs are no gaps;
    what happens in one second is one moment.

    >>> history = JobHistory.of(2, run_id=[1, 2], submit=[10, 900], start=[40, 910], finish=[640, 0])
    >>> past_gaps(history).tolist()
    [30, 600, 10]
    """
    instants = np.concatenate([history.submit, history.start, history.finish])
    run = np.tile(history.run_id, 3)
    order = np.lexsort((instants, run))
    order = order[instants[order] > 0]
    seconds = np.diff(instants[order])
    gaps: Int64Column = seconds[(np.diff(run[order]) == 0) & (seconds > 0)]
    return gaps


def first_of_submission(history: JobHistory) -> npt.NDArray[np.bool_]:
    """Tell which rows are the first to start of all that were submitted as one, (n,) bool.

    The jobs of a wrapper have one number in the scheduler and one instant of submission. A row without
    a number, or that never started, is the first of its own.

    >>> history = JobHistory.of(3, job_id=[7, 7, 0], submit=[10, 10, 10], start=[900, 300, 20])
    >>> first_of_submission(history).tolist()
    [False, True, True]
    """
    first = np.ones(len(history), dtype=np.bool_)
    rows = np.flatnonzero((history.job_id > 0) & (history.start > 0))
    order = rows[np.lexsort((history.start[rows], history.submit[rows], history.job_id[rows]))]
    same = (np.diff(history.job_id[order]) == 0) & (np.diff(history.submit[order]) == 0)
    first[order[1:][same]] = False
    return first


def with_sections(history: JobHistory, known: Collection[str | None]) -> JobHistory:
    """Return the history with section and member put right where a row has them exchanged.

    Autosubmit before 3.13 exchanged them. Stays while such experiments are on disk. ``known`` are
    the sections of the jobs.

    >>> history = JobHistory.of(2, section=["fc0", "SIM"], member=["SIM", "fc0"])
    >>> made = with_sections(history, {"SIM"})
    >>> made.section.tolist(), made.member.tolist()
    (['SIM', 'SIM'], ['fc0', 'fc0'])
    """
    odd = set(history.section.tolist()) - set(known)
    rows = [
        row
        for row in (np.flatnonzero(np.isin(history.section, list(odd))).tolist() if odd else ())
        if history.member[row] in known
    ]
    if not rows:
        return history
    section, member = history.section.copy(), history.member.copy()
    section[rows], member[rows] = history.member[rows], history.section[rows]
    return replace(history, section=section, member=member)


def quantile(values: npt.NDArray[np.integer], share: float) -> int | None:
    """Return the smallest value that so large a share of all does not exceed; None for no values.

    >>> quantile(np.arange(1, 101), 0.99), quantile(np.array([5, 7]), 0.5)
    (99, 5)
    """
    if not len(values):
        return None
    return int(np.quantile(values, share, method="inverted_cdf"))


def survival(values: Int64Column, seconds: FloatColumn | Int64Column) -> FloatColumn:
    """Return the share of values, shortest first, that are longer than each of some times, (k,).

    One value more is counted that is longer than any time, so that what never happened is
    unlikely and not impossible.

    >>> survival(np.array([100, 200, 300]), np.array([0, 150, 300])).tolist()
    [1.0, 0.75, 0.25]
    """
    longer = len(values) - np.searchsorted(values, seconds, side="right")
    return (longer + 1) / (len(values) + 1)


def numbered(texts: TextColumn | Iterable[str | None]) -> tuple[Int32Column, list[str]]:
    """Return a number for each text, in order of appearance, and the texts; None is empty.

    >>> numbers, texts = numbered(["SIM", "POST", "SIM", None])
    >>> numbers.tolist(), texts
    ([0, 1, 0, 2], ['SIM', 'POST', ''])
    """
    known: dict[str, int] = {}
    numbers = [known.setdefault(text or "", len(known)) for text in texts]
    return np.array(numbers, dtype=np.int32), list(known)


def _known(begin: Int64Column, end: Int64Column) -> npt.NDArray[np.bool_]:
    return (begin > 0) & (end >= begin)


def _by_section(
    section: Int32Column,
    names: list[str],
    chosen: npt.NDArray[np.bool_],
    seconds: Int64Column,
) -> dict[str, Int64Column]:
    rows = np.flatnonzero(chosen)
    rows = rows[np.lexsort((seconds[rows], section[rows]))]
    numbers, begins = np.unique(section[rows], return_index=True)
    return {
        names[number]: values
        for number, values in zip(numbers.tolist(), np.split(seconds[rows], begins[1:]))
    }
