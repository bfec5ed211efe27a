#!/usr/bin/env python3
"""A long time at the load of a busy site: errors, times, memory, descriptors and threads over time.

    python soak.py                                        an hour of our server, then of Autosubmit API 4.2.0
    python soak.py --minutes 2 --subject ours
    python soak.py --draw                                 table and chart of what was kept

Some twenty experiments are built anew for each server, one of 100,000 jobs and one of 10,000, both of
which change all the time, and one that runs. The users are those of ``locustfile.py``, and so the same
for both; on ours are besides people on the pages of the site, scripts that want reports, and
listeners to the events of the running experiment.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path

from comparison.results import machine
from comparison.servers import Server, environment_of_reference, reference_server
from soaking.installation import busy_installation
from soaking.listening import Heard, listen
from soaking.sampling import Sample, read_requests, sample
from soaking.shown import Soak, chart, table

HERE = Path(__file__).resolve().parent

#: The experiment of the demo that runs.
RUNNING = "a5un"
#: Who asks: those whose requests both servers know, and those of ours alone.
BOTH = ("Searcher", "TreeWatcher", "GraphWatcher", "LogReader", "Script")
OURS_ALONE = ("Visitor", "Reporter")
#: How often is looked, in seconds.
EVERY = 10.0


def main() -> None:
    told = arguments()
    # Leave through the context managers, which stop the servers.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(1))
    told.output.mkdir(parents=True, exist_ok=True)
    for name in () if told.draw else told.subject:
        with tempfile.TemporaryDirectory(prefix="soak_") as folder:
            soak(name, Path(folder).resolve(), told)
    soaks = [kept(told.output, name) for name in ("ours", "reference")]
    found = [each for each in soaks if each]
    for each in found:
        print(f"\n{each.name}\n\n{table(each)}")
    (told.output / "soak.svg").write_text(chart(found))


def arguments() -> argparse.Namespace:
    """Return what was asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--users", type=int, default=30, help="users of the common mix")
    parser.add_argument("--listeners", type=int, default=100, help="to events, on ours")
    parser.add_argument(
        "--subject", nargs="+", choices=("ours", "reference"), default=["ours", "reference"]
    )
    parser.add_argument("--reference-python", type=Path, metavar="PYTHON")
    cache = HERE.parent / ".cache" / "soak"
    parser.add_argument("--output", type=Path, default=cache, help="default: %(default)s")
    parser.add_argument("--draw", action="store_true", help="measure nothing")
    return parser.parse_args()


def soak(name: str, folder: Path, told: argparse.Namespace) -> None:
    """Keep one server under load, and write down what is seen."""
    config = busy_installation(folder / "installation")
    with contextlib.ExitStack() as running:
        running.enter_context(alive(config.parent))
        log = told.output / f"{name}.log"
        server = ours(config, log, told) if name == "ours" else reference(config, log, told)
        server.start()
        running.callback(server.stop)
        record = told.output / f"{name}.requests"
        record.write_text("")
        about = {**machine(), "users": f"{told.users}", "begun": f"{time.time():.3f}"}
        (told.output / f"{name}.about.json").write_text(json.dumps(about))
        running.enter_context(load(name, server.port, record, told))
        asyncio.run(watch(server, told.output / f"{name}.samples", told, name == "ours"))


def ours(config: Path, log: Path, told: argparse.Namespace) -> Server:
    """Return our server as an institution runs it: API, pages and background tasks."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    command = [sys.executable, "-m", "autosubmit_site", "--port", str(port)]
    command += ["--config", str(config), "--protection-level", "NONE"]
    # What says that a page was left is asked without a login by the published client.
    command += ["--anonymous-commands"]
    command += ["--event-streams-each", str(max(50, told.listeners))]
    return Server("ours", config, command, os.environ, port, "/health/ready", log)


def reference(config: Path, log: Path, told: argparse.Namespace) -> Server:
    """Return Autosubmit API, without its background tasks."""
    made = told.reference_python or environment_of_reference(
        HERE.parent / ".cache" / "side_by_side" / "reference"
    )
    return reference_server(made.absolute(), config, log)


@contextlib.contextmanager
def alive(folder: Path) -> Iterator[None]:
    """Let an installation live, in a process of its own."""
    program = [sys.executable, "-m", "soaking.installation", str(folder)]
    with process(program, stdout=subprocess.PIPE) as made:
        assert made.stdout is not None
        if not made.stdout.readline():
            raise SystemExit("the installation does not live")
        yield


@contextlib.contextmanager
def load(name: str, port: int, record: Path, told: argparse.Namespace) -> Iterator[None]:
    """Let users ask."""
    classes = [*BOTH, *(OURS_ALONE if name == "ours" else ())]
    # Those of ours alone come in addition, so that the rest is the same.
    more = 10 if name == "ours" else 0
    command = [sys.executable, "-m", "locust", "-f", str(HERE / "soaking" / "load.py")]
    command += ["--headless", "--host", f"http://127.0.0.1:{port}", "--record", str(record)]
    command += ["--users", str(told.users + more), "--spawn-rate", "1", *classes]
    with (
        (told.output / f"{name}.locust.log").open("wb") as log,
        process(command, stdout=log, stderr=log),
    ):
        yield


@contextlib.contextmanager
def process(command: Sequence[str], **more: object) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program for as long as the block lasts."""
    made = subprocess.Popen(command, cwd=HERE, **more)  # type: ignore[call-overload]
    try:
        yield made
    finally:
        made.terminate()
        made.wait(60)


async def watch(server: Server, place: Path, told: argparse.Namespace, listening: bool) -> None:
    """Look at a server again and again, while many listen if there is what to listen to."""
    heard = Heard()
    listeners = [
        asyncio.create_task(listen(server.port, RUNNING, number, heard))
        for number in range(told.listeners if listening else 0)
    ]
    begun = time.time()
    with place.open("w") as file:
        while time.time() - begun < 60 * told.minutes:
            await asyncio.sleep(EVERY - (time.time() - begun) % EVERY)
            seen = await asyncio.to_thread(sample, begun, server.processes())
            seen = replace(seen, events=heard.events, missed=heard.missed, repeated=heard.repeated)
            print(json.dumps(asdict(seen)), file=file, flush=True)
    for each in listeners:
        each.cancel()
    said = f"listeners came back {heard.reconnected} times, read anew {heard.resyncs} times"
    print(f"{server.name}: {said}", flush=True)


def kept(folder: Path, name: str) -> Soak | None:
    """Return what was written down of one server; None if nothing was."""
    samples = folder / f"{name}.samples"
    if not samples.exists():
        return None
    about = json.loads((folder / f"{name}.about.json").read_text())
    seen = [Sample(**json.loads(line)) for line in samples.read_text().splitlines()]
    # The last line may be half written.
    lines = (folder / f"{name}.requests").read_text().rpartition("\n")[0].splitlines()
    return Soak(name, seen, read_requests(lines, float(about["begun"]))) if seen else None


if __name__ == "__main__":
    main()
