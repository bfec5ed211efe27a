"""Autosubmit itself runs an experiment while many ask about it, and is not disturbed."""

from __future__ import annotations

import hashlib
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from autosubmit_core.archive import open_archive
from autosubmit_core.status import Status

PARTS = ("jobs", "counts", "runs", "attempts", "dependencies", "heartbeat", "performance")


def content(folder: Path, expid: str) -> dict[str, bytes]:
    """Return what Autosubmit keeps of an experiment, by file."""
    files = [*(folder / expid).rglob("*"), *(folder / "metadata").rglob("*")]
    return {
        str(path): hashlib.blake2b(path.read_bytes()).digest()
        for path in files
        if path.is_file() and not path.is_symlink()
    }


class Locks(threading.Thread):
    """Looks all the time which locks the processes of a server have, and on what."""

    def __init__(self, server: Any) -> None:
        super().__init__()
        self._server = server
        #: How often each was seen: kind, READ or WRITE, and the inode.
        self.seen: Counter[tuple[str, str, int]] = Counter()
        self.over = False

    def run(self) -> None:
        looks, ours = 0, frozenset[str]()
        while not self.over:
            if looks % 100 == 0:
                ours = frozenset(map(str, self._server.processes()))
            looks += 1
            for line in Path("/proc/locks").read_text().splitlines():
                fields = [field for field in line.split() if field != "->"]
                if fields[4] in ours:
                    self.seen[fields[1], fields[3], int(fields[5].rpartition(":")[2])] += 1
            time.sleep(0.001)


def test_a_running_autosubmit_meets_no_lock_and_no_change_of_ours(
    at_length: None,
    tmp_path: Path,
    real_autosubmit: Callable[[Path], Any],
    serve_apart: Callable[..., Any],
    load: Callable[..., Any],
) -> None:
    autosubmit = real_autosubmit(tmp_path / "installation")
    folder, expid = autosubmit.folder, autosubmit.create()
    server = serve_apart(folder / "autosubmitrc")
    paths = [f"/v4/experiments/{expid}/{part}" for part in PARTS]
    clients = load(server, paths)
    # What is right changes all the time; that there is an answer does not.
    clients.any_answer = True
    locks = Locks(server)
    locks.start()
    try:
        autosubmit.do("run", expid)
    finally:
        locks.over = True
        locks.join()
    before = content(folder, expid)
    clients.rounds(2)
    assert content(folder, expid) == before
    clients.stop()
    assert set(clients.statuses) == {200}
    assert not server.failures()

    jobs = open_archive(folder).experiment(expid).jobs
    assert set(jobs.status.tolist()) == {int(Status.COMPLETED)}
    inodes = {Path(path).stat().st_ino: path for path in before}
    held = {(how, inodes[inode]) for _, how, inode in locks.seen if inode in inodes}
    # SQLite locks against writers while it reads, which takes milliseconds; nothing else does.
    assert all(how == "READ" and path.endswith(".db") for how, path in held)
    logs = [path.read_text(errors="replace") for path in (folder / expid).rglob("*.log")]
    assert not any("database is locked" in log for log in logs)
    print(clients.statuses, {path: count for (_, _, path), count in locks.seen.items()})
