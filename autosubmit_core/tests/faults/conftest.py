"""A server of its own processes under steady load, of which every answer is looked at.

Each fault lasts about ``AUTOSUBMIT_TEST_FAULT_SECONDS`` (0.5), as in ``AUTOSUBMIT_TEST_FAULT_SECONDS=60 python -m
pytest -s tests/faults``. From 5 on the tests are there as well that take long in any case.
"""

from __future__ import annotations

import http.client
import json
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from autosubmit_core.demo.providers import CasProvider, serving

_PROGRAM = ["-m", "autosubmit_core.api.app", "--port", "0", "--protection-level", "NONE"]


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Served:
    """A server of its own processes; ask it from any thread."""

    process: subprocess.Popen[bytes]
    log: Path
    port: int = 0

    def ask(
        self,
        path: str,
        method: str = "GET",
        body: Mapping[str, Any] | None = None,
        token: str = "",
        timeout: float = 120,
    ) -> Answer:
        sent = {"Authorization": token} if token else {}
        if body is not None:
            sent["Content-Type"] = "application/json"
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        with closing(connection):
            told = None if body is None else json.dumps(body)
            connection.request(method, path, body=told, headers=sent)
            with connection.getresponse() as response:
                return Answer(response.status, response.read())

    def processes(self) -> list[int]:
        """Return the numbers of all its processes, the first one first."""
        found, new = list[int](), [self.process.pid]
        while new:
            number = new.pop(0)
            with suppress(FileNotFoundError, ProcessLookupError):
                for tasks in Path(f"/proc/{number}/task").glob("*/children"):
                    new.extend(map(int, tasks.read_text().split()))
                found.append(number)
        return found

    def descriptors(self) -> int:
        """Return how many files its processes have open."""
        opened = 0
        for number in self.processes():
            with suppress(FileNotFoundError, ProcessLookupError):
                opened += len(os.listdir(f"/proc/{number}/fd"))
        return opened

    def resident(self) -> float:
        """Return the memory of its processes, in MiB."""
        pages = 0
        for number in self.processes():
            with suppress(FileNotFoundError, ProcessLookupError):
                pages += int(Path(f"/proc/{number}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20

    def failures(self) -> list[str]:
        """Return the lines of its log that tell of mistakes of ours."""
        found = re.findall(r"^.*(?:Traceback|failed|unexpectedly).*$", self.log.read_text(), re.M)
        return [str(line) for line in found]


@pytest.fixture(scope="session")
def fault_seconds() -> float:
    """How long a fault lasts."""
    return float(os.environ.get("AUTOSUBMIT_TEST_FAULT_SECONDS", "0.5"))


@pytest.fixture
def at_length(fault_seconds: float) -> None:
    """Skip what takes long unless there is time for it."""
    if fault_seconds < 5:
        pytest.skip("takes a minute or more: AUTOSUBMIT_TEST_FAULT_SECONDS=60 does it")


def until(condition: Callable[[], bool], seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)


@pytest.fixture(name="until")
def until_() -> Callable[..., None]:
    """Wait until something holds."""
    return until


@pytest.fixture
def serve_apart(tmp_path: Path) -> Iterator[Callable[..., Served]]:
    """Serve an installation by processes of its own until the end of the test."""
    with ExitStack() as servers:

        def start(
            config: Path, *options: str, before: Sequence[str] = (), **environment: str
        ) -> Served:
            log = tmp_path / f"server-{time.monotonic_ns()}.log"
            return servers.enter_context(_served(config, log, options, before, environment))

        yield start


@contextmanager
def _served(
    config: Path,
    log: Path,
    options: Sequence[str],
    before: Sequence[str],
    environment: Mapping[str, str],
) -> Iterator[Served]:
    command = [*before, sys.executable, *_PROGRAM, "--config", str(config), *options]
    with log.open("wb") as file:
        process = subprocess.Popen(command, stderr=file, env={**os.environ, **environment}, cwd="/")
    made = Served(process, log)
    try:
        until(lambda: process.poll() is not None or bool(_port(log)))
        assert process.poll() is None, log.read_text()
        made.port = _port(log)
        yield made
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(60)
        process.kill()
        process.wait()


def _port(log: Path) -> int:
    found = re.search(r"running on port (\d+)", log.read_text())
    return int(found[1]) if found else 0


@pytest.fixture(scope="session")
def without_rights() -> list[str]:
    """What is put before a command so that it may read and write only what its user may.

    No right keeps root from anything, so that its capabilities are taken away.
    """
    if os.geteuid() != 0:
        return []
    if shutil.which("setpriv") is None:
        pytest.skip("run by root, and there is no setpriv to take its rights away")
    return ["setpriv", "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs"]


@dataclass
class Load:
    """Clients who ask all the time; each answer has to be one of those that are right at the time.

    Where faults are about to be told, it may be an error in words as well, or an answer with a warning
    of what it lacks.
    """

    server: Served
    #: The bodies that are right, by path.
    right: dict[str, frozenset[bytes]]
    #: The paths of which the answer may be a refusal or have a warning.
    faulty: frozenset[str] = frozenset()
    #: What was wrong, how often what was answered, and how long the longest took, by path.
    wrong: list[str] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    longest: dict[str, float] = field(default_factory=dict)
    #: Whether what is asked about changes all the time, so that any answer is right.
    any_answer: bool = False
    over: bool = False
    _rounds: list[int] = field(default_factory=list)
    _threads: list[threading.Thread] = field(default_factory=list)

    def start(self, clients: int) -> None:
        self._rounds = [0] * clients
        for number in range(clients):
            thread = threading.Thread(target=self._ask_on, args=(number,))
            self._threads.append(thread)
            thread.start()

    def stop(self) -> None:
        self.over = True
        for thread in self._threads:
            thread.join(180)

    def rounds(self, count: int = 2) -> None:
        """Wait until each client has asked for everything so many times, from beginning to end."""
        goal = [done + count + 1 for done in self._rounds]
        until(lambda: all(done >= wanted for done, wanted in zip(self._rounds, goal)))

    def _ask_on(self, number: int) -> None:
        while not self.over:
            for path in self.right:
                if not self.over:
                    self._ask(path)
            self._rounds[number] += 1

    def _ask(self, path: str) -> None:
        begun = time.monotonic()
        try:
            answer = self.server.ask(path)
        except (OSError, http.client.HTTPException) as error:
            self.wrong.append(f"{path}: {error!r}")
            return
        self.longest[path] = max(self.longest.get(path, 0), time.monotonic() - begun)
        self.statuses[answer.status] += 1
        if self.any_answer:
            return
        if answer.body not in self.right[path] and not (path in self.faulty and _told(answer)):
            self.wrong.append(f"{path}: {answer.status} {answer.body[:300]!r}")


def _told(answer: Answer) -> bool:
    """Tell whether an answer says in words that something is wrong with a source."""
    body = answer.json()
    if answer.status == 200:
        return bool(body.get("warnings"))
    return answer.status in (404, 503) and len(body["error_message"]) > 10 and "code" in body


@pytest.fixture
def load() -> Iterator[Callable[..., Load]]:
    """Put a server under load until the end of the test."""
    with ExitStack() as loads:

        def start(server: Served, paths: Sequence[str], clients: int = 3) -> Load:
            made = Load(server, {path: frozenset([server.ask(path).body]) for path in paths})
            loads.callback(made.stop)
            made.start(clients)
            return made

        yield start


@pytest.fixture
def cas() -> Iterator[CasProvider]:
    provider = CasProvider()
    with serving(provider):
        yield provider


class Preferring(threading.Thread):
    """Writes down one preference after another, and knows which the server has acknowledged."""

    def __init__(self, server: Served, token: str) -> None:
        super().__init__()
        self._server, self._token = server, token
        #: The number of the last one that was sent, of the last that was acknowledged, and how many were.
        self.sent, self.acknowledged, self.count = 0, 0, 0
        #: Status and sentence of each kind of answer that was no acknowledgement.
        self.refusals: set[tuple[int, str]] = set()
        self.over = False

    def run(self) -> None:
        while not self.over:
            self.sent += 1
            told = {"preferred_username": f"name{self.sent}"}
            path = "/v4/user-settings/preferred-username"
            try:
                answer = self._server.ask(path, "POST", told, self._token)
            except (OSError, http.client.HTTPException):
                continue  # the process that was to answer is gone
            if answer.status == 200:
                self.acknowledged, self.count = self.sent, self.count + 1
            else:
                self.refusals.add((answer.status, answer.json()["error_message"]))

    def stop(self) -> None:
        self.over = True
        self.join(180)

    def kept(self) -> int:
        """Return which preference the server has."""
        answer = self._server.ask("/v4/user-settings/preferred-username", token=self._token)
        assert answer.status == 200, answer.body
        return int(answer.json()["preferred_username"].removeprefix("name"))


@pytest.fixture
def logged_in(cas: CasProvider) -> Callable[[Served, str], str]:
    """Log somebody in, and return the token."""

    def log_in(server: Served, user: str) -> str:
        ticket = cas.tickets.give((f"http://127.0.0.1:{server.port}/", user))
        answer = server.ask(f"/v4/auth/cas/v2/login?ticket={ticket}")
        assert answer.status == 200, answer.body
        return str(answer.json()["token"])

    return log_in


@pytest.fixture
def preferring() -> Iterator[Callable[[Served, str], Preferring]]:
    """Let somebody write down preferences until the end of the test."""
    with ExitStack() as writers:

        def start(server: Served, token: str) -> Preferring:
            made = Preferring(server, token)
            writers.callback(made.stop)
            made.start()
            return made

        yield start


@pytest.fixture
def serve_logins(
    serve_apart: Callable[..., Served], cas: CasProvider, free_port: int, tmp_path: Path
) -> Callable[..., Served]:
    """Serve an installation to which people log in."""

    def start(config: Path, *options: str) -> Served:
        told = {
            "SECRET_KEY": "k" * 40,
            "CAS_SERVER_URL": f"{cas.address}/",
            "AUTOSUBMIT_PUBLIC_URL": f"http://127.0.0.1:{free_port}",
            "AS_API_CONFIG_FILE": str(tmp_path / "none.yaml"),
        }
        return serve_apart(config, "--port", str(free_port), *options, **told)

    return start


@pytest.fixture
def stalling(tmp_path: Path) -> Iterator[Callable[[Path, Path], Callable[[str], None]]]:
    """Show a folder at another place, and say of which files nothing comes any more.

    The file system is in the memory of a process of ours, as that of a network is elsewhere.
    """
    if os.geteuid() != 0 or not Path("/dev/fuse").exists():
        pytest.skip("a file system of our own takes root and /dev/fuse")
    with ExitStack() as mounted:

        def show(folder: Path, place: Path) -> Callable[[str], None]:
            control = tmp_path / "stalled"
            control.write_text("")
            mounted.enter_context(_mounted(folder, place, control))

            def stall(part: str) -> None:
                control.write_text(part)

            return stall

        yield show


@contextmanager
def _mounted(folder: Path, place: Path, control: Path) -> Iterator[None]:
    place.mkdir()
    program = Path(__file__).with_name("stalling_files.py")
    command = [sys.executable, str(program), str(folder), str(place), str(control)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert process.stdout is not None
    try:
        if not process.stdout.readline():
            pytest.skip("a file system of our own cannot be mounted here")
        yield
    finally:
        control.write_text("")
        subprocess.run(["umount", "-l", str(place)], check=False)
        # It ends when nobody has a file of it open any more; whoever has is ended after this.
        with suppress(subprocess.TimeoutExpired):
            process.wait(30)
        process.kill()
        process.wait()
        process.stdout.close()
