"""The journal of events: numbered, shared, bounded."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from autosubmit_core.errors import StoreError
from autosubmit_core.store import events
from autosubmit_core.store.events import EventJournal

JOBS = ("jobs", b"{}")


@pytest.fixture
def journal(tmp_path: Path) -> EventJournal:
    made = EventJournal(tmp_path / "events.db")
    made.open()
    return made


def snapshot() -> bytes:
    return b"what it was"


def test_events_are_numbered_over_all_experiments(journal: EventJournal) -> None:
    for expid, after, number in (("a000", 0, 1), ("a001", 0, 2), ("a000", 1, 3)):
        first, [entry] = journal.append(expid, after, [JOBS], snapshot)
        assert (first, entry.number, entry.expid) == (True, number, expid)
    assert journal.read == 3


def test_the_journal_is_for_this_user_alone(journal: EventJournal, tmp_path: Path) -> None:
    assert (tmp_path / "events.db").stat().st_mode & 0o777 == 0o600


def test_of_two_processes_the_second_is_told_what_the_first_wrote(
    journal: EventJournal, tmp_path: Path
) -> None:
    other = EventJournal(tmp_path / "events.db")
    other.open()
    assert other.id == journal.id
    journal.append("a000", 0, [JOBS], snapshot)
    first, [entry] = other.append("a000", 0, [("run", b"{}")], snapshot)
    assert (first, entry.name, entry.number) == (False, "jobs", 1)
    first, [entry] = other.append("a000", 1, [("run", b"{}")], snapshot)
    assert (first, entry.name, entry.number) == (True, "run", 2)


def test_what_an_experiment_was_is_known_with_what_came_since(
    journal: EventJournal, tmp_path: Path
) -> None:
    journal.append("a000", 0, [], snapshot)
    journal.append("a000", 0, [JOBS], lambda: b"never asked for")
    later = EventJournal(tmp_path / "events.db")
    stored, unread = later.stored("a000")
    assert stored is not None
    assert (stored.number, stored.snapshot) == (1, b"what it was")
    assert ([entry.name for entry in stored.since], unread) == (["jobs"], [])
    assert later.stored("a001") == (None, [])


def test_who_missed_events_gets_those_of_an_experiment_or_all(journal: EventJournal) -> None:
    journal.append("a000", 0, [JOBS], snapshot)
    journal.append("a001", 0, [JOBS], snapshot)
    for expid, numbers in (("a000", [1]), ("a001", [2]), (None, [1, 2])):
        missed = journal.missed(0, 2, expid)
        assert missed is not None
        assert [entry.number for entry in missed] == numbers
    assert journal.missed(2, 2, None) == []
    assert journal.missed(3, 2, None) is None


def test_the_oldest_are_forgotten_and_those_who_missed_them_are_told_so(
    journal: EventJournal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "MOST_EVENTS", 20)
    monkeypatch.setattr(events, "_SHORTEN_EVERY", 1)
    for number in range(30):
        journal.append("a000", number, [JOBS], snapshot)
    kept = journal.missed(15, 30, None)
    assert kept is not None
    assert len(kept) == 15
    assert journal.missed(5, 30, None) is None
    # Without some of the events since its snapshot that is worth nothing: there is a newer one.
    stored, _ = journal.stored("a000")
    assert stored is not None
    assert [entry.number for entry in stored.since] == list(range(31 - len(stored.since), 31))
    assert stored.number == 30
    assert len(stored.since) < 20


@contextmanager
def locked(path: Path) -> Iterator[None]:
    with closing(sqlite3.connect(path)) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield


def test_a_lock_that_passes_is_waited_for(
    journal: EventJournal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal.append("a000", 0, [JOBS], snapshot)
    journal.close()
    monkeypatch.setattr(events, "_LOCK_SECONDS", 0.05)
    again, name = EventJournal(tmp_path / "events.db"), journal.id
    with locked(tmp_path / "events.db"), pytest.raises(StoreError, match="locked"):
        again.open()
    again.open()
    with locked(tmp_path / "events.db"), pytest.raises(StoreError, match="locked"):
        again.append("a000", 1, [JOBS], snapshot)
    first, [entry] = again.append("a000", 1, [JOBS], snapshot)
    assert (first, entry.number, again.id) == (True, 2, name)


def test_a_lock_that_does_not_pass_is_not_waited_for_for_ever(
    journal: EventJournal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "_LOCK_SECONDS", 0.05)
    monkeypatch.setattr(events, "_MOST_LOCKED", 2)
    again = EventJournal(tmp_path / "events.db")
    with locked(tmp_path / "events.db"):
        with pytest.raises(StoreError):
            again.open()
        again.open()
    assert again.id not in ("", journal.id)


def test_what_is_no_journal_is_left_alone_and_memory_serves(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "events.db"
    path.write_bytes(b"something else" * 100)
    journal = EventJournal(path)
    assert journal.append("a000", 0, [JOBS], snapshot)[0]
    assert path.read_bytes() == b"something else" * 100
    assert "kept in memory" in caplog.text
