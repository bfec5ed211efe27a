"""S-31: how often something may be tried."""

from __future__ import annotations

import pytest

from autosubmit_core.api.access import limits
from autosubmit_core.api.access.limits import RateLimiter
from autosubmit_core.api.refusals import RefusedError


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_so_many_tries_are_let_through_in_each_span() -> None:
    clock = Clock()
    limiter = RateLimiter(2, 60, clock)
    limiter.count("a")
    clock.now += 30
    limiter.count("a")
    with pytest.raises(RefusedError) as refused:
        limiter.count("a")
    assert refused.value.refusal.status == 429
    assert refused.value.refusal.headers == {"Retry-After": "31"}
    limiter.count("b")
    clock.now += 30
    limiter.count("a")


def test_of_several_keys_one_that_is_full_is_enough_and_none_is_counted() -> None:
    limiter = RateLimiter(1, 60, Clock())
    limiter.count("address")
    with pytest.raises(RefusedError):
        limiter.count("user", "address")
    limiter.count("user")


def test_what_was_good_does_not_count() -> None:
    limiter = RateLimiter(1, 60, Clock())
    for _ in range(5):
        limiter.count("a")
        limiter.forgive("a")
    limiter.forgive("never seen")


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "_KEYS", 3)
    limiter = RateLimiter(1, 60, Clock())
    for key in range(100):
        limiter.count(key)
    assert len(limiter._tries) == 3
