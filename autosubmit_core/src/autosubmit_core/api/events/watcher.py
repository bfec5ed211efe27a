"""Looks at one experiment all the time, for all who listen to it."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from autosubmit_core.answers.v4.events import applied, logs_event
from autosubmit_core.api.encoding import json_bytes
from autosubmit_core.api.events.looking import Look, look_at
from autosubmit_core.api.refusals import RefusedError
from autosubmit_core.archive import Archive
from autosubmit_core.archive.kept import Versions
from autosubmit_core.archive.watching import LiveLog, Snapshot, log_sizes, versions_of
from autosubmit_core.errors import AutosubmitError, SourceUnreadableError
from autosubmit_core.store.events import StoredSnapshot

__all__ = ["Journalist", "Watcher", "slow_pause"]

log = logging.getLogger(__name__)

#: An experiment in which nothing moved for so many seconds is looked at more rarely, by this factor:
#: still within two seconds, as long as looking takes no time.
_QUIET_SECONDS, _QUIET_FACTOR = 60.0, 1.5
#: A look takes at most one part in so many of the time: a slow file system has others to serve. And
#: the longest pause between two looks, in seconds.
_SHARE, _LONGEST = 5, 30.0


class Journalist(Protocol):
    """Where what happens is written down, and told to those who listen."""

    async def stored(self, expid: str) -> StoredSnapshot | None:
        """Return what is known of an experiment from before."""

    async def tell(
        self,
        expid: str,
        after: int,
        told: Sequence[tuple[str, bytes]],
        snapshot: Callable[[], bytes],
    ) -> int | None:
        """Write down and tell what happened after an event; return the newest, None if not first."""


class _Seen(NamedTuple):
    """What one look at the file system showed."""

    versions: Versions
    sizes: dict[str, int]


class Watcher:
    """Looks at one experiment for as long as it runs as a task; to be used from the loop alone."""

    def __init__(
        self,
        expid: str,
        archive: Archive,
        journalist: Journalist,
        *,
        interval: float,
        stat: Callable[..., Awaitable[Any]],
        compute: Callable[..., Awaitable[Any]],
    ) -> None:
        self.expid = expid
        #: What is told to somebody who begins to listen; None before the first look.
        self.facts: dict[str, Any] | None = None
        #: How often it looked into the files because they had changed.
        self.looks = 0
        self._archive = archive
        self._journalist = journalist
        self._interval = interval
        self._stat = stat
        self._compute = compute
        self._snapshot: Snapshot | None = None
        self._number = 0
        self._versions: Versions | None = None
        self._logs: tuple[LiveLog, ...] = ()
        self._known = False
        #: Why nobody can be told what changed since the last look, if so.
        self._resync = ""
        self._turn = asyncio.Lock()

    async def ready(self) -> None:
        """Be up to date; raises what stands against it, if the experiment was never read."""
        if self.facts is None:
            async with self._turn:
                if self.facts is None:
                    await self._look()

    async def watch(self) -> None:
        """Look again and again, until cancelled."""
        moved = time.monotonic()
        while True:
            began = time.monotonic()
            try:
                async with self._turn:
                    if await self._look():
                        moved = began
            except (AutosubmitError, RefusedError) as error:
                # It is being written, or gone for a while, or the server is busy.
                log.debug("%s cannot be looked at: %s", self.expid, error)
            quiet = began - moved > _QUIET_SECONDS
            pause = self._interval * (_QUIET_FACTOR if quiet else 1.0)
            slow = slow_pause(self._stat_seconds)
            await asyncio.sleep(max(pause - (time.monotonic() - began), slow, 0.01))

    def note(self, data: bytes) -> None:
        """Take note of what is being told of this experiment, for those who begin to listen."""
        if self.facts is not None:
            told = json.loads(data)
            self.facts |= {key: value for key, value in told.items() if key in self.facts}

    def doubt(self) -> None:
        """Take up anew what is known of the experiment: another process has told of it."""
        self._known = False

    # -- details -----------------------------------------------------------------------------

    #: How long the last look at the file system took.
    _stat_seconds = 0.0

    async def _look(self) -> bool:
        """Look once, and tell what changed; return whether something did."""
        if not self._known:
            await self._remember()
        began = time.monotonic()
        seen: _Seen = await self._stat(_seen, self._archive, self.expid, self._logs)
        self._stat_seconds = time.monotonic() - began
        changed, sizes = False, seen.sizes
        if seen.versions != self._versions:
            settled = all(version.settled for version in seen.versions)
            changed = await self._read(settled)
            sizes = await self._stat(log_sizes, self._logs)
            self._versions = seen.versions if self._known else None
        return await self._compare_logs(sizes) or changed

    async def _remember(self) -> None:
        """Take up what the journal knows of the experiment."""
        stored = await self._journalist.stored(self.expid)
        if stored is not None:
            self._number = stored.number
            try:
                self._snapshot = _latest(stored, self._archive.installation.events_database())
                self._resync = ""  # whoever wrote that has told it
            except SourceUnreadableError as error:
                log.warning("what changed in %s cannot be told: %s", self.expid, error)
                self._snapshot, self._resync = None, "away_too_long"
        self._versions, self._known = None, True

    async def _read(self, settled: bool) -> bool:
        """Read what has changed, and tell it; return whether that was anything."""
        self.looks += 1
        found: Look = await self._compute(look_at, self.expid, self._snapshot, settled)
        snapshot, told = found.snapshot, found.told
        if snapshot is None:
            # There is no job list yet; when it comes, all of it is new.
            self.facts, self._resync = dict(found.facts), "list_changed"
            return False
        if self._resync:
            resync = {"at": int(time.time()), "reason": self._resync, **found.facts}
            told = (("resync", json_bytes(resync)),)
        if self._snapshot is None:
            # What lies there when one begins to look has not grown.
            snapshot = replace(snapshot, logs=await self._stat(log_sizes, found.logs))
        if self._snapshot is None or told:
            await self._tell(told, snapshot)
        if self._known:
            self._snapshot, self._logs, self._resync = snapshot, found.logs, ""
        if self._known or self.facts is None:
            self.facts = dict(found.facts)
        return bool(told)

    async def _compare_logs(self, sizes: dict[str, int]) -> bool:
        """Tell which logs grew; return whether any did."""
        snapshot = self._snapshot
        if snapshot is None or not self._known or sizes == snapshot.logs:
            return False
        grown = logs_event(self.expid, self._logs, snapshot.logs, sizes)
        snapshot = replace(snapshot, logs=sizes)
        if grown is not None:
            data = json_bytes({"at": int(time.time()), **grown})
            await self._tell((("logs", data),), snapshot)
        if self._known:
            self._snapshot = snapshot
        return grown is not None

    async def _tell(self, told: Sequence[tuple[str, bytes]], snapshot: Snapshot) -> None:
        number = await self._journalist.tell(self.expid, self._number, told, snapshot.to_bytes)
        if number is None:
            # Another process was first: what it told is taken up, and the rest found anew.
            self._known = False
        else:
            self._number = number


def slow_pause(seconds: float) -> float:
    """Return for how long not to look again at files after a look that took some time, in seconds.

    >>> slow_pause(0.25), slow_pause(60.0)
    (1.25, 30.0)
    """
    return min(_SHARE * seconds, _LONGEST)


def _latest(stored: StoredSnapshot, journal: Path) -> Snapshot:
    snapshot = Snapshot.from_bytes(stored.snapshot, journal)
    for entry in stored.since:
        snapshot = applied(snapshot, entry.name, json.loads(entry.data))
    return snapshot


def _seen(archive: Archive, expid: str, logs: tuple[LiveLog, ...]) -> _Seen:
    return _Seen(versions_of(archive, expid), log_sizes(logs))
