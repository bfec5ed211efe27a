"""The watchers of a server: one for each experiment that somebody listens to."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Collection
from typing import Any

from autosubmit_core.api.events.watcher import Journalist, Watcher, slow_pause
from autosubmit_core.api.refusals import RefusedError
from autosubmit_core.api.settings import Settings
from autosubmit_core.api.tasks import kept_task
from autosubmit_core.api.workers import MOST_SILENT, Workers
from autosubmit_core.archive import Archive
from autosubmit_core.archive.watching import running_experiments
from autosubmit_core.errors import AutosubmitError

__all__ = ["SOON", "Watchers"]

log = logging.getLogger(__name__)

#: When to ask again.
SOON = {"Retry-After": "5"}

#: For how long an experiment is watched after the last listener has gone: most come back. Seconds
LINGER_SECONDS = 30.0
#: How long the first look at all that run is waited for, in seconds: what takes longer comes later.
_FIRST_LOOK_SECONDS = 5.0
#: So many experiments are watched at most for those who listen to all that run.
_MOST_RUNNING = 500
#: So many looks at files may wait for their turn.
_MOST_LOOKS = 10_000


class Watchers:
    """Begins and ends watching; to be used from the loop alone."""

    def __init__(
        self,
        archive: Archive,
        settings: Settings,
        journalist: Journalist,
        compute: Callable[..., Awaitable[Any]],
    ) -> None:
        #: The experiments that are running, as far as somebody asked, by name.
        self.running: tuple[str, ...] = ()
        self._archive = archive
        self._interval = settings.events_interval
        self._journalist = journalist
        self._compute = compute
        self._files = Workers(settings.computations, _MOST_LOOKS, silent=MOST_SILENT)
        self._watchers: dict[str, Watcher] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        #: The first looks that are under way, of those nobody waits for.
        self._first_looks: dict[str, asyncio.Task[None]] = {}
        #: When each was wanted last.
        self._wanted: dict[str, float] = {}
        #: From when on it may be looked again which are running.
        self._running_from = 0.0
        self._stopping = False

    async def ready(self, expid: str) -> None:
        """Let an experiment be watched from now on; raises what stands against reading it."""
        self.refuse_if_stopping()
        if expid not in self._watchers:
            self._watchers[expid] = Watcher(
                expid,
                self._archive,
                self._journalist,
                interval=self._interval,
                stat=self._files.run,
                compute=self._compute,
            )
        watcher = self._watchers[expid]
        self._wanted[expid] = time.monotonic()
        try:
            await watcher.ready()
        finally:
            if watcher.facts is None:
                self._forget(expid)
        self.refuse_if_stopping()
        # Again, because the first look may have taken longer than it is kept without a listener.
        self._watchers[expid], self._wanted[expid] = watcher, time.monotonic()
        if not _goes_on(self._tasks.get(expid)):
            self._tasks[expid] = kept_task(watcher.watch())

    async def running_ready(self) -> None:
        """Let all experiments be watched that run; those that cannot be read are left out."""
        self._begin(self.running)
        if self._first_looks:
            await asyncio.wait(self._first_looks.values(), timeout=_FIRST_LOOK_SECONDS)

    async def look_for_running(self) -> dict[str, list[str]]:
        """Look which experiments are running; return what is different, if anything is.

        After a look that took long nothing is different for a while.
        """
        began_at = time.monotonic()
        if began_at < self._running_from:
            return {}
        try:
            found = await self._files.share(
                "running", running_experiments, self._archive, time.time(), _MOST_RUNNING
            )
        except (AutosubmitError, RefusedError) as error:
            log.warning("which experiments are running cannot be told: %s", error)
            return {}
        finally:
            now = time.monotonic()
            self._running_from = now + slow_pause(now - began_at)
        # Of two who waited for one look the first tells.
        before = set(self.running)
        self.running = tuple(found)
        began, ended = sorted(set(found) - before), sorted(before - set(found))
        if not began and not ended:
            return {}
        return {"running": found, "began": began, "ended": ended}

    def facts(self, expid: str) -> dict[str, Any]:
        """Return what is told of an experiment to somebody who begins to listen; none if unread."""
        watcher = self._watchers.get(expid)
        return dict(watcher.facts or {}) if watcher else {}

    def looks(self, expid: str) -> int:
        """Return how often the files of an experiment were read since it is watched."""
        return self._watchers[expid].looks

    def note(self, expid: str, data: bytes, *, ours: bool) -> None:
        """Take note of what is being told of an experiment, by this process or another."""
        watcher = self._watchers.get(expid)
        if watcher is not None:
            watcher.note(data)
            if not ours:
                watcher.doubt()

    def keep(self, expids: Collection[str]) -> None:
        """Let these be watched, and no others, but for a while those that were wanted until now."""
        now = time.monotonic()
        self._wanted |= dict.fromkeys(expids, now)
        for expid, wanted in list(self._wanted.items()):
            if now - wanted > LINGER_SECONDS:
                self._forget(expid)
        # One that had died, or began to run.
        self._begin(expids)

    async def stop(self) -> None:
        """Watch nothing any more."""
        self._stopping = True
        tasks = [*self._tasks.values(), *self._first_looks.values()]
        for task in tasks:
            task.cancel()
        for expid in list(self._watchers):
            self._forget(expid)
        await asyncio.gather(*tasks, return_exceptions=True)

    def refuse_if_stopping(self) -> None:
        """Raise :class:`RefusedError` if nothing is watched any more."""
        if self._stopping:
            raise RefusedError(503, "The server is stopping.", "stopping", headers=SOON)

    def close(self) -> None:
        """Let no further look begin."""
        self._files.close()

    def _begin(self, expids: Collection[str]) -> None:
        """Let these be watched that are not yet; one that is read slowly holds up no other."""
        looks = {of: look for of, look in self._first_looks.items() if _goes_on(look)}
        for expid in expids:
            if expid not in looks and not _goes_on(self._tasks.get(expid)):
                looks[expid] = kept_task(self._try(expid))
        self._first_looks = looks

    async def _try(self, expid: str) -> None:
        try:
            await self.ready(expid)
        except (AutosubmitError, RefusedError) as error:
            log.debug("%s is not watched: %s", expid, error)

    def _forget(self, expid: str) -> None:
        task = self._tasks.pop(expid, None)
        if task is not None:
            task.cancel()
        self._watchers.pop(expid, None)
        self._wanted.pop(expid, None)


def _goes_on(task: asyncio.Task[None] | None) -> bool:
    return task is not None and not task.done()
