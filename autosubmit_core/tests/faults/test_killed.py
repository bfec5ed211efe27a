"""Processes of a server are killed at any moment, and what it had acknowledged is there."""

from __future__ import annotations

import json
import os
import random
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from http.client import HTTPException
from pathlib import Path
from typing import Any

from autosubmit_core import demo


def test_all_that_was_acknowledged_is_there_after_any_of_its_processes_was_killed(
    tmp_path: Path,
    logged_in: Callable[[Any, str], str],
    serve_logins: Callable[..., Any],
    preferring: Callable[[Any, str], Any],
    until: Callable[..., None],
    fault_seconds: float,
) -> None:
    folder = demo.build(tmp_path / "demo")
    server = serve_logins(folder / "autosubmitrc", "--processes", "2")
    until(lambda: server.ask("/v4/experiments/a2m9/jobs").status == 200)
    tokens = [logged_in(server, name) for name in ("alice", "bob", "carol", "dan")]
    writers = [preferring(server, token) for token in tokens[:3]]
    chance, killed = random.Random(1), 0
    end = time.monotonic() + fault_seconds
    while time.monotonic() < end or killed < 6:
        goal = [writer.acknowledged + chance.randrange(1, 5) for writer in writers]
        until(lambda goal=goal: all(w.acknowledged >= n for w, n in zip(writers, goal)))
        # Any but the first, which starts the others.
        with suppress(ProcessLookupError):
            os.kill(chance.choice(server.processes()[1:]), signal.SIGKILL)
            killed += 1
    for writer in writers:
        writer.stop()
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
    print(json.dumps({"killed": killed, "acknowledged": sum(w.count for w in writers)}))


def _answers(server: Any) -> bool:
    with suppress(OSError, HTTPException):
        return bool(server.ask("/health/ready").status == 200)
    return False
