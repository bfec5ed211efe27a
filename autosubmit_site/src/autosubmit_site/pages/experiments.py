"""The list of experiments: which of them, in which order, on which page, and the sum of all."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
from autosubmit_core import Archive, Experiment, ExperimentTable, Status
from autosubmit_core.published import EXPERIMENT_TYPES, natural_key, of_type, whole_matches
from autosubmit_core.server import Boolean, Choice, Integer, Operation, Route, Text

from autosubmit_site.acting import OfferedAction, offered_actions
from autosubmit_site.handlers import PageHandler

__all__ = ["ORDERS", "PAGE_ROWS", "ExperimentRow", "Experiments", "experiments_of", "routes"]

#: How many experiments a page shows.
PAGE_ROWS = 50

#: What the list can be sorted by; without it the running ones come first, then the newest.
ORDERS = ("name", "description", "owner", "platform", "version", "created", "modified")

_DATE = re.compile(r"\d{4}-\d\d-\d\d")

Rows = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class ExperimentRow:
    """One experiment of the list. Texts are empty where nothing is noted."""

    expid: str
    description: str
    owner: str
    #: The platform that most of its jobs run on.
    platform: str
    autosubmit_version: str
    #: The day it was created, ``YYYY-MM-DD``.
    created: str
    running: bool
    #: When its job list last changed, in seconds since 1970 UTC; None if there is none.
    modified: int | None
    #: Jobs by status as the last run counted them; empty if none did. What is left waits.
    counters: dict[Status, int]


@dataclass(frozen=True, slots=True)
class Sum:
    """The whole installation in a few numbers."""

    experiments: int
    running: int
    owners: int
    platforms: int
    #: Jobs of the running experiments, by status.
    counters: dict[Status, int]


@dataclass(frozen=True, slots=True)
class Filters:
    """What the list was asked for; empty texts ask for nothing."""

    q: str = ""
    owner: str = ""
    platform: str = ""
    version: str = ""
    kind: str = ""
    active: bool = False
    sort: str = ""
    desc: bool = False

    def query(self, **changed: object) -> dict[str, object]:
        """Return the query of a link to the same list, but for what changed."""
        return {**asdict(self), **changed}

    @property
    def any(self) -> bool:
        """Whether some experiments are left out."""
        return bool(
            self.q or self.owner or self.platform or self.version or self.kind or self.active
        )


@dataclass(frozen=True, slots=True)
class Experiments:
    """One page of the list of experiments."""

    rows: tuple[ExperimentRow, ...]
    filters: Filters
    #: Which page this is, from 1, and how many there are, at least 1.
    page: int
    pages: int
    #: How many were looked for.
    matching: int
    sum: Sum
    #: The owners, platforms and versions that there are, to choose from.
    owners: tuple[str, ...]
    platforms: tuple[str, ...]
    versions: tuple[str, ...]
    #: How the visitor is offered to create one; None if that is not said.
    creating: OfferedAction | None


def experiments_of(
    archive: Archive, page: int = 1, creating: OfferedAction | None = None, **asked: Any
) -> Experiments:
    """Return a page of the experiments that match some :class:`Filters`.

    A page that does not exist gives the nearest that does. Raises
    :class:`~autosubmit_core.SourceError` if the list of experiments cannot be read.
    """
    filters = Filters(**{name: value for name, value in asked.items() if value is not None})
    known = archive.experiments()
    rows = _ordered(archive, known, np.flatnonzero(_matching(known, filters)), filters)
    pages = max(1, -(-len(rows) // PAGE_ROWS))
    page = min(max(page, 1), pages)
    shown = known.take(rows[(page - 1) * PAGE_ROWS : page * PAGE_ROWS])
    return Experiments(
        rows=tuple(map(_row, archive.each(shown))),
        filters=filters,
        page=page,
        pages=pages,
        matching=len(rows),
        sum=_sum(archive, known),
        owners=_words(known.user),
        platforms=_words(known.hpc),
        versions=_words(known.autosubmit_version),
        creating=creating,
    )


def _matching(known: ExperimentTable, filters: Filters) -> npt.NDArray[np.bool_]:
    mask = np.ones(len(known), dtype=np.bool_)
    if words := filters.q.casefold().split():
        texts = zip(known.name, known.description, known.user, known.hpc, known.autosubmit_version)
        joined = ("\n".join(part or "" for part in text).casefold() for text in texts)
        mask &= np.array([all(word in text for word in words) for text in joined], dtype=np.bool_)
    for pattern, column in (
        (filters.owner, known.user),
        (filters.platform, known.hpc),
        (filters.version, known.autosubmit_version),
    ):
        if pattern:
            mask &= whole_matches(column, pattern)
    if filters.kind:
        mask &= of_type(known, filters.kind)
    return mask & known.running if filters.active else mask


def _ordered(archive: Archive, known: ExperimentTable, rows: Rows, filters: Filters) -> Rows:
    """Return rows as they were asked to be sorted; what is equal in that, newest first."""
    newest = rows[np.argsort(-known.id[rows], kind="stable")]
    keys: list[Any]
    if not filters.sort:
        keys = (~known.running[newest]).tolist()
    elif filters.sort == "modified":
        keys = [each.jobs_modified or 0 for each in archive.each(known.take(newest))]
    else:
        column = {
            "name": known.name,
            "description": known.description,
            "owner": known.user,
            "platform": known.hpc,
            "version": known.autosubmit_version,
            "created": known.created,
        }[filters.sort]
        keys = [natural_key(text or "") for text in column[newest]]
    order = sorted(range(len(newest)), key=keys.__getitem__, reverse=filters.desc)
    return newest[np.array(order, dtype=np.intp)]


def _row(experiment: Experiment) -> ExperimentRow:
    registered = experiment.registered
    date = _DATE.match(registered.created[0] or "")
    return ExperimentRow(
        expid=experiment.expid,
        description=experiment.description,
        owner=registered.user[0] or "",
        platform=registered.hpc[0] or "",
        autosubmit_version=experiment.autosubmit_version or "",
        created=date[0] if date else "",
        running=experiment.is_running,
        modified=experiment.jobs_modified,
        counters=_counters(experiment),
    )


def _counters(experiment: Experiment) -> dict[Status, int]:
    """Return jobs by status as the last run counted them; those it does not count are waiting."""
    last = experiment.last_run
    if last is None:
        return {}
    counted = {
        Status.COMPLETED: last.completed,
        Status.RUNNING: last.running,
        Status.QUEUING: last.queuing,
        Status.SUBMITTED: last.submitted,
        Status.SUSPENDED: last.suspended,
        Status.FAILED: last.failed,
    }
    counted[Status.WAITING] = max(0, last.total - sum(counted.values()))
    return {status: number for status, number in counted.items() if number}


def _sum(archive: Archive, known: ExperimentTable) -> Sum:
    counters: dict[Status, int] = {}
    for experiment in archive.each(known.take(np.flatnonzero(known.running))):
        for status, number in _counters(experiment).items():
            counters[status] = counters.get(status, 0) + number
    return Sum(
        experiments=len(known),
        running=int(known.running.sum()),
        owners=len(_words(known.user)),
        platforms=len(_words(known.hpc)),
        counters=counters,
    )


def _words(column: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(sorted({text for text in column if text}, key=natural_key))


class ExperimentsPage(PageHandler):
    """``GET /``: the experiments of the installation."""

    operations: ClassVar = {
        "get": Operation(
            summary="The experiments of the installation",
            query=(
                Text(name="q", meaning="Words of name, description, owner, platform or version."),
                Text(name="owner", meaning="The owner."),
                Text(name="platform", meaning="The main platform."),
                Text(name="version", meaning="The version of Autosubmit."),
                Choice(name="kind", words=("", *EXPERIMENT_TYPES), meaning="By the first letter."),
                Boolean(name="active", default=False, meaning="Running ones alone."),
                Choice(name="sort", words=("", *ORDERS), meaning="What they are sorted by."),
                Boolean(name="desc", default=False, meaning="The other way round."),
                Integer(name="page", default=1, meaning="Which page."),
            ),
            media=("text/html",),
        )
    }

    async def get(self) -> None:
        (creating,) = await offered_actions(self, None)
        await self.show(
            "experiments.html.j2", experiments_of, **self.arguments(), creating=creating
        )


routes = [Route("/", ExperimentsPage)]
