"""What Prometheus is told: what happened, in series that no client can add to, to who may ask."""

from __future__ import annotations

import errno
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
import tornado.netutil
from prometheus_client.parser import text_string_to_metric_families

from autosubmit_core.api import exposition
from autosubmit_core.api.access.permission import Level
from autosubmit_core.api.beat import Beat
from autosubmit_core.api.metrics import MetricsServer, bind_metrics
from autosubmit_core.api.settings import Settings, read_settings
from autosubmit_core.archive import Archive, open_archive
from autosubmit_core.demo.hand_made import jobs_named, make_experiment
from autosubmit_core.workers.schedule import run_once
from autosubmit_core.workers.status import StatusTask

Serve = Callable[..., Any]
Series = dict[tuple[str, frozenset[tuple[str, str]]], float]

PROGRAM = [sys.executable, "-m", "autosubmit_core.api.app", "--disable-bg-tasks"]
README = Path(__file__).resolve().parents[2] / "README.md"
#: What only some systems can tell of a process.
OF_SYSTEMS = re.compile(r"(autosubmit_computing_)?process_")


class Scraper:
    """Asks one server how it is."""

    def __init__(self, server: Any) -> None:
        self.server = server
        self.metrics = MetricsServer(server.app.service)
        sockets = tornado.netutil.bind_sockets(0, "127.0.0.1")
        self.port = sockets[0].getsockname()[1]
        server.call(lambda: self.metrics.start(sockets))

    def text(self) -> str:
        return scraped_at(self.port)

    def series(self) -> Series:
        families = text_string_to_metric_families(self.text())
        samples = (sample for family in families for sample in family.samples)
        return {(one.name, frozenset(one.labels.items())): one.value for one in samples}

    def value(self, name: str, **labels: str) -> float:
        return self.series().get((name, frozenset(labels.items())), 0.0)


@pytest.fixture
def scraper() -> Iterator[Callable[[Any], Scraper]]:
    made: list[Scraper] = []

    def start(server: Any) -> Scraper:
        made.append(Scraper(server))
        return made[-1]

    yield start
    for each in made:
        each.server.call(each.metrics.stop)


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    make_experiment(tmp_path, "a000", jobs=jobs_named(["a000_INI"]))
    return open_archive(tmp_path)


def test_requests_are_counted_by_route_method_and_status(
    serve: Serve, archive: Archive, scraper: Callable[[Any], Scraper]
) -> None:
    server = serve(archive)
    scraped = scraper(server)
    for expid in ("a000", "a000", "zzzz"):
        server.ask(f"/v4/experiments/{expid}/jobs")
    jobs = {"route": "/v4/experiments/{expid}/jobs", "method": "GET"}
    assert scraped.value("autosubmit_http_requests_total", **jobs, status="200") == 2
    assert scraped.value("autosubmit_http_requests_total", **jobs, status="404") == 1
    assert scraped.value("autosubmit_http_request_seconds_count", **jobs) == 3


def test_d2_what_clients_think_of_makes_no_series(
    serve: Serve, archive: Archive, scraper: Callable[[Any], Scraper]
) -> None:
    server = serve(archive)
    scraped = scraper(server)
    paths = ("/{}", "/v4/experiments/x{}", "/v4/experiments/a000/jobs/J{}", "/docs/{}", "/v3/{}/x")

    def ask(first: int, last: int) -> None:
        for number in range(first, last):
            server.ask(paths[number % len(paths)].format(number), headers={"Host": "localhost"})
        server.ask("/", "BREW" + "ABCDEFGHIJ"[first % 10])

    ask(0, 10)
    before = scraped.series().keys()
    ask(10, 211)
    assert scraped.series().keys() == before
    assert "a000" not in scraped.text()


def test_streams_of_events_are_no_slow_requests(
    serve: Serve, archive: Archive, scraper: Callable[[Any], Scraper]
) -> None:
    server = serve(archive)
    scraped = scraper(server)
    server.ask("/v4/experiments/a000/events?follow=false")
    events = {"route": "/v4/experiments/{expid}/events", "method": "GET"}
    assert scraped.value("autosubmit_http_requests_total", **events, status="200") == 1
    assert ("autosubmit_http_request_seconds_count", frozenset(events.items())) not in (
        scraped.series()
    )
    assert scraped.value("autosubmit_event_listeners") == 0


def test_who_listens_is_counted(
    serve: Serve, archive: Archive, scraper: Callable[[Any], Scraper]
) -> None:
    server = serve(archive)
    scraped = scraper(server)
    with urllib.request.urlopen(f"http://127.0.0.1:{server.port}/v4/events", timeout=10) as stream:
        stream.readline()
        assert scraped.value("autosubmit_event_listeners") == 1
        assert scraped.value("autosubmit_http_requests_in_flight") == 1


def test_what_is_kept_is_told_by_kind_and_process(
    serve: Serve, archive: Archive, scraper: Callable[[Any], Scraper]
) -> None:
    server = serve(archive)
    scraped = scraper(server)
    for path in ("jobs", "jobs", "jobs?view=quick"):
        server.ask(f"/v4/experiments/a000/{path}")
    here = {"process": "serving", "kind": "job_list"}
    assert scraped.value("autosubmit_cache_made_total", **here) == 1
    assert scraped.value("autosubmit_cache_hits_total", **here) >= 1
    assert scraped.value("autosubmit_cache_bytes", **here) > 0
    answers = {"process": "serving", "kind": "answers"}
    assert scraped.value("autosubmit_cache_hits_total", **answers) == 1
    assert scraped.value("autosubmit_cache_made_total", **answers) == 2
    archive.is_small = lambda expid: False  # type: ignore[method-assign]
    server.ask("/v4/experiments/a000/sections")
    there = {"process": "computing", "kind": "job_list"}
    assert scraped.value("autosubmit_cache_made_total", **there) == 1
    assert scraped.value("autosubmit_cache_bytes", **there) > 0


def test_a_source_that_cannot_be_read_is_counted_by_its_kind(
    serve: Serve, archive: Archive, scraper: Callable[[Any], Scraper]
) -> None:
    (job_list,) = archive.installation.local_root_dir.glob("a000/pkl/*.pkl")
    job_list.write_bytes(b"no pickle")
    server = serve(archive)
    scraped = scraper(server)
    server.ask("/v4/experiments/a000/jobs")
    kind = {"process": "serving", "kind": "job_list"}
    assert scraped.value("autosubmit_sources_unreadable_total", **kind) == 1


def test_work_is_told_by_its_queue(
    serve: Serve, archive: Archive, scraper: Callable[[Any], Scraper]
) -> None:
    server = serve(archive)
    scraped, small = scraper(server), {"queue": "small"}
    server.ask("/v4/experiments/a000/jobs")
    assert scraped.value("autosubmit_work_done_total", **small) == 1
    assert scraped.value("autosubmit_work_seconds_total", **small) > 0
    for name in ("running", "waiting", "refused_total"):
        assert scraped.series()[f"autosubmit_work_{name}", frozenset(small.items())] == 0


def test_a_loop_that_is_held_up_is_late(
    serve: Serve, archive: Archive, scraper: Callable[[Any], Scraper]
) -> None:
    server = serve(archive)
    scraped = scraper(server)
    for _ in range(2):
        server.call(lambda: time.sleep(0.6))
        time.sleep(0.8)
    within, all_of_them = (
        scraped.value("autosubmit_loop_lag_seconds_bucket", le=bound) for bound in ("0.25", "+Inf")
    )
    assert all_of_them - within >= 1


def test_experiments_are_told_by_their_status_and_tasks_by_their_last_success(
    serve: Serve, archive: Archive, scraper: Callable[[Any], Scraper]
) -> None:
    scraped, status = scraper(serve(archive)), {"task": "status"}
    assert scraped.value("autosubmit_task_last_success_timestamp_seconds", **status) == 0
    began = time.time()
    run_once(StatusTask(), archive)
    last = scraped.value("autosubmit_task_last_success_timestamp_seconds", **status)
    assert began <= last <= time.time()
    assert scraped.value("autosubmit_task_passes_total", **status, result="done") == 1
    assert scraped.value("autosubmit_task_passes_total", **status, result="failed") == 0
    assert 0 < scraped.value("autosubmit_task_seconds_total", **status) <= time.time() - began
    statuses = ("RUNNING", "NOT RUNNING")
    assert sum(scraped.value("autosubmit_experiments", status=each) for each in statuses) == 1


def test_room_on_disks_is_told_by_what_is_kept_there(
    serve: Serve, archive: Archive, scraper: Callable[[Any], Scraper]
) -> None:
    scraped = scraper(serve(archive))
    for place in ("experiments", "database", "temporary"):
        free = scraped.value("autosubmit_disk_free_bytes", place=place)
        assert 0 < free < scraped.value("autosubmit_disk_bytes", place=place)


def test_a_disk_that_tells_nothing_costs_its_own_number_alone(
    serve: Serve, archive: Archive, scraper: Callable[[Any], Scraper], monkeypatch: Any
) -> None:
    usage = shutil.disk_usage

    def stale(path: Path) -> Any:
        if path == Path(tempfile.gettempdir()):
            raise OSError(errno.ESTALE, "Stale file handle")
        return usage(path)

    scraped = scraper(serve(archive))
    monkeypatch.setattr(shutil, "disk_usage", stale)
    room = [labels for name, labels in scraped.series() if name == "autosubmit_disk_free_bytes"]
    assert set(room) == {frozenset({("place", place)}) for place in ("experiments", "database")}


def test_answers_that_had_to_make_room_are_counted(
    serve: Serve, archive: Archive, scraper: Callable[[Any], Scraper]
) -> None:
    server = serve(archive, answers_memory=0)
    scraped, answers = scraper(server), {"process": "serving", "kind": "answers"}
    assert scraped.value("autosubmit_cache_evictions_total", **answers) == 0
    server.ask("/v4/experiments/a000/jobs")
    assert scraped.value("autosubmit_cache_evictions_total", **answers) == 1


def test_an_installation_that_hangs_costs_its_own_numbers_alone(
    serve: Serve, archive: Archive, scraper: Callable[[Any], Scraper], monkeypatch: Any
) -> None:
    hold = threading.Event()
    server = serve(archive)
    scraped = scraper(server)
    monkeypatch.setattr(exposition, "_read_facts", lambda archive: hold.wait())
    began = time.monotonic()
    series = scraped.series()
    assert time.monotonic() - began < 3
    hold.set()
    names = {name for name, _ in series}
    assert "autosubmit_work_running" in names
    assert "autosubmit_experiments" not in names


def test_logins_and_refusals_are_counted_as_they_are_recorded(
    serve: Serve, archive: Archive, scraper: Callable[[Any], Scraper]
) -> None:
    server = serve(archive, protection_level=Level.ALL)
    scraped = scraper(server)
    server.ask("/v4/experiments")
    refused = {"action": "request", "result": "unauthorized", "provider": ""}
    assert scraped.value("autosubmit_audit_records_total", **refused) == 1


# -- who may ask, and where ----------------------------------------------------------------------


def test_no_metrics_are_served_unless_they_are_asked_for(serve: Serve, archive: Archive) -> None:
    assert bind_metrics(Settings()) == [[]]
    assert serve(archive).ask("/metrics").status == 404


def test_metrics_are_on_the_loopback_unless_another_address_is_told() -> None:
    (sockets,) = bind_metrics(Settings(metrics_port=0))
    assert {one.getsockname()[0] for one in sockets} == {"127.0.0.1"}
    for one in sockets:
        one.close()


def test_a_port_of_metrics_that_is_taken_is_one_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        run = subprocess.run(
            [*PROGRAM, "--port", "0", "--metrics-port", port, "--config", str(tmp_path)],
            capture_output=True,
            text=True,
            check=False,
        )
    assert run.returncode == 1
    assert run.stderr.splitlines() == [
        f"autosubmit_core: cannot listen on the metrics' port {port} of 127.0.0.1:"
        " Address already in use."
    ]


def test_ports_that_there_are_not_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        read_settings(["--metrics-port", "65535", "--processes", "2"], {"SECRET_KEY": "k" * 64})
    assert "not enough ports" in capsys.readouterr().err


def test_each_of_several_processes_tells_its_own_and_sums_are_right(archive: Archive) -> None:
    """Also of one that takes the place of one that died."""
    if not Path("/proc/self/task").is_dir():
        pytest.skip("this system does not tell the children of a process")
    port = free_ports(2)
    told = ["--port", "0", "--processes", "2", "--metrics-port", str(port)]
    root = str(archive.installation.local_root_dir)
    with running(*told, "--config", root, "--protection-level", "NONE") as (server, serving):
        for _ in range(10):
            urllib.request.urlopen(f"http://127.0.0.1:{serving}/v4/experiments/a000/jobs").close()
        assert sum(map(jobs_asked, (port, port + 1))) == 10
        starts = [start_of(port), start_of(port + 1)]
        children = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()
        os.kill(int(children[0]), signal.SIGKILL)
        # Whoever asks meanwhile waits for the one that comes.
        again = [start_of(port), start_of(port + 1)]
        assert [now > before for now, before in zip(again, starts)].count(True) == 1
        server.terminate()
        assert server.wait(30) == 0


@contextmanager
def running(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """Run the program; give the process and its port."""
    server = subprocess.Popen([*PROGRAM, *arguments], stderr=subprocess.PIPE, text=True)
    assert server.stderr is not None
    try:
        ports = (re.search(r"Tornado server is running on port (\d+)", it) for it in server.stderr)
        found = next(filter(None, ports))
        yield server, int(found[1])
    finally:
        server.kill()
        server.wait(10)
        server.stderr.close()


def free_ports(count: int) -> int:
    """Return the first of so many free ports beside each other."""
    while True:
        with socket.create_server(("127.0.0.1", 0)) as first, ExitStack() as others:
            port = int(first.getsockname()[1])
            with suppress(OSError, OverflowError):
                for number in range(1, count):
                    others.enter_context(socket.create_server(("127.0.0.1", port + number)))
                return port


def scraped_at(port: int) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
        text: bytes = answer.read()
    return text.decode()


def jobs_asked(port: int) -> float:
    found = re.search(
        r'^autosubmit_http_requests_total\{.*experiments/\{expid\}/jobs".*\} (\S+)$',
        scraped_at(port),
        re.MULTILINE,
    )
    return float(found[1]) if found else 0.0


def start_of(port: int) -> float:
    """Return when the process was started that tells its metrics at a port."""
    found = re.search(r"^process_start_time_seconds (\S+)$", scraped_at(port), re.MULTILINE)
    assert found
    return float(found[1])


# -- what is documented --------------------------------------------------------------------------


def documented() -> set[str]:
    """Return the names in the table of metrics in the README."""
    table = README.read_text().split("### Metrics")[1].split("\n### ")[0]
    return set(re.findall(r"^\| `(\w+)`", table, re.MULTILINE))


def test_d2_documented_and_served_metrics_are_the_same(
    serve: Serve, archive: Archive, scraper: Callable[[Any], Scraper]
) -> None:
    server = serve(archive, protection_level=Level.ALL)
    scraped = scraper(server)
    server.ask("/v4/experiments")
    run_once(StatusTask(), archive)
    families = text_string_to_metric_families(scraped.text())
    names = {family.name for family in families} | {one.name for one in Beat().figures()}
    assert {name for name in names if not OF_SYSTEMS.match(name)} == documented()
    assert not sys.platform.startswith("linux") or any(map(OF_SYSTEMS.match, names))
