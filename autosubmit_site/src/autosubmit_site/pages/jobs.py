"""The jobs of an experiment as a table: searched, sorted, and so many at a time as somebody can read.

The page holds the first of them; its script fetches all as columns and lets them be scrolled.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
from autosubmit_core import Experiment, JobQueryError, Status, find_jobs
from autosubmit_core.published import (
    QUERY_FIELDS,
    WORDS,
    natural_key,
    numbers_of,
    ordered,
    words_of,
)
from autosubmit_core.server import Boolean, Choice, Integer, Route, Text

from autosubmit_site.acting import OfferedAction, offered_actions
from autosubmit_site.pages.base import ExperimentPage, counted, operation

__all__ = ["COLUMNS", "PAGE_ROWS", "JobRow", "Jobs", "jobs_of", "routes"]

#: How many jobs the page holds itself.
PAGE_ROWS = 100

#: The columns of the table, and what they are called in the answers of the API.
COLUMNS = {
    "name": "name",
    "status": "status",
    "section": "section",
    "date": "date",
    "member": "member",
    "chunk": "chunk",
    "split": "split",
    "platform": "platform",
    "wait": "queue_seconds",
    "run": "run_seconds",
    "start": "start",
    "finish": "finish",
}

Rows = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class JobRow:
    """One job of the table; None where there is nothing to say."""

    name: str
    status: Status
    section: str | None
    date: str | None
    member: str | None
    chunk: int
    split: int
    platform: str | None
    #: Seconds in the queue and running.
    wait: int
    run: int
    #: Seconds since 1970 UTC.
    start: int
    finish: int


@dataclass(frozen=True, slots=True)
class Jobs:
    """One page of the jobs."""

    rows: tuple[JobRow, ...]
    q: str
    sort: str
    desc: bool
    page: int
    pages: int
    matching: int
    total: int
    #: The jobs that were asked for, by status.
    counters: dict[Status, int]
    #: What is wrong with the query; empty if nothing is.
    mistake: str
    #: What the experiment's jobs are called, for a hint at what may be asked for.
    sections: tuple[str, ...]
    #: How the visitor is offered to set statuses; None if that is not said.
    setting: OfferedAction | None
    fields: tuple[str, ...] = QUERY_FIELDS

    def query(self, **changed: object) -> dict[str, object]:
        """Return the query of a link to the same jobs, but for what changed."""
        return {"q": self.q, "sort": self.sort, "desc": self.desc, **changed}


def jobs_of(
    experiment: Experiment,
    q: str | None = None,
    sort: str = "",
    desc: bool = False,
    page: int = 1,
    setting: OfferedAction | None = None,
) -> Jobs:
    """Return a page of the jobs that a query means.

    Raises :class:`~autosubmit_core.SourceError` if the job list cannot be read.
    """
    mistake = ""
    try:
        rows = find_jobs(experiment, q or "")
    except JobQueryError as error:
        rows, mistake = np.empty(0, dtype=np.int64), str(error)
    pages = max(1, -(-len(rows) // PAGE_ROWS))
    page = min(max(page, 1), pages)
    shown = _sorted(experiment, rows, sort, desc)[(page - 1) * PAGE_ROWS : page * PAGE_ROWS]
    codes, numbers = np.unique(experiment.jobs.status[rows], return_counts=True)
    found = {Status(code): number for code, number in zip(codes.tolist(), numbers.tolist())}
    sections = experiment.jobs.section.tolist()
    return Jobs(
        rows=_rows(experiment, shown),
        q=q or "",
        sort=sort,
        desc=desc,
        page=page,
        pages=pages,
        matching=len(rows),
        total=len(experiment.jobs),
        counters=counted(found),
        mistake=mistake,
        sections=tuple(section for section in dict.fromkeys(sections) if section),
        setting=setting,
    )


def _sorted(experiment: Experiment, rows: Rows, sort: str, desc: bool) -> Rows:
    """Return rows sorted by a column; those that have nothing there come last."""
    if not sort or not len(rows):
        return rows
    if sort == "name":
        by_name = ordered(experiment, rows, "name")
        return by_name[::-1] if desc else by_name
    field = COLUMNS[sort]
    if field in WORDS:
        words, places = words_of(experiment, field)
        ranked = sorted(range(len(words)), key=lambda at: natural_key(words[at] or ""))
        rank = np.empty(len(words), dtype=np.int64)
        rank[ranked] = np.arange(len(words))
        values = rank[places][rows]
        missing = np.array([word is None for word in words])[places][rows]
    else:
        values = np.asarray(numbers_of(experiment, field))[rows].astype(np.int64)
        missing = values == 0
    order = np.lexsort((-values if desc else values, missing))
    sorted_rows: Rows = rows[order]
    return sorted_rows


def _rows(experiment: Experiment, rows: Rows) -> tuple[JobRow, ...]:
    columns: dict[str, list[Any]] = {}
    for name, field in COLUMNS.items():
        if field == "name":
            columns[name] = experiment.jobs.name[rows].tolist()
        elif field in WORDS:
            words, places = words_of(experiment, field)
            columns[name] = [words[place] for place in places[rows].tolist()]
        else:
            columns[name] = numbers_of(experiment, field)[rows].tolist()
    columns["status"] = [Status[name] for name in columns["status"]]
    return tuple(JobRow(**dict(zip(columns, values))) for values in zip(*columns.values()))


class JobsPage(ExperimentPage):
    """``GET /experiments/{expid}/jobs``: the jobs as a table."""

    template = "jobs.html.j2"
    view = staticmethod(jobs_of)
    operations: ClassVar = {
        "get": operation(
            "The jobs of an experiment",
            Text(name="q", meaning="The jobs that are wanted, as a query.", longest=2000),
            Choice(name="sort", words=("", *COLUMNS), default="", meaning="The column to sort by."),
            Boolean(name="desc", default=False, meaning="The other way round."),
            Integer(name="page", default=1, meaning="Which page."),
        )
    }

    async def get(self, **path: str) -> None:
        offered = {one.action: one for one in await offered_actions(self, path["expid"])}
        setting = offered["set-job-status"]
        await self.show(self.template, jobs_of, **self.arguments(), setting=setting)


routes = [Route("/experiments/{expid}/jobs", JobsPage)]
