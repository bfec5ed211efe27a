"""The one door from the event loop to slow work.

Reading, computing, encoding and compressing are slow: they happen in threads behind this door, a
bounded number at once, with a bounded queue before it. The loop itself only hands over and waits.
"""

from __future__ import annotations

import asyncio
import gc
import sys
import time
from collections.abc import Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, TypeVar, cast

from autosubmit_core.api.refusals import RefusedError

__all__ = ["Workers", "share_time"]

Result = TypeVar("Result")


def share_time() -> None:
    """Let no thread hold up the others for long: short turns, few rounds of the garbage collector.

    For processes of our own. A round looks at all that ever was kept, while everybody waits. Answers
    leave it nothing to do: they are made of columns, and what they are made of goes with them.
    """
    sys.setswitchinterval(0.001)
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


class Workers:
    """Threads that compute for the loop; to be used from the loop alone."""

    def __init__(self, at_once: int, waiting: int) -> None:
        #: How many computations run at once.
        self.at_once = at_once
        self._limit = at_once + waiting
        self._threads = ThreadPoolExecutor(at_once, thread_name_prefix="compute")
        self._under_way = 0
        #: How many were done, in how many seconds together from their asking, and how many refused.
        self.done, self.seconds, self.refused = 0, 0.0, 0
        self._shared: dict[Hashable, asyncio.Future[Any]] = {}

    @property
    def running(self) -> int:
        """How many computations run."""
        return min(self._under_way, self.at_once)

    @property
    def waiting(self) -> int:
        """How many wait for their turn."""
        return self._under_way - self.running

    async def run(self, function: Callable[..., Result], *arguments: object) -> Result:
        """Return what a function returns, computed in a thread; its errors are raised here.

        Raises :class:`RefusedError` (503) if too many computations are waiting already.
        """
        if self._under_way >= self._limit:
            self.refused += 1
            raise RefusedError(
                503,
                "The server has too much to do at the moment.",
                "busy",
                headers={"Retry-After": "5"},
            )
        self._under_way += 1
        work = asyncio.get_running_loop().run_in_executor(self._threads, function, *arguments)
        work.add_done_callback(partial(self._ended, time.monotonic()))
        return await work

    async def share(
        self, key: Hashable, function: Callable[..., Result], *arguments: object
    ) -> Result:
        """Do as :meth:`run`, but join the computation of the same key if one is under way."""
        work = self._shared.get(key)
        if work is None:
            work = asyncio.ensure_future(self.run(function, *arguments))
            self._shared[key] = work
            work.add_done_callback(lambda _: self._shared.pop(key))
        # One client that goes away must not take the answer from the others.
        return cast(Result, await asyncio.shield(work))

    def close(self) -> None:
        """Let no further computation begin; those that run end by themselves."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _ended(self, began: float, _: asyncio.Future[Any]) -> None:
        self._under_way -= 1
        self.done += 1
        self.seconds += time.monotonic() - began
