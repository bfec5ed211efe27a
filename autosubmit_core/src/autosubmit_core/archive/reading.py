"""How the sources of one experiment are read: each once, and a damaged one costs only itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar, cast

from autosubmit_core.archive.changes import ChangeLog
from autosubmit_core.archive.consulted import Consulted
from autosubmit_core.archive.kept import Shelf, Versions
from autosubmit_core.errors import SourceError, SourceMissingError, SourceWarning
from autosubmit_core.readers.installation import Installation
from autosubmit_core.readers.locations import Locations
from autosubmit_core.readers.versions import Location, Version, database_versions
from autosubmit_core.tables import ExperimentTable, Table

__all__ = ["FACT_BYTES", "ExperimentReading"]

SomeTable = TypeVar("SomeTable", bound=Table)
Fact = TypeVar("Fact")
Value = TypeVar("Value")

#: About what a kept fact takes, with the versions of a few files.
FACT_BYTES = 2_000


class ExperimentReading:
    """The verbs with which the sources of one experiment are read, kept and missed."""

    def __init__(
        self,
        installation: Installation,
        locations: Locations,
        shelf: Shelf,
        changes: ChangeLog,
        registered: ExperimentTable,
        now: int,
        consulted: Consulted | None = None,
    ) -> None:
        self._installation = installation
        self._locations = locations
        self._shelf = shelf
        self._changes = changes
        self._warnings: dict[SourceWarning, None] = {}
        self._consulted = Consulted() if consulted is None else consulted
        self._made: dict[str, Any] = {}
        #: The versions of the files behind each source that was read.
        self._versions_of: dict[str, Versions] = {}
        #: What the installation has registered about it: a table of one row.
        self.registered = registered
        #: The name: ``a003``.
        self.expid: str = registered.name[0]
        self._now = now

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.expid!r})"

    @property
    def now(self) -> int:
        """The moment that ages and running times count to, in seconds since 1970 UTC."""
        self._consulted.moment(self._now)
        return self._now

    @property
    def warnings(self) -> tuple[SourceWarning, ...]:
        """What the answers so far had to do without, in the order it was met."""
        return tuple(self._warnings)

    @property
    def versions(self) -> tuple[Version, ...]:
        """The versions of all files that were read so far, those that were not there included."""
        return self._consulted.versions

    def warn(self, source: str, code: str, message: str) -> None:
        """Note what an answer had to do without; said once, however often it is met."""
        self._warnings.setdefault(SourceWarning(source, code, message))

    def only_for_now(self) -> None:
        """Note that the same files may tell more at another moment."""
        self._consulted.moment(self._now)

    # -- for the sources -----------------------------------------------------------------------

    def _fact(self, name: str, location: Location, reader: Callable[[Location], Fact]) -> Fact:
        """Return a small thing that a database tells, kept as long as the database is the same."""

        def read() -> tuple[Fact, Versions]:
            versions = database_versions(location)
            return reader(location), versions

        fact, versions = self._shelf.get((name, self.expid), read, lambda _: FACT_BYTES)
        self._consulted.files(versions)
        return fact

    def _kept(
        self, source: str, location: Location, reader: Callable[[Location], SomeTable]
    ) -> SomeTable:
        def read() -> tuple[SomeTable, Versions]:
            versions = database_versions(location)
            return reader(location), versions

        table, versions = self._shelf.get(
            (source, self.expid), read, lambda made: made.memory_bytes()
        )
        self._consulted.files(versions)
        self._versions_of[source] = versions
        return table

    def once(self, name: str, make: Callable[[], Value]) -> Value:
        """Return what is worked out once for this experiment, under a name of its own."""
        if name not in self._made:
            self._made[name] = make()
        return cast(Value, self._made[name])

    def derived(
        self,
        name: str,
        sources: Sequence[str],
        make: Callable[[], Value],
        size: Callable[[Value], int],
    ) -> Value:
        """Return what follows from some sources alone, kept as long as their files are the same.

        ``sources`` are named as in warnings. Without one of them it is made and not kept.
        """
        if not self._versions_of.keys() >= set(sources):
            return make()
        versions = tuple(version for source in sources for version in self._versions_of[source])
        value, made_from = self._shelf.get((name, self.expid), lambda: (make(), versions), size)
        # Somebody else may have seen a later state of the files than this experiment is of.
        return value if made_from == versions else make()

    def _optional(
        self,
        source: str,
        location: Location,
        reader: Callable[[Location], SomeTable],
        table: type[SomeTable],
        *,
        may_lack: bool = False,
    ) -> SomeTable:
        """Return what a source holds; if it cannot be read, an empty table and a warning."""
        self._consulted.files(database_versions(location))
        try:
            return self._kept(source, location, reader)
        except SourceMissingError as error:
            if not may_lack:
                self._without(source, error)
        except SourceError as error:
            self._without(source, error)
        return table.empty()

    def _without(self, source: str, error: SourceError) -> None:
        name = _SOURCE_NAMES.get(source, source)
        if isinstance(error, SourceMissingError):
            self.warn(source, "missing", f"{name} was not found; {_COST[source]}.")
        else:
            # It may be locked, and will not be for long.
            self.only_for_now()
            reason = f"{error.path.name}: {error.reason}"
            self.warn(source, "unreadable", f"{name} cannot be read ({reason}); {_COST[source]}.")


#: Each source in a sentence, and what an experiment is without it.
_SOURCE_NAMES = {
    "folder": "The folder of the experiment",
    "job_history": "The job history database",
    "runs": "The job history database",
    "structure": "The structure database",
    "wrappers": "The wrapper database",
    "places": "The database of the graph's layout",
    "user_metrics": "The database of user metrics",
    "attempts": "A TOTAL_STATS file",
    "configuration": "The configuration",
    "run_configuration": "The job history database",
    "other_failures": "What background tasks noted of other experiments",
}
_COST = {
    "folder": "its owner and times are not known",
    "job_history": "times and energy of jobs are not known",
    "runs": "its runs are not known",
    "structure": "dependencies are not shown",
    "wrappers": "wrappers are not shown",
    "places": "the graph is laid out anew",
    "user_metrics": "user metrics are not shown",
    "attempts": "attempts of jobs are not known",
    "configuration": "defaults stand for what it says",
    "run_configuration": "the configuration of the run is not known",
    "other_failures": "it is not known where else the same failed",
}
