"""An installation with one experiment that tests move, and listeners to it."""

from __future__ import annotations

import http.client
import json
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from autosubmit_core import demo
from autosubmit_core.archive import Archive, open_archive
from autosubmit_core.status import Status
from autosubmit_core.tables import RunTable

JOBS = ["t000_INI", "t000_20200101_fc0_1_SIM", "t000_20200101_fc0_2_SIM", "t000_POST"]


class Event(NamedTuple):
    id: str | None
    name: str
    data: dict[str, Any]


class Listener:
    """One connection to a stream of events."""

    def __init__(
        self, port: int, path: str, headers: dict[str, str] | None = None, timeout: float = 10
    ) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
        self.connection.request("GET", path, headers=headers or {})
        self.response = self.connection.getresponse()
        self.status = self.response.status
        #: Comments and retries, as they came.
        self.others: list[str] = []
        #: The id to come back with.
        self.last = ""

    def next(self) -> Event | None:
        """Wait for an event; None at the end of the stream."""
        fields: dict[str, str] = {}
        for line in self.response:
            name, _, value = line.decode().rstrip("\n").partition(": ")
            if name in ("", "retry") and value:
                self.others.append(f"{name}: {value}")
            elif name:
                fields[name] = value
            elif "event" in fields:
                self.last = fields.get("id", self.last)
                return Event(fields.get("id"), fields["event"], json.loads(fields["data"]))
        return None

    def until(self, name: str) -> Event:
        """Wait for an event of some name, past all others."""
        while (event := self.next()) is not None:
            if event.name == name:
                return event
        raise AssertionError(f"the stream ended without {name}")

    def close(self) -> None:
        # A response that is not read to its end holds on to its socket.
        with suppress(OSError):
            self.response.close()
        self.connection.close()


class Moving:
    """An installation with the experiment ``t000`` of a few jobs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.jobs = JOBS
        self.write([Status.READY, *[Status.WAITING] * (len(JOBS) - 1)])

    def archive(self) -> Archive:
        return open_archive(self.folder)

    def write(self, statuses: list[Status], expid: str = "t000", **more: Any) -> None:
        """Let its jobs be in these states from now on."""
        names = [name.replace("t000", expid) for name in self.jobs]
        demo.make_experiment(
            self.folder, expid, jobs=demo.jobs_named(names, status=statuses), **more
        )
        # The writers of the demo count whole seconds; a file system does not.
        for path in self.folder.glob(f"**/job_*_{expid}.*"):
            os.utime(path)

    def run(self, finish: int = 0) -> RunTable:
        """Return a run that has begun, and ended if that is told."""
        return RunTable.of(
            1, run_id=[1], start=[1_700_000_000], finish=[finish], total=[len(self.jobs)]
        )


@pytest.fixture
def moving(tmp_path: Path) -> Moving:
    return Moving(tmp_path / "installation")


@pytest.fixture
def listen() -> Iterator[Callable[..., Listener]]:
    """Listen to a stream of a server until the end of the test."""
    with ExitStack() as listeners:

        def begin(server: Any, path: str = "/v4/experiments/t000/events", **more: Any) -> Listener:
            listener = Listener(server.port, path, **more)
            listeners.callback(listener.close)
            return listener

        yield begin
