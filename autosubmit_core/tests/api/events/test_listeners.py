"""Many who listen, slowly or for too long, cost neither each other nor the server much."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from tornado.httputil import HTTPServerRequest

from autosubmit_core.api.access.identity import Identity, User
from autosubmit_core.api.access.secret import Secret
from autosubmit_core.api.events import hub, stream, watchers
from autosubmit_core.api.events.watcher import Watcher
from autosubmit_core.api.events.watchers import Watchers
from autosubmit_core.api.refusals import RefusedError
from autosubmit_core.api.v4 import streams
from autosubmit_core.archive.watching import running_experiments
from autosubmit_core.status import Status
from autosubmit_core.store import events as store
from autosubmit_core.store.tokens import revoke

Serve = Callable[..., Any]
Listen = Callable[..., Any]

QUICK = {"events_interval": 0.05}
ALICE = User("cas", "alice", "alice")
KEY = Secret("a key of the tests, of more than 32 bytes")
PATH = "/v4/experiments/t000/events"


def wait_until(holds: Callable[[], object]) -> None:
    end = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_one_watcher_looks_for_all(serve: Serve, listen: Listen, moving: Any) -> None:
    server = serve(moving.archive(), **QUICK)
    listeners = [listen(server) for _ in range(20)]
    for listener in listeners:
        listener.next()
    watchers = server.app.service.events.watchers
    before = watchers.looks("t000")
    moving.write([Status.RUNNING] * 4)
    ids = {listener.until("jobs").id for listener in listeners}
    assert len(ids) == 1
    # Two: the list and the catalogue are written one after the other, at most.
    assert watchers.looks("t000") - before <= 2


@pytest.mark.parametrize(("bound", "most"), [("MOST_WAITING", 4), ("MOST_BYTES", 4 * 2**20)])
def test_a_slow_listener_is_cut_off_and_nobody_waits_for_it(
    serve: Serve,
    listen: Listen,
    moving: Any,
    monkeypatch: pytest.MonkeyPatch,
    bound: str,
    most: int,
) -> None:
    monkeypatch.setattr(stream, bound, most)
    monkeypatch.setattr(store, "MOST_MISSED", 2**30)
    server = serve(moving.archive())
    listener = listen(server, "/v4/events")
    listener.next()
    large, number = b'{"text":"%s"}' % (b"x" * 2**20), 0
    with socket.create_connection(("127.0.0.1", server.port)) as slow:
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
        slow.sendall(b"GET /v4/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
        received = slow.recv(4096)
        for _ in range(20):
            work = server.app.service.events.tell("a000", number, [("jobs", large)], bytes)
            number = server.wait(work)
            assert len(listener.until("jobs").data["text"]) == 2**20
        slow.settimeout(5)
        with suppress(ConnectionError):
            while piece := slow.recv(2**20):
                received += piece
    # It lacks the last ones, and comes back with the id of one that it has.
    heard = received.decode().rpartition("\n\n")[0]
    assert 0 < heard.count("event: jobs") < 20
    last = heard.rpartition("\nid: ")[2].partition("\n")[0]
    back = listen(server, "/v4/events", headers={"Last-Event-ID": last})
    assert back.next().data["resumed"] is True
    while back.last != listener.last:
        back.until("jobs")


@pytest.mark.parametrize(
    ("query", "sign"), [("", ": heartbeat"), ("?heartbeat=event", "heartbeat")]
)
def test_signs_of_life_are_sent(
    serve: Serve,
    listen: Listen,
    moving: Any,
    monkeypatch: pytest.MonkeyPatch,
    query: str,
    sign: str,
) -> None:
    monkeypatch.setattr(hub, "BEAT_SECONDS", 0.05)
    monkeypatch.setattr(hub, "TEND_SECONDS", 0.05)
    listener = listen(serve(moving.archive(), **QUICK), PATH + query)
    listener.next()
    if query:
        event = listener.next()
        assert (event.name, event.id) == (sign, None)
    else:
        time.sleep(0.3)
        moving.write([Status.RUNNING] * 4)
        listener.until("jobs")
        assert sign in listener.others


def test_one_that_is_read_slowly_holds_up_neither_others_nor_signs_of_life(
    serve: Serve, listen: Listen, moving: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub, "BEAT_SECONDS", 0.05)
    monkeypatch.setattr(hub, "TEND_SECONDS", 0.05)
    look = Watcher._look

    async def slow_look(watcher: Watcher) -> bool:
        if watcher.expid == "t001":
            await asyncio.sleep(60)
        return await look(watcher)

    monkeypatch.setattr(Watcher, "_look", slow_look)
    server = serve(moving.archive(), **QUICK)
    listener = listen(server, "/v4/events?heartbeat=event")
    assert listener.next().name == "open"
    for expid in ("t001", "t002"):
        moving.write([Status.READY] * 4, expid)
    wait_until(lambda: server.app.service.events.watchers.facts("t002"))
    moving.write([Status.RUNNING] * 4, "t002")
    assert listener.until("jobs").data["expid"] == "t002"
    listener.until("heartbeat")


def test_a_slow_look_for_all_that_run_is_not_repeated_at_once(
    serve: Serve, listen: Listen, moving: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub, "TEND_SECONDS", 0.02)
    looks = []

    def look_slowly(*arguments: Any) -> list[str]:
        looks.append(time.monotonic())
        time.sleep(0.2)
        return running_experiments(*arguments)

    monkeypatch.setattr(watchers, "running_experiments", look_slowly)
    server = serve(moving.archive(), **QUICK)
    for _ in range(3):
        listen(server, "/v4/events").next()
    wait_until(lambda: len(looks) > 2)
    assert min(after - before for before, after in pairwise(looks)) > 6 * 0.19


def test_who_begins_to_listen_takes_no_news_from_others(
    serve: Serve, listen: Listen, moving: Any
) -> None:
    server = serve(moving.archive(), **QUICK)
    first = listen(server, "/v4/events")
    first.next()
    moving.write([Status.READY] * 4, "t001")
    time.sleep(0.5)
    listen(server, "/v4/events").next()
    assert first.until("experiments").data["began"] == ["t001"]


def test_rounds_that_ended_by_a_mistake_begin_again_with_the_next_listener(
    serve: Serve,
    listen: Listen,
    moving: Any,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(hub, "TEND_SECONDS", 0.05)
    rounds: list[int] = []

    def keep(*_: object) -> None:
        rounds.append(1 // len(rounds))

    monkeypatch.setattr(Watchers, "keep", keep)
    server = serve(moving.archive(), **QUICK)
    listen(server).next()
    wait_until(lambda: "has failed" in caplog.text)
    rounds.append(1)
    listen(server).next()
    wait_until(lambda: len(rounds) > 2)


def test_what_waits_is_bounded_in_bytes_and_one_event_is_never_too_much() -> None:
    listener, cut = stream.Stream(None), []
    listener.cut = lambda: cut.append(True)
    listener.put(b"x" * (stream.MOST_BYTES + 1))
    assert cut == []
    assert len(asyncio.run(listener.next())) == stream.MOST_BYTES + 1
    for _ in range(2):
        listener.put(b"x" * (stream.MOST_BYTES // 2))
    assert cut == []
    listener.put(b"x")
    assert cut == [True]
    assert asyncio.run(listener.next()) == b""


def test_small_events_are_sent_together_and_large_ones_are_not_copied() -> None:
    listener, large = stream.Stream(None), b"x" * 100_000
    for sent in (b"a", b"b"):
        listener.begin(sent)
    for sent in (b"c", large, b"d"):
        listener.put(sent)
    listener.end()

    async def all_sent() -> list[bytes]:
        return [await listener.next() for _ in range(4)]

    together, alone, *rest = asyncio.run(all_sent())
    assert (together, rest) == (b"abc", [b"d", b""])
    assert alone is large


def test_who_listens_to_too_many_is_told_to_wait(serve: Serve, listen: Listen, moving: Any) -> None:
    server = serve(moving.archive(), event_streams_each=2)
    listeners = [listen(server) for _ in range(2)]
    answer = server.ask(PATH)
    assert (answer.status, answer.json()["code"]) == (429, "too_many_streams")
    assert answer.headers["Retry-After"]
    listeners[0].close()
    wait_until(lambda: server.ask(PATH, "HEAD").status != 429)
    assert listen(server).status == 200


def test_a_server_has_no_more_listeners_than_it_may(
    serve: Serve, listen: Listen, moving: Any
) -> None:
    server = serve(moving.archive(), event_streams=1)
    listen(server)
    answer = server.ask(PATH)
    assert (answer.status, answer.json()["code"]) == (503, "too_many_streams")


def protected(serve: Serve, moving: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(streams, "CALLER_SECONDS", 0.1)
    return serve(moving.archive(), protection_level=None, secret_key=KEY, **QUICK)


def test_without_a_token_nothing_is_told(
    serve: Serve, moving: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = protected(serve, moving, monkeypatch)
    assert [server.ask(path).status for path in (PATH, "/v4/events")] == [401, 401]


def test_a_token_that_is_revoked_ends_the_stream(
    serve: Serve, listen: Listen, moving: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = protected(serve, moving, monkeypatch)
    access = server.app.service.access
    made = access.tokens.make(ALICE)
    listener = listen(server, headers={"Authorization": f"Bearer {made.text}"})
    assert listener.next().name == "open"
    moving.write([Status.RUNNING] * 4)
    assert listener.next().name == "jobs"
    database = server.app.service.archive.installation.preferences_database()
    revoke(database, made.token_id, made.expires)
    assert listener.until("bye").data == {"reason": "unauthorized"}
    assert listener.next() is None


def test_a_token_that_ends_ends_the_stream(
    serve: Serve, listen: Listen, moving: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = protected(serve, moving, monkeypatch)
    # A token is good for a minute longer than it says: clocks differ.
    made = server.app.service.access.tokens.make(ALICE, seconds=-56)
    listener = listen(server, headers={"Authorization": f"Bearer {made.text}"})
    assert listener.next().name == "open"
    assert listener.until("bye").data == {"reason": "unauthorized"}


class Failing:
    """A provider that fails from now on."""

    def __init__(self, error: Exception) -> None:
        self.error = error
        self.asked = 0

    async def identify(self, request: HTTPServerRequest, *, use: bool = True) -> Identity:
        self.asked += 1
        raise self.error


@pytest.mark.parametrize("error", [RefusedError(503, "Later.", "later"), OSError("a mistake")])
def test_who_cannot_be_looked_up_any_more_comes_back(
    serve: Serve,
    listen: Listen,
    moving: Any,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
) -> None:
    server = protected(serve, moving, monkeypatch)
    service = server.app.service
    made = service.access.tokens.make(ALICE)
    listener = listen(server, headers={"Authorization": f"Bearer {made.text}"})
    assert listener.next().name == "open"
    service.access = replace(service.access, identities=Failing(error))
    assert listener.next() is None


def test_where_anybody_may_listen_nobody_need_be_looked_up(
    serve: Serve, listen: Listen, moving: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "CALLER_SECONDS", 0.02)
    server = serve(moving.archive(), **QUICK)
    listener, service = listen(server), server.app.service
    listener.next()
    failing = Failing(RefusedError(503, "Later.", "later"))
    service.access = replace(service.access, identities=failing)
    wait_until(lambda: failing.asked > 2)
    moving.write([Status.RUNNING] * 4)
    assert listener.next().name == "jobs"


def test_a_server_that_stops_tells_when_to_come_back(
    serve: Serve, listen: Listen, moving: Any
) -> None:
    server = serve(moving.archive())
    listeners = [listen(server) for _ in range(5)]
    for listener in listeners:
        listener.next()
    server.close()
    for listener in listeners:
        assert listener.next().data == {"reason": "stopping"}
        assert listener.next() is None
    times = {listener.others[-1] for listener in listeners}
    # By lot, so that not all come at once.
    assert len(times) > 1
    assert all(time.startswith("retry: ") for time in times)
    assert server.app.service.requests == set()


@pytest.mark.parametrize("path", [PATH, "/v4/events"])
def test_who_comes_while_a_server_stops_is_sent_away(
    serve: Serve,
    listen: Listen,
    moving: Any,
    monkeypatch: pytest.MonkeyPatch,
    path: str,
) -> None:
    server = serve(moving.archive(), **QUICK)
    hub_of_server, look = server.app.service.events, Watcher._look

    stops = []

    async def look_and_stop(watcher: Watcher) -> bool:
        looked = await look(watcher)
        stops.append(asyncio.ensure_future(hub_of_server.stop()))
        await asyncio.sleep(0.01)
        return looked

    monkeypatch.setattr(Watcher, "_look", look_and_stop)
    answer = server.ask(path)
    assert (answer.status, answer.json()["code"]) == (503, "stopping")
    assert (server.ask(path).status, hub_of_server.watchers.facts("t000")) == (503, {})


def test_nobody_is_watched_for_whom_nobody_listens(
    serve: Serve, listen: Listen, moving: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub, "TEND_SECONDS", 0.05)
    monkeypatch.setattr("autosubmit_core.api.events.watchers.LINGER_SECONDS", 0.1)
    server = serve(moving.archive(), **QUICK)
    listener = listen(server)
    listener.next()
    watchers = server.app.service.events.watchers
    assert watchers.facts("t000")
    listener.close()
    wait_until(lambda: not watchers.facts("t000"))
    assert (watchers.facts("t000"), server.app.service.requests) == ({}, set())
