"""The names and counters of the folders that trees and groups show."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from autosubmit_core.answers.formats import date_texts
from autosubmit_core.status import Status
from autosubmit_core.tables import TimeColumn

__all__ = ["DEFAULT_MEMBER", "common_status", "counters", "folder_dates", "folder_node"]

#: The folder of jobs that have a date and no member.
DEFAULT_MEMBER = "DEFAULT"

_COUNTED = {
    "completed": Status.COMPLETED,
    "running": Status.RUNNING,
    "queuing": Status.QUEUING,
    "failed": Status.FAILED,
    "held": Status.HELD,
}


def folder_dates(dates: TimeColumn) -> list[str | None]:
    """Return each start date as folders are named: with hours, or minutes, if any date has them.

    >>> folder_dates(np.array(["2022-04-01", "2022-05-01T06"], dtype="datetime64[s]"))
    ['2022040100', '2022050106']
    """
    known = dates[~np.isnat(dates)]
    if (known != known.astype("datetime64[h]")).any():
        return date_texts(dates, "%Y%m%d%H%M")
    return date_texts(
        dates, "%Y%m%d%H" if (known != known.astype("datetime64[D]")).any() else "%Y%m%d"
    )


def counters(jobs: Iterable[int], status: Sequence[int]) -> dict[str, int]:
    """Return how many of some jobs are in the statuses that folders tell, and how many there are."""
    counts = Counter(status[job] for job in jobs)
    return {
        **{word: counts[one] for word, one in _COUNTED.items()},
        "total": sum(counts.values()),
    }


def common_status(jobs: Iterable[int], status: Sequence[int]) -> Status | None:
    """Return the status that all of some jobs have, None if they differ."""
    found = {status[job] for job in jobs}
    return Status.of(found.pop()) if len(found) == 1 else None


def folder_node(
    title: str, key: str, children: Sequence[dict[str, Any]], *, expanded: bool = False
) -> dict[str, Any]:
    """Return the node of a folder, as clients give it to their widget."""
    return {
        "title": title,
        "folder": True,
        "refKey": key,
        "data": "Empty",
        "expanded": expanded,
        "children": children,
    }
