"""What was looked at on the way to an answer: as long as all of it is the same, so is the answer.

That is what makes a conditional request cheap: to tell whether an answer still holds, nothing is
read and nothing computed, a few files are asked for their versions.
"""

from __future__ import annotations

import marshal
import time
from collections.abc import Callable, Hashable, Iterable, Iterator
from contextlib import contextmanager
from typing import NamedTuple, TypeVar

from autosubmit_core.errors import AutosubmitError
from autosubmit_core.readers.versions import FileVersion, Version, are_current, is_current

__all__ = ["SLOT_SECONDS", "Consulted"]

Seen = TypeVar("Seen", bound=Hashable)

#: How long an answer is kept that counts to the present moment: to the end of the slot of so many
#: seconds in which it was made. Clients that watch an experiment ask every five seconds, and get
#: running times that are at most so old.
SLOT_SECONDS = 5


#: How many versions of files of jobs are folded together.
_FOLDED = 1000


class _Look(NamedTuple):
    """A question that costs little, and what was answered."""

    ask: Callable[..., Hashable]
    arguments: tuple[object, ...]
    seen: Hashable

    def holds(self) -> bool:
        try:
            return self.ask(*self.arguments) == self.seen
        except AutosubmitError:
            return False


class Consulted:
    """Everything that one answer depends on, noted while it is made, by one thread.

    Files are noted as they were *before* they were read, so that one that changes meanwhile is seen
    to differ. Whatever could not be read for a reason that may pass, such as a lock, is no lasting
    basis either: it counts as the present moment.
    """

    def __init__(self) -> None:
        self._versions: dict[Version, None] = {}
        #: Versions of up to :data:`_FOLDED` files each, in the form of :mod:`marshal`: a quarter of the
        #: memory, and they cross to another process as they are.
        self._of_jobs: list[bytes] = []
        self._jobs_noted = 0
        self._looks: list[_Look] = []
        self._slot: int | None = None
        #: The slot in which everything was last seen to hold.
        self._held_in: int | None = None

    def __len__(self) -> int:
        """How many files and other things have to be looked at to tell whether it all holds."""
        return len(self._versions) + self._jobs_noted + len(self._looks)

    @property
    def versions(self) -> tuple[Version, ...]:
        """The versions of all files and tables that were read, those that were not there included."""
        return (*self._versions, *self._versions_of_jobs())

    @property
    def versions_of_sources(self) -> tuple[Version, ...]:
        """The same without those of files that tell of one job each, which may be very many."""
        return tuple(self._versions)

    def files(self, versions: Iterable[Version]) -> None:
        """Note the versions of some files or tables, taken before they were read."""
        self._versions.update(dict.fromkeys(versions))

    def files_of_jobs(self, versions: Iterable[FileVersion]) -> None:
        """Note the versions of some files that tell of one job each, taken before they were read."""
        noted = list(map(tuple, versions))
        self._jobs_noted += len(noted)
        for begin in range(0, len(noted), _FOLDED):
            self._of_jobs.append(marshal.dumps(noted[begin : begin + _FOLDED]))

    def look(self, ask: Callable[..., Seen], *arguments: object) -> Seen:
        """Note and return what a cheap question is answered; its errors pass."""
        with self.momentary_failures():
            seen = ask(*arguments)
        self._looks.append(_Look(ask, arguments, seen))
        return seen

    @contextmanager
    def momentary_failures(self) -> Iterator[None]:
        """Note what fails in here as of the present moment: it may succeed the next time."""
        try:
            yield
        except AutosubmitError:
            self.moment(int(time.time()))
            raise

    def moment(self, now: int) -> None:
        """Note that the present moment counts, in seconds since 1970 UTC."""
        self._slot = now // SLOT_SECONDS

    def holds(self) -> bool:
        """Tell whether everything is still as it was.

        The files of single jobs, of which there may be as many as there are jobs, are looked at once
        in each slot.
        """
        slot = int(time.time()) // SLOT_SECONDS
        if self._slot is not None and self._slot != slot:
            return False
        holds = (
            are_current(self._versions)
            and all(look.holds() for look in self._looks)
            and (self._held_in == slot or all(map(is_current, self._versions_of_jobs())))
        )
        if holds:
            self._held_in = slot
        return holds

    def _versions_of_jobs(self) -> Iterator[FileVersion]:
        for folded in self._of_jobs:
            yield from map(FileVersion._make, marshal.loads(folded))
