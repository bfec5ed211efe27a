"""One pass of a task, most often over all experiments of an installation."""

from __future__ import annotations

import logging
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Generic, Protocol, TypeVar

import numpy as np
import sqlalchemy as sa

from autosubmit_core.archive import Archive, Consulted, Experiment
from autosubmit_core.errors import AutosubmitError, SourceError, SourceMissingError
from autosubmit_core.readers.locations import Locations
from autosubmit_core.readers.versions import is_missing
from autosubmit_core.store.leases import Lease, abandon, finish, held, kept, renew
from autosubmit_core.store.notes import (
    ARCHIVED,
    DELETED,
    PRESENT,
    UNREADABLE,
    Note,
    notes_of,
    packed,
    that_hold,
    write_notes,
)
from autosubmit_core.store.places import store_of
from autosubmit_core.tables import ExperimentTable

__all__ = ["Duty", "PassSummary", "Progress", "Summary", "Task", "run_pass"]

log = logging.getLogger(__name__)

Found = TypeVar("Found")

#: Called with how many experiments are done, and how many there are.
Progress = Callable[[int, int], None]

#: What was found is written for so many experiments at once, or after so many seconds.
BATCH = 50
BATCH_SECONDS = 5.0


class Summary(Protocol):
    """What came of a pass."""

    def sentence(self) -> str:
        """Return it in words."""


Made = TypeVar("Made", bound=Summary)


class Duty(ABC, Generic[Made]):
    """Something that is done again and again, by one process of all."""

    #: The word for it, and the key of its settings in the file of Autosubmit API.
    name: ClassVar[str]
    key: ClassVar[str]
    #: How long a pass is after the one before it begins, unless told otherwise, in minutes.
    minutes: ClassVar[int]
    #: What it does, in a sentence.
    meaning: ClassVar[str]

    @abstractmethod
    def do(
        self, archive: Archive, lease: Lease, progress: Progress, get_on: Callable[[], None]
    ) -> Made:
        """Do one pass, for which this process has the lease, and call ``get_on`` as it gets on.

        Raises as :func:`run_pass`.
        """

    @property
    def idle(self) -> bool:
        """Whether there is nothing to do for it, whatever happens."""
        return False

    def told(self, sections: Mapping[str, Any], path: Path) -> Duty[Made]:
        """Return it as the sections of the file of Autosubmit API want it.

        Raises :class:`~autosubmit_core.errors.ConfigurationInvalidError` for what cannot be.
        """
        return self


@dataclass(frozen=True, slots=True)
class PassSummary:
    """What came of a pass over experiments: which were looked at, unchanged, and not readable.

    Of those that cannot be read some ``failed`` for a mistake of ours, which the log tells.
    """

    task: str
    experiments: int = 0
    examined: int = 0
    unchanged: int = 0
    unreadable: int = 0
    failed: int = 0
    seconds: float = 0.0

    def sentence(self) -> str:
        """Return it in words.

        >>> PassSummary("status", experiments=9, examined=2, unchanged=6, seconds=0.25).sentence()
        'status: 9 experiments, 2 looked at, 6 unchanged, 0 unreadable, 0.2 s'
        """
        failed = f" ({self.failed} for a mistake, see the log)" if self.failed else ""
        return (
            f"{self.task}: {self.experiments} experiments, {self.examined} looked at,"
            f" {self.unchanged} unchanged, {self.unreadable} unreadable{failed}, {self.seconds:.1f} s"
        )


class Task(Duty[PassSummary], Generic[Found]):
    """Something that is found out about every experiment, and written down."""

    def do(
        self, archive: Archive, lease: Lease, progress: Progress, get_on: Callable[[], None]
    ) -> PassSummary:
        return _Pass(self, archive, lease, progress, get_on).run()

    @abstractmethod
    def examine(self, experiment: Experiment) -> Found | None:
        """Return what is found about an experiment, None if there is nothing to write.

        Raises :class:`SourceError` if it cannot be read.
        """

    @abstractmethod
    def write(
        self,
        connection: sa.Connection,
        locations: Locations,
        found: Sequence[Found],
        *,
        first: bool,
    ) -> None:
        """Write what was found; ``first`` if no pass was ever brought to its end.

        ``connection`` is a transaction of our own database, which holds off other processes.
        """

    def without(self, experiment: Experiment, state: str) -> Found | None:
        """Return what is found about an experiment that cannot be read, or has nothing to read yet."""
        return None

    def deleted(self, note: Note) -> Found | None:
        """Return what is found about an experiment that is registered no more."""
        return None

    def forget(
        self, connection: sa.Connection, locations: Locations, known: Collection[int]
    ) -> None:
        """Remove what is written about all experiments but those with the known numbers.

        ``connection`` is as in :meth:`write`.
        """

    def passes_by(self, experiment: Experiment) -> bool:
        """Tell whether an experiment is none of the task's."""
        return False

    def moves(self, found: Found) -> bool:
        """Tell whether what was found may change though no file does."""
        return False

    def doubts(self, experiment: Experiment, note: Note) -> bool:
        """Tell whether an experiment is to be looked at although its files are the same."""
        return False


def run_pass(
    task: Duty[Made],
    archive: Archive,
    lease: Lease,
    progress: Progress = lambda done, total: None,
    look: Callable[[], None] = lambda: None,
) -> Made:
    """Do one pass of a task, for which this process has the lease; give that back in the end.

    ``look`` is called after every step: it may raise :class:`SystemExit`, which leaves the pass.

    Raises :class:`SourceError` if the list of experiments cannot be read or a database not be
    written, and :class:`~autosubmit_core.errors.LeaseLostError` if another process has taken over; what
    was written before stays. Stopped in between it leaves the rest to whoever asks next.
    """
    place = store_of(archive.installation)
    try:
        with kept(place, lease) as get_on:

            def step() -> None:
                get_on()
                look()

            summary = task.do(archive, lease, progress, step)
    except AutosubmitError:
        with held(place, lease) as connection:
            finish(connection, lease, done=False)
        raise
    except (SystemExit, KeyboardInterrupt):
        with held(place, lease) as connection:
            abandon(connection, lease)
        raise
    with held(place, lease) as connection:
        finish(connection, lease, done=True)
    return summary


@dataclass(frozen=True, slots=True)
class _Look(Generic[Found]):
    """What came of looking at one experiment."""

    state: str
    reason: str = ""
    found: Found | None = None


class _Pass(Generic[Found]):
    """A pass under way, and what it has found and not written yet."""

    def __init__(
        self,
        task: Task[Found],
        archive: Archive,
        lease: Lease,
        progress: Progress,
        get_on: Callable[[], None],
    ) -> None:
        self._task = task
        self._archive = archive
        self._lease = lease
        self._progress = progress
        self._get_on = get_on
        self._place = store_of(archive.installation)
        self._examined = self._unchanged = self._failed = 0
        self._notes: list[Note] = []
        self._found: list[Found] = []
        self._written = time.monotonic()

    def run(self) -> PassSummary:
        begun = time.monotonic()
        known, noted = self._archive.experiments(), notes_of(self._place, self._task.name)
        for row in range(0, len(known), BATCH):
            some = known.take(np.arange(row, min(row + BATCH, len(known))))
            self._go_over(some, noted, row, len(known))
        numbers = set(known.id.tolist())
        for number in noted.keys() - numbers:
            self._note_deleted(noted[number])
            self._write_if_due()
        self._write()
        with held(self._place, self._lease) as connection:
            # Those too that were registered meanwhile, of which Autosubmit may have noted something.
            numbers |= set(self._archive.experiments().id.tolist())
            self._task.forget(connection, self._archive.locations, numbers)
        self._progress(len(known), len(known))
        states = [note.state for note in notes_of(self._place, self._task.name).values()]
        return PassSummary(
            *(self._task.name, len(known), self._examined, self._unchanged),
            unreadable=states.count(UNREADABLE),
            failed=self._failed,
            seconds=time.monotonic() - begun,
        )

    def _go_over(
        self, some: ExperimentTable, noted: Mapping[int, Note], done: int, total: int
    ) -> None:
        """Look at those of some experiments that have changed."""
        unchanged = self._those_unchanged(some, noted)
        for row, experiment in enumerate(self._archive.each(some)):
            self._progress(done + row, total)
            if experiment.expid in unchanged:
                self._unchanged += 1
            elif not self._task.passes_by(experiment):
                self._examine(some.take(np.array([row])))
            self._get_on()
            self._write_if_due()

    def _those_unchanged(self, some: ExperimentTable, noted: Mapping[int, Note]) -> set[str]:
        """Return of which experiments everything is as it was noted; a server is asked once for all."""
        notes = []
        for number, experiment in zip(some.id.tolist(), self._archive.each(some)):
            note = noted.get(number)
            if note is None or note.name != experiment.expid or self._task.passes_by(experiment):
                continue
            if not self._task.doubts(experiment, note):
                notes.append(note)
        hold = that_hold(self._place, notes)
        return {note.name for note, holds in zip(notes, hold) if holds}

    def _examine(self, registered: ExperimentTable) -> None:
        consulted = Consulted()
        (experiment,) = self._archive.noting(consulted).each(registered)
        self._examined += 1
        look = self._look_at(experiment)
        # What cannot be read may be locked, which no version of a file tells.
        moves = look.found is not None and self._task.moves(look.found)
        lasts = look.state != UNREADABLE and not moves
        versions = packed(consulted.versions_of_sources) if lasts else ""
        number = int(registered.id[0])
        self._notes.append(Note(number, experiment.expid, look.state, look.reason, versions))
        if look.found is not None:
            self._found.append(look.found)

    def _look_at(self, experiment: Experiment) -> _Look[Found]:
        try:
            return self._found_about(experiment)
        except Exception as error:
            # The border between experiments: the files of one can be such as nobody thought of, and a
            # mistake of ours about them must not keep the task from all the others. It is told whole.
            log.exception("the task %s failed on %s", self._task.name, experiment.expid)
            self._failed += 1
            return _Look(UNREADABLE, f"an unexpected error ({type(error).__name__})")

    def _found_about(self, experiment: Experiment) -> _Look[Found]:
        try:
            return _Look(PRESENT, found=self._task.examine(experiment))
        except SourceError as error:
            state, reason = _state_after(error, experiment), f"{error.path.name}: {error.reason}"
            return _Look(state, reason, self._task.without(experiment, state))

    def _note_deleted(self, note: Note) -> None:
        if note.state == DELETED:
            return
        self._notes.append(note._replace(state=DELETED, reason="", versions=""))
        found = self._task.deleted(note)
        if found is not None:
            self._found.append(found)

    def _write_if_due(self) -> None:
        waited = time.monotonic() - self._written
        if len(self._notes) >= BATCH or waited >= BATCH_SECONDS:
            self._write()

    def _write(self) -> None:
        """Write what was found since the last time, and put off the end of the lease."""
        first = not self._lease.after_another
        with held(self._place, self._lease) as connection:
            if self._found:
                self._task.write(connection, self._archive.locations, self._found, first=first)
            write_notes(connection, self._task.name, self._notes)
            renew(connection, self._lease)
        self._found, self._notes, self._written = [], [], time.monotonic()


def _state_after(error: SourceError, experiment: Experiment) -> str:
    """Return what became of an experiment that was not read."""
    if is_missing(experiment.path):
        return ARCHIVED
    # One that was registered, and has no jobs yet.
    return PRESENT if isinstance(error, SourceMissingError) else UNREADABLE
