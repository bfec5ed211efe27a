"""The two servers: how each is started, what it holds, and how it is stopped."""

from __future__ import annotations

import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from comparison.client import Client

__all__ = ["Server", "environment_of_reference", "our_server", "reference_server"]

#: The version that is compared with, and what it needs beside what it asks for itself.
REFERENCE = "autosubmit-api==4.2.0"

#: How long a server may take to answer for the first time.
_START_SECONDS = 120


@dataclass
class Server:
    """A server over one installation, which can be started again when it hangs."""

    #: ``ours`` or ``reference``.
    name: str
    #: The run-control file of the installation that it serves.
    config: Path
    command: Sequence[str]
    environment: Mapping[str, str]
    port: int
    #: A path that is answered as soon as the server is up.
    first_path: str
    log: Path
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    def start(self) -> None:
        """Start it and wait until it answers."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                env=self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
                cwd=self.log.parent,
            )
        end = time.monotonic() + _START_SECONDS
        while time.monotonic() < end and self.process.poll() is None:
            try:
                with Client(self.port, 10) as client:
                    client.get(self.first_path)
                    return
            except OSError:
                time.sleep(0.1)
        self.stop()
        raise SystemExit(f"the server {self.name} did not start; see {self.log}")

    def stop(self) -> None:
        """End it and everything that it started."""
        if self.process is None:
            return
        # In a session of its own: the whole group is its own processes.
        for number, seconds in ((signal.SIGTERM, 10), (signal.SIGKILL, 10)):
            try:
                os.killpg(self.process.pid, number)
                self.process.wait(seconds)
                break
            except subprocess.TimeoutExpired:
                continue
            except ProcessLookupError:
                break
        self.process = None

    def restart(self) -> None:
        """Start it anew: a request that was given up may keep it busy for long."""
        self.stop()
        self.start()

    def processes(self) -> list[int]:
        """Return the numbers of its processes that are there now, the first one first."""
        if self.process is None:
            return []
        found, new = [], [self.process.pid]
        while new:
            number = new.pop(0)
            found.append(number)
            for children in Path(f"/proc/{number}/task").glob("*/children"):
                new.extend(map(int, children.read_text().split()))
        return found


def our_server(config: Path, log: Path, more: Sequence[str] = ()) -> Server:
    """Return our server, of the Python that runs this, over an installation."""
    port = _free_port()
    command = [sys.executable, "-m", "autosubmit_core.api.app"]
    command += ["--port", str(port), "--config", str(config)]
    command += ["--protection-level", "NONE", *more]
    return Server("ours", config, command, os.environ, port, "/health/ready", log)


def reference_server(python: Path, config: Path, log: Path) -> Server:
    """Return Autosubmit API with one worker, of the Python of its own environment."""
    port = _free_port()
    command = [str(python), str(python.with_name("autosubmit_api")), "start"]
    # Without a long timeout its master ends a worker that computes for more than half a minute.
    command += ["-b", f"127.0.0.1:{port}", "-w", "1", "-t", "7200"]
    command += ["--disable-bg-tasks", "--log-level", "ERROR"]
    told = {
        "AUTOSUBMIT_CONFIGURATION": str(config),
        "PROTECTION_LEVEL": "NONE",
        "SECRET_KEY": secrets.token_hex(32),
        "DISABLE_BACKGROUND_TASKS": "True",
        "PATH": f"{python.parent}{os.pathsep}{os.environ.get('PATH', '')}",
    }
    return Server("reference", config, command, {**os.environ, **told}, port, "/", log)


def environment_of_reference(folder: Path) -> Path:
    """Return the Python of an environment with the reference, which is made if it is not there."""
    python = folder / "bin" / "python"
    if not (folder / "bin" / "autosubmit_api").exists():
        print(f"making an environment with {REFERENCE} in {folder}", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", REFERENCE], check=True)
    return python


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
