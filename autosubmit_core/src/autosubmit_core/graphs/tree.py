"""The jobs of an experiment as folders: date, member and section, and the wrappers beside them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from autosubmit_core.status import Status
from autosubmit_core.tables import BoolColumn, Int8Column, Int32Column, TextColumn, TimeColumn

__all__ = [
    "DateFolder",
    "Folder",
    "JobTree",
    "MemberFolder",
    "abnormal",
    "job_tree",
    "wrapper_folders",
]

#: What an experiment that goes well is full of; anything else is worth to be seen first.
_NORMAL = (Status.COMPLETED, Status.WAITING, Status.READY, Status.SUSPENDED)


@dataclass(frozen=True, slots=True)
class Folder:
    """Jobs under a name, as rows, in the order to show them."""

    name: str
    jobs: tuple[int, ...]
    #: Whether one of the jobs is in a status that should be seen.
    abnormal: bool


@dataclass(frozen=True, slots=True)
class MemberFolder:
    """The jobs of one member on one date."""

    #: None for jobs that have a date and no member.
    member: str | None
    #: All its jobs, in list order.
    jobs: tuple[int, ...]
    #: Those that are the only ones of their section here, in the order to show them.
    singles: tuple[int, ...]
    #: The others, by section, in order of the first job of each.
    sections: tuple[Folder, ...]


@dataclass(frozen=True, slots=True)
class DateFolder:
    """The jobs of one start date."""

    date: np.datetime64
    members: tuple[MemberFolder, ...]

    @property
    def jobs(self) -> tuple[int, ...]:
        """All its jobs."""
        return tuple(job for member in self.members for job in member.jobs)


@dataclass(frozen=True, slots=True)
class JobTree:
    """The folders of dates, in order of first appearance, and the jobs that have no date."""

    dates: tuple[DateFolder, ...]
    keys: tuple[int, ...]


def abnormal(status: Int8Column) -> BoolColumn:
    """Return which jobs are in a status that should be seen first, (n,) bool."""
    return ~np.isin(status, _NORMAL)


def job_tree(
    date: TimeColumn,
    member: TextColumn,
    status: Int8Column,
    section: TextColumn | None = None,
) -> JobTree:
    """Return jobs, given by columns, in folders of dates and members.

    Members are in order of their first appearance in the whole list. Inside, the abnormal come
    first, the later before the earlier. With ``section``, two or more jobs of a section share a
    folder.

    >>> dates = np.array(["2000-01-01", "2000-01-01", "NaT"], dtype="datetime64[s]")
    >>> members = np.array(["fc0", "fc0", None])
    >>> made = job_tree(dates, members, np.array([5, 4, 5], dtype=np.int8))
    >>> made.dates[0].members[0].singles, made.keys
    ((1, 0), (2,))
    """
    seen = abnormal(status).tolist()
    found: dict[int, dict[str | None, list[int]]] = {}
    rank: dict[str | None, int] = {}
    keys: list[int] = []
    instants = date.astype("datetime64[s]").astype(np.int64).tolist()
    for row, (undated, instant, name) in enumerate(zip(np.isnat(date).tolist(), instants, member)):
        if undated:
            keys.append(row)
        else:
            rank.setdefault(name, len(rank))
            found.setdefault(instant, {}).setdefault(name, []).append(row)
    sections = None if section is None else section.tolist()
    return JobTree(
        dates=tuple(
            DateFolder(
                np.datetime64(instant, "s"),
                tuple(
                    _member_folder(name, members[name], seen, sections)
                    for name in sorted(members, key=rank.__getitem__)
                ),
            )
            for instant, members in found.items()
        ),
        keys=tuple(keys),
    )


def wrapper_folders(
    wrapper_of: Mapping[int, str], chunk: Int32Column, status: Int8Column
) -> tuple[Folder, ...]:
    """Return a folder for each wrapper that has jobs, by name; inside, jobs are by chunk.

    ``wrapper_of`` gives the wrapper of a job, both in the order of its source.
    """
    jobs: dict[str, list[int]] = {}
    for job, wrapper in wrapper_of.items():
        jobs.setdefault(wrapper, []).append(job)
    seen = abnormal(status)
    return tuple(
        Folder(
            wrapper,
            tuple(sorted(jobs[wrapper], key=lambda job: int(chunk[job]))),
            bool(seen[jobs[wrapper]].any()),
        )
        for wrapper in sorted(jobs)
    )


def _member_folder(
    member: str | None, jobs: list[int], seen: list[bool], section: list[str | None] | None
) -> MemberFolder:
    if section is None:
        return MemberFolder(member, tuple(jobs), _abnormal_first(jobs, seen), ())
    by_section: dict[str | None, list[int]] = {}
    for job in jobs:
        by_section.setdefault(section[job], []).append(job)
    singles = [alike[0] for alike in by_section.values() if len(alike) == 1]
    return MemberFolder(
        member,
        tuple(jobs),
        _abnormal_first(singles, seen),
        tuple(
            Folder(name or "", _abnormal_first(alike, seen), any(seen[job] for job in alike))
            for name, alike in by_section.items()
            if len(alike) > 1
        ),
    )


def _abnormal_first(jobs: Iterable[int], seen: list[bool]) -> tuple[int, ...]:
    listed = list(jobs)
    first = [job for job in reversed(listed) if seen[job]]
    return (*first, *(job for job in listed if not seen[job]))
