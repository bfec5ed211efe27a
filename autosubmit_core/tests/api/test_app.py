"""The program as a process: its start-up line, its answers over HTTP, its signals and exits."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from autosubmit_core import demo

RUNNING = re.compile(r"Tornado server is running on port (\d+)$")


class Program:
    """The server as a process of its own, with what it wrote so far."""

    def __init__(self, *arguments: str, **environment: str) -> None:
        self.lines: list[str] = []
        self.process = subprocess.Popen(
            [sys.executable, "-m", "autosubmit_core.api.app", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            # Its background tasks, a process more, have tests of their own.
            env={
                **os.environ,
                "PROTECTION_LEVEL": "NONE",
                "DISABLE_BACKGROUND_TASKS": "true",
                **environment,
            },
        )
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def port(self, seconds: float = 60) -> int:
        """Return the port that the start-up line tells, once it is there."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and self.process.poll() is None:
            for line in list(self.lines):
                if found := RUNNING.search(line):
                    return int(found[1])
            time.sleep(0.01)
        raise AssertionError(f"no start-up line in {self.lines}")

    def ask(self, port: int, path: str, body: Any = None) -> tuple[int, Any]:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        try:
            if body is None:
                connection.request("GET", path)
            else:
                headers = {"Content-Type": "application/json"}
                connection.request("POST", path, json.dumps(body), headers)
            response = connection.getresponse()
            return response.status, json.loads(response.read())
        finally:
            connection.close()

    def ended(self, seconds: float = 30) -> int:
        """Return the exit status, once there is one."""
        status = self.process.wait(seconds)
        self._reader.join(5)
        return status

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.ended()
        assert self.process.stdout is not None
        self.process.stdout.close()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))


@pytest.fixture
def program() -> Iterator[Callable[..., Program]]:
    started: list[Program] = []

    def start(*arguments: str, **environment: str) -> Program:
        started.append(Program(*arguments, **environment))
        return started[-1]

    yield start
    for each in started:
        each.close()


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return demo.build(tmp_path_factory.mktemp("demo"))


def test_the_demo_starts_answers_and_stops(program: Callable[..., Program], tmp_path: Path) -> None:
    variables = {"TMPDIR": str(tmp_path), "DISABLE_BACKGROUND_TASKS": "false"}
    server = program("--demo", "--port", "0", **variables)
    port = server.port()
    assert server.ask(port, "/")[1]["name"] == "autosubmit_core"
    assert server.ask(port, "/health/ready") == (200, {"status": "ok"})
    (folder,) = tmp_path.iterdir()
    assert any(str(folder) in line and "demo" in line for line in server.lines)
    expid = next(each.name for each in sorted(folder.iterdir()) if (each / "pkl").is_dir())
    assert server.ask(port, f"/v4/experiments/{expid}/jobs")[0] == 200
    status, body = server.ask(port, "/report", {"expid": expid})
    assert (status, body["status"]) == (200, "success")
    end = time.monotonic() + 30
    while server.ask(port, "/v4/fleet")[1]["figures_updated"] is None:
        assert time.monotonic() < end, "nothing was noted"
        time.sleep(0.1)
    assert [one["expid"] for one in server.ask(port, "/v4/fleet")[1]["stalled"]] == ["a3h2"]
    server.process.send_signal(signal.SIGTERM)
    assert server.ended() == 0
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(ConnectionRefusedError):
        server.ask(port, "/")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_request_under_way_is_finished_before_the_end(
    program: Callable[..., Program], installation: Path, number: signal.Signals
) -> None:
    """D-3, with a body that is still coming in as the request under way."""
    server = program("--config", str(installation), "--port", "0")
    body = b'{"expid": "zzzz"}'
    with socket.create_connection(("127.0.0.1", server.port()), 10) as client:
        head = (
            "POST /report HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        client.sendall(head.encode() + body[:5])
        time.sleep(0.3)
        server.process.send_signal(number)
        time.sleep(0.3)
        assert server.process.poll() is None
        client.sendall(body[5:])
        answer = client.recv(10_000)
    assert b"404 Not Found" in answer
    assert b"Connection: close" in answer
    assert server.ended() == 0


def test_shared_folders_that_a_file_of_variables_names_reach_the_configurations(
    program: Callable[..., Program], tmp_path: Path
) -> None:
    root, shared, variables = (tmp_path / name for name in ("root", "shared", "variables"))
    root.mkdir()
    shared.mkdir()
    (shared / "platforms.yml").write_text("PLATFORMS: {MN5: {MAX_WALLCLOCK: '48:00'}}")
    demo.make_experiment(
        root,
        jobs=demo.jobs_named(["t000_SIM"]),
        configuration={"DEFAULT": {"EXPID": "t000", "CUSTOM_CONFIG": f"{shared}/platforms.yml"}},
    )
    variables.write_text(f"AUTOSUBMIT_SHARED_FOLDERS={shared}\n")
    variables.chmod(0o600)
    server = program("--config", str(root), "--env-file", str(variables), "--port", "0")
    body = server.ask(server.port(), "/v4/experiments/t000/filesystem-config")[1]
    assert body["config"]["PLATFORMS"]["MN5"]["MAX_WALLCLOCK"] == "48:00"


def test_what_does_not_end_in_time_is_cut(
    program: Callable[..., Program], installation: Path
) -> None:
    server = program("--config", str(installation), "--port", "0", "--stop-seconds", "1")
    with socket.create_connection(("127.0.0.1", server.port()), 10) as client:
        client.sendall(b"POST /report HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n")
        time.sleep(0.3)
        began = time.monotonic()
        server.process.send_signal(signal.SIGTERM)
        assert server.ended() == 0
    assert time.monotonic() - began < 10
    assert any("did not end in time" in line for line in server.lines)


def test_without_an_installation_one_sentence_says_what_to_do(
    program: Callable[..., Program], tmp_path: Path
) -> None:
    (tmp_path / "autosubmitrc").write_text(f"[database]\npath = {tmp_path}\n")
    server = program("--config", str(tmp_path / "autosubmitrc"), "--port", "0")
    assert server.ended() == 1
    (line,) = server.lines
    assert line.startswith("autosubmit_core: No Autosubmit installation")
    assert "AUTOSUBMIT_CONFIGURATION" in line
    assert "--demo" in line


def test_a_port_in_use_is_one_sentence(program: Callable[..., Program], installation: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        server = program("--config", str(installation), "--port", str(port))
        assert server.ended() == 1
    assert server.lines == [
        f"autosubmit_core: cannot listen on port {port} of 127.0.0.1: Address already in use."
    ]


@pytest.mark.parametrize(("arguments", "status"), [(["--help"], 0), (["--prot", "1"], 2)])
def test_help_ends_with_0_and_wrong_options_with_2(
    program: Callable[..., Program], arguments: list[str], status: int
) -> None:
    server = program(*arguments)
    assert server.ended() == status
    assert "usage: python -m autosubmit_core.api.app" in server.lines[0]


def test_a_line_of_the_log_stays_one_line(
    program: Callable[..., Program], installation: Path
) -> None:
    """S-29: what a client sends writes no lines of its own, and no control characters."""
    server = program("--config", str(installation), "--port", "0")
    port = server.port()
    server.ask(port, "/nothing%0aFORGED%1b[31m?secret=1")
    with socket.create_connection(("127.0.0.1", port), 10) as client:
        client.sendall(
            b"GET /a\x1b[31m\x85b HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        )
        while client.recv(10_000):
            pass
    server.process.send_signal(signal.SIGTERM)
    server.ended()
    text = "\n".join(server.lines)
    assert "/nothing%0aFORGED" in text
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", text)
    assert "secret" not in text


def test_nothing_is_left_in_the_temporary_folder_when_the_demo_cannot_be_served(
    program: Callable[..., Program], tmp_path: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert program("--demo", "--port", port, TMPDIR=str(tmp_path)).ended() == 1
    assert list(tmp_path.iterdir()) == []


# -- several processes ---------------------------------------------------------------------------


def children_of(process: int) -> set[int]:
    listed = Path(f"/proc/{process}/task").glob("*/children")
    return {int(child) for children in listed for child in children.read_text().split()}


def wait_until_gone(processes: set[int]) -> None:
    end = time.monotonic() + 30
    while any(Path(f"/proc/{process}").exists() for process in processes):
        assert time.monotonic() < end
        time.sleep(0.02)


def processes_of(server: Program) -> set[int]:
    """Return the processes that serve, once all of them do."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        lines = [line for line in server.lines if RUNNING.search(line)]
        found = children_of(server.process.pid)
        if len(lines) >= len(found) == 2:
            return found
        time.sleep(0.02)
    raise AssertionError(server.lines)


@pytest.fixture
def two(program: Callable[..., Program], installation: Path) -> Program:
    if not Path("/proc/self/task").is_dir():
        pytest.skip("this system does not tell the children of a process")
    return program("--port", "0", "--config", str(installation), "--processes", "2")


def test_several_processes_answer_alike_and_stop_together(two: Program) -> None:
    children = processes_of(two)
    port = two.port()
    answers = {json.dumps(two.ask(port, "/v4/experiments/a2m9/jobs?view=quick")) for _ in range(20)}
    assert len(answers) == 1
    two.process.send_signal(signal.SIGTERM)
    assert two.ended() == 0
    assert not any(Path(f"/proc/{child}").exists() for child in children)


def test_a_process_that_dies_is_replaced(two: Program) -> None:
    first, second = processes_of(two)
    os.kill(first, signal.SIGKILL)
    end = time.monotonic() + 30
    while len([line for line in two.lines if RUNNING.search(line)]) < 3:
        assert time.monotonic() < end
        time.sleep(0.02)
    children = processes_of(two)
    assert second in children
    assert first not in children
    assert two.ask(two.port(), "/health/ready")[0] == 200
    two.process.send_signal(signal.SIGINT)
    assert two.ended() == 0


def test_processes_stop_when_the_one_that_watches_is_killed(two: Program) -> None:
    children = processes_of(two)
    two.process.kill()
    two.ended()
    wait_until_gone(children)


def test_each_has_a_computing_process_of_its_own_which_ends_with_it(two: Program) -> None:
    first, second = processes_of(two)
    computing = {server: children_of(server) for server in (first, second)}
    while not all(computing.values()):
        computing = {server: children_of(server) for server in (first, second)}
    assert [len(each) for each in computing.values()] == [1, 1]
    os.kill(first, signal.SIGKILL)
    wait_until_gone(computing[first])
    two.process.send_signal(signal.SIGTERM)
    assert two.ended() == 0
    wait_until_gone(computing[second])


def test_d3_a_server_that_is_to_stop_is_not_ready_first_and_goes_on(
    program: Callable[..., Program], installation: Path
) -> None:
    server = program("--config", str(installation), "--port", "0", "--stop-delay", "2")
    port = server.port()
    began = time.monotonic()
    server.process.send_signal(signal.SIGTERM)
    while server.ask(port, "/health/ready")[0] == 200:
        assert time.monotonic() - began < 2
    assert server.ask(port, "/health/live")[0] == 200
    assert server.ask(port, "/v4/experiments")[0] == 200
    assert server.ended() == 0
    assert time.monotonic() - began >= 2
    with pytest.raises(ConnectionRefusedError):
        server.ask(port, "/")


def test_d3_a_second_signal_ends_a_server_at_once(
    program: Callable[..., Program], installation: Path
) -> None:
    server = program("--config", str(installation), "--port", "0", "--stop-delay", "60")
    port = server.port()
    server.process.send_signal(signal.SIGTERM)
    while server.ask(port, "/health/ready")[0] == 200:
        time.sleep(0.02)
    server.process.send_signal(signal.SIGTERM)
    assert server.ended(10) == -signal.SIGTERM


def test_d3_all_that_is_under_way_is_answered(
    program: Callable[..., Program], installation: Path
) -> None:
    server = program("--config", str(installation), "--port", "0")
    port, body = server.port(), b'{"expid": "zzzz"}'
    head = (
        "POST /report HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    ).encode()
    with ExitStack() as clients:
        connections = [
            clients.enter_context(socket.create_connection(("127.0.0.1", port), 20))
            for _ in range(20)
        ]
        for client in connections:
            client.sendall(head + body[:5])
        time.sleep(0.5)
        server.process.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        for client in connections:
            client.sendall(body[5:])
        answers = [client.recv(10_000) for client in connections]
    assert all(b"404 Not Found" in answer for answer in answers)
    assert server.ended() == 0
