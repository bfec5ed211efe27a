"""Of several processes exactly one does a pass; one that died is replaced, one that was slow writes nothing."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from autosubmit_core.errors import LeaseLostError
from autosubmit_core.readers.fleet import read_finished
from autosubmit_core.store import leases
from autosubmit_core.store.leases import (
    LEASE_SECONDS,
    Passes,
    abandon,
    acquire,
    finish,
    held,
    kept,
    passes_of,
    renew,
)
from autosubmit_core.store.notes import PRESENT, Note, notes_of, write_notes
from autosubmit_core.store.places import StorePlace, writing


@pytest.fixture
def place(databases: Any) -> StorePlace:
    return databases.place  # type: ignore[no-any-return]


def test_one_of_two_gets_the_lease(place: StorePlace) -> None:
    assert acquire(place, "status", "one", now=100.0)
    assert acquire(place, "status", "two", now=101.0) is None
    assert acquire(place, "details", "two", now=101.0)


def test_a_pass_is_due_one_interval_after_it_was_first_asked_for(place: StorePlace) -> None:
    assert acquire(place, "status", "one", now=1000.0, every=300.0) is None
    assert acquire(place, "status", "one", now=1299.0, every=300.0) is None
    assert acquire(place, "status", "one", now=1300.0, every=300.0)


def test_a_pass_is_done_once_an_interval_however_many_ask(place: StorePlace) -> None:
    acquire(place, "status", "one", now=0.0, every=10.0)
    done = 0
    for tenth in range(1, 500):
        lease = acquire(place, "status", f"process {tenth % 3}", now=tenth / 10, every=10.0)
        if lease:
            done += 1
            with held(place, lease) as connection:
                finish(connection, lease, now=tenth / 10, done=True)
    assert done == 4  # at 10, 20, 30 and 40 seconds


def test_a_dead_holder_is_replaced_when_its_lease_ends(place: StorePlace) -> None:
    assert acquire(place, "status", "dead", now=100.0)
    assert acquire(place, "status", "two", now=100.0 + LEASE_SECONDS - 1, every=3600.0) is None
    taken = acquire(place, "status", "two", now=100.0 + LEASE_SECONDS, every=3600.0)
    assert taken is not None
    assert not taken.after_another


def test_a_holder_that_goes_on_is_not_replaced(place: StorePlace) -> None:
    lease = acquire(place, "status", "one", now=100.0)
    assert lease
    with held(place, lease) as connection:
        renew(connection, lease, now=120.0)
    assert acquire(place, "status", "two", now=100.0 + LEASE_SECONDS) is None


def test_what_a_replaced_holder_writes_is_not_written(place: StorePlace) -> None:
    slow = acquire(place, "status", "slow", now=100.0)
    other = acquire(place, "status", "two", now=100.0 + LEASE_SECONDS)
    assert slow
    assert other
    with pytest.raises(LeaseLostError), held(place, slow) as connection:
        write_notes(connection, "status", [Note(1, "a000", PRESENT, "", "")])
    assert notes_of(place, "status") == {}
    with held(place, other) as connection:
        write_notes(connection, "status", [Note(1, "a000", PRESENT, "", "")])
    assert list(notes_of(place, "status")) == [1]


def test_only_a_pass_that_came_to_its_end_counts_as_finished(
    databases: Any, place: StorePlace
) -> None:
    for done, moments in ((False, {}), (True, {"status": 200})):
        lease = acquire(place, "status", "one", now=100.0)
        assert lease
        with held(place, lease) as connection:
            finish(connection, lease, now=200.0, done=done)
        assert read_finished(databases.locations.fleet()) == moments
    again = acquire(place, "status", "one", now=300.0)
    assert again
    assert again.after_another


def test_the_lease_of_one_that_works_is_kept(
    place: StorePlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leases, "LEASE_SECONDS", 0.4)
    lease = acquire(place, "status", "one")
    assert lease
    with kept(place, lease):
        for _ in range(8):
            time.sleep(0.1)
            assert acquire(place, "status", "two") is None
    time.sleep(0.5)
    assert acquire(place, "status", "two")


def test_one_that_does_not_get_on_is_replaced(
    place: StorePlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leases, "LEASE_SECONDS", 0.2)
    monkeypatch.setattr(leases, "STUCK_SECONDS", 0.5)
    lease = acquire(place, "status", "one")
    assert lease
    with kept(place, lease) as get_on:
        for _ in range(8):
            time.sleep(0.1)
            get_on()
        assert acquire(place, "status", "two") is None
        time.sleep(1.0)
        assert acquire(place, "status", "two")


def test_a_server_tells_the_time_itself(place: StorePlace, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that clocks of several machines need not agree."""
    if isinstance(place, Path):
        pytest.skip("a file has no clock")
    assert acquire(place, "status", "one")
    monkeypatch.setattr(time, "time", lambda: 1e10)
    assert acquire(place, "status", "two") is None


# -- what became of passes -----------------------------------------------------------------------


def a_pass(place: StorePlace, begins: float, ends: float, *, done: bool) -> None:
    lease = acquire(place, "status", "one", now=begins)
    assert lease
    with held(place, lease) as connection:
        finish(connection, lease, done=done, now=ends)


def test_passes_are_counted_with_what_they_took(place: StorePlace) -> None:
    assert passes_of(place) == []
    a_pass(place, 100.0, 103.0, done=True)
    a_pass(place, 200.0, 201.5, done=False)
    assert passes_of(place) == [Passes("status", finished=103.0, done=1, failed=1, seconds=4.5)]


def test_a_pass_whose_process_died_has_failed_and_one_that_was_stopped_has_not(
    place: StorePlace,
) -> None:
    acquire(place, "status", "dead", now=100.0)
    taken = acquire(place, "status", "two", now=100.0 + LEASE_SECONDS)
    assert taken
    with held(place, taken) as connection:
        abandon(connection, taken)
    acquire(place, "status", "three", now=300.0)
    assert passes_of(place) == [Passes("status", finished=0.0, done=0, failed=1, seconds=0.0)]


def test_passes_are_counted_in_tables_of_older_hands_too(place: StorePlace) -> None:
    with writing(place, ()) as connection:
        connection.exec_driver_sql(
            "CREATE TABLE worker_passes (task TEXT PRIMARY KEY, started DOUBLE PRECISION NOT NULL,"
            " finished DOUBLE PRECISION NOT NULL, holder TEXT NOT NULL, fence BIGINT NOT NULL,"
            " expires DOUBLE PRECISION NOT NULL)"
        )
        row = "'status', 10.0, 12.0, '', 3, 0.0"
        connection.exec_driver_sql(f"INSERT INTO worker_passes VALUES ({row})")
    assert passes_of(place) == [Passes("status", finished=12.0, done=0, failed=0, seconds=0.0)]
    a_pass(place, 100.0, 103.0, done=True)
    assert passes_of(place) == [Passes("status", finished=103.0, done=1, failed=0, seconds=3.0)]
    with writing(place, ()) as connection:
        row = "'graph', 10.0, 0.0, '', 1, 0.0"
        names = "task, started, finished, holder, fence, expires"
        connection.exec_driver_sql(f"INSERT INTO worker_passes ({names}) VALUES ({row})")
