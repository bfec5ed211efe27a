#!/usr/bin/env python3
"""How long answers take while several clients ask at once, some of them for large things.

usage: ask_while_busy.py [--jobs 100000] [--clients 4] [--seconds 10]

Builds a demo installation with an experiment of so many jobs, serves it in a process of its own,
and lets so many clients ask, each in turn for every request of the table, for so many seconds. One
more client asks /health/live all the while: it shows whether the event loop is ever held up.
"""

from __future__ import annotations

import argparse
import http.client
import json
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from pathlib import Path

from autosubmit_core import demo

LIVE = ("GET", "/health/live", None)
REQUESTS = (
    ("GET", "/v4/experiments/abig/jobs", None),
    ("GET", "/v4/experiments/abig/jobs?page_size=100&page=7", None),
    ("GET", "/v4/experiments/abig/jobs?view=quick&status=FAILED", None),
    ("POST", "/report", {"expid": "abig"}),
    ("POST", "/report", {"expids": ["a0k2", "a1p7", "a2m9"]}),
)


def ask(connection: http.client.HTTPConnection, method: str, path: str, body: object) -> float:
    """Return how many seconds an answer took, its last byte included."""
    headers = {"Accept-Encoding": "gzip", "Content-Type": "application/json"}
    began = time.perf_counter()
    connection.request(method, path, None if body is None else json.dumps(body), headers)
    response = connection.getresponse()
    response.read()
    if response.status != 200:
        raise SystemExit(f"{method} {path}: {response.status}")
    return time.perf_counter() - began


def serve(folder: Path) -> tuple[subprocess.Popen[str], int]:
    """Start a server of an installation; return its process and its port."""
    program = [sys.executable, "-m", "autosubmit_core.api.app", "--config", str(folder)]
    server = subprocess.Popen([*program, "--port", "0"], stderr=subprocess.PIPE, text=True)
    assert server.stderr is not None
    for line in server.stderr:
        if found := re.search(r"Tornado server is running on port (\d+)", line):
            threading.Thread(target=server.stderr.read, daemon=True).start()
            return server, int(found[1])
    raise SystemExit("the server did not start")


def resident_megabytes(process: int) -> float:
    """Return the memory that a process has now, where /proc tells it."""
    status = Path(f"/proc/{process}/status")
    found = re.search(r"VmRSS:\s+(\d+)", status.read_text()) if status.exists() else None
    return int(found[1]) / 1024 if found else float("nan")


def measure(port: int, clients: int, seconds: float) -> dict[str, list[float]]:
    """Let clients ask for some seconds; return how long each answer took, by request."""
    taken: dict[str, list[float]] = defaultdict(list)
    end = time.monotonic() + seconds

    def client(requests: tuple[tuple[str, str, object], ...], pause: float) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=300)
        while time.monotonic() < end:
            for method, path, body in requests:
                told = json.dumps(body) if body else ""
                taken[f"{method} {path} {told}".strip()].append(ask(connection, method, path, body))
                time.sleep(pause)
        connection.close()

    threads = [threading.Thread(target=client, args=(REQUESTS, 0.0)) for _ in range(clients)]
    threads.append(threading.Thread(target=client, args=((LIVE,), 0.01)))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return taken


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--jobs", type=int, default=100_000)
    parser.add_argument("--clients", type=int, default=4)
    parser.add_argument("--seconds", type=float, default=10)
    told = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        demo.build(Path(folder), jobs=told.jobs)
        server, port = serve(Path(folder))
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=300)
        first = ask(connection, *REQUESTS[0])
        connection.close()
        taken = measure(port, told.clients, told.seconds)
        memory = resident_megabytes(server.pid)
        server.terminate()
        server.wait()
    print(f"{told.jobs} jobs, {told.clients} clients; the first answer took {first:.2f} s")
    print(f"{'median':>8} {'95 %':>8} {'number':>7}  request (milliseconds)")
    for request, times in sorted(taken.items()):
        nearly_all = sorted(times)[int(0.95 * len(times))]
        print(
            f"{1000 * statistics.median(times):8.1f} {1000 * nearly_all:8.1f} {len(times):7}  {request}"
        )
    print(f"the server has {memory:.0f} MB now")


if __name__ == "__main__":
    main()
