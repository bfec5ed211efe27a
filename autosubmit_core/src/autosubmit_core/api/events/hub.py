"""All who listen to events, and what they are sent."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any, TypeVar

from autosubmit_core.api.events.stream import Stream, event_bytes
from autosubmit_core.api.events.watchers import SOON, Watchers
from autosubmit_core.api.refusals import RefusedError
from autosubmit_core.api.settings import Settings
from autosubmit_core.api.tasks import kept_task
from autosubmit_core.api.workers import Workers
from autosubmit_core.archive import Archive
from autosubmit_core.store.events import EventJournal, JournalEntry, StoredSnapshot

__all__ = ["BEAT_SECONDS", "Events"]

#: After so many seconds a sign of life is sent.
BEAT_SECONDS = 15.0
#: How often it is looked which experiments are to be watched, in seconds.
TEND_SECONDS = 5.0
#: So many questions to the journal may wait for their turn.
_MOST_QUESTIONS = 10_000

Result = TypeVar("Result")


class Events:
    """Who listens to what; to be used from the loop alone.

    ``compute`` answers a question about an experiment where those of its size are answered.
    """

    def __init__(
        self, archive: Archive, settings: Settings, compute: Callable[..., Awaitable[Any]]
    ) -> None:
        self.watchers = Watchers(archive, settings, self, compute)
        self._settings = settings
        self._journal = EventJournal(archive.installation.events_database())
        self._disk = Workers(1, _MOST_QUESTIONS)
        self._writing = asyncio.Lock()
        self._streams: set[Stream] = set()
        #: Those that tell of something else than experiments.
        self._others: set[Stream] = set()
        self._open: Counter[str] = Counter()
        #: What is done again and again, by what does it.
        self._rounds: dict[Callable[[], Coroutine[Any, Any, None]], asyncio.Task[None]] = {}
        #: The newest event that was sent to all who want it.
        self._told = 0

    # -- for handlers ------------------------------------------------------------------------

    @property
    def listeners(self) -> int:
        """How many listen."""
        return self._open.total()

    @contextmanager
    def admitted(self, caller: str) -> Iterator[None]:
        """Count a listener in; raises :class:`RefusedError` if there are too many."""
        if self._open.total() >= self._settings.event_streams:
            raise _too_many(503, "The server has as many listeners as it may have.")
        if self._open[caller] >= self._settings.event_streams_each:
            raise _too_many(429, "You listen to as many streams of events as you may.")
        self._open[caller] += 1
        try:
            yield
        finally:
            self._open[caller] -= 1
            if not self._open[caller]:
                del self._open[caller]

    async def subscribe(self, expid: str | None, after: str | None, beats: str) -> Stream:
        """Return what a listener is to be sent; raises what stands against reading the experiment.

        It begins with ``open``, and goes on with what came after an event of which the id is told.
        """
        await self._begin()
        if expid:
            await self.watchers.ready(expid)
        else:
            await self._look_for_running()
            await self.watchers.running_ready()
        # That took a while, and who listens to a server that has stopped would do so for good.
        self.watchers.refuse_if_stopping()
        stream = Stream(expid, beats)
        # Until the first wait nothing else happens: what is told now, and what comes after, is all.
        until, number = self._told, self._number_of(after)
        now = {"at": int(time.time()), **self._facts(expid)}
        self._streams.add(stream)
        with ExitStack() as undo:
            undo.callback(self.unsubscribe, stream)
            missed = None if number is None else await self._missed(number, until, expid)
            undo.pop_all()
        opening = {**now, "resumed": missed is not None}
        stream.begin(event_bytes("open", opening, None if missed else self._id(until)))
        if missed is None and after is not None:
            told = {"expid": None, **now, "reason": "away_too_long"}
            told.pop("experiments", None)
            stream.begin(event_bytes("resync", told))
        for entry in missed or ():
            stream.begin(self._encoded(entry))
        return stream

    def attach(self, stream: Stream) -> None:
        """Let a stream that somebody else fills have signs of life, and its end with the server."""
        self.watchers.refuse_if_stopping()
        self._keep(self._beat)
        self._others.add(stream)

    def unsubscribe(self, stream: Stream) -> None:
        """Send nothing more to a listener, who has gone."""
        self._streams.discard(stream)
        self._others.discard(stream)

    async def stop(self) -> None:
        """Tell all listeners to come back later, and look no more."""
        for stream in self._streams | self._others:
            stream.bye("stopping")
        await self.watchers.stop()
        for task in self._rounds.values():
            task.cancel()
        await asyncio.gather(*self._rounds.values(), return_exceptions=True)

    def close(self) -> None:
        """Let no further work begin."""
        self._disk.close()
        self.watchers.close()

    # -- for watchers ------------------------------------------------------------------------

    async def stored(self, expid: str) -> StoredSnapshot | None:
        """Return what is known of an experiment from before."""
        return await _to_its_end(self._stored(expid))

    async def tell(
        self,
        expid: str,
        after: int,
        told: Sequence[tuple[str, bytes]],
        snapshot: Callable[[], bytes],
    ) -> int | None:
        """Write down what happened, then tell it; return the newest event, None if not first."""
        return await _to_its_end(self._tell(expid, after, told, snapshot))

    # -- details -----------------------------------------------------------------------------

    async def _stored(self, expid: str) -> StoredSnapshot | None:
        async with self._writing:
            found, entries = await self._disk.run(self._journal.stored, expid)
            self._send(entries, set())
        return found

    async def _tell(
        self,
        expid: str,
        after: int,
        told: Sequence[tuple[str, bytes]],
        snapshot: Callable[[], bytes],
    ) -> int | None:
        # One after the other: what is written first is sent first.
        async with self._writing:
            append = self._journal.append
            first, entries = await self._disk.run(append, expid, after, told, snapshot)
            ours = {entry.number for entry in entries if first and entry.expid == expid}
            self._send(entries, ours)
        return self._told if first else None

    def _send(self, entries: Sequence[JournalEntry], ours: set[int]) -> None:
        for entry in entries:
            self.watchers.note(entry.expid, entry.data, ours=entry.number in ours)
            sent = self._encoded(entry)
            for stream in self._streams:
                if stream.expid is None or stream.expid == entry.expid:
                    stream.put(sent)
        self._told = self._journal.read

    def _encoded(self, entry: JournalEntry) -> bytes:
        return event_bytes(entry.name, entry.data, self._id(entry.number))

    def _id(self, number: int) -> str:
        return f"{self._journal.id}.{number}"

    def _number_of(self, event_id: str | None) -> int | None:
        """Return the number of an event of this journal; None if it is of no, or another, one."""
        journal, _, number = (event_id or "").partition(".")
        known = journal == self._journal.id and number.isascii() and number.isdigit()
        return int(number) if known and len(number) <= 18 else None

    async def _missed(
        self, number: int, until: int, expid: str | None
    ) -> list[JournalEntry] | None:
        key = (number, until, expid)
        return await self._disk.share(key, self._journal.missed, number, until, expid)

    def _facts(self, expid: str | None) -> dict[str, Any]:
        if expid is not None:
            return self.watchers.facts(expid)
        return {"experiments": list(filter(None, map(self.watchers.facts, self.watchers.running)))}

    async def _begin(self) -> None:
        self.watchers.refuse_if_stopping()
        if not self._journal.id:
            await self._disk.share("open", self._journal.open)
            self.watchers.refuse_if_stopping()
            self._told = max(self._told, self._journal.read)
        for round_ in (self._beat, self._tend):
            self._keep(round_)

    def _keep(self, round_: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Let something be done again and again, which begins again should it ever end."""
        if round_ not in self._rounds or self._rounds[round_].done():
            self._rounds[round_] = kept_task(round_())

    async def _beat(self) -> None:
        """Send signs of life, whatever else takes its time."""
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            for stream in self._streams | self._others:
                stream.beat(int(time.time()))

    async def _tend(self) -> None:
        """See to it that what is listened to is watched, and nothing else."""
        while True:
            await asyncio.sleep(TEND_SECONDS)
            to_all = any(stream.expid is None for stream in self._streams)
            if to_all:
                await self._look_for_running()
            wanted = {stream.expid for stream in self._streams if stream.expid}
            self.watchers.keep(wanted.union(self.watchers.running if to_all else ()))

    async def _look_for_running(self) -> None:
        """Look which experiments are running, and tell what is different to who listens to all."""
        news = await self.watchers.look_for_running()
        if news:
            sent = event_bytes("experiments", {"at": int(time.time()), **news})
            for stream in self._streams:
                if stream.expid is None:
                    stream.put(sent)


async def _to_its_end(work: Coroutine[Any, Any, Result]) -> Result:
    """Return what some work returns; it goes on if nobody waits any more: what is written is sent."""
    return await asyncio.shield(asyncio.ensure_future(work))


def _too_many(status: int, sentence: str) -> RefusedError:
    return RefusedError(status, f"{sentence} Ask again later.", "too_many_streams", headers=SOON)
