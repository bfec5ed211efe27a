"""The door to slow work: bounded, shared, and never the loop's own thread."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from autosubmit_core.api.refusals import RefusedError
from autosubmit_core.api.workers import Workers


@pytest.fixture
def workers() -> Iterator[Callable[..., Workers]]:
    made: list[Workers] = []

    def make(at_once: int, waiting: int, **more: Any) -> Workers:
        made.append(Workers(at_once, waiting, **more))
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


def test_what_is_about_one_experiment_leaves_a_thread_for_the_others(
    workers: Callable[..., Workers],
) -> None:
    hold = threading.Event()

    async def story() -> None:
        pool = workers(3, 10)
        held = [asyncio.ensure_future(pool.run(hold.wait, about="a000")) for _ in range(5)]
        assert await pool.run(lambda: "answered", about="a001") == "answered"
        assert (pool.running, pool.waiting) == (2, 3)
        hold.set()
        assert await asyncio.gather(*held) == [True] * 5

    asyncio.run(story())


def test_work_begins_in_the_order_of_asking(workers: Callable[..., Workers]) -> None:
    hold = threading.Event()
    begun: list[int] = []

    async def story() -> None:
        pool = workers(1, 10)
        first = asyncio.ensure_future(pool.run(hold.wait))
        later = [asyncio.ensure_future(pool.run(begun.append, number)) for number in range(5)]
        await asyncio.sleep(0)
        later.pop(2).cancel()
        await asyncio.sleep(0)
        assert pool.waiting == 4
        hold.set()
        await asyncio.gather(first, *later)

    asyncio.run(story())
    assert begun == [0, 1, 3, 4]


def test_however_many_wait_each_costs_the_same(workers: Callable[..., Workers]) -> None:
    async def seconds(waiting: int) -> float:
        pool, hold = workers(2, waiting), threading.Event()
        asked = [asyncio.ensure_future(pool.run(hold.wait)) for _ in range(waiting)]
        before = time.process_time()
        await asyncio.sleep(0)
        hold.set()
        await asyncio.gather(*asked)
        return time.process_time() - before

    # Ten times as many took a hundred times as long when each looked at all others.
    assert asyncio.run(seconds(10_000)) < 30 * asyncio.run(seconds(1_000))


def test_work_that_may_never_end_counts_no_more_and_nothing_is_begun_about_the_same(
    workers: Callable[..., Workers],
) -> None:
    hold = threading.Event()

    async def story() -> None:
        pool = workers(1, 10, silent=1, silent_seconds=0.05)
        first = asyncio.ensure_future(pool.run(hold.wait, about="a000"))
        waiting = asyncio.ensure_future(pool.run(hold.wait, about="a000"))
        other = asyncio.ensure_future(pool.run(lambda: "answered", about="a001"))
        assert await other == "answered"
        for refused in (waiting, pool.run(hold.wait, about="a000")):
            with pytest.raises(RefusedError, match="The files of a000 do not answer") as error:
                await refused
            assert error.value.refusal.code == "files_silent"
        hold.set()
        assert await first is True
        assert await pool.run(lambda: "again", about="a000") == "again"

    asyncio.run(story())


def test_who_waits_when_the_workers_close_waits_no_more(
    workers: Callable[..., Workers],
) -> None:
    hold = threading.Event()

    async def story() -> None:
        pool = workers(1, 10)
        first, second = (asyncio.ensure_future(pool.run(hold.wait)) for _ in range(2))
        await asyncio.sleep(0)
        pool.close()
        with pytest.raises(asyncio.CancelledError):
            await second
        hold.set()
        assert await first is True

    asyncio.run(story())
