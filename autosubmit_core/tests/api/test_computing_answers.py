"""Answers about large experiments come from another process, and nobody can tell but by the clock.

An archive to which even the smallest experiment is large stands beside one to which none is.
"""

from __future__ import annotations

import itertools
import os
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from autosubmit_core.api.app import ROUTES
from autosubmit_core.archive import Archive
from autosubmit_core.demo.hand_made import jobs_named, make_experiment
from autosubmit_core.demo.writing.job_lists import write_list_pickle
from autosubmit_core.readers.installation import read_installation
from autosubmit_core.status import Status

Serve = Callable[..., Any]

#: When files changed: what is made of one that has just changed does not last.
LONG_AGO = (1_700_000_100, 1_700_000_100)
JOBS, TREE = "/v4/experiments/a000/jobs", "/v3/tree/a000"

EXPERIMENTS = ("a00q", "a2m9", "o001", "none")
FURTHER = {
    "/v4/experiments/{expid}/jobs": (
        *("?view=columns", "?view=quick&status=FAILED", "?q=section:SIM run>1s", "?q=sections:"),
        *("?page_size=3&page=2&order_by=name", "?view=columns&fields=name,status"),
    ),
    "/v4/experiments/{expid}/counts": ("?by=member",),
    "/v4/experiments/{expid}/layout": ("?layout=lanes", "?layout=laplacian"),
}


def paths_of(archive: Archive, expid: str) -> Iterator[str]:
    """Yield the path of every GET request about an experiment."""
    jobs = ["nothing"] if expid == "none" else archive.experiment(expid).jobs.name
    told = {"expid": expid, "job_name": jobs[-1], "jobname": jobs[-1]}
    for route in ROUTES:
        operation = route.handler.operations.get("get")
        if operation is None or "{expid}" not in route.path:
            continue
        if route.path.endswith("/events"):
            continue  # These go on for as long as somebody listens.
        values = {one.name: told.get(one.name, one.example) for one in operation.path}
        path = route.path.format_map({k: quote(str(v), safe="") for k, v in values.items()})
        for further in ("", *FURTHER.get(route.path, ())):
            yield path + further.replace(" ", "%20")


@pytest.fixture(scope="module")
def of_demo(demo_archive: Archive) -> Archive:
    """The demo, of which every experiment is large."""
    return Archive(demo_archive.installation, small_bytes=-1)


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    """One experiment, which is large."""
    make_experiment(tmp_path, "a000", jobs=jobs_named(["a000_INI", "a000_SIM"]))
    age(tmp_path)
    return Archive(read_installation(tmp_path), small_bytes=-1)


def age(folder: Path) -> None:
    for path in folder.rglob("*"):
        os.utime(path, LONG_AGO)


def write_jobs(archive: Archive, status: Status, names: list[str] | None = None) -> None:
    """Write the job list anew, as of another second."""
    path = archive.installation.job_list_pickle("a000")
    made = names or ["a000_INI", "a000_SIM"]
    write_list_pickle(path, jobs_named(made, status=[int(status)] * len(made)))
    os.utime(path, (LONG_AGO[0] + status, LONG_AGO[0] + status))


def wait_until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 8
    while not true():
        assert time.monotonic() < end
        time.sleep(0.01)


# -- the same answers ----------------------------------------------------------------------------


def test_every_answer_is_the_same_wherever_it_is_made(
    serve: Serve, demo_archive: Archive, of_demo: Archive
) -> None:
    here, there = serve(demo_archive), serve(of_demo)
    different = []
    with ThreadPoolExecutor(2) as clients:
        for path in itertools.chain(*(paths_of(demo_archive, expid) for expid in EXPERIMENTS)):
            # What depends on the clock is the same within a second: they are asked at one moment.
            for _ in range(5):
                asked = [clients.submit(server.ask, path, timeout=60) for server in (here, there)]
                one, other = (request.result() for request in asked)
                same = (one.status, one.body) == (other.status, other.body)
                if same or "cursor" in one.body.decode("utf-8", "replace"):
                    break
            else:
                different.append((path, one.body[:300], other.body[:300]))
            assert one.headers["Content-Type"] == other.headers["Content-Type"]
    assert different == []
    assert here.app.service.computing.pid is None
    assert there.app.service.computing.pid is not None


def test_reports_are_the_same_wherever_they_are_made(
    serve: Serve, demo_archive: Archive, of_demo: Archive
) -> None:
    body = {"expids": ["a00q", "a2m9"], "sections": ["counters", "jobs", "performance"]}
    here, there = (
        server.ask("/report", "POST", body) for server in (serve(demo_archive), serve(of_demo))
    )
    assert (here.status, here.body) == (there.status, there.body)
    wrong = {"expids": ["none", "a2m9"]}
    refused = serve(of_demo).ask("/report", "POST", wrong)
    assert (refused.status, refused.json()["errors"][0]["field"]) == (404, "expid")


def test_a_large_body_arrives_whole_packed_or_not(serve: Serve, tmp_path: Path) -> None:
    names = [f"a000_20220401_fc0_{row + 1}_SIM" for row in range(5_000)]
    make_experiment(tmp_path, "a000", jobs=jobs_named(names))
    installation = read_installation(tmp_path)
    here, there = (serve(Archive(installation, small_bytes=size)) for size in (2**30, -1))
    for accepted in ("gzip", "identity"):
        asked = {"Accept-Encoding": accepted}
        one, other = (server.ask(TREE, headers=asked, timeout=60) for server in (here, there))
        assert one.body == other.body
        assert one.headers["ETag"] == other.headers["ETag"]
    assert len(one.body) > 2**20


def test_a_mistake_is_told_as_one(serve: Serve, archive: Archive, tmp_path: Path) -> None:
    server = serve(archive)
    archive.installation.job_list_pickle("a000").write_bytes(b"no pickle")
    answer = server.ask(JOBS)
    assert (answer.status, answer.json()["code"]) == (503, "source_unreadable")


# -- what lasts ----------------------------------------------------------------------------------


def test_what_is_unchanged_needs_no_computing_process(
    serve: Serve, archive: Archive, computing_stopped: Callable[..., Any]
) -> None:
    server = serve(archive)
    first = server.ask(TREE)
    with computing_stopped(server):
        assert server.ask(TREE, headers={"If-None-Match": first.headers["ETag"]}).status == 304
        assert server.ask(TREE).body == first.body


def test_what_changed_is_made_anew(serve: Serve, archive: Archive) -> None:
    server = serve(archive)
    first = server.ask(TREE)
    write_jobs(archive, Status.RUNNING)
    again = server.ask(TREE, headers={"If-None-Match": first.headers["ETag"]})
    assert again.status == 200
    assert again.body != first.body


def test_what_changes_is_told_since_a_cursor_whoever_asked_for_it(
    serve: Serve, archive: Archive
) -> None:
    server = serve(archive)
    cursor = server.ask(f"{JOBS}?view=columns").json()["cursor"]
    unchanged = server.ask(f"{JOBS}/changes?since={cursor}")
    assert (unchanged.json()["changed"]["index"], unchanged.json()["reset"]) == ([], False)
    asked = {"If-None-Match": unchanged.headers["ETag"]}
    assert server.ask(f"{JOBS}/changes?since={cursor}", headers=asked).status == 304
    write_jobs(archive, Status.FAILED)
    changed = server.ask(f"{JOBS}/changes?since={cursor}").json()
    assert (changed["changed"]["index"], changed["reset"]) == ([0, 1], False)


def test_an_experiment_that_grows_is_read_anew_once(serve: Serve, tmp_path: Path) -> None:
    make_experiment(tmp_path, "a000", jobs=jobs_named(["a000_INI", "a000_SIM"]))
    age(tmp_path)
    archive: Any = Archive(read_installation(tmp_path))
    server = serve(archive)
    cursor = server.ask(f"{JOBS}/changes").json()["cursor"]
    assert server.app.service.computing.pid is None
    archive.is_small = lambda expid: False
    write_jobs(archive, Status.RUNNING)
    grown = server.ask(f"{JOBS}/changes?since={cursor}").json()
    assert grown["reset"] is True
    # It stays where it is asked now, whatever its size.
    archive.is_small = lambda expid: True
    write_jobs(archive, Status.COMPLETED)
    later = server.ask(f"{JOBS}/changes?since={grown['cursor']}").json()
    assert (later["changed"]["index"], later["reset"]) == ([0, 1], False)


# -- under load ----------------------------------------------------------------------------------


def test_simultaneous_requests_share_one_computation(
    serve: Serve, archive: Archive, computing_stopped: Callable[..., Any]
) -> None:
    server = serve(archive, computations=1, waiting=1)
    # From here on it is known to be large, so that nobody has to wait for a look at its files.
    server.ask("/v3/expcount/a000")
    with ThreadPoolExecutor(8) as clients:
        with computing_stopped(server):
            asked = [clients.submit(server.ask, TREE) for _ in range(8)]
            wait_until(lambda: len(server.app.service.requests) == 8)
        assert {request.result().status for request in asked} == {200}
        assert len({request.result().body for request in asked}) == 1


def test_more_than_can_wait_are_told_to_come_back(
    serve: Serve, archive: Archive, computing_stopped: Callable[..., Any]
) -> None:
    server = serve(archive, computations=1, waiting=1)
    server.ask("/v3/expcount/a000")
    with ThreadPoolExecutor(6) as clients:
        with computing_stopped(server):
            asked = [clients.submit(server.ask, f"{JOBS}?page={n + 1}") for n in range(6)]
            wait_until(lambda: sum(request.done() for request in asked) == 4)
        answers = [request.result() for request in asked]
    refused = [answer for answer in answers if answer.status == 503]
    assert {answer.json()["code"] for answer in refused} == {"busy"}
    assert [answer.status for answer in answers].count(200) == 2


def test_a_process_that_dies_is_told_and_the_next_request_is_answered(
    serve: Serve, archive: Archive, computing_stopped: Callable[..., Any]
) -> None:
    """As after the kernel, out of memory, has chosen it."""
    server = serve(archive, computations=4)
    with ThreadPoolExecutor(4) as clients, computing_stopped(server) as pid:
        asked = [clients.submit(server.ask, f"{JOBS}?page={n + 1}") for n in range(2)]
        report = clients.submit(server.ask, "/report", "POST", {"expid": "a000"})
        # All three have been sent there.
        computing = server.app.service.computing
        wait_until(lambda: computing._process._idle.qsize() == computing._at_once - 3)
        os.kill(pid, signal.SIGKILL)
        answers = [request.result() for request in (*asked, report)]
    assert {answer.status for answer in answers} == {503}
    assert {answer.headers["Retry-After"] for answer in answers} == {"5"}
    assert answers[0].json()["code"] == "computation_ended"
    assert "has ended. Ask again." in answers[0].json()["error_message"]
    assert server.ask(JOBS).status == 200
    assert server.app.service.computing.pid != pid
