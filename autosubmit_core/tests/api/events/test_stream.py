"""What is told of an experiment while it moves."""

from __future__ import annotations

import os
import signal
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from typing import Any

from autosubmit_core.archive import Archive
from autosubmit_core.status import Status

Serve = Callable[..., Any]
Listen = Callable[..., Any]

QUICK = {"events_interval": 0.05}
RUNNING = [Status.COMPLETED, Status.RUNNING, Status.WAITING, Status.WAITING]


def test_a_stream_begins_with_what_there_is(serve: Serve, listen: Listen, moving: Any) -> None:
    listener = listen(serve(moving.archive()))
    opened = listener.next()
    assert (opened.name, opened.data["resumed"]) == ("open", False)
    assert opened.data["counts"] == {"READY": 1, "WAITING": 3}
    assert opened.data["run"] is None
    assert opened.id
    assert listener.others == ["retry: 2000"]


def test_a_job_that_changed_is_told_with_all_that_shows_it(
    serve: Serve, listen: Listen, moving: Any
) -> None:
    listener = listen(serve(moving.archive(), **QUICK))
    version = listener.next().data["list_version"]
    moving.write(RUNNING)
    event = listener.next()
    assert event.name == "jobs"
    assert event.id
    assert abs(event.data.pop("at") - time.time()) < 5
    first, second = event.data.pop("jobs")
    assert event.data == {
        "expid": "t000",
        "list_version": version,
        "counts": {"WAITING": 2, "RUNNING": 1, "COMPLETED": 1},
    }
    assert (first["name"], first["was"], first["status"]) == ("t000_INI", "READY", "COMPLETED")
    assert {
        key: second[key] for key in ("index", "name", "section", "date", "member", "chunk")
    } == {
        "index": 1,
        "name": "t000_20200101_fc0_1_SIM",
        "section": "SIM",
        "date": "20200101",
        "member": "fc0",
        "chunk": 1,
    }
    assert (second["was"], second["status"]) == ("WAITING", "RUNNING")


def test_a_change_is_told_with_the_usual_interval(
    serve: Serve, listen: Listen, moving: Any
) -> None:
    listener = listen(serve(moving.archive()))
    listener.next()
    moving.write(RUNNING)
    assert listener.until("jobs").data["jobs"][0]["name"] == "t000_INI"


def test_the_begin_and_the_end_of_a_run_are_told(serve: Serve, listen: Listen, moving: Any) -> None:
    listener = listen(serve(moving.archive(), **QUICK))
    listener.next()
    moving.write(RUNNING, runs=moving.run())
    began = listener.until("run")
    assert began.data["event"] == "started"
    assert began.data["run"] == {
        "run_id": 1,
        "start": 1_700_000_000,
        "finish": 0,
        "running": True,
    }
    history = moving.folder / "metadata" / "data" / "job_data_t000.db"
    with closing(sqlite3.connect(history)) as database, database:
        database.execute("UPDATE experiment_run SET finish = 1700000900")
    ended = listener.until("run")
    assert ended.data["event"] == "ended"
    assert (ended.data["run"]["finish"], ended.data["run"]["running"]) == (1_700_000_900, False)


def test_logs_that_grow_are_told_with_by_how_much(
    serve: Serve, listen: Listen, moving: Any
) -> None:
    moving.write(RUNNING)
    logs = moving.folder / "t000" / "tmp" / "LOG_t000"
    log = logs / "t000_20200101_fc0_1_SIM.cmd.out.0"
    log.write_text("step 1\n")
    listener = listen(serve(moving.archive(), **QUICK))
    listener.next()
    with log.open("a") as file:
        file.write("step 2\n")
    grown = listener.until("logs")
    assert grown.data["logs"] == [
        {
            "kind": "out",
            "name": log.name,
            "job_name": "t000_20200101_fc0_1_SIM",
            "size": 14,
            "grew": 7,
        }
    ]


def test_a_log_that_is_new_has_grown_by_all_of_it(
    serve: Serve, listen: Listen, moving: Any
) -> None:
    listener = listen(serve(moving.archive(), **QUICK))
    listener.next()
    (moving.folder / "t000" / "tmp" / "ASLOGS" / "20200101_000000_run.log").write_text("begun\n")
    [log] = listener.until("logs").data["logs"]
    assert (log["kind"], log["size"], log["grew"]) == ("run", 6, 6)


def test_another_list_is_to_be_read_anew(serve: Serve, listen: Listen, moving: Any) -> None:
    listener = listen(serve(moving.archive(), **QUICK))
    before = listener.next()
    moving.jobs = [*moving.jobs, "t000_CLEAN"]
    moving.write([Status.WAITING] * 5)
    event = listener.until("resync")
    assert event.data["reason"] == "list_changed"
    assert event.id
    assert event.data["list_version"] != before.data["list_version"]
    assert event.data["counts"] == {"WAITING": 5}


def test_an_experiment_that_was_just_created_tells_when_its_jobs_come(
    serve: Serve, listen: Listen, moving: Any
) -> None:
    (moving.folder / "t000" / "pkl" / "job_list_t000.pkl").unlink()
    listener = listen(serve(moving.archive(), **QUICK))
    opened = listener.next()
    assert (opened.name, opened.data["list_version"], opened.data["counts"]) == ("open", None, {})
    moving.write(RUNNING)
    event = listener.until("resync")
    assert event.data["reason"] == "list_changed"
    assert event.data["counts"] == {"WAITING": 2, "RUNNING": 1, "COMPLETED": 1}
    moving.write([Status.COMPLETED] * 4)
    assert len(listener.until("jobs").data["jobs"]) == 3


def test_a_list_that_is_being_written_is_told_when_it_is_whole(
    serve: Serve, listen: Listen, moving: Any
) -> None:
    listener = listen(serve(moving.archive(), **QUICK))
    listener.next()
    pickle = moving.folder / "t000" / "pkl" / "job_list_t000.pkl"
    whole = pickle.read_bytes()
    pickle.write_bytes(whole[: len(whole) // 2])
    time.sleep(0.3)
    pickle.write_bytes(whole)
    moving.write(RUNNING)
    assert len(listener.next().data["jobs"]) == 2


def test_a_large_experiment_is_read_in_the_computing_process(
    serve: Serve, listen: Listen, moving: Any
) -> None:
    server = serve(Archive(moving.archive().installation, small_bytes=-1), **QUICK)
    listener = listen(server, timeout=30)
    listener.next()
    moving.write(RUNNING)
    assert len(listener.until("jobs").data["jobs"]) == 2
    # It dies, and another takes its place: nothing is lost, for the server knows what it told.
    os.kill(server.app.service.computing.pid, signal.SIGKILL)
    moving.write([Status.COMPLETED, Status.COMPLETED, Status.READY, Status.WAITING])
    jobs = listener.until("jobs").data["jobs"]
    assert [(job["was"], job["status"]) for job in jobs] == [
        ("RUNNING", "COMPLETED"),
        ("WAITING", "READY"),
    ]


def test_all_running_experiments_are_told_in_one_stream(
    serve: Serve, listen: Listen, moving: Any
) -> None:
    moving.write([Status.READY] * 4, "t001")
    listener = listen(serve(moving.archive(), **QUICK), "/v4/events")
    told = listener.next().data["experiments"]
    assert [one["expid"] for one in told] == ["t000", "t001"]
    assert told[1]["counts"] == {"READY": 4}
    moving.write(RUNNING, "t001")
    assert listener.next().data["expid"] == "t001"


def test_without_following_there_is_what_came_and_the_end(
    serve: Serve, listen: Listen, moving: Any
) -> None:
    server = serve(moving.archive(), **QUICK)
    listener = listen(server)
    listener.next()
    moving.write(RUNNING)
    began = listener.last
    listener.until("jobs")
    answer = server.ask(f"/v4/experiments/t000/events?follow=false&after={began}")
    assert [line for line in answer.body.decode().splitlines() if line.startswith("event")] == [
        "event: open",
        "event: jobs",
    ]
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Accel-Buffering"] == "no"
    assert answer.headers["Content-Type"] == "text/event-stream; charset=utf-8"
    assert answer.headers["ETag"] is None


def test_head_answers_headers_alone(serve: Serve, moving: Any) -> None:
    answer = serve(moving.archive()).ask("/v4/experiments/t000/events", "HEAD")
    assert (answer.status, answer.body) == (200, b"")


def test_what_cannot_be_told_is_refused_before_the_stream_begins(serve: Serve, moving: Any) -> None:
    server = serve(moving.archive())
    unknown = server.ask("/v4/experiments/zzzz/events")
    assert (unknown.status, unknown.json()["code"]) == (404, "experiment_not_found")
    (moving.folder / "t000" / "pkl" / "job_list_t000.pkl").write_bytes(b"no pickle")
    unreadable = server.ask("/v4/experiments/t000/events")
    assert (unreadable.status, unreadable.json()["code"]) == (503, "source_unreadable")
    wrong = server.ask("/v4/experiments/t000/events?heartbeat=loud")
    assert wrong.status == 422
