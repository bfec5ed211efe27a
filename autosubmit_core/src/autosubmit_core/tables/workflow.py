"""How jobs hang together: which waits for which, and which are submitted as one."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain, repeat

import numpy as np
import numpy.typing as npt

from autosubmit_core.tables.columns import (
    BoolColumn,
    FloatColumn,
    Int32Column,
    Int64Column,
    Table,
    TextColumn,
    column,
    text_column,
)

__all__ = ["PlaceTable", "Structure", "WrapperTable", "positions"]


def positions(names: TextColumn, among: TextColumn) -> npt.NDArray[np.int32]:
    """Return where each name stands in another column, -1 if nowhere, the last place if repeated."""
    place = dict(zip(among.tolist(), range(len(among))))
    found = map(place.get, names.tolist(), repeat(-1))
    return np.fromiter(found, dtype=np.int32, count=len(names))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Structure(Table):
    """The dependencies of an experiment, one row per edge from a parent job to a child job.

    Edges hold positions in :attr:`job`, the names met in the source. That list is the structure's
    own: it may name jobs that are no longer in the job list. A job without edges is not in it.
    """

    #: The distinct names that edges speak of. (k,) str, not a column
    job: TextColumn
    #: Both ends of the edge, positions in :attr:`job`. (n,) int32
    parent: Int32Column = column(np.int32)
    child: Int32Column = column(np.int32)
    #: Autosubmit 4.2: the status that the parent must reach, and the state of the edge. (n,) str
    min_trigger_status: TextColumn = column(object, None)
    completion_status: TextColumn = column(object, None)
    #: Autosubmit 4.2: the checkpoint step waited for, 0 if none; whether the parent may fail. (n,)
    from_step: Int32Column = column(np.int32)
    fail_ok: BoolColumn = column(np.bool_, False)

    @classmethod
    def empty(cls) -> Structure:
        """Return a structure without edges."""
        return cls.of_edges([], [])

    @classmethod
    def of_edges(cls, parents: list[str], children: list[str], **columns: object) -> Structure:
        """Return the structure of edges given by name; an edge from a job to itself is left out.

        Autosubmit before 4.2 stores a job without edges as such a self edge.
        """
        names = dict.fromkeys(chain(parents, children))
        place = dict(zip(names, range(len(names))))
        parent = np.array([place[name] for name in parents], dtype=np.int32)
        child = np.array([place[name] for name in children], dtype=np.int32)
        real = parent != child
        table = cls.of(len(parent), job=text_column(place), parent=parent, child=child, **columns)
        return table if real.all() else table.take(np.flatnonzero(real))

    def edges_between(self, names: TextColumn) -> npt.NDArray[np.int32]:
        """Return the edges whose two jobs are both in a list, as positions in it, (2, m) int32."""
        place = positions(self.job, names)
        edges = np.stack([place[self.parent], place[self.child]])
        known: npt.NDArray[np.int32] = edges[:, (edges >= 0).all(axis=0)]
        return known


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class WrapperTable(Table):
    """Which jobs are submitted as one: a row per (wrapper, job), in the order of the source.

    A job that was submitted again stands in several rows; the last one counts
    (:meth:`wrapper_of`). Facts about a wrapper repeat in each of its rows.
    """

    #: Whether these wrappers were only planned, never submitted. Not a column
    preview: bool = False
    #: Name of the wrapper: ``a6zj_ASThread_17128472368642_1_4``. (n,) str
    wrapper: TextColumn = column(object, "")
    #: Name of a job in it. (n,) str
    job_name: TextColumn = column(object, "")
    #: Autosubmit 4.1.17 and later, else missing: number in the scheduler (negative in a preview).
    wrapper_id: Int64Column = column(np.int64)
    #: … and its status, ``vertical`` or another type, platform, method. (n,) str
    status: TextColumn = column(object, None)
    type: TextColumn = column(object, None)
    platform: TextColumn = column(object, None)
    method: TextColumn = column(object, None)
    #: Wall clock of the whole wrapper, ``HH:MM``; Autosubmit 4.1.12 and later. (n,) str
    wallclock: TextColumn = column(object, None)
    #: Processors of the whole wrapper; 0 if unknown. (n,) int64
    processors: Int64Column = column(np.int64)

    def wrapper_of(self) -> dict[str, str]:
        """Return the wrapper of each job that is in one: that of its last row."""
        return dict(zip(self.job_name.tolist(), self.wrapper.tolist()))

    def jobs_of(self) -> dict[str, list[str]]:
        """Return the jobs of each wrapper, both in order of appearance, each job in one only."""
        jobs: dict[str, list[str]] = {}
        for job, wrapper in self.wrapper_of().items():
            jobs.setdefault(wrapper, []).append(job)
        return jobs


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PlaceTable(Table):
    """Where a server once drew the jobs of an experiment, one row per job, in no order."""

    #: Name of the job, maybe one that is no longer in the job list. (n,) str
    job_name: TextColumn = column(object, "")
    #: (n,) float64
    x: FloatColumn = column(np.float64)
    y: FloatColumn = column(np.float64)
