"""A small description of an experiment's workflow, and the jobs and dependencies it makes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from autosubmit_core.demo.platforms import LOCAL, Platform
from autosubmit_core.status import Status
from autosubmit_core.tables import JobTable, Structure, text_column

__all__ = ["Section", "Workflow"]

#: How often the jobs of a section are repeated.
Running: TypeAlias = Literal["once", "date", "member", "chunk"]

#: The axes over which a section repeats: start dates, members, chunks.
_AXES: dict[str, int] = {"once": 0, "date": 1, "member": 2, "chunk": 3}


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """Jobs of one kind: how often there is one, what it waits for, and how it behaves."""

    #: Name in the configuration: ``SIM``.
    name: str
    running: Running = "once"
    #: Sections it waits for, all listed before it: ``INI``; or itself some chunks ago: ``SIM-1``.
    dependencies: tuple[str, ...] = ()
    #: Equal parts that each of its jobs is cut into; 0 if it is not cut.
    splits: int = 0
    platform: Platform = LOCAL
    processors: int = 1
    nodes: int = 1
    #: Requested time, ``HH:MM``.
    wallclock: str = "00:10"
    #: How long a job runs and waits in the queue, both in seconds, on average.
    run_seconds: float = 30.0
    queue_seconds: float = 0.0
    #: How much run times differ: standard deviation over mean.
    spread: float = 0.08
    #: Share of attempts that fail.
    failure_rate: float = 0.0

    @property
    def repeats(self) -> int:
        """Over how many of dates, members and chunks it repeats."""
        return _AXES[self.running]

    @property
    def chained(self) -> bool:
        """Whether each chunk waits for the chunk before."""
        return f"{self.name}-1" in self.dependencies


@dataclass(frozen=True, slots=True, kw_only=True)
class Workflow:
    """What an experiment simulates, in which pieces, and the sections of jobs that do it."""

    #: Start dates ``YYYYMMDD`` and members.
    dates: tuple[str, ...]
    members: tuple[str, ...]
    chunks: int
    #: ``year``, ``month``, ``day`` or ``hour``, and how many of them are a chunk.
    chunk_unit: str
    chunk_size: int = 1
    #: Sections, each after those that it depends on.
    sections: tuple[Section, ...]
    #: The platform that most jobs run on.
    platform: Platform
    #: Section whose jobs are submitted together, and how many chunks at a time; empty for none.
    wrapped: str = ""
    wrapper_chunks: int = 0
    #: How often a failed job is tried again.
    retrials: int = 0

    def shape(self, section: Section) -> tuple[int, int, int, int]:
        """Return how many dates, members, chunks and splits a section has jobs for, each at least 1."""
        lengths = (len(self.dates), len(self.members), self.chunks)
        repeated = [n if axis < section.repeats else 1 for axis, n in enumerate(lengths)]
        return repeated[0], repeated[1], repeated[2], max(section.splits, 1)

    def section_of_job(self) -> npt.NDArray[np.int64]:
        """Return the position of each job's section in :attr:`sections`, (n,) int64."""
        sizes = [int(np.prod(self.shape(section))) for section in self.sections]
        return np.repeat(np.arange(len(sizes)), sizes)

    def jobs(self, expid: str) -> JobTable:
        """Return the jobs as Autosubmit creates them, all WAITING: section by section, then by
        date, member, chunk and split. A job always comes after those that it waits for."""
        parts = [self._jobs_of(section, expid) for section in self.sections]
        columns = {
            name: np.concatenate([part.columns()[name] for part in parts])
            for name in ("name", "section", "date", "member", "chunk", "split", "splits")
        }
        section = self.section_of_job()
        levels = np.array(self._levels(), dtype=np.int32)
        n = len(section)
        status = np.full(n, Status.WAITING)
        return JobTable.of(n, status=status, priority=levels[section], **columns)

    def structure(self, jobs: JobTable) -> Structure:
        """Return the dependencies between the jobs that :meth:`jobs` made."""
        edges = self.edges()
        return Structure.of(edges.shape[1], job=jobs.name, parent=edges[0], child=edges[1])

    def edges(self) -> npt.NDArray[np.int32]:
        """Return all dependencies as positions of parent and child among the jobs, (2, m) int32."""
        first = {}
        position = 0
        for section in self.sections:
            first[section.name] = (section, position)
            position += int(np.prod(self.shape(section)))
        found = []
        for child, child_at in first.values():
            for text in child.dependencies:
                name, shift = _parse(text)
                parent, parent_at = first[name]
                ends = self._edges_between(parent, child, shift)
                found.append(ends + np.array([[parent_at], [child_at]]))
        edges: npt.NDArray[np.int32] = np.concatenate([np.empty((2, 0)), *found], axis=1).astype(
            np.int32
        )
        return edges

    def _jobs_of(self, section: Section, expid: str) -> JobTable:
        shape = self.shape(section)
        n, repeats = int(np.prod(shape)), section.repeats
        date, member, chunk, split = (axis.ravel() for axis in np.indices(shape))
        dates = np.array(self.dates)[date] if repeats > 0 else None
        members = np.array(self.members, dtype=object)[member] if repeats > 1 else None
        parts: list[list[str]] = [[expid] * n]
        if dates is not None:
            parts.append(dates.tolist())
        if members is not None:
            parts.append(members.tolist())
        if repeats > 2:
            parts.append([str(number) for number in chunk + 1])
        if section.splits:
            parts.append([str(number) for number in split + 1])
        parts.append([section.name] * n)
        return JobTable.of(
            n,
            name=text_column(map("_".join, zip(*parts))),
            section=[section.name] * n,
            date=None if dates is None else _instants(self.dates)[date],
            member=members,
            chunk=chunk + 1 if repeats > 2 else None,
            split=split + 1 if section.splits else None,
            splits=np.full(n, section.splits),
        )

    def _levels(self) -> list[int]:
        """Return the level of each section: one more than the highest that it depends on."""
        level: dict[str, int] = {}
        for section in self.sections:
            parents = [_parse(text)[0] for text in section.dependencies]
            below = [level[name] for name in parents if name != section.name]
            level[section.name] = max(below, default=-1) + 1
        return list(level.values())

    def _edges_between(self, parent: Section, child: Section, shift: int) -> npt.NDArray[np.int64]:
        """Return the edges of one dependency as positions within the two sections, (2, m).

        Where both repeat over an axis the same date, member, chunk (shifted) and split meet;
        where one does not, it meets all of the other. Of a chain of chunks it meets the first or
        the last one only: Autosubmit leaves out what follows from other dependencies.
        """
        above, below = self.shape(parent), self.shape(child)
        sizes = tuple(max(a, b) for a, b in zip(above[:3], below[:3]))
        date, member, chunk, split_above, split_below = (
            axis.ravel() for axis in np.indices((*sizes, above[3], below[3]))
        )
        chunk_above, keep = chunk + shift, np.ones(len(date), dtype=bool)
        if parent.repeats > 2:
            keep &= (chunk_above >= 0) & (chunk_above < self.chunks)
            if child.repeats < 3 and parent.chained:
                keep &= chunk_above == self.chunks - 1
        elif child.chained:
            keep &= chunk == 0
        if above[3] == below[3]:
            keep &= split_above == split_below
        ends = [
            _position((date, member, chunk_above, split_above), above),
            _position((date, member, chunk, split_below), below),
        ]
        return np.stack(ends)[:, keep]


def _position(
    index: tuple[npt.NDArray[np.int64], ...], shape: tuple[int, ...]
) -> npt.NDArray[np.int64]:
    """Return positions in a section from indices along its axes; an axis of length 1 counts 0."""
    position: npt.NDArray[np.int64] = np.zeros(len(index[0]), dtype=np.int64)
    for along, length in zip(index, shape):
        position = position * length + (along if length > 1 else 0)
    return position


def _parse(dependency: str) -> tuple[str, int]:
    """Return section and chunk shift of a dependency.

    >>> _parse("SIM-1"), _parse("INI")
    (('SIM', -1), ('INI', 0))
    """
    name, minus, number = dependency.rpartition("-")
    return (name, -int(number)) if minus else (dependency, 0)


def _instants(dates: tuple[str, ...]) -> npt.NDArray[np.datetime64]:
    texts = [f"{date[:4]}-{date[4:6]}-{date[6:8]}" for date in dates]
    return np.array(texts, dtype="datetime64[s]")
