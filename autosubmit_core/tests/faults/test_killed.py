"""Processes of a server are killed at any moment, and what it had acknowledged is there."""

from __future__ import annotations

import json
import os
import random
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.client import HTTPException
from pathlib import Path
from typing import Any

import pytest

from autosubmit_core import demo
from autosubmit_core.demo.providers import CasProvider, serving


@pytest.fixture
def cas() -> Iterator[CasProvider]:
    provider = CasProvider()
    with serving(provider):
        yield provider


class Writer(threading.Thread):
    """Writes down one preference after another, and knows which the server has acknowledged."""

    def __init__(self, server: Any, token: str, name: str) -> None:
        super().__init__()
        self._server, self._token, self._name = server, token, name
        self.sent, self.acknowledged, self.refused = 0, 0, 0
        self.over = False

    def run(self) -> None:
        while not self.over:
            self.sent += 1
            told = {"preferred_username": f"{self._name}{self.sent}"}
            path = "/v4/user-settings/preferred-username"
            try:
                answer = self._server.ask(path, "POST", told, self._token)
            except (OSError, HTTPException):
                continue  # the process that was to answer is gone
            if answer.status == 200:
                self.acknowledged = self.sent
            else:
                assert answer.status == 503, answer.body
                self.refused += 1

    def kept(self) -> int:
        """Return which preference the server has."""
        answer = self._server.ask("/v4/user-settings/preferred-username", token=self._token)
        assert answer.status == 200, answer.body
        return int(answer.json()["preferred_username"].removeprefix(self._name))


@pytest.fixture
def logged_in(cas: CasProvider) -> Callable[[Any, str], str]:
    """Log somebody in, and return the token."""

    def log_in(server: Any, user: str) -> str:
        ticket = cas.tickets.give((f"http://127.0.0.1:{server.port}/", user))
        answer = server.ask(f"/v4/auth/cas/v2/login?ticket={ticket}")
        assert answer.status == 200, answer.body
        return str(answer.json()["token"])

    return log_in


def test_all_that_was_acknowledged_is_there_after_any_of_its_processes_was_killed(
    tmp_path: Path,
    cas: CasProvider,
    logged_in: Callable[[Any, str], str],
    serve_apart: Callable[..., Any],
    free_port: int,
    until: Callable[..., None],
    fault_seconds: float,
) -> None:
    folder = demo.build(tmp_path / "demo")
    told = {
        "SECRET_KEY": "k" * 40,
        "CAS_SERVER_URL": f"{cas.address}/",
        "AUTOSUBMIT_PUBLIC_URL": f"http://127.0.0.1:{free_port}",
        "AS_API_CONFIG_FILE": str(tmp_path / "none.yaml"),
    }
    options = ["--port", str(free_port), "--processes", "2"]
    server = serve_apart(folder / "autosubmitrc", *options, **told)
    until(lambda: server.ask("/v4/experiments/a2m9/jobs").status == 200)
    tokens = [logged_in(server, name) for name in ("alice", "bob", "carol", "dan")]
    writers = [Writer(server, token, f"name{n}-") for n, token in enumerate(tokens[:3])]
    for writer in writers:
        writer.start()
    chance, killed = random.Random(1), 0
    end = time.monotonic() + fault_seconds
    while time.monotonic() < end or killed < 6:
        goal = [writer.acknowledged + chance.randrange(1, 5) for writer in writers]
        until(lambda goal=goal: all(w.acknowledged >= n for w, n in zip(writers, goal)))  # type: ignore[misc]
        # Any but the first, which starts the others.
        with suppress(ProcessLookupError):
            os.kill(chance.choice(server.processes()[1:]), signal.SIGKILL)
            killed += 1
    for writer in writers:
        writer.over = True
    for writer in writers:
        writer.join(120)
    for writer in writers:
        assert writer.acknowledged <= writer.kept() <= writer.sent
    # Who logged out stays so, whoever of them is killed.
    assert server.ask("/v4/auth/logout", "POST", token=tokens[3]).status == 200
    for number in server.processes()[1:]:
        with suppress(ProcessLookupError):
            os.kill(number, signal.SIGKILL)
    until(lambda: _answers(server))
    assert server.ask("/v4/auth/verify-token", token=tokens[3]).status == 401
    assert server.ask("/v4/auth/verify-token", token=tokens[0]).status == 200
    until(lambda: server.ask("/v4/experiments/a2m9/jobs").status == 200)
    lines = [line for line in server.failures() if "ended unexpectedly" not in line]
    assert not lines
    print(json.dumps({"killed": killed, "acknowledged": [w.acknowledged for w in writers]}))


def _answers(server: Any) -> bool:
    with suppress(OSError, HTTPException):
        return bool(server.ask("/health/ready").status == 200)
    return False
