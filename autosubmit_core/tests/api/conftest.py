"""A server in a thread of its own, and a client that shows everything the server sent.

Not pytest-tornasync: it makes its loops with Tornado's deprecated ``make_current`` and declares
its hooks in a way that pytest has given up, so with warnings as errors pytest does not start once
it is installed. With the server in a thread, the tests ask as any client does, and stay plain
functions; they need no plugin at all.
"""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import signal
import threading
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass
from email.message import Message
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np
import pytest
from tornado.httpserver import HTTPServer
from tornado.routing import URLSpec
from tornado.testing import bind_unused_port

from autosubmit_core import demo
from autosubmit_core.api.access.permission import Level
from autosubmit_core.api.app import Application, make_app, make_server
from autosubmit_core.api.settings import Settings
from autosubmit_core.archive import Archive, Consulted, open_archive
from autosubmit_core.errors import ExperimentNotFoundError
from autosubmit_core.status import Status
from autosubmit_core.tables import JobTable


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Message
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


class Server:
    """One application on a free port; ask it from any thread."""

    def __init__(self, app: Application) -> None:
        self.app = app
        self._socket, self.port = bind_unused_port()
        self._loop = asyncio.new_event_loop()
        self._started = threading.Event()
        self._thread = threading.Thread(target=self._turn)
        self._thread.start()
        self._started.wait(5)

    def ask(
        self,
        path: str,
        method: str = "GET",
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        timeout: float = 10,
    ) -> Answer:
        """Send one request; a dictionary as body goes as JSON, an iterator in chunks."""
        sent = dict(headers or {})
        if isinstance(body, (dict, list)):
            body = json.dumps(body)
            sent.setdefault("Content-Type", "application/json")
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            connection.request(method, path, body=body, headers=sent)
            response = connection.getresponse()
            return Answer(response.status, response.headers, response.read())
        finally:
            connection.close()

    def call(self, function: Callable[[], object]) -> None:
        """Let the loop call a function."""
        self._loop.call_soon_threadsafe(function)

    def wait(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Let the loop do some work, and return what it returns."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    def close(self) -> None:
        if not self._thread.is_alive():
            return
        self.app.service.close()
        self._loop.call_soon_threadsafe(self._stopped.set)
        self._thread.join(10)

    def _turn(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._serve())
        self._loop.close()

    async def _serve(self) -> None:
        self._stopped = asyncio.Event()
        server: HTTPServer = make_server(self.app)
        server.add_sockets([self._socket])
        self._started.set()
        await self._stopped.wait()
        await self.app.service.events.stop()
        server.stop()
        await server.close_all_connections()


class SmallArchive:
    """Experiments in memory, for tests of HTTP alone; each is a job table, or an error to raise."""

    def __init__(self, **experiments: JobTable | Exception) -> None:
        self.experiments = experiments
        self.installation = SimpleNamespace(
            allowed_clients=frozenset(),
            database_backend="sqlite",
            preferences_database=lambda: Path("/nowhere/api.db"),
            events_database=lambda: Path("/nowhere/events.db"),
        )
        #: Called with the expid before an experiment is handed out: to be slow, or to count.
        self.before: Callable[[str], object] = lambda expid: None
        #: Called by :meth:`check`.
        self.checked: Callable[[], object] = lambda: None

    def noting(self, consulted: Consulted) -> SmallArchive:
        # Nothing of it lasts: each request is a computation.
        consulted.look(object)
        return self

    def is_small(self, expid: str) -> bool:
        # It is in the memory of this process alone.
        return True

    def experiment(self, expid: str, *, now: int = 0) -> Any:
        self.before(expid)
        found = self.experiments.get(expid, ExperimentNotFoundError(expid))
        if isinstance(found, Exception):
            raise found
        by_name = np.argsort(found.name.astype(str))
        return SimpleNamespace(expid=expid, jobs=found, rows_by_name=by_name, now=now, warnings=())

    def check(self) -> None:
        self.checked()


@pytest.fixture
def jobs() -> Callable[[int], JobTable]:
    """Make a job list of n jobs of two sections; every third has failed."""

    def make(n: int) -> JobTable:
        failed = np.arange(n) % 3 == 2
        return JobTable.of(
            n,
            name=[
                f"a000_20220401_fc0_{row + 1}_{'SIM' if row % 2 else 'POST'}" for row in range(n)
            ],
            status=np.where(failed, int(Status.FAILED), int(Status.COMPLETED)),
            section=["SIM" if row % 2 else "POST" for row in range(n)],
            chunk=np.arange(1, n + 1),
        )

    return make


@pytest.fixture
def small_archive() -> type[SmallArchive]:
    return SmallArchive


@contextmanager
def serving() -> Iterator[Callable[..., Server]]:
    """Give a function that serves an archive with some settings; all are stopped in the end.

    Nothing is protected, unless the settings say so.
    """
    with ExitStack() as servers:

        def start(archive: Any, pages: Sequence[URLSpec] = (), **settings: Any) -> Server:
            told = {
                "protection_level": Level.NONE,
                "anonymous_commands": True,
                "api_config_file": Path("/nowhere/api.yaml"),
                **settings,
            }
            server = Server(make_app(archive, Settings(**told), pages))
            servers.callback(server.close)
            return server

        yield start


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    """Serve an archive with some settings until the end of the test."""
    with serving() as start:
        yield start


@pytest.fixture
def computing_stopped() -> Callable[[Server], AbstractContextManager[int]]:
    """Let the computing process of a server stand still for a while: so does all it computes."""

    @contextmanager
    def stopped(server: Server) -> Iterator[int]:
        server.app.service.computing.start()
        pid = server.app.service.computing.pid
        assert pid is not None
        os.kill(pid, signal.SIGSTOP)
        try:
            yield pid
        finally:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)

    return stopped


@pytest.fixture(scope="session")
def demo_server(demo_archive: Archive) -> Iterator[Server]:
    """The demo installation, served."""
    with serving() as start:
        yield start(demo_archive)


@pytest.fixture(scope="session")
def demo_archive(tmp_path_factory: pytest.TempPathFactory) -> Archive:
    """The demo installation, opened."""
    return open_archive(demo.build(tmp_path_factory.mktemp("demo")))


class Event(NamedTuple):
    id: str | None
    name: str
    data: dict[str, Any]


class Listener:
    """One connection to a stream of events."""

    def __init__(
        self, port: int, path: str, headers: dict[str, str] | None = None, timeout: float = 10
    ) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
        self.connection.request("GET", path, headers=headers or {})
        self.response = self.connection.getresponse()
        self.status = self.response.status
        #: Comments and retries, as they came.
        self.others: list[str] = []
        #: The id to come back with.
        self.last = ""

    def next(self) -> Event | None:
        """Wait for an event; None at the end of the stream."""
        fields: dict[str, str] = {}
        for line in self.response:
            name, _, value = line.decode().rstrip("\n").partition(": ")
            if name in ("", "retry") and value:
                self.others.append(f"{name}: {value}")
            elif name:
                fields[name] = value
            elif "event" in fields:
                self.last = fields.get("id", self.last)
                return Event(fields.get("id"), fields["event"], json.loads(fields["data"]))
        return None

    def until(self, name: str) -> Event:
        """Wait for an event of some name, past all others."""
        while (event := self.next()) is not None:
            if event.name == name:
                return event
        raise AssertionError(f"the stream ended without {name}")

    def close(self) -> None:
        # A response that is not read to its end holds on to its socket.
        with suppress(OSError):
            self.response.close()
        self.connection.close()


@pytest.fixture
def listen() -> Iterator[Callable[..., Listener]]:
    """Listen to a stream of a server until the end of the test."""
    with ExitStack() as listeners:

        def begin(server: Any, path: str = "/v4/experiments/t000/events", **more: Any) -> Listener:
            listener = Listener(server.port, path, **more)
            listeners.callback(listener.close)
            return listener

        yield begin
