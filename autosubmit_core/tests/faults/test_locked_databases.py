"""Another program writes into databases and holds its locks for long while they are served."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

from autosubmit_core import demo

#: Databases, what a writer does to them, and which answer shows that.
WRITERS = {
    "metadata/data/job_data_a2m9.db": ("UPDATE job_data SET finish = finish + 60", "/attempts"),
    "metadata/structures/structure_a2m9.db": (
        "DELETE FROM experiment_structure WHERE rowid = (SELECT max(rowid) FROM experiment_structure)",
        "/dependencies",
    ),
    "autosubmit.db": ("UPDATE experiment SET description = description || '!'", ""),
}
#: How the writers lock, and how they write down what they do.
MODES = (("normal", "delete"), ("normal", "wal"), ("exclusive", "wal"))


def test_what_was_committed_is_answered_while_writers_hold_their_locks(
    tmp_path: Path,
    serve_apart: Callable[..., Any],
    load: Callable[..., Any],
    until: Callable[..., None],
    fault_seconds: float,
) -> None:
    folder = demo.build(tmp_path / "demo")
    server = serve_apart(folder / "autosubmitrc", "--disable-bg-tasks")
    paths = [f"/v4/experiments/a2m9{part}" for _, part in WRITERS.values()]
    for locking, journal in MODES:
        before = {path: server.ask(path) for path in paths}
        assert all(one.status == 200 for one in before.values())
        with ExitStack() as opened:
            writers = []
            for place in WRITERS:
                writer = sqlite3.connect(folder / place, isolation_level=None)
                writers.append(opened.enter_context(closing(writer)))
                writer.execute(f"PRAGMA locking_mode = {locking}")
                writer.execute(f"PRAGMA journal_mode = {journal}")
                # What is changed goes to the disk at once, as of a large transaction.
                writer.execute("PRAGMA cache_size = 1")
            clients = load(server, [*paths, "/v4/experiments/a1p7/jobs?view=quick"], 2)
            for writer, (statement, _) in zip(writers, WRITERS.values()):
                writer.execute("BEGIN EXCLUSIVE")
                writer.execute(statement)
            end = time.monotonic() + fault_seconds
            clients.rounds(1)
            while time.monotonic() < end:
                clients.rounds(1)
            clients.stop()
            assert not clients.wrong, clients.wrong[:2]
            assert set(clients.statuses) == {200}
            for writer in writers:
                writer.execute("COMMIT")
            for path, one in before.items():
                until(lambda path=path, old=one.body: server.ask(path).body != old)
    assert not server.failures()
