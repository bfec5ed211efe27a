"""What is to be sent is written down once, and stays until it was taken or is given up."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from autosubmit_core.readers.servers import server_of
from autosubmit_core.store.outbox import (
    GIVEN_UP,
    KEPT_DAYS,
    SENT,
    WAITING,
    Message,
    RuleMark,
    add_messages,
    due_messages,
    note_attempt,
    outbox_rows,
    rule_marks,
)
from autosubmit_core.store.places import StorePlace

NOW = 1_800_000_000
FAILED = Message(
    rule="failures",
    channel="webhook",
    target="https://hooks.example.org",
    event_id="e1",
    event="failed",
    expid="a000",
    owner="ana",
    at=NOW,
    body="{}",
    quiet_seconds=3600,
)


@pytest.fixture(params=["file", "server"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> StorePlace:
    if request.param == "file":
        return tmp_path / "autosubmit_api.db"
    return server_of(request.getfixturevalue("postgres").new_database())


def add(place: StorePlace, *messages: Message, now: float = NOW) -> int:
    return add_messages(place, messages, {}, now=now)


def test_nothing_waits_at_first(place: StorePlace) -> None:
    assert outbox_rows(place) == []
    assert due_messages(place, now=NOW) == []
    assert rule_marks(place) == {}


def test_a_message_is_written_down_once(place: StorePlace) -> None:
    assert add(place, FAILED) == 1
    assert add(place, FAILED, replace(FAILED, body="again")) == 0
    (row,) = due_messages(place, now=NOW)
    assert (row.id, row.body, row.state, row.attempts) == (FAILED.id, "{}", WAITING, 0)
    # Another rule, another channel and another event are other messages.
    others = [replace(FAILED, rule="r"), replace(FAILED, channel="mail")]
    assert add(place, *others, replace(FAILED, event_id="e2", expid="a001")) == 3
    assert len({row.id for row in outbox_rows(place)}) == 4


def test_the_same_is_not_told_again_for_a_while(place: StorePlace) -> None:
    def again(seconds: int, expid: str = "a000", event: str = "failed") -> Message:
        name = f"{expid}-{event}-{seconds}"
        return replace(FAILED, event_id=name, at=NOW + seconds, expid=expid, event=event)

    assert add(place, FAILED, again(60), again(3599)) == 1
    assert add(place, again(120), again(3600)) == 1
    assert add(place, again(3660), again(7199)) == 0
    assert add(place, again(60, expid="a001"), again(60, event="died")) == 2
    assert sorted(row.at - NOW for row in outbox_rows(place)) == [0, 60, 60, 3600]


def test_what_was_taken_or_given_up_does_not_wait(place: StorePlace) -> None:
    messages = [replace(FAILED, event_id=str(n), expid=f"a00{n}") for n in range(3)]
    add(place, *messages)
    taken, lost, later = (message.id for message in messages)
    note_attempt(place, [taken], SENT, now=NOW + 1, answer="HTTP 204")
    note_attempt(place, [lost], GIVEN_UP, now=NOW + 1, answer="HTTP 410")
    note_attempt(place, [later], WAITING, now=NOW + 1, answer="HTTP 500", next_try=NOW + 60)
    assert due_messages(place, now=NOW + 59) == []
    (row,) = due_messages(place, now=NOW + 60)
    assert (row.id, row.attempts, row.tried, row.answer) == (later, 1, NOW + 1, "HTTP 500")
    # What one process noted, a slower one does not undo.
    note_attempt(place, [taken], WAITING, now=NOW + 2, answer="no answer")
    (row,) = outbox_rows(place, {"id": taken})
    assert (row.state, row.attempts, row.answer) == (SENT, 1, "HTTP 204")


def test_marks_are_those_of_the_rules_that_there_are(place: StorePlace) -> None:
    one, other = RuleMark(NOW, NOW + 5, "SYPD below 3", frozenset({"a000"})), RuleMark(NOW, NOW)
    add_messages(place, [], {"one": one, "other": other}, now=NOW)
    assert rule_marks(place) == {"one": one, "other": other}
    add_messages(place, [], {"other": other._replace(beyond=frozenset())}, now=NOW)
    assert rule_marks(place) == {"other": RuleMark(NOW, NOW, "", frozenset())}


def test_what_was_sent_long_ago_is_forgotten_and_what_waits_is_not(place: StorePlace) -> None:
    add(place, FAILED, replace(FAILED, event_id="e2", expid="a001"))
    note_attempt(place, [FAILED.id], SENT, now=NOW, answer="HTTP 204")
    add(place, now=NOW + KEPT_DAYS * 86_400 + 1)
    assert [row.expid for row in outbox_rows(place)] == ["a001"]


def test_two_that_find_the_same_at_once_write_it_down_once(place: StorePlace) -> None:
    found = [replace(FAILED, event_id=str(n), expid=f"a{n:03}") for n in range(50)]
    start, added = threading.Barrier(4), []

    def look() -> None:
        start.wait(10)
        added.append(add(place, *found, now=time.time()))

    threads = [threading.Thread(target=look) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(added) == [0, 0, 0, 50]
    assert len(outbox_rows(place)) == 50
