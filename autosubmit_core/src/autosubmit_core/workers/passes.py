"""One pass of a task over all experiments of an installation."""

from __future__ import annotations

import json
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import ClassVar, Generic, TypeVar

import numpy as np

from autosubmit_core.archive import Archive, Consulted, Experiment
from autosubmit_core.errors import AutosubmitError, SourceError, SourceMissingError
from autosubmit_core.readers.installation import Installation
from autosubmit_core.readers.versions import is_missing
from autosubmit_core.store.database import Transaction
from autosubmit_core.store.leases import Lease, abandon, finish, held, renew
from autosubmit_core.store.notes import (
    ARCHIVED,
    DELETED,
    PRESENT,
    UNREADABLE,
    Note,
    notes_of,
    write_notes,
)
from autosubmit_core.tables import ExperimentTable

__all__ = ["PassSummary", "Progress", "Task", "run_pass"]

Found = TypeVar("Found")

#: Called with how many experiments are done, and how many there are.
Progress = Callable[[int, int], None]

#: What was found is written for so many experiments at once, or after so many seconds.
BATCH = 50
BATCH_SECONDS = 5.0


class Task(ABC, Generic[Found]):
    """Something that is found out about every experiment, and written down."""

    #: The word for it, and the key of its settings in the file of Autosubmit API.
    name: ClassVar[str]
    key: ClassVar[str]
    #: How long a pass is after the one before it begins, unless told otherwise, in minutes.
    minutes: ClassVar[int]
    #: What it does, in a sentence.
    meaning: ClassVar[str]

    @abstractmethod
    def examine(self, experiment: Experiment) -> Found | None:
        """Return what is found about an experiment, None if there is nothing to write.

        Raises :class:`SourceError` if it cannot be read.
        """

    @abstractmethod
    def write(
        self,
        connection: Transaction,
        installation: Installation,
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

    def forget(self, installation: Installation, known: Collection[int]) -> None:
        """Remove what is written about all experiments but those with the known numbers."""

    def passes_by(self, experiment: Experiment) -> bool:
        """Tell whether an experiment is none of the task's."""
        return False

    def moves(self, found: Found) -> bool:
        """Tell whether what was found may change though no file does."""
        return False

    def doubts(self, experiment: Experiment, note: Note) -> bool:
        """Tell whether an experiment is to be looked at although its files are the same."""
        return False


@dataclass(frozen=True, slots=True)
class PassSummary:
    """What came of a pass: experiments that were looked at, unchanged, and not readable."""

    task: str
    experiments: int = 0
    examined: int = 0
    unchanged: int = 0
    unreadable: int = 0
    seconds: float = 0.0


def run_pass(
    task: Task[Found],
    archive: Archive,
    lease: Lease,
    progress: Progress = lambda done, total: None,
) -> PassSummary:
    """Do one pass of a task, for which this process has the lease; give that back in the end.

    Raises :class:`SourceError` if the list of experiments cannot be read or a database not be
    written, and :class:`~autosubmit_core.errors.LeaseLostError` if another process has taken over; what
    was written before stays. Stopped in between it leaves the rest to whoever asks next.
    """
    path = archive.installation.preferences_database()
    try:
        summary = _Pass(task, archive, lease, progress).run()
    except AutosubmitError:
        with held(path, lease) as connection:
            finish(connection, lease, now=time.time(), done=False)
        raise
    except (SystemExit, KeyboardInterrupt):
        with held(path, lease) as connection:
            abandon(connection, lease)
        raise
    with held(path, lease) as connection:
        finish(connection, lease, now=time.time(), done=True)
    return summary


class _Pass(Generic[Found]):
    """A pass under way, and what it has found and not written yet."""

    def __init__(
        self, task: Task[Found], archive: Archive, lease: Lease, progress: Progress
    ) -> None:
        self._task = task
        self._archive = archive
        self._lease = lease
        self._progress = progress
        self._path = archive.installation.preferences_database()
        self._notes: list[Note] = []
        self._found: list[Found] = []
        self._written = time.monotonic()

    def run(self) -> PassSummary:
        begun = time.monotonic()
        known, noted = self._archive.experiments(), notes_of(self._path, self._task.name)
        examined = unchanged = 0
        for row, experiment in enumerate(self._archive.each(known)):
            self._progress(row, len(known))
            if not self._task.passes_by(experiment):
                if self._is_unchanged(experiment, noted.get(int(known.id[row]))):
                    unchanged += 1
                else:
                    self._examine(known.take(np.array([row])))
                    examined += 1
            self._write_if_due()
        numbers = set(known.id.tolist())
        for number in noted.keys() - numbers:
            self._note_deleted(noted[number])
        self._write()
        with held(self._path, self._lease):
            self._task.forget(self._archive.installation, numbers)
        self._progress(len(known), len(known))
        states = [note.state for note in notes_of(self._path, self._task.name).values()]
        return PassSummary(
            *(self._task.name, len(known), examined, unchanged),
            unreadable=states.count(UNREADABLE),
            seconds=time.monotonic() - begun,
        )

    def _is_unchanged(self, experiment: Experiment, note: Note | None) -> bool:
        if note is None or note.name != experiment.expid or self._task.doubts(experiment, note):
            return False
        return note.holds()

    def _examine(self, registered: ExperimentTable) -> None:
        consulted = Consulted()
        (experiment,) = self._archive.noting(consulted).each(registered)
        state, reason = PRESENT, ""
        try:
            found = self._task.examine(experiment)
        except SourceError as error:
            state, reason = _state_after(error, experiment), f"{error.path.name}: {error.reason}"
            found = self._task.without(experiment, state)
        # What cannot be read may be locked, which no version of a file tells.
        lasts = state != UNREADABLE and not (found is not None and self._task.moves(found))
        versions = json.dumps(consulted.versions_of_sources) if lasts else ""
        number = int(registered.id[0])
        self._notes.append(Note(number, experiment.expid, state, reason, versions))
        if found is not None:
            self._found.append(found)

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
        with held(self._path, self._lease) as connection:
            if self._found:
                self._task.write(connection, self._archive.installation, self._found, first=first)
            write_notes(connection, self._task.name, self._notes)
            renew(connection, self._lease, now=time.time())
        self._found, self._notes, self._written = [], [], time.monotonic()


def _state_after(error: SourceError, experiment: Experiment) -> str:
    """Return what became of an experiment that was not read."""
    if is_missing(experiment.path):
        return ARCHIVED
    # One that was registered, and has no jobs yet.
    return PRESENT if isinstance(error, SourceMissingError) else UNREADABLE
