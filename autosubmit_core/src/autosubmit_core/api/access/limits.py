"""How often something may be tried (S-31)."""

from __future__ import annotations

import time
from collections import OrderedDict, deque
from collections.abc import Callable, Hashable

from autosubmit_core.api.refusals import RefusedError

__all__ = ["RateLimiter"]

#: The most keys that are remembered; the oldest goes first.
_KEYS = 10_000


class RateLimiter:
    """Lets something be tried so many times in a span of time, for each key; for one process."""

    def __init__(
        self, most: int, seconds: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._most = most
        self._seconds = seconds
        self._clock = clock
        self._tries: OrderedDict[Hashable, deque[float]] = OrderedDict()

    def count(self, *keys: Hashable) -> None:
        """Count one try for each of some keys.

        Raises :class:`RefusedError` (429) if one of them was tried too often; then none is counted.
        """
        now = self._clock()
        counted = [self._recent(key, now) for key in keys]
        full = [tries for tries in counted if len(tries) >= self._most]
        if full:
            wait = max(tries[0] for tries in full) + self._seconds - now
            raise RefusedError(
                429,
                "This was tried too often. Wait a moment.",
                "too_many_requests",
                headers={"Retry-After": str(int(wait) + 1)},
            )
        for tries in counted:
            tries.append(now)

    def forgive(self, *keys: Hashable) -> None:
        """Take back the last try of each of some keys: it was a good one."""
        for key in keys:
            if self._tries.get(key):
                self._tries[key].pop()

    def _recent(self, key: Hashable, now: float) -> deque[float]:
        """Return when a key was tried within the span."""
        tries = self._tries.setdefault(key, deque())
        self._tries.move_to_end(key)
        while tries and tries[0] <= now - self._seconds:
            tries.popleft()
        if len(self._tries) > _KEYS:
            self._tries.popitem(last=False)
        return tries
