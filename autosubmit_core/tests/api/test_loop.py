"""Nothing slow runs on the event loop: while an experiment is held open, the server answers."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, cast

import pytest

from autosubmit_core.archive import Archive, open_archive
from autosubmit_core.demo.hand_made import jobs_named, make_experiment
from autosubmit_core.tables import JobTable

Serve = Callable[..., Any]
REPORT = {"path": "/report", "method": "POST", "body": {"expid": "a000", "sections": ["jobs"]}}
JOBS = {"path": "/v4/experiments/a000/jobs"}


@pytest.mark.parametrize("slow", [JOBS, REPORT], ids=["jobs", "report"])
def test_the_server_is_live_while_an_experiment_is_read(
    serve: Serve, small_archive: Any, jobs: Callable[[int], JobTable], slow: dict[str, Any]
) -> None:
    archive, opened, hold = small_archive(a000=jobs(3)), threading.Event(), threading.Event()

    def wait(expid: str) -> None:
        opened.set()
        assert hold.wait(10)

    archive.before = wait
    server = serve(archive)
    with ThreadPoolExecutor() as clients:
        held = clients.submit(server.ask, **slow)
        assert opened.wait(5)
        for _ in range(20):
            assert server.ask("/health/live").status == 200
        assert not held.done()
        hold.set()
        assert held.result(10).status in (200, 500)  # The report needs more than jobs in memory.


def test_s23_the_server_is_live_while_fifty_slow_requests_are_under_way(
    serve: Serve, small_archive: Any, jobs: Callable[[int], JobTable]
) -> None:
    archive, hold = small_archive(a000=jobs(50)), threading.Event()
    archive.before = lambda expid: hold.wait(60)
    server = serve(archive, waiting=50)
    paths = [f"{JOBS['path']}?page={number + 1}&page_size=1" for number in range(50)]
    with ThreadPoolExecutor(50) as clients:
        asked = [clients.submit(server.ask, path, timeout=90) for path in paths]
        end = time.monotonic() + 60
        while len(server.app.service.requests) < 50:
            assert time.monotonic() < end
            time.sleep(0.01)
        for _ in range(20):
            assert server.ask("/health/live").status == 200
        assert not any(request.done() for request in asked)
        hold.set()
        assert {request.result().status for request in asked} == {200}


def test_the_server_is_live_while_a_large_answer_is_made(
    serve: Serve, small_archive: Any, jobs: Callable[[int], JobTable]
) -> None:
    """Turning columns into the body, encoding and packing are off the loop too."""
    server = serve(small_archive(a000=jobs(100_000)))
    with ThreadPoolExecutor() as clients:
        large = clients.submit(
            server.ask, JOBS["path"], headers={"Accept-Encoding": "gzip"}, timeout=60
        )
        waits = []
        while not large.done():
            began = time.monotonic()
            assert server.ask("/health/live").status == 200
            waits.append(time.monotonic() - began)
        assert large.result().headers["Content-Encoding"] == "gzip"
    # Two threads share an interpreter, so single answers may wait for a turn; most do not.
    assert len(waits) > 3
    assert sorted(waits)[len(waits) // 2] < 0.2


def test_simultaneous_requests_for_an_experiment_read_it_once(
    serve: Serve, small_archive: Any, jobs: Callable[[int], JobTable]
) -> None:
    archive, read, hold = small_archive(a000=jobs(3)), [], threading.Event()

    def note(expid: str) -> None:
        read.append(expid)
        assert hold.wait(10)

    archive.before = note
    server = serve(archive)
    with ThreadPoolExecutor(8) as clients:
        asked = [clients.submit(server.ask, JOBS["path"]) for _ in range(8)]
        while len(server.app.service.requests) < 8:
            time.sleep(0.01)
        hold.set()
        assert {request.result().body for request in asked} == {asked[0].result().body}
    assert read == ["a000"]


def test_more_than_can_wait_are_told_to_come_back(
    serve: Serve, small_archive: Any, jobs: Callable[[int], JobTable]
) -> None:
    """S-23: beyond the bound 503 with Retry-After, while those who wait are served."""
    archive, hold = small_archive(a000=jobs(3)), threading.Event()
    archive.before = lambda expid: hold.wait(10)
    server = serve(archive, computations=1, waiting=1)
    with ThreadPoolExecutor(6) as clients:
        asked = [clients.submit(server.ask, f"{JOBS['path']}?page={n + 1}") for n in range(6)]
        deadline = time.monotonic() + 5
        while sum(request.done() for request in asked) < 4 and time.monotonic() < deadline:
            time.sleep(0.01)
        hold.set()
        answers = [request.result() for request in asked]
    refused = [answer for answer in answers if answer.status == 503]
    assert len(refused) == 4
    assert {answer.headers["Retry-After"] for answer in refused} == {"5"}
    assert {answer.json()["code"] for answer in refused} == {"busy"}
    assert [answer.status for answer in answers].count(200) == 2


def test_a_job_list_that_never_answers_holds_nobody_else(serve: Serve, tmp_path: Path) -> None:
    """A named pipe in the place of a job list: refused or waited for, but never on the loop."""
    make_experiment(tmp_path, "a000", jobs=jobs_named(["a000_INI"]))
    make_experiment(tmp_path, "a001", jobs=jobs_named(["a001_INI"]))
    archive: Archive = open_archive(tmp_path)
    listed = archive.installation.job_list_pickle("a000")
    listed.unlink()
    os.mkfifo(listed)
    server = serve(archive)
    with ThreadPoolExecutor() as clients:
        held = clients.submit(server.ask, JOBS["path"])
        assert server.ask("/health/live").status == 200
        assert server.ask("/v4/experiments/a001/jobs").status == 200
        if not held.done():
            # Let a reader that waits see the end of the pipe.
            os.close(os.open(listed, os.O_RDWR | os.O_NONBLOCK))
        assert held.result(10).status == 503


def test_what_is_small_does_not_wait_for_what_is_large(
    serve: Serve, tmp_path: Path, computing_stopped: Callable[..., Any]
) -> None:
    server = serve(one_large(tmp_path), computations=2)
    views = ("view=base", "view=quick", "page=1", "page=2")
    with ThreadPoolExecutor() as clients:
        with computing_stopped(server):
            large = [clients.submit(server.ask, f"{JOBS['path']}?{view}") for view in views]
            for path in ("a001/jobs", "a000", "a000/runs"):
                assert server.ask(f"/v4/experiments/{path}").status == 200
            assert not any(answer.done() for answer in large)
        assert {answer.result(10).status for answer in large} == {200}


def test_a_report_of_a_small_experiment_waits_for_none_of_a_large_one(
    serve: Serve, tmp_path: Path, computing_stopped: Callable[..., Any]
) -> None:
    server = serve(one_large(tmp_path), computations=1)
    with ThreadPoolExecutor() as clients:
        with computing_stopped(server):
            large = clients.submit(server.ask, **REPORT)
            small = server.ask(**{**REPORT, "body": {"expid": "a001", "sections": ["jobs"]}})
            assert not large.done()
        assert (small.status, large.result(10).status) == (200, 200)


def one_large(folder: Path) -> Archive:
    """Return two experiments, of which a000 is large."""
    make_experiment(folder, "a000", jobs=jobs_named(["a000_INI"]))
    make_experiment(folder, "a001", jobs=jobs_named(["a001_INI"]))
    archive: Any = open_archive(folder)
    archive.is_small = lambda expid: expid == "a001"
    return cast(Archive, archive)
