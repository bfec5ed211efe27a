"""SQLite files are read at their newest committed state, and nothing beside them ever changes."""

from __future__ import annotations

import os
import shutil
import sqlite3
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from autosubmit_core.errors import SourceMissingError, SourceUnreadableError
from autosubmit_core.readers import sqlite_files
from autosubmit_core.readers.database import open_readonly
from autosubmit_core.readers.sqlite_files import locks_kept
from autosubmit_core.readers.versions import database_versions, file_version

OtherProcess = Callable[[Path, str], None]


@pytest.fixture
def other_process() -> Iterator[OtherProcess]:
    """Runs SQL statements on a database in another process, which then lives on with it open."""
    started: list[subprocess.Popen[str]] = []

    def run(path: Path, statements: str) -> None:
        program = (
            "import sqlite3, sys\n"
            "connection = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=0.1)\n"
            "for statement in sys.argv[2].split(';'): connection.execute(statement).fetchall()\n"
            "print('done', flush=True)\n"
            "sys.stdin.read()\n"
        )
        process = subprocess.Popen(
            [sys.executable, "-c", program, str(path), statements],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        assert process.stdout is not None
        if process.stdout.readline() != "done\n":
            raise sqlite3.OperationalError(process.communicate()[1])

    yield run
    for process in started:
        process.kill()
        process.communicate()


@pytest.fixture
def short_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite_files, "LOCK_SECONDS", 0.2)


def make(path: Path, statements: str = "") -> Path:
    """Make a database with a table ``t`` of one column ``x`` that holds 1."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement in f"CREATE TABLE t (x); INSERT INTO t VALUES (1); {statements}".split(";"):
            connection.execute(statement).fetchall()
    return path


def numbers(path: Path) -> list[int]:
    with open_readonly(path) as database:
        return database.columns("t", ["x"])["x"]


def state(folder: Path) -> dict[str, tuple[int, int, bytes]]:
    """Everything that must not change: names, inodes, times of change, contents."""
    found = {".": (folder.stat().st_ino, folder.stat().st_mtime_ns, b"")}
    for file in folder.iterdir():
        content = b"" if file.is_dir() or file.is_fifo() else file.read_bytes()
        found[file.name] = (file.stat().st_ino, file.stat().st_mtime_ns, content)
    return found


@contextmanager
def unchanged(folder: Path) -> Iterator[None]:
    before = state(folder)
    yield
    assert state(folder) == before


# What is read


def test_columns_are_read_by_name_and_those_that_are_not_there_are_left_out(tmp_path: Path) -> None:
    path = make(tmp_path / "a.db", "CREATE TABLE u (a, b); INSERT INTO u VALUES (1, 'p'), (2, 'q')")
    with open_readonly(path) as database:
        assert database.tables() == {"t", "u"}
        assert database.columns_of("u") == ("a", "b")
        assert database.columns("u", ["b", "c", "a"]) == {"b": ["p", "q"], "a": [1, 2]}


def test_a_missing_table_has_no_columns(tmp_path: Path) -> None:
    with open_readonly(make(tmp_path / "a.db")) as database:
        assert database.columns_of("u") == ()
        assert database.columns("u", ["a"]) == {}


def test_rows_come_in_the_order_of_the_table_even_if_an_index_holds_the_columns(
    tmp_path: Path,
) -> None:
    rows = "INSERT INTO u VALUES ('z', 1), ('a', 2)"
    path = make(tmp_path / "a.db", f"CREATE TABLE u (a, b, PRIMARY KEY (a, b)); {rows}")
    with open_readonly(path) as database:
        assert database.columns("u", ["a"]) == {"a": ["z", "a"]}
        assert database.columns("u", ["b"], order_by=["a", "absent"]) == {"b": [2, 1]}


def test_where_keeps_equal_rows(tmp_path: Path) -> None:
    path = make(tmp_path / "a.db", "INSERT INTO t VALUES (2), (NULL)")
    with open_readonly(path) as database:
        assert database.columns("t", ["x"], where={"x": 2}) == {"x": [2]}
        assert database.columns("t", ["x"], where={"x": None}) == {"x": [None]}
        assert database.columns("t", ["x"], where={"x": 3}) == {"x": []}
        assert database.columns("t", ["x"], where={"absent": 2}) == {"x": []}


def test_equal_texts_are_one_object(tmp_path: Path) -> None:
    path = make(tmp_path / "a.db", "CREATE TABLE u (a); INSERT INTO u VALUES ('SIM'), ('SIM')")
    with open_readonly(path) as database:
        first, second = database.columns("u", ["a"])["a"]
    assert first is second


def test_names_of_any_characters_are_names_only(tmp_path: Path) -> None:
    odd = 'odd "name" -- [x]'
    quoted = '"odd ""name"" -- [x]"'
    path = make(
        tmp_path / "a.db", f"CREATE TABLE {quoted} ({quoted}); INSERT INTO {quoted} VALUES (7)"
    )
    with open_readonly(path) as database:
        assert database.columns(odd, [odd], order_by=[odd], where={odd: 7}) == {odd: [7]}


def test_text_that_is_not_utf8_costs_only_its_odd_letters(tmp_path: Path) -> None:
    path = make(
        tmp_path / "a.db", "CREATE TABLE u (a); INSERT INTO u VALUES (CAST(x'4f6ce9' AS TEXT))"
    )
    with open_readonly(path) as database:
        assert database.columns("u", ["a"]) == {"a": ["Ol\ufffd"]}
        assert database.columns("t", ["x"]) == {"x": [1]}


def test_what_a_view_would_compute_is_not_run(tmp_path: Path) -> None:
    path = make(tmp_path / "a.db", "CREATE VIEW v AS SELECT x FROM t")
    with open_readonly(path) as database:
        assert database.tables() == {"t"}
        assert database.columns("v", ["x"]) == {}


def test_more_rows_than_are_fetched_at_once_are_all_there(tmp_path: Path) -> None:
    path = make(tmp_path / "a.db")
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executemany("INSERT INTO t VALUES (?)", [(number,) for number in range(2, 5001)])
    assert numbers(path) == list(range(1, 5001))


def test_an_empty_file_is_a_database_without_tables(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    path.touch()
    # SQLite itself would delete this file.
    (tmp_path / "a.db-wal").write_bytes(b"left over")
    with unchanged(tmp_path), open_readonly(path) as database:
        assert database.tables() == frozenset()


def test_names_that_mean_something_in_a_url_are_paths(tmp_path: Path) -> None:
    path = make(tmp_path / "a?mode=rwc#100%41 é.db")
    with unchanged(tmp_path):
        assert numbers(path) == [1]


# Nothing beside it changes, and the newest committed content is seen


def test_reading_in_place_changes_nothing(tmp_path: Path) -> None:
    path = make(tmp_path / "a.db")
    tmp_path.chmod(0o555)
    with unchanged(tmp_path):
        assert numbers(path) == [1]
    tmp_path.chmod(0o755)


def test_a_closed_database_in_write_ahead_mode_is_read(tmp_path: Path) -> None:
    path = make(tmp_path / "a.db", "PRAGMA journal_mode = WAL; INSERT INTO t VALUES (2)")
    assert os.listdir(tmp_path) == ["a.db"]
    with unchanged(tmp_path):
        assert numbers(path) == [1, 2]


def test_what_only_the_write_ahead_log_holds_is_read(
    tmp_path: Path, other_process: OtherProcess
) -> None:
    path = make(tmp_path / "a.db", "PRAGMA journal_mode = WAL")
    other_process(path, "INSERT INTO t VALUES (2); BEGIN; INSERT INTO t VALUES (3)")
    assert (tmp_path / "a.db-wal").stat().st_size > 0
    with unchanged(tmp_path):
        assert numbers(path) == [1, 2]


def test_uncommitted_pages_in_the_write_ahead_log_are_not_read(
    tmp_path: Path, other_process: OtherProcess
) -> None:
    path = make(tmp_path / "a.db", "PRAGMA journal_mode = WAL")
    rows = "WITH RECURSIVE r(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM r WHERE i < 9000)"
    other_process(
        path, f"PRAGMA cache_size = 1; BEGIN; INSERT INTO t SELECT i FROM ({rows} SELECT i FROM r)"
    )
    # The cache is full long before the end, so pages of the open transaction are in the file.
    assert (tmp_path / "a.db-wal").stat().st_size > 10_000
    with unchanged(tmp_path):
        assert numbers(path) == [1]


@pytest.mark.parametrize("left", [["-wal"], ["-wal", "-shm"]])
def test_the_log_of_a_writer_that_died_is_read(
    tmp_path: Path, other_process: OtherProcess, left: list[str]
) -> None:
    path = make(tmp_path / "a.db", "PRAGMA journal_mode = WAL")
    other_process(path, "INSERT INTO t VALUES (2)")
    dead = tmp_path / "dead"
    dead.mkdir()
    for suffix in ["", *left]:
        shutil.copyfile(f"{path}{suffix}", f"{dead / 'a.db'}{suffix}")
    with unchanged(dead):
        assert numbers(dead / "a.db") == [1, 2]


def test_a_log_beside_a_database_that_keeps_none_is_left_alone(tmp_path: Path) -> None:
    path = make(tmp_path / "a.db")
    (tmp_path / "a.db-wal").write_bytes(b"not a log" * 1000)
    with unchanged(tmp_path):
        assert numbers(path) == [1]


def test_a_transaction_that_a_dead_writer_left_half_done_is_undone(
    tmp_path: Path, other_process: OtherProcess
) -> None:
    path = make(tmp_path / "a.db")
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executemany("INSERT INTO t VALUES (?)", [(number,) for number in range(2, 5001)])
    other_process(path, "PRAGMA cache_size = 1; BEGIN; UPDATE t SET x = -x")
    dead = tmp_path / "dead"
    dead.mkdir()
    for suffix in ("", "-journal"):
        shutil.copyfile(f"{path}{suffix}", f"{dead / 'a.db'}{suffix}")
    # The half of the transaction is really in the file.
    assert path.read_bytes() != numbers_file(tmp_path)
    with unchanged(dead):
        assert numbers(dead / "a.db") == list(range(1, 5001))


def numbers_file(folder: Path) -> bytes:
    """Return the bytes of the database that holds 1 … 5000 and was closed in order."""
    path = make(folder / "whole.db")
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executemany("INSERT INTO t VALUES (?)", [(number,) for number in range(2, 5001)])
    return path.read_bytes()


def test_a_database_that_another_process_changes_is_read_without_a_wait(
    tmp_path: Path, other_process: OtherProcess
) -> None:
    path = make(tmp_path / "a.db")
    other_process(path, "BEGIN IMMEDIATE; INSERT INTO t VALUES (2)")
    begin = time.monotonic()
    with unchanged(tmp_path):
        assert numbers(path) == [1]
    assert time.monotonic() - begin < sqlite_files.LOCK_SECONDS


@pytest.mark.usefixtures("short_wait")
def test_a_locked_database_is_read_from_a_copy(tmp_path: Path, other_process: OtherProcess) -> None:
    path = make(tmp_path / "a.db")
    other_process(path, "BEGIN EXCLUSIVE; INSERT INTO t VALUES (2)")
    with unchanged(tmp_path):
        assert numbers(path) == [1]


@pytest.mark.usefixtures("short_wait")
def test_a_database_locked_half_through_its_changes_is_read_before_them(
    tmp_path: Path, other_process: OtherProcess
) -> None:
    path = make(tmp_path / "a.db")
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executemany("INSERT INTO t VALUES (?)", [(number,) for number in range(2, 5001)])
    other_process(path, "PRAGMA cache_size = 1; BEGIN; UPDATE t SET x = -x")
    with unchanged(tmp_path):
        assert sum(numbers(path)) == 5000 * 5001 // 2


@pytest.mark.usefixtures("short_wait")
def test_a_database_that_changes_during_every_copy_counts_as_locked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = make(tmp_path / "a.db", "PRAGMA journal_mode = WAL")
    times = count()
    monkeypatch.setattr(sqlite_files, "sqlite_versions", lambda path: next(times))
    with pytest.raises(SourceUnreadableError) as raised:
        numbers(path)
    assert raised.value.reason == "locked by a writer"


def test_private_copies_are_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    private = tmp_path / "private"
    private.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(private))
    path = make(tmp_path / "a.db", "PRAGMA journal_mode = WAL")
    seen = []
    connect: Callable[..., sqlite3.Connection] = sqlite3.connect

    def looking(*arguments: Any, **options: Any) -> sqlite3.Connection:
        (copy,) = private.iterdir()
        seen.append(copy.stat().st_mode & 0o077)
        return connect(*arguments, **options)

    monkeypatch.setattr(sqlite3, "connect", looking)
    with open_readonly(path) as database:
        assert seen == [0]
        # A process that is killed while it reads leaves nothing behind.
        assert list(private.iterdir()) == []
        assert database.columns("t", ["x"]) == {"x": [1]}
    assert list(private.iterdir()) == []


def test_everything_read_within_is_of_one_state(
    tmp_path: Path, other_process: OtherProcess
) -> None:
    path = make(tmp_path / "a.db")
    with open_readonly(path) as database:
        assert database.columns("t", ["x"]) == {"x": [1]}
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other_process(path, "INSERT INTO t VALUES (2)")
        assert database.columns("t", ["x"]) == {"x": [1]}
    other_process(path, "INSERT INTO t VALUES (2)")
    assert numbers(path) == [1, 2]


@pytest.mark.parametrize("mode", ["PERSIST", "TRUNCATE"])
def test_a_journal_that_is_kept_is_left_as_it_is(tmp_path: Path, mode: str) -> None:
    path = make(tmp_path / "a.db", f"PRAGMA journal_mode = {mode}; INSERT INTO t VALUES (2)")
    assert (tmp_path / "a.db-journal").exists()
    with unchanged(tmp_path):
        assert numbers(path) == [1, 2]


@pytest.mark.usefixtures("short_wait")
def test_the_version_of_a_database_changes_with_the_end_of_a_transaction(
    tmp_path: Path, other_process: OtherProcess
) -> None:
    path = make(tmp_path / "a.db")
    other_process(path, "PRAGMA cache_size = 1; BEGIN; INSERT INTO t VALUES (2)")
    during = database_versions(path)
    assert numbers(path) == [1]
    # A commit whose pages are all in the file already only removes the journal.
    (tmp_path / "a.db-journal").unlink()
    assert database_versions(path)[0] == during[0] == file_version(path)
    assert database_versions(path) != during


# Locks belong to the process: closing a file drops all of them


def test_a_reader_does_not_drop_the_lock_of_another_reader(
    tmp_path: Path, other_process: OtherProcess
) -> None:
    path = make(tmp_path / "a.db")
    with open_readonly(path):
        assert numbers(path) == [1]
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other_process(path, "INSERT INTO t VALUES (2)")


@pytest.mark.usefixtures("short_wait")
def test_a_reader_does_not_drop_the_lock_of_a_writer_of_its_own_process(
    tmp_path: Path, other_process: OtherProcess
) -> None:
    path = make(tmp_path / "a.db")
    with locks_kept(path), closing(sqlite3.connect(path, isolation_level=None)) as writer:
        writer.execute("BEGIN EXCLUSIVE")
        assert numbers(path) == [1]
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other_process(path, "INSERT INTO t VALUES (2)")


def test_a_file_system_that_does_not_answer_holds_up_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    silent, path = make(tmp_path / "silent.db"), make(tmp_path / "a.db")
    opening, go_on, open_file = threading.Event(), threading.Event(), os.open

    def hanging(file: Any, *arguments: Any, **options: Any) -> int:
        if Path(file) == silent:
            opening.set()
            assert go_on.wait(10)
        return open_file(file, *arguments, **options)

    monkeypatch.setattr(os, "open", hanging)
    slow = threading.Thread(target=numbers, args=[silent])
    quick = threading.Thread(target=numbers, args=[path])
    slow.start()
    assert opening.wait(10)
    quick.start()
    quick.join(5)
    held_up = quick.is_alive()
    go_on.set()
    slow.join()
    quick.join()
    assert not held_up


def test_no_descriptor_is_left_open(tmp_path: Path) -> None:
    path = make(tmp_path / "a.db")
    descriptors = Path("/proc/self/fd")
    if not descriptors.is_dir():
        pytest.skip("open descriptors cannot be counted on this system")
    before = os.listdir(descriptors)
    with open_readonly(path), open_readonly(path):
        pass
    with pytest.raises(SourceUnreadableError):
        numbers(tmp_path)
    assert os.listdir(descriptors) == before


# What cannot be read


@pytest.mark.parametrize("name", ["absent.db", "absent/a.db", "file/a.db"])
def test_a_missing_file_is_missing_and_stays_so(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").touch()
    with unchanged(tmp_path), pytest.raises(SourceMissingError):
        numbers(tmp_path / name)


def test_a_folder_and_a_pipe_are_no_databases(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe"):
        with pytest.raises(SourceUnreadableError) as raised:
            numbers(path)
        assert raised.value.reason == "not a file"


def test_a_file_that_may_not_be_read_is_unreadable(tmp_path: Path) -> None:
    path = make(tmp_path / "a.db")
    path.chmod(0)
    if os.access(path, os.R_OK):
        pytest.skip("permissions do not bind this user")
    with pytest.raises(SourceUnreadableError, match="may not be read"):
        numbers(path)


def test_garbage_is_no_database(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    path.write_bytes(b"job_data" * 1000)
    with unchanged(tmp_path), pytest.raises(SourceUnreadableError) as raised:
        numbers(path)
    assert raised.value.reason == "not an SQLite database, or its beginning is damaged"


def test_a_database_of_a_newer_format_says_so(tmp_path: Path) -> None:
    path = make(tmp_path / "a.db")
    content = bytearray(path.read_bytes())
    content[19] = 3
    path.write_bytes(content)
    with pytest.raises(SourceUnreadableError) as raised:
        numbers(path)
    assert raised.value.reason == "written by an SQLite newer than the one here"


@pytest.mark.parametrize("size", [16, 30, 100, 4000, 4096, 6000])
def test_a_truncated_database_is_unreadable(tmp_path: Path, size: int) -> None:
    path = make(tmp_path / "a.db")
    path.write_bytes(path.read_bytes()[:size])
    with unchanged(tmp_path), pytest.raises(SourceUnreadableError) as raised:
        numbers(path)
    assert str(path) not in raised.value.reason


@pytest.mark.parametrize("cut", [1, 100, 4000])
def test_a_database_in_write_ahead_mode_that_ends_within_a_page_is_unreadable(
    tmp_path: Path, cut: int
) -> None:
    path = make(tmp_path / "a.db", "PRAGMA journal_mode = WAL")
    path.write_bytes(path.read_bytes()[:-cut])
    with unchanged(tmp_path), pytest.raises(SourceUnreadableError) as raised:
        numbers(path)
    assert raised.value.reason == "the database is truncated"


@pytest.mark.parametrize("size", [512, 65536])
def test_pages_of_every_size_are_read(tmp_path: Path, size: int) -> None:
    path = make(tmp_path / "a.db", f"PRAGMA page_size = {size}; VACUUM")
    assert path.stat().st_size == 2 * size
    assert numbers(path) == [1]


@pytest.mark.parametrize("mode", ["DELETE", "WAL"])
def test_a_damaged_page_is_found_when_it_is_read(tmp_path: Path, mode: str) -> None:
    path = make(tmp_path / "a.db", f"CREATE TABLE u (a); PRAGMA journal_mode = {mode}")
    content = bytearray(path.read_bytes())
    content[4096:8192] = b"\xff" * 4096  # page 2: the table t
    path.write_bytes(content)
    with unchanged(tmp_path), open_readonly(path) as database:
        assert database.columns("u", ["a"]) == {"a": []}
        with pytest.raises(SourceUnreadableError) as raised:
            database.columns("t", ["x"])
    assert raised.value.reason == "the database is damaged"


def test_a_damaged_schema_is_unreadable(tmp_path: Path) -> None:
    path = make(tmp_path / "a.db")
    path.write_bytes(path.read_bytes().replace(b"CREATE TABLE t", b"CREATE TAXLE t"))
    with pytest.raises(SourceUnreadableError) as raised:
        numbers(path)
    assert raised.value.reason == "the database is damaged"


# What the owner of an experiment may put there


def branching(path: Path, levels: int) -> Path:
    """Make a database whose table ``t`` has 72 to the power of ``levels`` rows in a few pages.

    Every entry of a page of the tree names the same page below it; the last holds one row.
    """
    size, branches = 512, 71
    make(path, f"PRAGMA page_size = {size}; VACUUM")
    content = path.read_bytes()
    root, leaf, below = size, content[size:], len(content) // size

    def page(child: int) -> bytes:
        cells = [struct.pack(">IB", child, key) for key in range(1, branches + 1)]
        places = [size - 5 * (at + 1) for at in range(branches)]
        head = struct.pack(">BHHHBI", 5, 0, branches, places[-1], 0, child)
        listed = struct.pack(f">{branches}H", *places)
        return (head + listed).ljust(size - 5 * branches, b"\0") + b"".join(reversed(cells))

    pages = [page(below + level) for level in range(1, levels + 1)]
    made = bytearray(content[:root] + pages[0] + b"".join(pages[1:]) + leaf)
    made[28:32] = struct.pack(">I", len(made) // size)
    path.write_bytes(made)
    return path


def test_a_tree_whose_pages_repeat_has_no_more_rows_than_the_file_has_room_for(
    tmp_path: Path,
) -> None:
    path = branching(tmp_path / "a.db", 8)
    assert path.stat().st_size < 6000
    with pytest.raises(SourceUnreadableError) as raised:
        numbers(path)
    assert raised.value.reason == "the database is damaged"


def test_a_search_that_does_not_end_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_files, "READ_SECONDS", 0.2)
    path = branching(tmp_path / "a.db", 8)
    with open_readonly(path) as database, pytest.raises(SourceUnreadableError) as raised:
        database.columns("t", ["x"], where={"x": 2})
    assert raised.value.reason == "takes too long to be read"


def test_a_column_with_a_long_default_is_not_there(tmp_path: Path) -> None:
    """The file says it once; every row that is older than the column would repeat it."""
    short, long = "'fc0'", f"'{'x' * 1000}'"
    path = make(
        tmp_path / "a.db",
        f"ALTER TABLE t ADD COLUMN a DEFAULT {short}; ALTER TABLE t ADD COLUMN b DEFAULT {long}",
    )
    with open_readonly(path) as database:
        assert database.columns("t", ["x", "a", "b"]) == {"x": [1], "a": ["fc0"]}


@pytest.mark.skipif(sys.version_info < (3, 11), reason="Python before 3.11 cannot set the limit")
def test_a_value_of_any_size_does_no_harm(tmp_path: Path) -> None:
    path = make(tmp_path / "a.db", "INSERT INTO t VALUES (zeroblob(17000000))")
    with pytest.raises(SourceUnreadableError) as raised:
        numbers(path)
    assert raised.value.reason == "a value in it is too large"


def test_a_journal_that_names_another_file_does_not_harm_it(tmp_path: Path) -> None:
    """Of a change of two databases each journal names a third file, which SQLite deletes."""
    path, other = make(tmp_path / "a.db"), tmp_path / "other"
    other.write_text("precious")
    magic, name = bytes.fromhex("d9d505f920a163d7"), bytes(other)
    begin = magic + struct.pack(">5I", 0, 0, 2, 512, 4096)
    end = name + struct.pack(">2I", len(name), sum(name)) + magic
    lock_page = struct.pack(">I", (1 << 30) // 4096 + 1)
    (tmp_path / "a.db-journal").write_bytes(begin.ljust(512, b"\0") + lock_page + end)
    with unchanged(tmp_path), pytest.raises(SourceUnreadableError) as raised:
        numbers(path)
    assert raised.value.reason == "left half changed, together with another database"


@pytest.mark.parametrize("target", ["/dev/zero", "pipe"])
def test_a_log_that_is_no_file_is_not_copied(tmp_path: Path, target: str) -> None:
    path = make(tmp_path / "a.db")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "a.db-wal").symlink_to(target)
    with pytest.raises(SourceUnreadableError) as raised:
        numbers(path)
    assert (raised.value.path.name, raised.value.reason) == ("a.db-wal", "not a file")


@pytest.mark.parametrize("large", ["a.db", "a.db-wal"])
def test_no_copy_is_made_of_what_is_too_large(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, large: str
) -> None:
    monkeypatch.setattr(sqlite_files, "LARGEST_COPY", 1 << 20)
    path = make(tmp_path / "a.db", "PRAGMA journal_mode = WAL")
    with (tmp_path / large).open("ab") as file:
        file.truncate(1 << 40)
    with pytest.raises(SourceUnreadableError) as raised:
        numbers(path)
    assert raised.value.reason == "cannot be read in place, and is too large for a copy"


def test_no_room_for_a_copy_is_an_error_that_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = make(tmp_path / "a.db", "PRAGMA journal_mode = WAL")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "absent"))
    with pytest.raises(SourceUnreadableError):
        numbers(path)


def test_a_link_is_read_with_the_log_beside_its_target(
    tmp_path: Path, other_process: OtherProcess
) -> None:
    (tmp_path / "real").mkdir()
    path = make(tmp_path / "real" / "a.db", "PRAGMA journal_mode = WAL")
    other_process(path, "INSERT INTO t VALUES (2)")
    (tmp_path / "link.db").symlink_to(path)
    with unchanged(tmp_path), unchanged(tmp_path / "real"):
        assert numbers(tmp_path / "link.db") == [1, 2]


def test_damage_that_sqlite_cannot_put_into_words_is_damage(tmp_path: Path) -> None:
    """What it says quotes the file; here that is no text, and Python cannot read what it says."""
    schema = "UPDATE sqlite_master SET name = CAST(x'ff' AS TEXT), sql = 'nonsense'"
    path = make(tmp_path / "a.db", f"PRAGMA writable_schema = 1; {schema}")
    with pytest.raises(SourceUnreadableError, match="the database is damaged"):
        numbers(path)
