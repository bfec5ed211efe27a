"""Which jobs an answer is about, in which order, and which page of them it shows."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from autosubmit_core.answers.formats import date_stamps
from autosubmit_core.answers.v4.job_query import parse_query, query_mask
from autosubmit_core.archive import Experiment
from autosubmit_core.errors import RequestError
from autosubmit_core.names import name_filter, natural_key
from autosubmit_core.status import Status
from autosubmit_core.tables import BoolColumn, JobTable, TextColumn

__all__ = ["EVERY_JOB", "NONE", "ORDERS", "JobFilter", "Page", "Rows", "ordered", "selected_rows"]

#: What asks for the jobs that have no member, date, … at all.
NONE = "null"

#: What jobs can be sorted by.
ORDERS = ("name", "priority", "chunk", "submit")

Rows = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class JobFilter:
    """Which jobs are wanted: those that all of the filters let through.

    Of the words of one filter any will do; a filter without words lets everything through. The word
    ``null`` stands for jobs that have no such thing.
    """

    #: Found anywhere in the name, without case; ``*`` is any text and a leading ``!`` negates.
    job_name: str | None = None
    #: Names of statuses.
    status: tuple[str, ...] = ()
    section: tuple[str, ...] = ()
    member: tuple[str, ...] = ()
    #: ``YYYYMMDD``, with hour and minute where the date has them; dashes are passed over.
    date: tuple[str, ...] = ()
    #: Numbers of chunks, as text.
    chunk: tuple[str, ...] = ()
    #: Names of wrappers, and of platforms in any case.
    wrapper: tuple[str, ...] = ()
    platform: tuple[str, ...] = ()
    #: A query in the language of :mod:`~autosubmit_core.answers.v4.job_query`.
    q: str | None = None


#: Lets all jobs through.
EVERY_JOB = JobFilter()


@dataclass(frozen=True, slots=True)
class Page:
    """One page of something; without a size there is one page of all."""

    number: int = 1
    size: int | None = None

    def of(self, rows: Rows) -> Rows:
        """Return the rows of the page."""
        if self.size is None:
            return rows
        return rows[(self.number - 1) * self.size : self.number * self.size]

    def told(self, total: int, shown: int) -> dict[str, Any]:
        """Return what answers say of the page."""
        return {
            "page": 1 if self.size is None else self.number,
            "page_size": self.size,
            "total_pages": 1 if self.size is None else max(1, math.ceil(total / self.size)),
            "page_items": shown,
            "total_items": total,
        }


def selected_rows(experiment: Experiment, wanted: JobFilter) -> Rows:
    """Return the rows of the wanted jobs in the job list, ascending.

    Raises :class:`RequestError` for a status that there is not or a query that makes no sense, and
    :class:`~autosubmit_core.SourceError` if the job list cannot be read.
    """
    jobs = experiment.jobs
    mask = np.ones(len(jobs), dtype=np.bool_)
    if wanted.job_name:
        mask &= _named(jobs.name, wanted.job_name)
    if wanted.status:
        mask &= np.isin(jobs.status, _codes(wanted.status))
    if wanted.section:
        mask &= _among(jobs.section, wanted.section)
    if wanted.member:
        mask &= _among(jobs.member, wanted.member)
    if wanted.date:
        mask &= _dated(jobs, wanted.date)
    if wanted.chunk:
        numbers = [_chunk(word) for word in wanted.chunk]
        mask &= np.isin(jobs.chunk, [number for number in numbers if number is not None])
    if wanted.wrapper:
        mask &= _wrapped(experiment, wanted.wrapper)
    if wanted.platform:
        names = {word.lower() for word in wanted.platform}
        platforms = experiment.requests.platform
        mask &= np.array([(name or NONE).lower() in names for name in platforms], dtype=np.bool_)
    if wanted.q:
        mask &= query_mask(experiment, parse_query(wanted.q))
    return np.flatnonzero(mask).astype(np.int64)


def ordered(experiment: Experiment, rows: Rows, order_by: str) -> Rows:
    """Return rows sorted by name (numbers by their size), priority, chunk or submission.

    Jobs that are equal in it stay in the order of the list; those never submitted come last.
    """
    jobs = experiment.jobs
    order: npt.NDArray[np.intp]
    if order_by == "name":
        keys = list(map(natural_key, jobs.name[rows].tolist()))
        order = np.array(sorted(range(len(rows)), key=keys.__getitem__), dtype=np.intp)
    elif order_by == "submit":
        submitted = experiment.instants[0][rows]
        order = np.lexsort((submitted, submitted == 0))
    elif order_by in ORDERS:
        values = jobs.priority if order_by == "priority" else jobs.chunk
        order = np.argsort(values[rows], kind="stable")
    else:
        raise RequestError(f"Jobs are not sorted by {order_by!r}; they are by {', '.join(ORDERS)}.")
    sorted_rows: Rows = rows[order]
    return sorted_rows


def _named(names: TextColumn, pattern: str) -> BoolColumn:
    negated = pattern.startswith("!")
    compiled = name_filter(pattern[negated:])
    found = [compiled.search(name) is not None for name in names]
    return np.array(found, dtype=np.bool_) ^ negated


def _codes(words: Collection[str]) -> list[int]:
    unknown = [word for word in words if word not in Status.__members__]
    if unknown:
        raise RequestError(f"There is no status {unknown[0]!r}.")
    return [int(Status[word]) for word in words]


def _among(values: TextColumn, words: Collection[str]) -> BoolColumn:
    wanted = {None if word == NONE else word for word in words}
    return np.array([value in wanted for value in values], dtype=np.bool_)


def _dated(jobs: JobTable, words: Collection[str]) -> BoolColumn:
    wanted = {None if word == NONE else word.replace("-", "") for word in words}
    return np.array([stamp in wanted for stamp in date_stamps(jobs.date)], dtype=np.bool_)


def _chunk(word: str) -> int | None:
    """Return the number of a chunk, 0 for jobs without; None for what is no number."""
    if word == NONE:
        return 0
    return int(word) if word.isascii() and word.isdigit() and len(word) < 10 else None


def _wrapped(experiment: Experiment, words: Collection[str]) -> BoolColumn:
    of_job, wanted = experiment.wrappers.wrapper_of(), set(words)
    names = experiment.jobs.name
    return np.array([of_job.get(name, NONE) in wanted for name in names], dtype=np.bool_)
