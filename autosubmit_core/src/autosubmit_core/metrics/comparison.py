"""What is different between two sets of jobs: of two runs of an experiment, or of two experiments.

Jobs are known by their names without the expid, so that those of two experiments that were made
alike are the same jobs.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from autosubmit_core.metrics.significance import LEVEL, Difference, difference, holm, size_of
from autosubmit_core.status import Status
from autosubmit_core.tables import (
    Int8Column,
    Int32Column,
    Int64Column,
    Table,
    TextColumn,
    positions,
    text_column,
)
from autosubmit_core.tables.columns import column

__all__ = [
    "ComparedJobs",
    "JobDifferences",
    "SectionTimes",
    "Verdict",
    "dependency_counts",
    "different_edges",
    "job_differences",
    "names_within",
    "section_times",
]

Rows: TypeAlias = npt.NDArray[np.intp]

#: What is said of a difference in times: that there are too few values to tell, that chance may have
#: made it, that it is real and of no size, or that the second takes longer or shorter.
Verdict: TypeAlias = Literal["too_few", "not_shown", "negligible", "longer", "shorter"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ComparedJobs(Table):
    """The jobs of one side, one row per job; of a run, with the newest attempt of each in it."""

    #: Name without the expid, unique. (n,) str
    name: TextColumn = column(object, "")
    section: TextColumn = column(object, None)
    #: A :class:`~autosubmit_core.status.Status` code. (n,) int8
    status: Int8Column = column(np.int8, int(Status.UNKNOWN))
    #: How long it waited in the queue and ran. (n,) seconds
    queue: Int64Column = column(np.int64)
    run: Int64Column = column(np.int64)


@dataclass(frozen=True, slots=True)
class JobDifferences:
    """Which jobs are not on both sides, and which are in another status; rows of either side."""

    #: (n,) rows
    only_first: Rows
    only_second: Rows
    #: Jobs of both sides in different statuses, row by row the same job. (m,) rows
    first_differing: Rows
    second_differing: Rows
    #: How many jobs both sides have.
    shared: int


@dataclass(frozen=True, slots=True)
class SectionTimes:
    """How long the completed jobs of a section waited or ran, on both sides."""

    section: str
    what: Literal["run", "queue"]
    #: Number and median of the values on each side; the median of none is NaN. Seconds
    counts: tuple[int, int]
    medians: tuple[float, float]
    #: The test of ranks; None where a side has too few values.
    test: Difference | None
    #: Its probability, put right for all tests of the comparison; NaN without one.
    p_value: float = float("nan")

    @property
    def verdict(self) -> Verdict:
        """What is to be said of the difference."""
        if self.test is None:
            return "too_few"
        if self.p_value >= LEVEL:
            return "not_shown"
        if size_of(self.test.delta) == "negligible":
            return "negligible"
        return "longer" if self.test.delta > 0 else "shorter"


def names_within(names: TextColumn, expid: str) -> TextColumn:
    """Return names of jobs without the expid that they begin with.

    >>> names_within(np.array(["a003_INI", "other"], dtype=object), "a003").tolist()
    ['INI', 'other']
    """
    return text_column(name.removeprefix(f"{expid}_") for name in names.tolist())


def job_differences(first: ComparedJobs, second: ComparedJobs) -> JobDifferences:
    """Return the jobs that only one side has, and those whose status differs.

    >>> one = ComparedJobs.of(2, name=["INI", "SIM"], status=[Status.COMPLETED, Status.FAILED])
    >>> made = job_differences(one, ComparedJobs.of(1, name=["SIM"], status=[Status.COMPLETED]))
    >>> made.only_first.tolist(), made.first_differing.tolist(), made.shared
    ([0], [1], 1)
    """
    there = positions(first.name, second.name)
    shared = np.flatnonzero(there >= 0)
    differing = shared[first.status[shared] != second.status[there[shared]]]
    return JobDifferences(
        only_first=np.flatnonzero(there < 0),
        only_second=np.flatnonzero(positions(second.name, first.name) < 0),
        first_differing=differing,
        second_differing=there[differing].astype(np.intp),
        shared=len(shared),
    )


def section_times(first: ComparedJobs, second: ComparedJobs) -> tuple[SectionTimes, ...]:
    """Return run and queue times of each section that has completed jobs, and whether they differ.

    The sections are in the order of the first side. A job that is COMPLETED and has no run time
    counts for neither. Probabilities are those of
    :func:`~autosubmit_core.metrics.significance.holm` over all sections.
    """
    samples = _samples(first), _samples(second)
    rows = [
        SectionTimes(
            section,
            what,
            (len(one), len(other)),
            (_median(one), _median(other)),
            difference(one, other),
        )
        for section in dict.fromkeys([*samples[0], *samples[1]])
        for what in ("run", "queue")
        for one, other in [tuple(side.get(section, _NONE)[what] for side in samples)]
    ]
    tested = [row.test.p_value for row in rows if row.test]
    adjusted = iter(holm(tested))
    return tuple(replace(row, p_value=next(adjusted)) if row.test else row for row in rows)


def dependency_counts(
    sections: TextColumn, parents: Int32Column, children: Int32Column
) -> dict[tuple[str, str], int]:
    """Return how many dependencies lead from jobs of one section to jobs of another.

    >>> sections = np.array(["SIM", "SIM", "POST"], dtype=object)
    >>> dependency_counts(sections, np.array([0, 0]), np.array([1, 2]))
    {('SIM', 'SIM'): 1, ('SIM', 'POST'): 1}
    """
    pairs = zip(sections[parents].tolist(), sections[children].tolist())
    return dict(Counter((parent or "", child or "") for parent, child in pairs))


def different_edges(
    first: tuple[TextColumn, Int32Column, Int32Column],
    second: tuple[TextColumn, Int32Column, Int32Column],
) -> tuple[int, int]:
    """Return how many dependencies only the first side has, and how many only the second.

    A side is the names of its jobs, and the rows of parents and children.

    >>> names = np.array(["INI", "SIM"], dtype=object)
    >>> different_edges((names, np.array([0]), np.array([1])), (names, np.array([]), np.array([])))
    (1, 0)
    """
    numbers: dict[str, int] = {}
    edges = []
    for names, parents, children in (first, second):
        of_names = [numbers.setdefault(name, len(numbers)) for name in names.tolist()]
        number = np.array(of_names, dtype=np.int64)
        edges.append((number[parents.astype(np.intp)], number[children.astype(np.intp)]))
    one, other = (np.unique(parent * len(numbers) + child) for parent, child in edges)
    shared = len(np.intersect1d(one, other, assume_unique=True))
    return len(one) - shared, len(other) - shared


_Sample: TypeAlias = dict[str, npt.NDArray[np.int64]]
_NONE: _Sample = {"run": np.empty(0, np.int64), "queue": np.empty(0, np.int64)}


def _samples(jobs: ComparedJobs) -> dict[str, _Sample]:
    done = jobs.take((jobs.status == Status.COMPLETED) & (jobs.run > 0))
    made = {}
    for section in dict.fromkeys(done.section.tolist()):
        rows = done.section == section
        made[section or ""] = {"run": done.run[rows], "queue": done.queue[rows]}
    return made


def _median(values: npt.NDArray[np.int64]) -> float:
    return float(np.median(values)) if len(values) else float("nan")
