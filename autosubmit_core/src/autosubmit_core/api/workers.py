"""The one door from the event loop to slow work.

Reading, computing, encoding and compressing are slow: they happen in threads behind this door, a
bounded number at once, with a bounded queue before it. The loop itself only hands over and waits.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import sys
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar, cast

from autosubmit_core.api.refusals import RefusedError

__all__ = ["MOST_SILENT", "SILENT_SECONDS", "Workers", "share_time"]

#: How many computations may be taken for such as read from a file system that does not answer, and
#: after how many seconds one is.
MOST_SILENT = 8
SILENT_SECONDS = 20.0

_LATER = {"Retry-After": "5"}

log = logging.getLogger(__name__)

Result = TypeVar("Result")


def share_time() -> None:
    """Let no thread hold up the others for long: short turns, few rounds of the garbage collector.

    For processes of our own. A round looks at all that ever was kept, while everybody waits. Answers
    leave it nothing to do: they are made of columns, and what they are made of goes with them.
    """
    sys.setswitchinterval(0.001)
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


@dataclass(slots=True, eq=False)
class _Work:
    """A computation that waits for its turn, or runs."""

    compute: Callable[[], Any]
    about: str | None
    result: asyncio.Future[Any]
    asked: float = field(default_factory=time.monotonic)
    #: Whether it runs for so long that it may never end.
    silent: bool = False


class Workers:
    """Threads that compute for the loop; to be used from the loop alone.

    A thread that reads from a file system which does not answer any more cannot be ended. So what is
    about one experiment never takes all threads; and ``silent`` computations that take longer than
    ``silent_seconds`` do not count, but nothing more is begun about their experiments until they end.
    """

    def __init__(
        self,
        at_once: int,
        waiting: int,
        *,
        silent: int = 0,
        silent_seconds: float = SILENT_SECONDS,
    ) -> None:
        #: How many computations run at once.
        self.at_once = at_once
        self._most = at_once + waiting
        self._silent, self._silent_seconds = silent, silent_seconds
        self._threads = ThreadPoolExecutor(at_once + silent, thread_name_prefix="compute")
        # What waits, in the order of asking. (The first of a dict is slow to find when many before it
        # have gone.)
        self._queue: OrderedDict[_Work, None] = OrderedDict()
        self._running: list[_Work] = []
        # How many run about each experiment.
        self._about: Counter[str | None] = Counter()
        #: How many were done, in how many seconds together from their asking, and how many refused.
        self.done, self.seconds, self.refused = 0, 0.0, 0
        self._shared: dict[Hashable, asyncio.Future[Any]] = {}

    @property
    def running(self) -> int:
        """How many computations run."""
        return len(self._running)

    @property
    def waiting(self) -> int:
        """How many wait for their turn."""
        return len(self._queue)

    async def run(
        self, function: Callable[..., Result], *arguments: object, about: str | None = None
    ) -> Result:
        """Return what a function returns, computed in a thread; its errors are raised here.

        ``about`` is the experiment that it reads, if it is about one. Raises :class:`RefusedError` (503)
        if too many computations are waiting already, or the files of that experiment do not answer.
        """
        self._refuse(about)
        loop = asyncio.get_running_loop()
        work = _Work(partial(function, *arguments), about, loop.create_future())
        self._queue[work] = None
        self._begin_next()
        try:
            return cast(Result, await work.result)
        finally:
            self._queue.pop(work, None)  # nobody waits for it any more

    async def share(
        self,
        key: Hashable,
        function: Callable[..., Result],
        *arguments: object,
        about: str | None = None,
    ) -> Result:
        """Do as :meth:`run`, but join the computation of the same key if one is under way."""
        work = self._shared.get(key)
        if work is None:
            work = asyncio.ensure_future(self.run(function, *arguments, about=about))
            self._shared[key] = work
            work.add_done_callback(lambda _: self._shared.pop(key))
        # One client that goes away must not take the answer from the others.
        return cast(Result, await asyncio.shield(work))

    def close(self) -> None:
        """Let no further computation begin; those that run end by themselves."""
        self._threads.shutdown(wait=False)
        queue, self._queue = self._queue, OrderedDict()
        for work in queue:
            with suppress(RuntimeError):  # the loop has ended
                work.result.get_loop().call_soon_threadsafe(work.result.cancel)

    def _refuse(self, about: str | None) -> None:
        if about and any(work.silent and work.about == about for work in self._running):
            self.refused += 1
            raise _no_answer(about)
        if len(self._running) + len(self._queue) >= self._most:
            self.refused += 1
            sentence = "The server has too much to do at the moment."
            raise RefusedError(503, sentence, "busy", headers=_LATER)

    def _begin_next(self) -> None:
        """Let begin what there are threads for, in the order of asking."""
        free = self.at_once - sum(not work.silent for work in self._running)
        while free > 0 and (work := next(filter(self._may_begin, self._queue), None)):
            del self._queue[work]
            self._begin(work)
            free -= 1

    def _may_begin(self, work: _Work) -> bool:
        if work.result.done():
            return False
        return work.about is None or self._about[work.about] < max(1, self.at_once - 1)

    def _begin(self, work: _Work) -> None:
        loop = work.result.get_loop()
        computing = self._threads.submit(work.compute)
        self._running.append(work)
        self._about[work.about] += 1
        timer = loop.call_later(self._silent_seconds, self._silence, work)

        def ended(computed: Future[Any]) -> None:
            with suppress(RuntimeError):  # the loop has ended
                loop.call_soon_threadsafe(self._ended, work, computed, timer)

        computing.add_done_callback(ended)

    def _silence(self, work: _Work) -> None:
        work.silent = sum(other.silent for other in self._running) < self._silent
        if not work.silent:
            return
        log.warning("work about %s runs for %d s", work.about or "all", self._silent_seconds)
        for other in self._queue:
            if other.about and other.about == work.about and not other.result.done():
                self.refused += 1
                other.result.set_exception(_no_answer(other.about))
        self._begin_next()

    def _ended(self, work: _Work, computed: Future[Any], timer: asyncio.TimerHandle) -> None:
        timer.cancel()
        self._running.remove(work)
        self._about -= Counter([work.about])
        self.done += 1
        self.seconds += time.monotonic() - work.asked
        self._begin_next()
        if work.result.done():  # nobody waits for it any more
            return
        if (error := computed.exception()) is not None:
            work.result.set_exception(error)
        else:
            work.result.set_result(computed.result())


def _no_answer(expid: str) -> RefusedError:
    sentence = f"The files of {expid} do not answer at the moment."
    return RefusedError(503, sentence, "files_silent", headers=_LATER)
