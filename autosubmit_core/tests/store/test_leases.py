"""Of several processes exactly one does a pass; one that died is replaced, one that was slow writes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from autosubmit_core.errors import LeaseLostError
from autosubmit_core.readers.fleet import read_finished
from autosubmit_core.store.leases import (
    LEASE_SECONDS,
    acquire,
    finish,
    held,
    renew,
)
from autosubmit_core.store.notes import PRESENT, Note, notes_of, write_notes


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "autosubmit_api.db"


def test_one_of_two_gets_the_lease(path: Path) -> None:
    assert acquire(path, "status", "one", now=100.0)
    assert acquire(path, "status", "two", now=101.0) is None
    assert acquire(path, "details", "two", now=101.0)


def test_a_pass_is_due_one_interval_after_it_was_first_asked_for(path: Path) -> None:
    assert acquire(path, "status", "one", now=1000.0, every=300.0) is None
    assert acquire(path, "status", "one", now=1299.0, every=300.0) is None
    assert acquire(path, "status", "one", now=1300.0, every=300.0)


def test_a_pass_is_done_once_an_interval_however_many_ask(path: Path) -> None:
    acquire(path, "status", "one", now=0.0, every=10.0)
    done = 0
    for tenth in range(1, 500):
        lease = acquire(path, "status", f"process {tenth % 3}", now=tenth / 10, every=10.0)
        if lease:
            done += 1
            with held(path, lease) as connection:
                finish(connection, lease, now=tenth / 10, done=True)
    assert done == 4  # at 10, 20, 30 and 40 seconds


def test_a_dead_holder_is_replaced_when_its_lease_ends(path: Path) -> None:
    assert acquire(path, "status", "dead", now=100.0)
    assert acquire(path, "status", "two", now=100.0 + LEASE_SECONDS - 1, every=3600.0) is None
    taken = acquire(path, "status", "two", now=100.0 + LEASE_SECONDS, every=3600.0)
    assert taken is not None
    assert not taken.after_another


def test_a_holder_that_goes_on_is_not_replaced(path: Path) -> None:
    lease = acquire(path, "status", "one", now=100.0)
    assert lease
    with held(path, lease) as connection:
        renew(connection, lease, now=150.0)
    assert acquire(path, "status", "two", now=100.0 + LEASE_SECONDS) is None


def test_what_a_replaced_holder_writes_is_not_written(path: Path) -> None:
    slow = acquire(path, "status", "slow", now=100.0)
    other = acquire(path, "status", "two", now=100.0 + LEASE_SECONDS)
    assert slow
    assert other
    with pytest.raises(LeaseLostError), held(path, slow) as connection:
        write_notes(connection, "status", [Note(1, "a000", PRESENT, "", "")])
    assert notes_of(path, "status") == {}
    with held(path, other) as connection:
        write_notes(connection, "status", [Note(1, "a000", PRESENT, "", "")])
    assert list(notes_of(path, "status")) == [1]


def test_only_a_pass_that_came_to_its_end_counts_as_finished(path: Path) -> None:
    for done, moments in ((False, {}), (True, {"status": 200})):
        lease = acquire(path, "status", "one", now=100.0)
        assert lease
        with held(path, lease) as connection:
            finish(connection, lease, now=200.0, done=done)
        assert read_finished(path) == moments
    again = acquire(path, "status", "one", now=300.0)
    assert again
    assert again.after_another
