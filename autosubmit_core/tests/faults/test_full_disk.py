"""The disk on which the server writes is full: it says so, reads on, and writes when there is room."""

from __future__ import annotations

import os
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest

from autosubmit_core import demo
from autosubmit_core.readers.installation import read_installation
from autosubmit_core.status import Status


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder with room for four mebibytes."""
    place = tmp_path / "small"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=4m", "none", str(place)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("a small disk cannot be mounted here")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def fill(disk: Path) -> None:
    """Write a file until there is no room for a byte more."""
    with (disk / "ballast").open("ab", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(1024))


def test_what_cannot_be_written_down_is_refused_and_everything_else_goes_on(
    small_disk: Path,
    serve_logins: Callable[..., Any],
    logged_in: Callable[[Any, str], str],
    preferring: Callable[[Any, str], Any],
    load: Callable[..., Any],
    until: Callable[..., None],
) -> None:
    names = [f"t000_20200101_fc0_{chunk}_SIM" for chunk in range(1, 20)]
    jobs = demo.jobs_named(names, status=[Status.COMPLETED] * len(names))
    demo.make_experiment(small_disk, "t000", jobs=jobs)
    server = serve_logins(small_disk / "autosubmitrc")
    token = logged_in(server, "alice")
    clients = load(server, ["/v4/experiments/t000/jobs", "/v4/experiments/t000/counts"], 2)
    writer = preferring(server, token)
    for _ in range(3):
        goal = writer.acknowledged + 3
        until(lambda goal=goal: writer.acknowledged >= goal)
        writer.refusals.clear()

        def full() -> bool:
            # Again: what was being written leaves room when it is done.
            fill(small_disk)
            return bool(writer.refusals)

        until(full)
        clients.rounds(1)
        (small_disk / "ballast").unlink()
        goal = writer.acknowledged + 3
        until(lambda goal=goal: writer.acknowledged >= goal)
        assert writer.refusals == {
            (
                503,
                "This server has no way to write it down: its database cannot be written: there is no"
                " room left.",
            )
        }
    clients.stop()
    assert not clients.wrong
    writer.stop()
    assert writer.acknowledged <= writer.kept() <= writer.sent
    database = read_installation(small_disk / "autosubmitrc").preferences_database()
    with closing(sqlite3.connect(database)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert server.ask("/v4/auth/verify-token", token=token).status == 200
    assert "Traceback" not in server.log.read_text()
