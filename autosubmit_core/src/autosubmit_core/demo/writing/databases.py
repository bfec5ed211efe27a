"""Makes SQLite files, quickly and from nothing, as all writers of databases do."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

__all__ = ["new_database"]


@contextmanager
def new_database(path: Path, *, user_version: int = 0) -> Iterator[sqlite3.Connection]:
    """Open an empty database in place of whatever the file held; all that is written is one transaction.

    Missing parent folders are made.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    for suffix in ("", "-journal", "-wal", "-shm"):
        Path(f"{path}{suffix}").unlink(missing_ok=True)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        # Nobody reads the file yet, and a half-written one is simply written again.
        connection.execute("PRAGMA journal_mode = OFF")
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute(f"PRAGMA user_version = {user_version:d}")
        connection.execute("BEGIN")
        yield connection
        connection.execute("COMMIT")
