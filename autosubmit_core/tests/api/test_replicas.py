"""Three servers behind nginx are one: when one of them is killed, work, requests and events go on.

Once on a file system that they share and once on a PostgreSQL server.
"""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from autosubmit_core import demo
from autosubmit_core.demo.providers import CasProvider, serving
from autosubmit_core.demo.writing.catalogues import write_run_control
from autosubmit_core.demo.writing.servers import move_to_server
from autosubmit_core.readers.installation import read_installation
from autosubmit_core.readers.servers import Server
from autosubmit_core.status import Status
from autosubmit_core.store.places import store_of

JOBS = ["t000_INI", "t000_20200101_fc0_1_SIM", "t000_20200101_fc0_2_SIM"]

#: A server whose one task is due all the time, and says who does it.
_REPLICA = """
import os, sys, time
from autosubmit_core.api import app
from autosubmit_core.store import leases
from autosubmit_core.workers import schedule
from autosubmit_core.workers.passes import Task
from autosubmit_core.workers.settings import Plan
name, log, *options = sys.argv[1:]
leases.LEASE_SECONDS, schedule.SLEEP_SECONDS = 3.0, 0.1
def say(word):
    with open(log, "a") as lines:
        print(word, name, os.getpid(), file=lines)
class Slow(Task):
    name, key, minutes, meaning = "slow", "SLOW", 1, "something slow"
    def examine(self, experiment):
        say("begin")
        time.sleep(0.3)
        say("end")
    def write(self, connection, locations, found, *, first):
        pass
    def doubts(self, experiment, note):
        return True
app.plans_of = lambda settings: [Plan(Slow(), 0.5)]
sys.exit(app.main(options))
"""

_NGINX = """
{user}
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 256; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    upstream replicas {{
        {servers}
    }}
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_pass http://replicas;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_set_header Host $host;
            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
        }}
    }}
}}
"""


@dataclass
class Cluster:
    """Servers that answer for each other, and the port that they are all behind."""

    folder: Path
    port: int
    ports: dict[str, int]
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def ask(
        self, path: str, *, port: int = 0, method: str = "GET", token: str = ""
    ) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", port or self.port, timeout=20)
        with closing(connection):
            connection.request(method, path, headers={"Authorization": token})
            response = connection.getresponse()
            return response.status, response.read()

    def work(self) -> list[tuple[str, str, int]]:
        """Return what workers have said: begin or end, whose they are, and their processes."""
        log = self.folder / "work"
        split = [line.split() for line in log.read_text().splitlines()] if log.exists() else []
        return [(word, name, int(pid)) for word, name, pid in split]


@pytest.fixture(params=["files", "server"])
def cluster(
    request: pytest.FixtureRequest, tmp_path: Path, nginx: Path, cas: CasProvider
) -> Iterator[Cluster]:
    """Three servers of one installation."""
    root = tmp_path / "installation"
    demo.make_experiment(root, "t000", jobs=jobs(Status.READY))
    write_run_control(root / "autosubmitrc", root)
    if request.param == "server":
        url = request.getfixturevalue("postgres").new_database()
        move_to_server(root / "autosubmitrc", url)
    port, *ports = free_ports(4)
    made = Cluster(tmp_path, port, {f"replica-{number}": p for number, p in enumerate(ports)})
    with ExitStack() as running:
        for name in made.ports:
            made.processes[name] = running.enter_context(replica(made, name, cas.address))
        for p in ports:
            until(lambda p=p: answers(made, p))  # type: ignore[misc]
        running.enter_context(balancer(nginx, made))
        until(lambda: answers(made, port))
        yield made


@pytest.fixture
def cas() -> Iterator[CasProvider]:
    provider = CasProvider()
    with serving(provider):
        yield provider


def jobs(first: Status) -> Any:
    return demo.jobs_named(JOBS, status=[first, Status.WAITING, Status.WAITING])


def free_ports(count: int) -> list[int]:
    with ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [int(one.getsockname()[1]) for one in sockets]


@contextmanager
def replica(cluster: Cluster, name: str, cas: str) -> Iterator[subprocess.Popen[bytes]]:
    told = {
        "SECRET_KEY": "k" * 40,
        "CAS_SERVER_URL": f"{cas}/",
        "AUTOSUBMIT_PUBLIC_URL": f"http://127.0.0.1:{cluster.port}",
        "AS_API_CONFIG_FILE": str(cluster.folder / "none.yaml"),
    }
    options = ["--port", str(cluster.ports[name]), "--replicas", "--events-interval", "0.2"]
    config = ["--config", str(cluster.folder / "installation" / "autosubmitrc")]
    program = [sys.executable, "-c", _REPLICA, name, str(cluster.folder / "work")]
    with (cluster.folder / name).open("wb") as log:
        process = subprocess.Popen(
            [*program, *options, *config], stderr=log, env={**os.environ, **told}
        )
        try:
            yield process
        finally:
            process.kill()
            process.wait()


@contextmanager
def balancer(nginx: Path, cluster: Cluster) -> Iterator[None]:
    folder = cluster.folder / "nginx"
    folder.mkdir()
    servers = " ".join(f"server 127.0.0.1:{port};" for port in cluster.ports.values())
    user = "" if os.geteuid() else "user root;"
    said = _NGINX.format(user=user, folder=folder, servers=servers, port=cluster.port)
    (folder / "nginx.conf").write_text(said)
    places = ["-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", str(folder / "error.log")]
    program = [str(nginx), *places, "-g", "daemon off;"]
    process = subprocess.Popen(program, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.terminate()
        process.wait(10)


def answers(cluster: Cluster, port: int) -> bool:
    try:
        return cluster.ask("/health/ready", port=port)[0] == 200
    except OSError:
        return False


def until(condition: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)


def change(cluster: Cluster, status: Status) -> None:
    """Let the first job be in a state from now on, as Autosubmit would."""
    root = cluster.folder / "installation"
    place = store_of(read_installation(root / "autosubmitrc"))
    if not isinstance(place, Server):
        demo.make_experiment(root, "t000", jobs=jobs(status))
        os.utime(root / "t000" / "pkl" / "job_list_t000.pkl")
        return
    elsewhere = cluster.folder / "elsewhere"
    demo.make_experiment(elsewhere, "t000", jobs=jobs(status))
    pickled = (elsewhere / "t000" / "pkl" / "job_list_t000.pkl").read_bytes()
    with place.writing() as connection:
        connection.exec_driver_sql("UPDATE job_pkl SET pkl = %s", (pickled,))


class Listener(threading.Thread):
    """Listens to an experiment, and comes back with the last id whenever it is cut off."""

    def __init__(self, cluster: Cluster, token: str) -> None:
        super().__init__(daemon=True)
        self._cluster, self._token = cluster, token
        self._last = ""
        #: What the first job became, as it was told, and how often a stream began.
        self.told: list[str] = []
        self.begun = 0
        self.over = False

    def run(self) -> None:
        while not self.over:
            connection = http.client.HTTPConnection("127.0.0.1", self._cluster.port, timeout=30)
            with closing(connection):
                try:
                    self._listen(connection)
                except (OSError, http.client.HTTPException):
                    time.sleep(0.1)

    def _listen(self, connection: http.client.HTTPConnection) -> None:
        back = {"Last-Event-ID": self._last} if self._last else {}
        headers = {"Authorization": self._token, **back}
        connection.request("GET", "/v4/experiments/t000/events", headers=headers)
        fields: dict[str, str] = {}
        with connection.getresponse() as response:
            for line in response:
                name, _, value = line.decode().rstrip("\n").partition(": ")
                if name:
                    fields[name] = value
                    continue
                self._take(fields)
                fields = {}

    def _take(self, event: dict[str, str]) -> None:
        self.begun += event.get("event") == "open"
        self._last = event.get("id", self._last)
        if event.get("event") == "jobs":
            self.told += [job["status"] for job in json.loads(event["data"])["jobs"]]


class Client(threading.Thread):
    """Asks one thing after another, each on a new connection."""

    def __init__(self, cluster: Cluster, token: str) -> None:
        super().__init__(daemon=True)
        self._cluster, self._token = cluster, token
        #: The status of each answer; 0 where there was none.
        self.statuses: list[int] = []
        self.over = False

    def run(self) -> None:
        while not self.over:
            try:
                path = "/v4/experiments/t000/jobs?view=quick"
                status, _ = self._cluster.ask(path, token=self._token)
            except (OSError, http.client.HTTPException):
                status = 0
            self.statuses.append(status)


def test_what_one_of_three_did_goes_on_when_it_is_killed(
    cluster: Cluster, cas: CasProvider
) -> None:
    token = logged_in(cluster, cas)
    for port in cluster.ports.values():
        assert cluster.ask("/v4/auth/verify-token", port=port, token=token)[0] == 200
    listeners = [Listener(cluster, token) for _ in range(6)]
    for listener in listeners:  # one after the other, so that nginx deals them out evenly
        listener.start()
        until(lambda listener=listener: listener.begun == 1)  # type: ignore[misc]
    change(cluster, Status.QUEUING)
    until(lambda: all(listener.told == ["QUEUING"] for listener in listeners))
    clients = [Client(cluster, token) for _ in range(4)]
    for client in clients:
        client.start()
    until(lambda: all(len(client.statuses) > 10 for client in clients))

    killed = kill_the_one_that_works(cluster)
    asked = [len(client.statuses) for client in clients]
    change(cluster, Status.RUNNING)
    until(lambda: all(listener.told == ["QUEUING", "RUNNING"] for listener in listeners))
    until(lambda: [name for _, name, _ in cluster.work()][-1] != killed, 20)
    until(lambda: all(len(c.statuses) > sent + 30 for c, sent in zip(clients, asked)))
    done = len(cluster.work())
    until(lambda: len(cluster.work()) > done + 4)
    for client in clients:
        client.over = True
    for listener in listeners:
        listener.over = True

    assert sum(listener.begun for listener in listeners) >= len(listeners) + 2
    for client in clients:
        client.join(20)
        # What the killed one had begun to answer; all else nginx asked of another.
        assert set(client.statuses) <= {200, 0, 502}
        assert len([status for status in client.statuses if status != 200]) <= 1
    assert_one_at_a_time(cluster.work(), killed)

    rest = [port for name, port in cluster.ports.items() if name != killed]
    assert cluster.ask("/v4/auth/logout", port=rest[0], method="POST", token=token)[0] == 200
    until(lambda: cluster.ask("/v4/auth/verify-token", port=rest[1], token=token)[0] == 401, 5)
    assert cluster.ask("/v4/experiments/t000/jobs", token=token)[0] == 401


def logged_in(cluster: Cluster, cas: CasProvider) -> str:
    """Log in through nginx, on whichever server that is, and return the token."""
    ticket = cas.tickets.give((f"http://127.0.0.1:{cluster.port}/", "alice"))
    status, body = cluster.ask(f"/v4/auth/cas/v2/login?ticket={ticket}")
    assert status == 200, body
    return str(json.loads(body)["token"])


def kill_the_one_that_works(cluster: Cluster) -> str:
    """End a server and its worker, in the middle of its work, as when their machine dies."""
    until(lambda: bool(cluster.work()) and cluster.work()[-1][0] == "begin")
    _, name, pid = cluster.work()[-1]
    cluster.processes[name].kill()
    os.kill(pid, signal.SIGKILL)
    return name


def assert_one_at_a_time(work: list[tuple[str, str, int]], killed: str) -> None:
    """Hold that nobody began before another had ended, but for what the killed one did last."""
    last = max(place for place, (_, name, _) in enumerate(work) if name == killed)
    if work[last][0] == "begin":
        del work[last]
    assert [word for word, _, _ in work] == ["begin", "end"] * (len(work) // 2) + ["begin"] * (
        len(work) % 2
    )
    pairs = zip(work[::2], work[1::2])
    assert all(begin[1:] == end[1:] for begin, end in pairs)
    assert killed not in {name for _, name, _ in work[last:]}
