"""The router for real: nginx with the configuration that is deployed, before two APIs and a site."""

from __future__ import annotations

import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

CONFIGURATION = Path(__file__).resolve().parents[3] / "app-config" / "nginx" / "nginx.conf"
RUNNING = re.compile(r"server is running on port (\d+)")


@dataclass
class Server:
    """A program that serves the demo, and what it has logged."""

    process: subprocess.Popen[str]
    records: list[str] = field(default_factory=list)
    port: int = 0

    def requests(self) -> list[dict[str, Any]]:
        """Return what it logged about requests."""
        told = [json.loads(line) for line in self.records if line.startswith("{")]
        return [each for each in told if "request_id" in each]


@dataclass(frozen=True)
class Answer:
    status: int
    headers: http.client.HTTPMessage
    body: bytes


@dataclass
class Router:
    """nginx, and those behind it."""

    port: int
    apis: list[Server]
    site: Server
    log: Path

    def lines(self) -> list[dict[str, Any]]:
        """Return what it logged itself."""
        return [json.loads(line) for line in self.log.read_text().splitlines()]

    def records(self) -> list[dict[str, Any]]:
        """Return what the APIs logged about requests."""
        return [each for api in self.apis for each in api.requests()]

    def ask(self, path: str, method: str = "GET", **headers: str) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        told = {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            connection.request(method, path, headers=told)
            response = connection.getresponse()
            return Answer(response.status, response.headers, response.read())
        finally:
            connection.close()


def eventually(look: Callable[[], list[Any]]) -> list[Any]:
    """Return what there is to see as soon as there is something: logs are written after answers."""
    end = time.monotonic() + 10
    while not (found := look()) and time.monotonic() < end:
        time.sleep(0.02)
    return found


def nginx_program() -> str:
    """Return nginx, which is often not on the path of users."""
    found = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin")
    if found:
        return found
    if os.environ.get("AUTOSUBMIT_TEST_REQUIRE_ALL") == "1":
        pytest.fail("nginx must be there when AUTOSUBMIT_TEST_REQUIRE_ALL=1")
    pytest.skip("nginx is not on this machine")


@contextmanager
def serving(module: str, demo: Path, **settings: str) -> Iterator[Server]:
    """Run a program over an installation, with the settings of the compose file."""
    told = {
        "PROTECTION_LEVEL": "NONE",
        "DISABLE_BACKGROUND_TASKS": "true",
        "AUTOSUBMIT_LOG_FORMAT": "json",
        "AUTOSUBMIT_STOP_DELAY": "2",
        **settings,
    }
    process = subprocess.Popen(
        [sys.executable, "-m", module, "--port", "0", "--config", str(demo)],
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
        env={**os.environ, **told},
    )
    server, ready = Server(process), threading.Event()

    def read() -> None:
        assert process.stderr is not None
        for line in process.stderr:
            server.records.append(line)
            if found := RUNNING.search(line):
                server.port = int(found[1])
                ready.set()

    reader = threading.Thread(target=read)
    reader.start()
    try:
        assert ready.wait(60), server.records
        yield server
    finally:
        process.kill()
        process.wait(10)
        reader.join(10)
        assert process.stderr is not None
        process.stderr.close()


@pytest.fixture(scope="module")
def router(demo: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Router]:
    """The router before two APIs and a site."""
    program, folder = nginx_program(), tmp_path_factory.mktemp("router")
    with ExitStack() as running:
        api = "autosubmit_core.api.app"
        apis = [
            running.enter_context(serving(api, demo, AS_API_ROOT_PATH="/api")) for _ in range(2)
        ]
        site = running.enter_context(serving("autosubmit_site", demo))
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        both = "\n".join(
            f"server 127.0.0.1:{each.port} max_fails=2 fail_timeout=5s;" for each in apis
        )
        log = folder / "access.log"
        text = CONFIGURATION.read_text()
        for said, here in {
            "server api-app:8088 max_fails=2 fail_timeout=5s;": both,
            "server site-app:8080": f"server 127.0.0.1:{site.port}",
            "listen 8080": f"listen 127.0.0.1:{port}",
            "/tmp/": f"{folder}/",
            "/dev/stdout": str(log),
        }.items():
            assert said in text
            text = text.replace(said, here)
        (folder / "nginx.conf").write_text(text)
        command = [
            program,
            "-c",
            str(folder / "nginx.conf"),
            "-p",
            str(folder),
            "-g",
            "daemon off;",
        ]
        with (folder / "errors").open("w") as errors:
            nginx = subprocess.Popen(command, stderr=errors)
        try:
            wait_until_it_listens(port)
            yield Router(port, apis, site, log)
        finally:
            nginx.send_signal(signal.SIGQUIT)
            nginx.wait(30)
    assert (folder / "errors").read_text().count("[emerg]") == 0


def wait_until_it_listens(port: int) -> None:
    end = time.monotonic() + 10
    while time.monotonic() < end:
        with socket.socket() as client:
            if client.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError("nginx does not listen")


def test_pages_are_at_the_top_and_the_api_is_below_its_path(router: Router) -> None:
    page = router.ask("/")
    assert (page.status, page.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert json.loads(router.ask("/api/").body)["name"] == "autosubmit_core"
    assert json.loads(router.ask("/api/v4/experiments").body)["experiments"]
    assert json.loads(router.ask("/router/health").body) == {"status": "ok"}


def test_both_copies_answer_alike(router: Router) -> None:
    path = "/v4/experiments/a2m9/sections"
    assert len({router.ask(f"/api{path}").body for _ in range(10)}) == 1

    def asked() -> list[int]:
        counts = [[each["path"] for each in api.requests()].count(path) for api in router.apis]
        return counts if sum(counts) == 10 else []

    assert all(eventually(asked))
    assert sum(asked()) == 10


def test_d9_a_request_has_one_id_from_the_router_to_the_answer(router: Router) -> None:
    answer = router.ask("/api/v4/experiments/a2m9", X_Request_Id="chosen-by-a-client")
    told = answer.headers["X-Request-Id"]
    assert re.fullmatch(r"[0-9a-f]{32}", told)
    (line,) = eventually(lambda: [each for each in router.lines() if each["request_id"] == told])
    assert (line["path"], line["status"]) == ("/api/v4/experiments/a2m9", 200)
    (record,) = eventually(
        lambda: [each for each in router.records() if each["request_id"] == told]
    )
    assert (record["path"], record["status"]) == ("/v4/experiments/a2m9", 200)


def test_what_is_asked_for_is_not_in_the_log_of_the_router(router: Router) -> None:
    router.ask("/api/v4/auth/verify-token?ticket=MARKER", Authorization="Bearer MARKER")
    path = "/api/v4/auth/verify-token"
    assert eventually(lambda: [each for each in router.lines() if each["path"] == path])
    assert "MARKER" not in router.log.read_text()


def test_metrics_and_what_nobody_serves_are_not_published(router: Router) -> None:
    assert router.ask("/metrics").status == 404
    assert router.ask("/api/metrics").status == 404


def test_events_are_sent_on_as_they_come(router: Router) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", router.port, timeout=10)
    connection.request("GET", "/api/v4/events")
    stream = connection.getresponse()
    began = time.monotonic()
    while stream.readline() != b"event: open\n":
        assert time.monotonic() - began < 5
    connection.close()


def test_d8_a_copy_that_stops_under_load_costs_no_request(router: Router) -> None:
    """The last: it leaves one copy."""
    statuses: list[int] = []
    stop = threading.Event()

    def ask() -> None:
        while not stop.is_set():
            statuses.append(router.ask("/api/v4/experiments/a2m9/jobs?view=quick").status)

    clients = [threading.Thread(target=ask) for _ in range(4)]
    for client in clients:
        client.start()
    stopped = router.apis[0].process
    time.sleep(1)
    stopped.send_signal(signal.SIGTERM)
    assert stopped.wait(30) == 0
    gone = len(statuses)
    time.sleep(2)
    stop.set()
    for client in clients:
        client.join(20)
    assert set(statuses) == {200}
    assert len(statuses) > gone > 0
