"""Who answers, whether it turns, and whether it can serve."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

from autosubmit_core.archive import open_archive
from autosubmit_core.demo.hand_made import jobs_named, make_experiment
from autosubmit_core.errors import InstallationError

Serve = Callable[..., Any]


def test_the_root_tells_name_and_version(serve: Serve, small_archive: Any) -> None:
    answer = serve(small_archive()).ask("/")
    assert answer.json() == {"name": "autosubmit_core", "version": version("autosubmit_core")}


def test_a_server_that_turns_and_can_read_is_live_and_ready(
    serve: Serve, small_archive: Any
) -> None:
    server = serve(small_archive())
    for path in ("/health/live", "/health/ready"):
        answer = server.ask(path)
        assert (answer.status, answer.json()) == (200, {"status": "ok"})
        assert answer.headers["Cache-Control"] == "no-store"


def test_without_its_database_the_server_is_live_and_not_ready(
    serve: Serve, small_archive: Any
) -> None:
    archive = small_archive()
    server = serve(archive)

    def gone() -> None:
        raise InstallationError("The main database /srv/autosubmit.db is gone")

    archive.checked = gone
    answer = server.ask("/health/ready")
    assert (answer.status, answer.json()["code"]) == (503, "installation_invalid")
    assert "/srv" not in answer.body.decode()
    assert server.ask("/health/live").status == 200
    archive.checked = lambda: None
    assert server.ask("/health/ready").status == 200


def test_a_file_system_that_hangs_is_not_ready_within_two_seconds(
    serve: Serve, small_archive: Any
) -> None:
    archive, hold = small_archive(), threading.Event()
    archive.checked = hold.wait
    server = serve(archive)
    began = time.monotonic()
    # The second question joins the check that hangs: no more than one thread is ever lost to it.
    answers = [server.ask("/health/ready") for _ in range(2)]
    assert time.monotonic() - began < 4
    assert [answer.status for answer in answers] == [503, 503]
    assert answers[0].json()["code"] == "installation_silent"
    assert server.ask("/health/live").status == 200
    hold.set()


def test_a_server_that_stops_is_not_ready(serve: Serve, small_archive: Any) -> None:
    server = serve(small_archive())
    server.app.service.stopping = True
    answer = server.ask("/health/ready")
    assert (answer.status, answer.json()["code"]) == (503, "stopping")
    assert answer.headers["Connection"] == "close"


def test_d1_a_database_that_is_moved_away_and_back_is_seen(serve: Serve, tmp_path: Path) -> None:
    make_experiment(tmp_path, "a000", jobs=jobs_named(["a000_INI"]))
    server, database = serve(open_archive(tmp_path)), tmp_path / "autosubmit.db"
    assert server.ask("/health/ready").status == 200
    database.rename(tmp_path / "away")
    began = time.monotonic()
    refused = server.ask("/health/ready")
    assert time.monotonic() - began < 5
    assert refused.status == 503
    assert str(tmp_path) not in refused.body.decode()
    assert server.ask("/health/live").status == 200
    (tmp_path / "away").rename(database)
    assert server.ask("/health/ready").status == 200
