"""Whoever comes back with the id of the last event it heard misses nothing, and hears nothing twice."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from autosubmit_core.status import Status
from autosubmit_core.store import events as store

Serve = Callable[..., Any]
Listen = Callable[..., Any]

QUICK = {"events_interval": 0.05}
STEPS = [
    [Status.SUBMITTED, Status.WAITING, Status.WAITING, Status.WAITING],
    [Status.RUNNING, Status.WAITING, Status.WAITING, Status.WAITING],
    [Status.COMPLETED, Status.READY, Status.WAITING, Status.WAITING],
    [Status.COMPLETED, Status.COMPLETED, Status.READY, Status.WAITING],
]


def heard(listener: Any) -> list[tuple[str, str, str]]:
    """Wait for a change of jobs, and return of each its name, what it was and what it is."""
    jobs = listener.until("jobs").data["jobs"]
    return [(job["name"], job["was"], job["status"]) for job in jobs]


def test_what_happened_meanwhile_is_told_once(serve: Serve, listen: Listen, moving: Any) -> None:
    server = serve(moving.archive(), **QUICK)
    there, gone = listen(server), listen(server)
    for listener in (there, gone):
        listener.next()
    moving.write(STEPS[0])
    assert heard(gone) == heard(there)
    gone.close()
    told = []
    for step in STEPS[1:]:
        moving.write(step)
        told.append(heard(there))
    back = listen(server, headers={"Last-Event-ID": gone.last})
    opened = back.next()
    assert (opened.data["resumed"], opened.id) == (True, None)
    assert opened.data["counts"] == {"COMPLETED": 2, "READY": 1, "WAITING": 1}
    assert [heard(back) for _ in told] == told
    assert back.last == there.last


def test_the_id_may_stand_in_the_address_and_the_header_counts_more(
    serve: Serve, listen: Listen, moving: Any
) -> None:
    server = serve(moving.archive(), **QUICK)
    first = listen(server)
    first.next()
    begun = first.last
    moving.write(STEPS[0])
    heard(first)
    path = f"/v4/experiments/t000/events?after={begun}"
    back = listen(server, path)
    assert back.next().data["resumed"] is True
    assert heard(back) == [("t000_INI", "READY", "SUBMITTED")]
    newest = listen(server, path, headers={"Last-Event-ID": first.last})
    assert newest.next().data["resumed"] is True
    moving.write(STEPS[1])
    assert heard(newest) == [("t000_INI", "SUBMITTED", "RUNNING")]


def test_nothing_is_lost_when_the_server_is_started_anew(
    serve: Serve, listen: Listen, moving: Any
) -> None:
    before = serve(moving.archive(), **QUICK)
    listener = listen(before)
    listener.next()
    moving.write(STEPS[0])
    assert heard(listener) == [("t000_INI", "READY", "SUBMITTED")]
    before.close()
    assert listener.until("bye").data == {"reason": "stopping"}
    # While there is no server two things happen.
    moving.write(STEPS[1])
    moving.write(STEPS[2])
    back = listen(serve(moving.archive(), **QUICK), headers={"Last-Event-ID": listener.last})
    assert back.next().data["resumed"] is True
    assert heard(back) == [
        ("t000_INI", "SUBMITTED", "COMPLETED"),
        ("t000_20200101_fc0_1_SIM", "WAITING", "READY"),
    ]
    moving.write(STEPS[3])
    assert len(heard(back)) == 2


def test_logs_that_grew_without_a_server_are_told_by_the_next(
    serve: Serve, listen: Listen, moving: Any
) -> None:
    log = moving.folder / "t000" / "tmp" / "ASLOGS" / "20200101_000000_run.log"
    log.write_text("begun\n")
    before = serve(moving.archive(), **QUICK)
    listener = listen(before)
    listener.next()
    before.close()
    listener.until("bye")
    log.write_text("begun\nended\n")
    back = listen(serve(moving.archive(), **QUICK), headers={"Last-Event-ID": listener.last})
    [grown] = back.until("logs").data["logs"]
    assert (grown["size"], grown["grew"]) == (12, 6)


def test_nothing_is_told_twice_when_nothing_happened(
    serve: Serve, listen: Listen, moving: Any
) -> None:
    before = serve(moving.archive(), **QUICK)
    listener = listen(before)
    listener.next()
    before.close()
    server = serve(moving.archive(), **QUICK)
    back = listen(server, headers={"Last-Event-ID": listener.last})
    opened = back.next()
    assert (opened.data["resumed"], opened.id) == (True, listener.last)
    moving.write(STEPS[0])
    assert heard(back) == [("t000_INI", "READY", "SUBMITTED")]


def test_two_servers_of_one_installation_tell_the_same_events(
    serve: Serve, listen: Listen, moving: Any
) -> None:
    servers = [serve(moving.archive(), **QUICK) for _ in range(2)]
    listeners = [listen(server) for server in servers]
    for listener in listeners:
        listener.next()
    for step in STEPS:
        moving.write(step)
        events = [listener.until("jobs") for listener in listeners]
        assert events[0] == events[1]
    # And an id of one is good for the other.
    back = listen(servers[1], headers={"Last-Event-ID": events[0].id})
    assert back.next().data["resumed"] is True


def test_an_id_that_nobody_knows_means_to_read_anew(
    serve: Serve, listen: Listen, moving: Any
) -> None:
    server = serve(moving.archive(), **QUICK)
    journal = listen(server).next().id.partition(".")[0]
    for unknown in ("x", f"{journal}.99", f"{journal}.-1", f"{journal}.{'9' * 30}", "0badf00d.1"):
        back = listen(server, headers={"Last-Event-ID": unknown})
        opened, resync = back.next(), back.next()
        assert (opened.name, opened.data["resumed"], bool(opened.id)) == ("open", False, True)
        assert (resync.name, resync.data["reason"]) == ("resync", "away_too_long")
        assert resync.data["counts"] == {"READY": 1, "WAITING": 3}


def test_whoever_was_away_for_too_long_reads_anew(
    serve: Serve, listen: Listen, moving: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "MOST_EVENTS", 5)
    monkeypatch.setattr(store, "_SHORTEN_EVERY", 1)
    server = serve(moving.archive(), **QUICK)
    listener = listen(server)
    begun = listener.next().id
    for step in [*STEPS, *STEPS]:
        moving.write(step)
        heard(listener)
    back = listen(server, headers={"Last-Event-ID": begun})
    assert back.next().data["resumed"] is False
    assert back.next().data["reason"] == "away_too_long"
    late = listen(server, headers={"Last-Event-ID": listener.last})
    assert late.next().data["resumed"] is True


def test_where_nothing_can_be_written_a_new_server_says_so(
    serve: Serve, listen: Listen, moving: Any
) -> None:
    archive = moving.archive()
    # A folder where the file should be: nobody can write there, not even root.
    Path(archive.installation.events_database()).mkdir()
    before = serve(archive, **QUICK)
    listener = listen(before)
    listener.next()
    moving.write(STEPS[0])
    heard(listener)
    again = listen(before, headers={"Last-Event-ID": listener.last})
    assert again.next().data["resumed"] is True
    before.close()
    back = listen(serve(moving.archive(), **QUICK), headers={"Last-Event-ID": listener.last})
    assert back.next().data["resumed"] is False
    assert back.next().data["reason"] == "away_too_long"


def test_what_cannot_be_told_any_more_has_to_be_read_anew(
    serve: Serve, listen: Listen, moving: Any
) -> None:
    before = serve(moving.archive(), **QUICK)
    listener = listen(before)
    listener.next()
    before.close()
    database = moving.archive().installation.events_database()
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("UPDATE experiments SET snapshot = x'00'")
    moving.write(STEPS[0])
    server = serve(moving.archive(), **QUICK)
    back = listen(server, headers={"Last-Event-ID": listener.last})
    assert back.next().data["resumed"] is True
    resync = back.next()
    assert (resync.name, resync.data["reason"]) == ("resync", "away_too_long")
    assert resync.data["counts"] == {"SUBMITTED": 1, "WAITING": 3}
    moving.write(STEPS[1])
    assert heard(back) == [("t000_INI", "SUBMITTED", "RUNNING")]
    # From here on it is known again what it was.
    server.close()
    again = listen(serve(moving.archive(), **QUICK), headers={"Last-Event-ID": back.last})
    assert (again.next().data["resumed"], again.last) == (True, back.last)


def test_what_happens_while_the_journal_is_locked_is_told_later(
    serve: Serve, listen: Listen, moving: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "_LOCK_SECONDS", 0.05)
    # However long it takes here until the lock is over.
    monkeypatch.setattr(store, "_MOST_LOCKED", 10**6)
    archive = moving.archive()
    listener = listen(serve(archive, **QUICK))
    journal = listener.next().id.partition(".")[0]
    with closing(sqlite3.connect(archive.installation.events_database())) as other:
        other.execute("BEGIN EXCLUSIVE")
        moving.write(STEPS[0])
        time.sleep(0.3)
    assert heard(listener) == [("t000_INI", "READY", "SUBMITTED")]
    assert listener.last.startswith(f"{journal}.")


def test_changes_of_very_many_jobs_are_not_told_one_by_one(
    serve: Serve, listen: Listen, moving: Any
) -> None:
    moving.jobs = [f"t000_20200101_fc0_{chunk}_SIM" for chunk in range(1, 5_002)]
    moving.write([Status.WAITING] * 5_001)
    listener = listen(serve(moving.archive(), **QUICK))
    listener.next()
    moving.write([Status.SUSPENDED] * 5_001)
    event = listener.until("resync")
    assert (event.data["reason"], event.data["counts"]) == ("too_many_changes", {"SUSPENDED": 5001})


def test_the_stream_of_all_goes_on_from_an_id_of_one(
    serve: Serve, listen: Listen, moving: Any
) -> None:
    moving.write(STEPS[0], "t001")
    server = serve(moving.archive(), **QUICK)
    listener, everything = listen(server), listen(server, "/v4/events")
    listener.next(), everything.next()
    moving.write(STEPS[1], "t001")
    everything.until("jobs")
    time.sleep(0.1)
    moving.write(STEPS[1])
    begun = everything.last
    listener.until("jobs")
    back = listen(server, "/v4/events", headers={"Last-Event-ID": begun})
    assert back.next().data["resumed"] is True
    assert back.until("jobs").data["expid"] == "t000"
    assert back.last == listener.last
