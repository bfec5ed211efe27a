"""Autosubmit itself runs an experiment, a server tells of it, and is started anew in between."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from autosubmit_core.archive import open_archive
from autosubmit_core.status import Status

Serve = Callable[..., Any]
Listen = Callable[..., Any]

_TIMES = ("submit", "start", "finish")


class Heard:
    """All events of an experiment, as a client that comes back hears them."""

    def __init__(self, listen: Listen, server: Any, expid: str) -> None:
        self._listen = listen
        self.path = f"/v4/experiments/{expid}/events"
        self.server = server
        self.events: list[Any] = []
        self.last = ""
        self.connections = 0
        self._thread = threading.Thread(target=self._hear)
        self._ended = threading.Event()
        self._thread.start()

    def _hear(self) -> None:
        while not self._ended.is_set():
            headers = {"Last-Event-ID": self.last} if self.last else {}
            try:
                listener = self._listen(self.server, self.path, headers=headers, timeout=60)
            except OSError:  # no server is there
                time.sleep(0.1)
                continue
            self.connections += 1
            while (event := listener.next()) is not None:
                self.last = event.id or self.last
                self.events.append(event)

    def until(self, holds: Callable[[], bool], seconds: float = 120) -> None:
        end = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < end, [event.name for event in self.events]
            time.sleep(0.05)

    def changes(self) -> list[dict[str, Any]]:
        return [job for event in self.events if event.name == "jobs" for job in event.data["jobs"]]

    def close(self) -> None:
        self._ended.set()
        self._thread.join(20)


def statuses(heard: Heard) -> dict[str, str]:
    """Return what each job that was heard of is by what was heard; nothing fits that was lost."""
    now: dict[str, str] = {}
    for job in heard.changes():
        assert now.get(job["name"], job["was"]) == job["was"], job
        now[job["name"]] = job["status"]
    return now


def test_nothing_that_autosubmit_does_is_lost_though_the_server_is_started_anew(
    real_autosubmit: Callable[[Path], Any], tmp_path: Path, serve: Serve, listen: Listen
) -> None:
    autosubmit = real_autosubmit(tmp_path / "installation")
    expid = autosubmit.create()
    first = serve(open_archive(autosubmit.folder))
    heard = Heard(listen, first, expid)
    heard.until(lambda: bool(heard.events))
    run = threading.Thread(target=autosubmit.do, args=("run", expid))
    run.start()
    heard.until(lambda: len(heard.changes()) >= 2)
    first.close()
    heard.until(lambda: not heard.server.app.service.requests)
    time.sleep(3)
    heard.server = serve(open_archive(autosubmit.folder))
    run.join(240)
    archive = open_archive(autosubmit.folder)
    jobs = archive.experiment(expid).jobs
    assert set(jobs.status.tolist()) == {int(Status.COMPLETED)}
    final = dict.fromkeys(jobs.name.tolist(), "COMPLETED")
    heard.until(lambda: statuses(heard) == final)
    # What the list and the history say in the end is what was told last.
    heard.until(lambda: told_times(heard) == times_on_disk(archive.experiment(expid)))
    heard.server.close()
    heard.close()
    opened = [event.data["resumed"] for event in heard.events if event.name == "open"]
    assert opened == [False, True]
    ids = [event.id for event in heard.events if event.id and event.name != "open"]
    assert len(ids) == len(set(ids))
    assert "resync" not in {event.name for event in heard.events}
    runs = [event.data for event in heard.events if event.name == "run"]
    words = [run["event"] for run in runs if run["event"] != "changed"]
    assert words == ["started", "ended"], runs
    grown = [log for event in heard.events if event.name == "logs" for log in event.data["logs"]]
    assert "run" in {log["kind"] for log in grown}
    assert rows_of_history(autosubmit.folder, expid) == len(jobs)


def told_times(heard: Heard) -> dict[str, tuple[int, ...]]:
    return {job["name"]: tuple(job[key] for key in _TIMES) for job in heard.changes()}


def times_on_disk(experiment: Any) -> dict[str, tuple[int, ...]]:
    columns = [values.tolist() for values in experiment.instants]
    return dict(zip(experiment.jobs.name.tolist(), zip(*columns)))


def rows_of_history(folder: Path, expid: str) -> int:
    database = sqlite3.connect(folder / "metadata" / "data" / f"job_data_{expid}.db")
    try:
        (count,) = database.execute("SELECT count(DISTINCT job_name) FROM job_data").fetchone()
    finally:
        database.close()
    return int(count)
