"""The door to slow work: bounded, shared, and never the loop's own thread."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from autosubmit_core.api.refusals import RefusedError
from autosubmit_core.api.workers import Workers


@pytest.fixture
def workers() -> Iterator[Callable[[int, int], Workers]]:
    made: list[Workers] = []

    def make(at_once: int, waiting: int) -> Workers:
        made.append(Workers(at_once, waiting))
        return made[-1]

    yield make
    for each in made:
        each.close()


def test_work_is_done_in_another_thread(workers: Callable[[int, int], Workers]) -> None:
    assert asyncio.run(workers(1, 1).run(threading.get_ident)) != threading.get_ident()


def test_no_more_runs_at_once_than_was_said(workers: Callable[[int, int], Workers]) -> None:
    running, most, mutex = 0, 0, threading.Lock()

    def work() -> None:
        nonlocal running, most
        with mutex:
            running += 1
            most = max(most, running)
        time.sleep(0.01)
        with mutex:
            running -= 1

    async def story() -> None:
        pool = workers(2, 10)
        await asyncio.gather(*(pool.run(work) for _ in range(8)))

    asyncio.run(story())
    assert most == 2


def test_a_full_queue_is_refused_with_a_time_to_come_back(
    workers: Callable[[int, int], Workers],
) -> None:
    hold = threading.Event()

    async def story() -> None:
        pool = workers(1, 1)
        first, second = (asyncio.ensure_future(pool.run(hold.wait)) for _ in range(2))
        await asyncio.sleep(0)
        with pytest.raises(RefusedError) as refused:
            await pool.run(hold.wait)
        assert refused.value.refusal.status == 503
        assert refused.value.refusal.headers == {"Retry-After": "5"}
        hold.set()
        await asyncio.gather(first, second)
        assert await pool.run(lambda: "room again") == "room again"

    asyncio.run(story())


def test_simultaneous_requests_for_the_same_thing_share_one_computation(
    workers: Callable[[int, int], Workers],
) -> None:
    calls: list[str] = []

    def work(what: str) -> str:
        time.sleep(0.02)
        calls.append(what)
        return what

    async def story() -> None:
        pool = workers(4, 10)
        asked = [pool.share(what, work, what) for what in ("a", "a", "b", "a")]
        assert await asyncio.gather(*asked) == ["a", "a", "b", "a"]
        assert sorted(calls) == ["a", "b"]
        # What has ended is not kept here: the next one computes again.
        assert await pool.share("a", work, "a") == "a"
        assert sorted(calls) == ["a", "a", "b"]

    asyncio.run(story())


def test_who_shares_a_failure_gets_it_too(workers: Callable[[int, int], Workers]) -> None:
    def fail() -> None:
        time.sleep(0.02)
        raise ZeroDivisionError

    async def story() -> None:
        pool = workers(1, 1)
        asked = (pool.share("x", fail) for _ in range(2))
        ended = await asyncio.gather(*asked, return_exceptions=True)
        assert [type(error) for error in ended] == [ZeroDivisionError, ZeroDivisionError]

    asyncio.run(story())


def test_one_who_gives_up_does_not_take_the_answer_from_the_others(
    workers: Callable[[int, int], Workers],
) -> None:
    hold = threading.Event()

    async def story() -> None:
        pool = workers(1, 1)
        impatient = asyncio.ensure_future(pool.share("x", hold.wait))
        patient = asyncio.ensure_future(pool.share("x", hold.wait))
        await asyncio.sleep(0.01)
        impatient.cancel()
        hold.set()
        assert await patient is True

    asyncio.run(story())


def test_how_much_there_is_to_do_is_known(workers: Callable[[int, int], Workers]) -> None:
    hold = threading.Event()

    async def story() -> None:
        pool = workers(1, 1)
        held = [asyncio.ensure_future(pool.run(hold.wait)) for _ in range(3)]
        await asyncio.sleep(0)
        assert (pool.running, pool.waiting, pool.refused, pool.done) == (1, 1, 1, 0)
        hold.set()
        await asyncio.gather(*held, return_exceptions=True)
        assert (pool.running, pool.waiting, pool.refused, pool.done) == (0, 0, 1, 2)
        assert pool.seconds > 0

    asyncio.run(story())
