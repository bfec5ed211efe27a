"""One Autosubmit installation: which experiments it has, and the way to each of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from autosubmit_core.archive.changes import ChangeLog
from autosubmit_core.archive.consulted import Consulted
from autosubmit_core.archive.experiment import Experiment
from autosubmit_core.archive.fleet import Fleet
from autosubmit_core.archive.kept import Shelf, Tally, Versions
from autosubmit_core.errors import (
    ExperimentNotFoundError,
    InstallationError,
    SourceError,
    SourceUnreadableError,
    SourceWarning,
)
from autosubmit_core.names import is_expid
from autosubmit_core.readers.catalogue import read_catalogue
from autosubmit_core.readers.fleet import read_events, read_finished, read_fleet
from autosubmit_core.readers.installation import Installation, read_installation
from autosubmit_core.readers.locations import locations_of
from autosubmit_core.readers.server_tables import ServerTables
from autosubmit_core.readers.servers import sitting
from autosubmit_core.readers.versions import (
    database_versions,
    databases_versions,
    locations_bytes,
)
from autosubmit_core.tables import ExperimentTable

__all__ = ["DEFAULT_MEMORY_BYTES", "Archive", "open_archive"]

#: How much of what was read is kept in memory, unless told otherwise.
DEFAULT_MEMORY_BYTES = 256 * 1024 * 1024

#: How many experiments are looked at together where that saves questions to a server: it holds locks on
#: half a dozen tables and indices of each meanwhile, and has some 6,000 for all.
TOGETHER = 100

#: How large the files of a small experiment are, together, unless told otherwise. A job takes about
#: 2 kB in them.
SMALL_BYTES = 4 * 1024 * 1024

Told = TypeVar("Told")


class Archive:
    """One Autosubmit installation, read and never written.

    An archive may be used from many threads. What it reads it keeps, up to ``memory_bytes``, for
    as long as the files are the same. In another process, to which it may be sent, it is one of the
    same installation that has read nothing yet.
    """

    def __init__(
        self,
        installation: Installation,
        *,
        memory_bytes: int = DEFAULT_MEMORY_BYTES,
        small_bytes: int = SMALL_BYTES,
    ) -> None:
        #: Where everything is.
        self.installation = installation
        #: Where what is in databases is: in files, or on a server.
        self.locations = locations_of(installation)
        self._small_bytes = small_bytes
        self._memory_bytes = memory_bytes
        self._shelf = Shelf(memory_bytes)
        self._changes = ChangeLog()
        self._consulted: Consulted | None = None

    def __repr__(self) -> str:
        return f"Archive({str(self.locations.experiments())!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        same = partial(type(self), memory_bytes=self._memory_bytes, small_bytes=self._small_bytes)
        return same, (self.installation,)

    def noting(self, consulted: Consulted) -> Archive:
        """Return this archive as it is, but for noting all that it and its experiments look at."""
        # A copy would be of what crosses between processes.
        noting = object.__new__(type(self))
        noting.__dict__ |= self.__dict__ | {"_consulted": consulted}
        return noting

    def check(self) -> None:
        """Raise :class:`InstallationError` if the list of experiments cannot be read now."""
        self.installation.check()
        try:
            self.experiments()
        except SourceError as error:
            raise InstallationError(
                f"The main database of Autosubmit cannot be used: {error.reason}."
            ) from error

    def tallies(self) -> dict[str, Tally]:
        """Return how often each kind of source was read here, and how much of it is kept."""
        return self._shelf.tallies()

    def experiments(self) -> ExperimentTable:
        """Return all experiments that the installation has registered, by their number.

        Raises :class:`SourceError` if the main database cannot be read.
        """
        (known, _), versions = self._catalogue()
        if self._consulted is not None:
            self._consulted.files(versions)
        return known

    @property
    def warnings(self) -> tuple[SourceWarning, ...]:
        """What :meth:`experiments` had to do without."""
        return self._catalogue()[0][1]

    def experiment(self, expid: str, *, now: int | None = None) -> Experiment:
        """Return one experiment as it is at this moment.

        ``now`` (seconds since 1970 UTC) is the moment that ages and running times count to; by
        default the clock's. Raises :class:`ExperimentNotFoundError` if it is not registered.
        """
        if self._consulted is not None:
            # Its own row alone: what else the catalogue knows changes all day.
            self._consulted.look(self._registered, expid)
        known = self._catalogue()[0][0]
        rows = np.flatnonzero(known.name == expid) if is_expid(expid) else np.empty(0, int)
        if not len(rows):
            raise ExperimentNotFoundError(expid)
        return next(self.each(known.take(rows[:1]), now=now))

    def fleet(self, *, now: int | None = None) -> Fleet:
        """Return what background tasks have noted of all experiments together.

        Nothing of any experiment is read for that, and where no task was ever done it is empty.
        ``now`` is the moment that ages count to. Raises :class:`SourceError` if what was noted cannot be
        read.
        """
        moment = int(time.time()) if now is None else now
        place = self.locations.fleet()

        def read() -> tuple[Fleet, Versions]:
            versions = database_versions(place)
            experiments, usage = read_fleet(place)
            finished = read_finished(place)
            made = Fleet(
                experiments=experiments,
                usage=usage,
                events=read_events(place),
                figures_updated=finished.get("fleet", 0),
                statuses_updated=finished.get("status", 0),
                now=0,
            )
            return made, versions

        if self._consulted is not None:
            self._consulted.files(database_versions(place))
            self._consulted.moment(moment)
        try:
            found, _ = self._shelf.get("fleet", read, Fleet.memory_bytes)
        except SourceUnreadableError as error:
            raise SourceUnreadableError(
                error.path,
                f"What background tasks noted of all experiments cannot be used: {error.reason}."
                " If they run as another user than this server, let both run as one.",
            ) from error
        return replace(found, now=moment)

    def is_small(self, expid: str) -> bool:
        """Tell by the size of its files whether every answer about an experiment is quickly made.

        Of one that is not there nothing takes long.
        """
        if not is_expid(expid):
            return True
        place = self.locations
        sources = (
            *(place.job_list(expid, "pickle"), place.job_list(expid, "table")),
            *(place.job_data(expid), place.structure(expid, "pickle")),
        )
        return locations_bytes(sources) <= self._small_bytes

    def each(self, registered: ExperimentTable, *, now: int | None = None) -> Iterator[Experiment]:
        """Yield the experiments of some rows of :meth:`experiments`, all at one moment.

        Nothing is read before it is asked of them.
        """
        moment = int(time.time()) if now is None else now
        for row in range(len(registered)):
            yield Experiment(
                self.installation,
                self.locations,
                self._shelf,
                self._changes,
                registered.take(np.array([row])),
                moment,
                self._consulted,
            )

    def of_each(
        self,
        registered: ExperimentTable,
        tell: Callable[[Experiment], Told],
        *,
        now: int | None = None,
    ) -> list[Told]:
        """Return what small facts tell of each experiment of some rows; their number may be very large.

        On a server some are looked at together, of one moment: it is asked hundreds of times less.
        """
        moment = int(time.time()) if now is None else now
        told: list[Told] = []
        for begin in range(0, len(registered), TOGETHER):
            some = registered.take(np.arange(begin, min(begin + TOGETHER, len(registered))))
            with self._together(some):
                told += map(tell, self.each(some, now=moment))
        return told

    @contextmanager
    def _together(self, registered: ExperimentTable) -> Iterator[None]:
        main = self.locations.experiments()
        if not isinstance(main, ServerTables):
            yield
            return
        place = self.locations
        with sitting(main.server):
            databases_versions(
                location
                for expid in registered.name.tolist()
                for location in (
                    *(place.job_list(expid, "pickle"), place.job_list(expid, "table")),
                    place.job_data(expid),
                )
            )
            yield

    def _registered(self, expid: str) -> tuple[object, ...]:
        """Return all that is registered of an experiment, or nothing."""
        known = self._catalogue()[0][0]
        rows = np.flatnonzero(known.name == expid)[:1]
        return tuple(value for column in known.columns().values() for value in column[rows])

    def _catalogue(self) -> tuple[tuple[ExperimentTable, tuple[SourceWarning, ...]], Versions]:
        def read() -> tuple[tuple[ExperimentTable, tuple[SourceWarning, ...]], Versions]:
            places = self.locations.experiments(), self.locations.statuses()
            versions = tuple(version for place in places for version in database_versions(place))
            return read_catalogue(self.locations), versions

        return self._shelf.get(
            "catalogue", read, lambda found: found[0].memory_bytes(), lambda found: bool(found[1])
        )


def open_archive(
    path: Path | str | None = None,
    *,
    memory_bytes: int = DEFAULT_MEMORY_BYTES,
    shared_folders: Sequence[Path] | None = None,
) -> Archive:
    """Return the archive of an Autosubmit installation.

    ``path`` is its ``autosubmitrc`` file or a folder that holds one; without it the installation is
    found as Autosubmit finds its own (``AUTOSUBMIT_CONFIGURATION``, ``./.autosubmitrc``,
    ``~/.autosubmitrc``, ``/etc/autosubmitrc``). Configurations may include files of their own
    experiment and of ``shared_folders``, by default those that ``AUTOSUBMIT_SHARED_FOLDERS`` names.

    Raises :class:`InstallationError`, with a sentence that says what to do, if there is none.
    """
    installation = read_installation(
        None if path is None else Path(path), shared_folders=shared_folders
    )
    archive = Archive(installation, memory_bytes=memory_bytes)
    archive.check()
    return archive
