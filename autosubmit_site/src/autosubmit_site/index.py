"""What the list of experiments says: which of them, in which order, on which page."""

from __future__ import annotations

import re
from dataclasses import dataclass

from autosubmit_core import Archive, ExperimentTable

__all__ = ["PAGE_ROWS", "Index", "IndexRow", "index_of"]

#: How many experiments a page shows.
PAGE_ROWS = 50

_DATE = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(frozen=True, slots=True)
class IndexRow:
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


@dataclass(frozen=True, slots=True)
class Index:
    """One page of the list of experiments."""

    rows: tuple[IndexRow, ...]
    #: What was looked for; empty if everything is shown.
    search: str
    #: Which page this is, from 1, and how many there are, at least 1.
    page: int
    pages: int
    #: Experiments of the installation, those of them that run, and those that were looked for.
    total: int
    running: int
    matching: int
    #: What the list had to do without, a sentence each.
    warnings: tuple[str, ...]


def index_of(archive: Archive, search: str = "", page: int = 1) -> Index:
    """Return a page of the experiments that match a search: running ones first, then newest first.

    A page that does not exist gives the nearest that does. Raises
    :class:`~autosubmit_core.SourceError` if the list of experiments cannot be read.
    """
    experiments = archive.experiments()
    rows = _matching_rows(experiments, search)
    pages = max(1, -(-len(rows) // PAGE_ROWS))
    page = min(max(page, 1), pages)
    shown = rows[(page - 1) * PAGE_ROWS : page * PAGE_ROWS]
    return Index(
        rows=tuple(_row(experiments, row) for row in shown),
        search=search,
        page=page,
        pages=pages,
        total=len(experiments),
        running=int(experiments.running.sum()),
        matching=len(rows),
        warnings=tuple(warning.message for warning in archive.warnings),
    )


def _matching_rows(experiments: ExperimentTable, search: str) -> list[int]:
    """Return the rows in which each word of the search is found somewhere, in the order of the list."""
    words = search.casefold().split()
    texts = zip(
        experiments.name,
        experiments.description,
        experiments.user,
        experiments.hpc,
        experiments.autosubmit_version,
    )
    matching = [
        row
        for row, text in enumerate(texts)
        if not words or _has_all(words, "\n".join(part or "" for part in text).casefold())
    ]
    running, number = experiments.running, experiments.id
    return sorted(matching, key=lambda row: (not running[row], -number[row]))


def _has_all(words: list[str], text: str) -> bool:
    return all(word in text for word in words)


def _row(experiments: ExperimentTable, row: int) -> IndexRow:
    """Return one row as the page shows it."""
    date = _DATE.match(experiments.created[row] or "")
    return IndexRow(
        expid=experiments.name[row],
        description=experiments.description[row] or "",
        owner=experiments.user[row] or "",
        platform=experiments.hpc[row] or "",
        autosubmit_version=experiments.autosubmit_version[row] or "",
        created=date[0] if date else "",
        running=bool(experiments.running[row]),
    )
