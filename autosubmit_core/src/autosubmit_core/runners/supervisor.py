"""The program that stands beside a command of this machine until it ends.

``python -I supervisor.py FOLDER`` starts what ``FOLDER/command.json`` says, prints ``started``, or why
not, and leaves the rest to a process of its own, which no server has to outlive. That process keeps
the beginning of the output in ``FOLDER/output``, ends what takes or prints too much, and writes in
``FOLDER/exit`` how it ended. The command itself stands in no argument: Autosubmit, and people, look
for its runs among the command lines of all processes.

It is run on its own, so that it imports nothing of the package.
"""

from __future__ import annotations

import json
import os
import selectors
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

#: How long what a command started may go on printing after its end, in seconds.
_LAST_WORDS = 1.0
#: How long what is ended has to do so by itself, in seconds.
_GRACE = 2.0
_PIECE = 65_536
#: How often it shows that it is there, in seconds, to who cannot see its process.
BEAT = 30.0


def identity(pid: int) -> str:
    """Return a process as nothing else ever was or will be: its number, and when it started."""
    facts = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return f"{pid} {facts[19]}"


def write(folder: Path, name: str, text: str) -> None:
    """Write a file that is there as a whole or not at all."""
    new = folder / f"{name}.new"
    new.write_text(text)
    new.replace(folder / name)


def begin(folder: Path, told: dict[str, Any]) -> subprocess.Popen[bytes]:
    """Start the command and write down what it is; what cannot be written down does not go on."""
    # The server may have been started where these are ignored; the command is not to be.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    child = subprocess.Popen(
        told["arguments"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=told["environment"],
        cwd=folder,
        start_new_session=True,
    )
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        known = f"{os.uname().nodename} {boot} {identity(child.pid)} {identity(os.getpid())}"
        write(folder, "process", known)
    except OSError:
        stop(child, "unknown")
        raise
    return child


class Beat:
    """Shows now and then that somebody stands beside a command: its file ``process`` is touched."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "process"
        self._next = time.monotonic() + BEAT

    def __call__(self) -> None:
        if time.monotonic() > self._next:
            self._next = time.monotonic() + BEAT
            with suppress(OSError):
                os.utime(self._path)


def watch(folder: Path, told: dict[str, Any], child: subprocess.Popen[bytes]) -> str:
    """Keep the output until the command ends; return how it did."""
    limit, seconds = told["output_bytes"], told["seconds"]
    deadline = time.monotonic() + seconds if seconds else None
    kept, ended, beat = 0, None, Beat(folder)
    assert child.stdout is not None
    with (folder / "output").open("ab", buffering=0) as output, selectors.DefaultSelector() as wait:
        wait.register(child.stdout, selectors.EVENT_READ)
        while ended is None or time.monotonic() < ended + _LAST_WORDS:
            beat()
            if wait.select(0.1):
                piece = os.read(child.stdout.fileno(), _PIECE)
                if not piece:
                    break
                # A full disk keeps nothing more, and must not end what prints.
                with suppress(OSError):
                    output.write(piece[: max(0, limit - kept)])
                kept += len(piece)
            if seconds and kept > limit:
                return stop(child, "output")
            if deadline and time.monotonic() > deadline:
                return stop(child, "timeout")
            if ended is None and child.poll() is not None:
                ended = time.monotonic()
    while child.poll() is None:
        beat()
        if deadline and time.monotonic() > deadline:
            return stop(child, "timeout")
        time.sleep(0.05)
    return str(child.returncode)


def stop(child: subprocess.Popen[bytes], why: str) -> str:
    """End a command and all it started."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(child.pid, number)
            child.wait(_GRACE)
        except subprocess.TimeoutExpired:
            continue
        except ProcessLookupError:
            break
    child.wait()
    return why


def main(folder: Path) -> None:
    """Start the command of a folder, and stand beside it."""
    told = json.loads((folder / "command.json").read_text())
    reading, writing = os.pipe()
    if os.fork():
        os.close(writing)
        with os.fdopen(reading) as answer:
            sys.stdout.write(answer.read())
        return
    os.setsid()
    os.close(reading)
    nothing = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nothing, number)
    with os.fdopen(writing, "w") as answer:
        try:
            child = begin(folder, told)
        except OSError as error:
            answer.write(error.strerror or "error")
            return
        answer.write("started")
    write(folder, "exit", watch(folder, told, child))


if __name__ == "__main__":
    os.umask(0o077)
    main(Path(sys.argv[1]))
