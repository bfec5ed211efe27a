"""What was read is kept for as long as its files stay the same, within a bound of memory."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, TypeVar, cast

from autosubmit_core.errors import SourceUnreadableError
from autosubmit_core.readers.versions import Version, are_current, file_version

__all__ = ["Shelf", "Tally", "Versions"]

Value = TypeVar("Value")

#: The versions of all files and tables that a value was made from, those that were not there included.
Versions = tuple[Version, ...]

#: How long a source that could not be read is not tried again, while its files stay the same.
#: A lock passes in seconds; a hostile file must not cost its full price on every request.
FAILURE_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class _Entry:
    value: Any
    versions: Versions
    size: int
    #: For a failure, and what was made in spite of one: the monotonic time until which it counts.
    until: float | None = None

    def holds(self) -> bool:
        """Tell whether the files are still those that the value was made from."""
        if self.until is not None and time.monotonic() > self.until:
            return False
        return are_current(self.versions)


@dataclass(slots=True)
class Tally:
    """How often one kind of values was asked for, and how much of it is kept."""

    #: How often it was there, and how often it had to be made.
    hits: int = 0
    made: int = 0
    #: How often it could not be made, because a source cannot be read.
    unreadable: int = 0
    #: How often one that was kept was let go for others, because there was no room for all.
    evicted: int = 0
    #: Bytes that are kept of it.
    kept_bytes: int = 0


@dataclass(slots=True)
class _Asked:
    """A key that somebody asks for just now."""

    #: Held by the one who makes the value.
    making: threading.Lock
    #: How many ask.
    users: int = 0
    #: What was made for the first of them, also if it is too large to be kept.
    made: _Entry | None = None


class Shelf:
    """Values under keys, each for as long as the files behind it are unchanged.

    Safe to use from many threads: whoever asks for a value that is just being made waits for it
    instead of making it again. When the values together are larger than the bound, those that
    were not asked for the longest are let go; a value that is larger than the bound by itself is
    handed out to all who wait for it and not kept.
    """

    def __init__(self, limit_bytes: int) -> None:
        self._limit = limit_bytes
        self._total = 0
        self._entries: OrderedDict[Hashable, _Entry] = OrderedDict()
        self._mutex = threading.Lock()
        self._asked: dict[Hashable, _Asked] = {}
        self._tallies: defaultdict[str, Tally] = defaultdict(Tally)

    def get(
        self,
        key: Hashable,
        make: Callable[[], tuple[Value, Versions]],
        size: Callable[[Value], int],
        lacks: Callable[[Value], bool] = lambda value: False,
    ) -> tuple[Value, Versions]:
        """Return the value under a key and the versions it was made from, made anew if need be.

        ``make`` returns both and takes the versions *before* it reads, so that a file that changes
        meanwhile is read again next time. ``size`` tells how many bytes the value keeps. A
        :class:`SourceUnreadableError` of ``make`` is raised, and repeated for a short while; no longer
        is a value kept that ``lacks`` tells to be without a source that could not be read.
        """
        with self._asking(key) as asked, asked.making:
            entry = self._entries.get(key, asked.made)
            if entry is None or not entry.holds():
                entry = asked.made = self._made(key, make, size, lacks)
            else:
                self._touch(key)
        if isinstance(entry.value, SourceUnreadableError):
            raise _anew(entry.value)
        return cast(Value, entry.value), entry.versions

    def kept_bytes(self) -> int:
        """Return how many bytes the values keep, as their sizes were told."""
        return self._total

    def tallies(self) -> dict[str, Tally]:
        """Return what became of each kind of values so far, by the first word of its keys."""
        with self._mutex:
            return {kind: replace(tally) for kind, tally in self._tallies.items()}

    @contextmanager
    def _asking(self, key: Hashable) -> Iterator[_Asked]:
        with self._mutex:
            asked = self._asked.setdefault(key, _Asked(threading.Lock()))
            asked.users += 1
        try:
            yield asked
        finally:
            with self._mutex:
                asked.users -= 1
                if not asked.users:
                    del self._asked[key]

    def _made(
        self,
        key: Hashable,
        make: Callable[[], tuple[Value, Versions]],
        size: Callable[[Value], int],
        lacks: Callable[[Value], bool],
    ) -> _Entry:
        try:
            value, versions = make()
        except SourceUnreadableError as error:
            with self._mutex:
                self._tallies[_kind(key)].unreadable += 1
            self._keep(key, _Entry(_anew(error), (file_version(error.path),), 0, _soon()))
            raise
        entry = _Entry(value, versions, size(value), _soon() if lacks(value) else None)
        with self._mutex:
            self._tallies[_kind(key)].made += 1
        self._keep(key, entry)
        return entry

    def _keep(self, key: Hashable, entry: _Entry) -> None:
        with self._mutex:
            old = self._entries.pop(key, None)
            self._count(key, -old.size if old else 0)
            if entry.size <= self._limit:
                self._entries[key] = entry
                self._count(key, entry.size)
            while self._total > self._limit:
                name, oldest = self._entries.popitem(last=False)
                self._count(name, -oldest.size)
                self._tallies[_kind(name)].evicted += 1

    def _count(self, key: Hashable, size: int) -> None:
        self._total += size
        self._tallies[_kind(key)].kept_bytes += size

    def _touch(self, key: Hashable) -> None:
        with self._mutex:
            self._tallies[_kind(key)].hits += 1
            if key in self._entries:
                self._entries.move_to_end(key)


def _kind(key: Hashable) -> str:
    """Return the kind of a value, of which there are few.

    >>> _kind("catalogue"), _kind(("job_list", "a000")), _kind(("back_test SIM", "a000"))
    ('catalogue', 'job_list', 'back_test')
    """
    name = key[0] if isinstance(key, tuple) else key
    return str(name).partition(" ")[0]


def _soon() -> float:
    return time.monotonic() + FAILURE_SECONDS


def _anew(error: SourceUnreadableError) -> SourceUnreadableError:
    """Return an error without its past, which holds on to everything that was read until it came."""
    return type(error)(error.path, error.reason)
