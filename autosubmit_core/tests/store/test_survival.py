"""What was acknowledged is there after a kill -9 at any moment, and after a disk that was full."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from autosubmit_core.errors import StoreError
from autosubmit_core.store.leases import acquire, held
from autosubmit_core.store.notes import PRESENT, Note, notes_of, write_notes

#: Notes ten experiments at a time, and says so after each ten.
_WRITER = """
import sys
from pathlib import Path
from autosubmit_core.store.leases import acquire, held
from autosubmit_core.store.notes import PRESENT, Note, write_notes
path = Path(sys.argv[1])
lease = acquire(path, "status", "child", now=0.0)
for ten in range(100_000):
    with held(path, lease) as connection:
        rows = [Note(10 * ten + one, f"a{ten:05}", PRESENT, "", "") for one in range(10)]
        write_notes(connection, "status", rows)
    print(ten, flush=True)
"""

#: In a process that may write no longer file it is as if the disk were full.
_LIMITED = """
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
"""


@pytest.mark.parametrize("seconds", [0.02, 0.05, 0.11])
def test_a_kill_loses_nothing_that_was_acknowledged(
    tmp_path: Path, run: Callable[..., list[tuple[Any, ...]]], seconds: float
) -> None:
    path = tmp_path / "autosubmit_api.db"
    child = subprocess.Popen(
        [sys.executable, "-c", _WRITER, str(path)], stdout=subprocess.PIPE, text=True
    )
    assert child.stdout
    first = child.stdout.readline()
    time.sleep(seconds)
    os.kill(child.pid, signal.SIGKILL)
    acknowledged = [int(line) for line in (first + child.stdout.read()).split()]
    child.wait()
    child.stdout.close()
    noted = notes_of(path, "status")
    # The last ten may have been written without the word that says so, and never in part.
    assert len(noted) in (10 * len(acknowledged), 10 * len(acknowledged) + 10)
    assert set(range(10 * len(acknowledged))) <= set(noted)
    assert run(path, "PRAGMA integrity_check") == [("ok",)]
    assert acquire(path, "status", "next", now=1e9)


def test_a_full_disk_is_said_and_loses_nothing(tmp_path: Path) -> None:
    path = tmp_path / "autosubmit_api.db"
    limited = subprocess.run(
        [sys.executable, "-c", _LIMITED + _WRITER, str(path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "StoreError" in limited.stderr
    acknowledged = len(limited.stdout.split())
    assert acknowledged > 10
    assert len(notes_of(path, "status")) == 10 * acknowledged
    # With room again it goes on.
    lease = acquire(path, "status", "next", now=1e9)
    assert lease
    with held(path, lease) as connection:
        write_notes(connection, "status", [Note(10**6, "zzzz", PRESENT, "", "")])
    assert 10**6 in notes_of(path, "status")


def test_a_database_that_may_not_be_written_is_said(tmp_path: Path) -> None:
    with pytest.raises(StoreError):
        acquire(tmp_path / "nowhere" / "autosubmit_api.db", "status", "one")
