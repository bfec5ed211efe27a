"""Clients who hold connections, or take nothing, keep nobody else from being served."""

from __future__ import annotations

import random
import re
import resource
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from tornado.routing import URLSpec

from autosubmit_core.api.connections import Unsent
from autosubmit_core.api.encoding import LARGE_BYTES, encode
from autosubmit_core.api.handlers import ApiHandler
from autosubmit_core.demo.hand_made import jobs_named, make_experiment

Serve = Callable[..., Any]

#: Waited for in the end, however slow the machine.
PATIENCE = 30.0
#: More than the system holds for a client that takes nothing.
BODY = random.Random(1).randbytes(12 * LARGE_BYTES)


ANSWER = encode(BODY)


class Large(ApiHandler):
    """Counts who asks for it."""

    asked = 0

    async def get(self) -> None:
        type(self).asked += 1
        await self.send(ANSWER)


@pytest.fixture
def server(serve: Serve, small_archive: Any) -> Any:
    return serve(small_archive(), [URLSpec("/large", Large)])


def eventually(holds: Callable[[], object]) -> None:
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)


def connection(port: int, sent: str = "") -> socket.socket:
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.settimeout(PATIENCE)
    client.connect(("127.0.0.1", port))
    client.sendall(sent.encode())
    return client


# -- clients that take nothing -------------------------------------------------------------------


def slow_reader(port: int, encoding: str) -> socket.socket:
    return connection(
        port, f"GET /large HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: {encoding}\r\n\r\n"
    )


@pytest.mark.parametrize("encoding", ["gzip", "identity"])
def test_of_clients_that_take_nothing_some_go_when_there_are_too_many(
    server: Any, encoding: str
) -> None:
    service, before = server.app.service, Large.asked
    service.unsent = Unsent(most=3)
    with ExitStack() as clients:
        slow = [clients.enter_context(slow_reader(server.port, encoding)) for _ in range(5)]
        # All five have asked, and two of them are gone.
        eventually(
            lambda: Large.asked == before + 5 and len(service.requests) == len(service.unsent) == 3
        )
        assert sum(taken(client) < len(BODY) for client in slow) == 2


def taken(client: socket.socket) -> int:
    """Return how many bytes a client still gets; the server ends some, and of others there are as many."""
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2**20)
    size = 0
    try:
        while size <= len(BODY) and (part := client.recv(2**20)):
            size += len(part)
    except ConnectionResetError:
        pass
    return size


@pytest.mark.parametrize("encoding", ["gzip", "identity"])
def test_a_client_that_takes_nothing_is_cut_off_in_time(server: Any, encoding: str) -> None:
    service = server.app.service
    service.unsent = Unsent(seconds=0.1)
    before = Large.asked
    with slow_reader(server.port, encoding) as client:
        eventually(lambda: Large.asked > before and not service.requests)
        assert taken(client) < len(BODY)


@pytest.mark.parametrize("encoding", ["gzip", "identity"])
def test_of_a_large_answer_a_slow_client_takes_a_piece_of_memory(
    server: Any, encoding: str
) -> None:
    with slow_reader(server.port, encoding):
        eventually(lambda: len(server.app.service.unsent))
        ((stream, _),) = server.app.service.unsent._waiting.values()
        assert len(stream._write_buffer) < 2 * LARGE_BYTES


# -- clients that send nothing -------------------------------------------------------------------

#: How many descriptors the server may have, and how many clients want one.
DESCRIPTORS, CLIENTS = 120, 150

SERVER = f"""
import resource
resource.setrlimit(resource.RLIMIT_NOFILE, ({DESCRIPTORS}, {DESCRIPTORS}))
"""
#: The API itself, and what is left when even that is not enough: something else has taken the rest.
API = SERVER + "from autosubmit_core.api.app import run; run()"
STARVED = (
    SERVER
    + f"""
import asyncio, logging
from autosubmit_core.api.connections import Server, listen
from tornado.httputil import HTTPHeaders, ResponseStartLine

def answer(request):
    headers = HTTPHeaders({{"Content-Length": "0"}})
    request.connection.write_headers(ResponseStartLine("HTTP/1.1", 204, ""), headers)
    request.connection.finish()

async def serve():
    server, sockets = Server(answer, most={2 * DESCRIPTORS}), listen(0, "127.0.0.1")
    server.add_sockets(sockets)
    logging.warning("running on port %d", sockets[0].getsockname()[1])
    await asyncio.Event().wait()

logging.basicConfig()
asyncio.run(serve())
"""
)


@contextmanager
def running(program: str, log: Path, *arguments: str) -> Iterator[tuple[int, int]]:
    """Run a server; gives its port and its process."""
    with log.open("w") as written:
        command = [sys.executable, "-c", program, *arguments]
        process = subprocess.Popen(command, stderr=written, cwd="/")
    try:
        eventually(lambda: "running on port" in log.read_text())
        found = re.search(r"running on port (\d+)", log.read_text())
        assert found is not None
        yield int(found[1]), process.pid
    finally:
        process.kill()
        process.wait(30)


def status(port: int) -> int:
    with closing(urlopen(f"http://127.0.0.1:{port}/", timeout=PATIENCE)) as answer:
        return int(answer.status)


@pytest.fixture(scope="module")
def narrow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, Path]]:
    """The API where there are few descriptors: its port and its log."""
    folder = tmp_path_factory.mktemp("narrow")
    make_experiment(folder, "a000", jobs=jobs_named(["a000_INI"]))
    told = ["--port", "0", "--config", str(folder), "--protection-level", "NONE"]
    with running(API, folder / "log", *told) as (port, _):
        yield port, folder / "log"


@pytest.mark.parametrize(
    "begun",
    [
        "",
        "GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ",
        "POST /report HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        "Content-Length: 1000\r\n\r\n{",
        "POST /report HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        "Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n",
        "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
    ],
    ids=["silent", "header", "body", "chunks", "idle"],
)
def test_more_clients_that_wait_than_there_are_descriptors_keep_nobody_from_being_served(
    narrow: tuple[int, Path], begun: str
) -> None:
    port, log = narrow
    before = len(log.read_text())
    with ExitStack() as clients:
        for _ in range(CLIENTS):
            clients.enter_context(connection(port, begun))
        for _ in range(3):
            assert status(port) == 200
        told = log.read_text()[before:]
    assert told.count("connections, and others go for new ones") <= 1
    assert "Too many open files" not in told


def test_a_server_without_descriptors_rests_and_goes_on_when_there_are_some(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with running(STARVED, log) as (port, pid), ExitStack() as clients:
        for _ in range(CLIENTS):
            clients.enter_context(connection(port))
        eventually(lambda: log.read_text().count("no connection can be accepted") >= 2)
        # A rest of a second: nobody asks again at once, with a line in the log each time.
        used = sum(map(int, Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[11:13]))
        assert used / 100 < 5
        clients.close()
        assert status(port) == 204
    assert len(log.read_text()) < 10_000


def test_there_are_as_many_descriptors_as_connections_take() -> None:
    told = (
        "import resource; from autosubmit_core.api.connections import *;"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (300, resource.getrlimit(resource.RLIMIT_NOFILE)[1]));"
        "more_descriptors(); print(resource.getrlimit(resource.RLIMIT_NOFILE)[0])"
    )
    run = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = 8192 + 256
    assert int(run.stdout) == (most if hard == resource.RLIM_INFINITY else min(most, hard))
