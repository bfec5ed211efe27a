"""What Autosubmit itself writes on a PostgreSQL server is read, while it runs and after."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from autosubmit_core.archive import open_archive
from autosubmit_core.status import Status

#: As short as an experiment can be that has every kind of row.
_CONFIGURATION = """
CONFIG: {AUTOSUBMIT_VERSION: 4.1.17.1, SAFETYSLEEPTIME: 1, MAXWAITINGJOBS: 9, TOTALJOBS: 9, RETRIALS: 0}
DEFAULT: {EXPID: a000, HPCARCH: LOCAL}
PROJECT: {PROJECT_TYPE: none}
EXPERIMENT:
  {DATELIST: 20200101, MEMBERS: fc0, CHUNKSIZEUNIT: month, CHUNKSIZE: 1, NUMCHUNKS: 1, CALENDAR: standard}
JOBS:
  INI: {SCRIPT: "sleep 1", RUNNING: once, WALLCLOCK: 00:05}
  SIM: {SCRIPT: "exit 1", RUNNING: chunk, DEPENDENCIES: INI, WALLCLOCK: 00:05}
"""

Autosubmit = Callable[..., "subprocess.Popen[bytes]"]


@pytest.fixture
def run_control(tmp_path: Path, postgres: Any) -> Path:
    root, path = tmp_path / "as", tmp_path / "autosubmitrc"
    places = {"structures": "structures", "historicdb": "data", "historiclog": "logs"}
    for name in places.values():
        (root / "metadata" / name).mkdir(parents=True)
    (root / "logs").mkdir()
    path.write_text(
        f"[database]\nbackend = postgres\nconnection_url = {postgres.new_database()}\n"
        f"[local]\npath = {root}\n[globallogs]\npath = {root}/logs\n"
        + "".join(f"[{key}]\npath = {root}/metadata/{name}\n" for key, name in places.items())
    )
    return path


@pytest.fixture
def autosubmit(autosubmit_for_servers: Path, run_control: Path, tmp_path: Path) -> Autosubmit:
    """Starts a command of Autosubmit."""

    def start(*words: str) -> subprocess.Popen[bytes]:
        with (tmp_path / "said").open("ab") as said:
            return subprocess.Popen(
                [autosubmit_for_servers.parent / "autosubmit", *words],
                env={
                    **os.environ,
                    "HOME": str(tmp_path),
                    "AUTOSUBMIT_CONFIGURATION": str(run_control),
                },
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                cwd=tmp_path,
            )

    return start


def test_a_run_is_followed_from_its_creation_to_its_end(
    autosubmit: Autosubmit, run_control: Path, tmp_path: Path
) -> None:
    for words in (["install"], ["expid", "-H", "local", "-d", "on a server", "--dummy"]):
        assert autosubmit(*words).wait(120) == 0, (tmp_path / "said").read_text()
    folder = tmp_path / "as" / "a000" / "conf"
    for written in folder.glob("*_a000.yml"):
        written.unlink()
    (folder / "minimal.yml").write_text(_CONFIGURATION)
    assert autosubmit("create", "a000", "-np").wait(120) == 0, (tmp_path / "said").read_text()

    archive = open_archive(run_control)
    created = archive.experiment("a000")
    assert (created.description, created.is_running) == ("on a server", False)
    assert created.jobs.name.tolist() == ["a000_INI", "a000_20200101_fc0_1_SIM"]
    assert set(created.jobs.status.tolist()) <= {Status.WAITING, Status.READY}
    assert (len(created.structure), len(created.history), len(created.runs)) == (1, 0, 1)
    assert created.run_configuration(1) is not None

    run, seen = autosubmit("run", "a000"), set()
    deadline = time.monotonic() + 240
    while run.poll() is None and time.monotonic() < deadline:
        seen.add(tuple(archive.experiment("a000").jobs.status.tolist()))
        time.sleep(0.2)
    run.kill()
    assert len(seen) > 2
    done = archive.experiment("a000")
    assert done.is_running  # nobody notes the end
    assert done.jobs.status.tolist() == [Status.COMPLETED, Status.FAILED]
    assert done.history.job_name.tolist() == done.jobs.name.tolist()
    assert done.history.status.tolist() == [Status.COMPLETED, Status.FAILED]
    assert (done.history.start > 0).all()
    assert done.last_run is not None
    assert (done.last_run.completed, done.last_run.failed) == (1, 1)
    assert abs((done.jobs_modified or 0) - time.time()) < 300
    assert done.warnings == ()
