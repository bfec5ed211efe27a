"""How the jobs of one experiment hang together, and where they are drawn."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import blake2b
from typing import Literal

import numpy as np

from autosubmit_core.archive.kept import Shelf
from autosubmit_core.archive.sources import ExperimentSources
from autosubmit_core.graphs.lanes import Lanes, lanes
from autosubmit_core.graphs.laplacian import laplacian_layout
from autosubmit_core.graphs.layout import layered_layout
from autosubmit_core.graphs.levels import levels
from autosubmit_core.graphs.neighbourhoods import Dependencies, dependencies
from autosubmit_core.graphs.positions import Positions
from autosubmit_core.tables import Int32Column, positions

__all__ = ["Workflow"]

#: What dependencies follow from, as warnings name it.
_BOTH = ("job_list", "structure")


class Workflow:
    """The graph of the jobs of one experiment at one moment, row by row as in its job list.

    A view: what is worked out is kept by the experiment, and its memory goes with it at once. If
    each held the other, both would wait for the garbage collector, which large columns do not wake.
    Drawings depend on names, dependencies and wrappers alone, so that one is kept for as long as
    these stay the same, whatever becomes of the jobs. No source is read before it is needed.
    """

    def __init__(self, sources: ExperimentSources, shelf: Shelf) -> None:
        self._sources = sources
        self._shelf = shelf

    @property
    def noted(self) -> Dependencies:
        """The dependencies between the jobs, as the source names them."""
        return self._sources.once("noted", lambda: self._told(self._dependencies("noted")))

    @property
    def connected(self) -> Dependencies:
        """The same with splits joined where the source names the job without its split."""
        if not (self._sources.jobs.split > 0).any():
            return self.noted
        return self._sources.once("connected", lambda: self._told(self._dependencies("connected")))

    @property
    def levels(self) -> Int32Column:
        """The level of each job: 1 without parents, else one more than the deepest of them. (n,)"""
        connected = self.connected
        return self._sources.derived(
            "levels", _BOTH, lambda: levels(connected), lambda made: made.nbytes
        )

    @property
    def wrapper_of(self) -> dict[int, str]:
        """The wrapper of each job that is in one, in the order of the source.

        Names that are not in the job list are left out.
        """
        return self._sources.once("wrapper_of", self._wrapper_of)

    @property
    def wrapper_numbers(self) -> Int32Column:
        """A number for the wrapper of each job, -1 for none. (n,) int32"""
        numbers: dict[str, int] = {}
        column = np.full(len(self._sources.jobs), -1, dtype=np.int32)
        for job, wrapper in self.wrapper_of.items():
            column[job] = numbers.setdefault(wrapper, len(numbers))
        return column

    @property
    def stored(self) -> Positions | None:
        """The drawing that a server stored; None unless it shows every job of the list."""
        if not len(self._sources.places):
            return None
        rows = positions(self._sources.jobs.name, self._sources.places.job_name)
        if (rows < 0).any():
            return None
        return Positions(x=self._sources.places.x[rows], y=self._sources.places.y[rows])

    def layered(self) -> Positions:
        """Return the drawing in layers, every job below all that it waits for."""
        return self._kept(
            "layered", lambda: layered_layout(self.connected, self.levels, self.wrapper_numbers)
        )

    def laplacian(self) -> Positions:
        """Return the drawing by the shape of the graph.

        Raises :class:`~autosubmit_core.RequestError` where that needs SciPy, which is not installed.
        """
        return self._kept(
            "laplacian", lambda: laplacian_layout(self.connected, self.wrapper_numbers)
        )

    def lanes(self) -> Lanes:
        """Return the drawing with a lane for each date and member, and a column for each chunk."""
        return lanes(self._sources.jobs)

    def _dependencies(self, which: Literal["noted", "connected"]) -> Dependencies:
        jobs, structure = self._sources.jobs, self._sources.structure
        return self._sources.derived(
            which,
            _BOTH,
            lambda: dependencies(jobs, structure, connect_splits=which == "connected"),
            Dependencies.memory_bytes,
        )

    def _wrapper_of(self) -> dict[int, str]:
        noted = self._sources.wrappers.wrapper_of()
        place = {name: row for row, name in enumerate(self._sources.jobs.name)} if noted else {}
        return {place[job]: wrapper for job, wrapper in noted.items() if job in place}

    def _told(self, made: Dependencies) -> Dependencies:
        """Return dependencies, with a warning if some of the source had to be left out."""
        if made.unknown:
            sentence = (
                "1 dependency names a job that is not in the list."
                if made.unknown == 1
                else f"{made.unknown} dependencies name jobs that are not in the list."
            )
            self._sources.warn("structure", "unknown_jobs", sentence)
        return made

    def _kept(self, drawing: str, draw: Callable[[], Positions]) -> Positions:
        key = ("drawing", drawing, self._shape())
        made, _ = self._shelf.get(key, lambda: (draw(), ()), lambda found: found.memory_bytes())
        return made

    def _shape(self) -> bytes:
        """A digest of all that a drawing depends on."""
        digest = blake2b("\n".join(self._sources.jobs.name).encode("utf-8", "surrogatepass"))
        for column in (*self.connected.edges(), self.wrapper_numbers):
            digest.update(len(column).to_bytes(8, "little"))
            digest.update(column.tobytes())
        return digest.digest()
