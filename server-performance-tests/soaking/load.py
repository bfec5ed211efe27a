"""The load of a busy site, for locust: the mix of ``locustfile.py``, and beside it who is on our pages.

Each request is written down as it ends, in the file of ``--record``: when (seconds since 1970 UTC), how
long it took (ms), its status (0 where no answer came), whether it failed, whether it said ``error: true``
with status 200, and what it was.
"""

from __future__ import annotations

import os
import random
import sys
import time
from pathlib import Path
from typing import Any, TextIO

from locust import between, events, task
from locust.argument_parser import LocustArgumentParser
from locust.env import Environment

# Locust loads this file by its path.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from locustfile import (
    Client,
    GraphWatcher,
    LogReader,
    Script,
    Searcher,
    TreeWatcher,
)

__all__ = ["GraphWatcher", "LogReader", "Reporter", "Script", "Searcher", "TreeWatcher", "Visitor"]

#: What people open of an experiment, the more often the more often it is here.
_PAGES = (
    *("", "", "", "jobs", "jobs", "tree", "graph", "timeline", "calendar", "performance"),
    *("statistics", "runs", "configuration", "logs", "failures", "forecast", "efficiency"),
)
_ALL = ("/", "/", "/?q=a0", "/fleet", "/digest", "/reports")


@events.init_command_line_parser.add_listener  # type: ignore[untyped-decorator]
def _add_options(parser: LocustArgumentParser) -> None:
    parser.add_argument("--record", default=os.devnull, help="file to write down requests in")


@events.init.add_listener  # type: ignore[untyped-decorator]
def _record(environment: Environment, **_: Any) -> None:
    told = environment.parsed_options
    assert told is not None
    file: TextIO = open(told.record, "a", buffering=1)  # noqa: SIM115  # as long as the process lives

    @environment.events.request.add_listener  # type: ignore[untyped-decorator]
    def _ended(
        name: str,
        response_time: float,
        response_length: int,
        response: Any,
        exception: object,
        **_: Any,
    ) -> None:
        status = getattr(response, "status_code", 0) or 0
        # The old interface tells with status 200, in few words, that there is nothing to tell.
        told = 0 < response_length < 1_000 and b'"error":true' in response.content
        # Written at once, in one line: another process reads it meanwhile.
        failed = int(exception is not None)
        file.write(f"{time.time():.3f} {response_time:.1f} {status} {failed} {int(told)} {name}\n")


class Visitor(Client):
    """Looks at pages of the site."""

    fixed_count = 8
    wait_time = between(1, 5)

    @task(3)
    def experiment(self) -> None:
        part = random.choice(_PAGES)
        end = f"/{part}" if part else ""
        self.get(f"/experiments/{self.expid}{end}", f"page /experiments/{{expid}}{end}")

    @task(1)
    def all_together(self) -> None:
        path = random.choice(_ALL)
        self.get(path, f"page {path}")

    @task(1)
    def another(self) -> None:
        self.expid = random.choice(self.listed_experiments())


class Reporter(Client):
    """A script that asks for a report of an experiment."""

    fixed_count = 2
    wait_time = between(5, 15)

    @task
    def report(self) -> None:
        with self.client.post(
            "/report", json={"expid": self.expid}, headers=self.accepted, catch_response=True
        ):
            self.expid = random.choice(self.listed_experiments())
