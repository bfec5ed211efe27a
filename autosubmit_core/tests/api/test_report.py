"""``POST /report`` over HTTP: the envelope, the errors, and several experiments at once."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from autosubmit_core.answers.report import DEFAULT_SECTIONS
from autosubmit_core.api import report as report_handlers
from autosubmit_core.api.report_request import read_report_request
from autosubmit_core.errors import RunNotFoundError, SourceUnreadableError
from autosubmit_core.tables import JobTable

Serve = Callable[..., Any]


def report(server: Any, **body: Any) -> Any:
    return server.ask("/report", "POST", body=body)


def test_a_report_has_the_published_envelope(serve: Serve, demo_archive: Any) -> None:
    expid = "a0k2"
    answer = report(serve(demo_archive), expid=expid)
    assert answer.status == 200
    body = answer.json()
    assert {key: body[key] for key in ("status", "message")} == {
        "status": "success",
        "message": "Results generated successfully",
    }
    assert list(body["report_data"]) == [expid]
    assert list(body["report_data"][expid]) == list(DEFAULT_SECTIONS)
    assert all(section is not None for section in body["report_data"][expid].values())
    assert body["report_data"][expid]["performance"]["SYPD"] > 0


def test_every_experiment_of_the_demo_can_be_reported_at_once(
    serve: Serve, demo_archive: Any
) -> None:
    expids = demo_archive.experiments().name.tolist()
    body = report(serve(demo_archive), expids=expids).json()
    assert list(body["report_data"]) == expids


def test_only_what_is_asked_for_is_answered(serve: Serve, demo_archive: Any) -> None:
    expid = "a0k2"
    body = report(serve(demo_archive), expid=expid, sections=["runs", "warnings"]).json()
    assert set(body["report_data"][expid]) == {"runs", "warnings"}


def test_an_unknown_experiment_is_404_and_named(serve: Serve, demo_archive: Any) -> None:
    known = "a0k2"
    answer = report(serve(demo_archive), expids=[known, "zzzz", "../a"])
    assert answer.status == 404
    assert answer.json() == {
        "status": "error",
        "message": "Experiment with expid 'zzzz' not found.; "
        "Experiment with expid '../a' not found.",
        "errors": [
            {"field": "expid", "message": "Experiment with expid 'zzzz' not found."},
            {"field": "expid", "message": "Experiment with expid '../a' not found."},
        ],
    }


def test_a_run_that_is_not_there_is_404_and_named(serve: Serve, small_archive: Any) -> None:
    server = serve(small_archive(a000=RunNotFoundError("a000", 9)))
    answer = report(server, expid="a000", run_id=9)
    assert answer.status == 404
    assert answer.json()["errors"] == [
        {"field": "run_id", "message": "Run 9 not found in experiment 'a000'"}
    ]


def test_the_one_experiment_that_fails_is_named(
    serve: Serve, small_archive: Any, caplog: pytest.LogCaptureFixture
) -> None:
    archive = small_archive(
        a000=ZeroDivisionError("SELECT /srv/secret"),
        a001=SourceUnreadableError("/srv/secret", "the main database is locked"),
    )
    server = serve(archive)
    failed = report(server, expid="a000").json()
    assert failed["errors"] == [
        {"field": "expid", "message": "'a000': An unexpected error occurred."}
    ]
    assert "ZeroDivisionError" in caplog.text
    both = report(server, expids=["a001", "a000", "zzzz"])
    # The client can mend the name, and nothing else.
    assert both.status == 404
    assert "'a001': " in both.json()["message"]
    assert "the main database is locked" in both.json()["message"]
    assert "secret" not in both.body.decode()


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b"{", {"Content-Type": "application/json"}, 400),
        (b"{}", {"Content-Type": "application/json; charset=utf-8"}, 422),
        (b'{"expid": "a000"}', {"Content-Type": "text/plain"}, 415),
        (b'{"expid": "a000"}', {"Content-Type": "application/x-www-form-urlencoded"}, 415),
        (b'{"expid": "a000"}', {}, 415),
        (b"{}", {"Content-Type": "application/json", "Content-Encoding": "gzip"}, 415),
    ],
)
def test_every_refusal_has_the_shape_of_a_report_error(
    serve: Serve, small_archive: Any, body: bytes, headers: dict[str, str], status: int
) -> None:
    answer = serve(small_archive()).ask("/report", "POST", body=body, headers=headers)
    assert answer.status == status
    assert set(answer.json()) == {"status", "message", "errors"}
    assert answer.json()["status"] == "error"
    assert all(set(error) == {"field", "message"} for error in answer.json()["errors"])


def test_several_experiments_are_computed_side_by_side_and_leave_room_for_others(
    serve: Serve, small_archive: Any, jobs: Callable[[int], JobTable]
) -> None:
    archive = small_archive(**{f"a00{number}": jobs(1) for number in range(10)})
    running, most, mutex, hold = 0, 0, threading.Lock(), threading.Event()

    def slow(expid: str) -> None:
        nonlocal running, most
        if expid == "a009":
            return
        with mutex:
            running += 1
            most = max(most, running)
        assert hold.wait(10)
        with mutex:
            running -= 1

    archive.before = slow
    server = serve(archive, computations=3)
    with ThreadPoolExecutor() as clients:
        asked = clients.submit(
            report, server, expids=[f"a00{number}" for number in range(9)], sections=["jobs"]
        )
        while running < 2:
            time.sleep(0.01)
        assert server.ask("/v4/experiments/a009/jobs").status == 200
        assert not asked.done()
        hold.set()
        asked.result()
    assert most == 2


def test_for_a_client_that_leaves_no_further_experiment_is_computed(
    serve: Serve, small_archive: Any, jobs: Callable[[int], JobTable]
) -> None:
    expids = [f"a0{number:02d}" for number in range(50)]
    archive, begun = small_archive(**{expid: jobs(1) for expid in expids}), []
    first, hold = threading.Event(), threading.Event()

    def wait(expid: str) -> None:
        begun.append(expid)
        first.set()
        assert hold.wait(10)

    archive.before = wait
    server = serve(archive, computations=2)
    body = json.dumps({"expids": expids, "sections": ["jobs"]}).encode()
    with socket.create_connection(("127.0.0.1", server.port), 10) as client:
        head = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        client.sendall(f"POST /report HTTP/1.1\r\nHost: localhost\r\n{head}".encode() + body)
        assert first.wait(5)
    while server.app.service.requests:
        time.sleep(0.01)
    hold.set()
    # Whoever asks now is behind what was left of it.
    assert report(server, expid="a049", sections=["jobs"]).status in (200, 500)
    assert begun == ["a000", "a049"]


def test_a_large_body_is_read_off_the_loop(
    serve: Serve, small_archive: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    readers: list[str] = []

    def note(body: bytes) -> Any:
        readers.append(threading.current_thread().name)
        return read_report_request(body)

    monkeypatch.setattr(report_handlers, "read_report_request", note)
    server = serve(small_archive())
    for size in (10, 50_000):
        answer = report(server, **{f"field{number}": number for number in range(size)})
        assert answer.status == 422
        assert len(answer.body) < 30_000
    on_loop, in_worker = readers
    assert not on_loop.startswith("compute")
    assert in_worker.startswith("compute")
