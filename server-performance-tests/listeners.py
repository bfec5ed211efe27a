"""How long it takes until all who listen to an experiment know that one of its jobs has changed.

usage: python listeners.py [--listeners 1 100 1000] [--jobs 1000] [--changes 10]

A server of its own process; the listeners are connections of this one. A job list is stored as
Autosubmit stores it, by putting a new file in the place of the old, at a moment that has nothing to
do with when the server looks (once a second). The time is from that until a listener has the whole
event.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import re
import resource
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np

from autosubmit_core import demo

EXPID = "t000"
RUNNING = re.compile(r"running on port (\d+)")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--listeners", type=int, nargs="+", default=[1, 100, 1000])
    parser.add_argument("--jobs", type=int, default=1000)
    parser.add_argument("--changes", type=int, default=10)
    asked = parser.parse_args()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    print("| listeners | first | median | 99 % | last | server: memory | processor, a change |")
    print("|---|---|---|---|---|---|---|")
    for count in asked.listeners:
        with tempfile.TemporaryDirectory() as folder:
            experiment = Experiment(Path(folder), asked.jobs)
            print(row(experiment, count, asked.changes), flush=True)


class Experiment:
    """An experiment whose job list is stored anew, two states in turn."""

    def __init__(self, folder: Path, jobs: int) -> None:
        self.folder = folder
        names = [f"{EXPID}_20200101_fc0_{chunk}_SIM" for chunk in range(1, jobs + 1)]
        self._list = folder / EXPID / "pkl" / f"job_list_{EXPID}.pkl"
        self._states = []
        for status in (4, 5):
            made = demo.jobs_named(names, status=[status, *[0] * (jobs - 1)])
            demo.make_experiment(folder, EXPID, jobs=made)
            self._states.append(self._list.read_bytes())

    def change(self) -> float:
        """Store the list in its other state, and return when, as ``time.monotonic`` tells it."""
        self._states.reverse()
        new = self._list.with_suffix(".new")
        new.write_bytes(self._states[1])
        os.replace(new, self._list)
        return time.monotonic()


def row(experiment: Experiment, count: int, changes: int) -> str:
    """Return a row of the table, measured with a server that was just started."""
    program = [sys.executable, "-m", "autosubmit_core.api.app", "--port", "0"]
    limits = ["--event-streams", str(count), "--event-streams-each", str(count)]
    server = subprocess.Popen(
        [*program, *limits, "--config", str(experiment.folder), "--protection-level", "NONE"],
        stderr=subprocess.PIPE,
        text=True,
    )
    assert server.stderr is not None
    try:
        port = next(int(found[1]) for line in server.stderr if (found := RUNNING.search(line)))
        # Read on, or the server waits when the pipe is full.
        threading.Thread(target=server.stderr.read, daemon=True).start()
        times, processor = asyncio.run(measured(experiment, server.pid, port, count, changes))
        memory = resident(server.pid)
    finally:
        server.terminate()
        server.wait()
    told = (times.min(1).mean(), np.median(times), np.quantile(times, 0.99), times.max())
    cells = [f"{count:,}", *(f"{seconds:.2f} s" for seconds in told)]
    return f"| {' | '.join(cells)} | {memory / 2**20:.0f} MiB | {1000 * processor:.0f} ms |"


async def measured(
    experiment: Experiment, pid: int, port: int, count: int, changes: int
) -> tuple[np.ndarray, float]:
    """Return when each listener heard of each change, (changes, count) seconds after it, and
    what a change, with the second or two around it, takes of a processor in seconds."""
    readers = [await listening(port) for _ in range(count)]
    times = np.empty((changes, count))
    # What was just written is read once more when it has settled.
    await asyncio.sleep(3)
    before = used(pid)
    for change in range(changes):
        await asyncio.sleep(1 + random.random())
        stored = experiment.change()
        heard = await asyncio.gather(*map(event, readers))
        times[change] = np.array(heard) - stored
    return times, (used(pid) - before) / changes


async def listening(port: int) -> asyncio.StreamReader:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**24)
    request = f"GET /v4/experiments/{EXPID}/events HTTP/1.1\r\nHost: localhost\r\n\r\n"
    writer.write(request.encode())
    await reader.readuntil(b"event: open")
    reader.writer = writer  # type: ignore[attr-defined]  # as long as it is read
    return reader


async def event(reader: asyncio.StreamReader) -> float:
    """Return when the next change of jobs was there as a whole."""
    await reader.readuntil(b"event: jobs")
    await reader.readuntil(b"\n\n")
    return time.monotonic()


def used(pid: int) -> float:
    """Return how much of a processor a process has used, in seconds."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident(pid: int) -> int:
    """Return how many bytes of memory a process holds."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


if __name__ == "__main__":
    main()
