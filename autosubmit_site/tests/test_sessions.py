from __future__ import annotations

import sqlite3
import stat
import threading
from pathlib import Path

import pytest

from autosubmit_site.sessions import Session, SessionFile

NOW = 1_000_000
IDLE = 3600


def session(session_id: str = "one", user: str = "cas:alice", begun: int = NOW) -> Session:
    return Session(session_id, user, "Firefox, Linux", begun, begun, begun + 86_400)


@pytest.fixture
def file(tmp_path: Path) -> SessionFile:
    return SessionFile(tmp_path / "state", IDLE)


def test_a_session_lives_until_it_is_ended(file: SessionFile) -> None:
    file.begin(session())
    assert file.use("one", NOW + 1)
    file.end("cas:alice", "one")
    assert not file.use("one", NOW + 2)


def test_no_file_is_made_before_anybody_logs_in(file: SessionFile, tmp_path: Path) -> None:
    assert not file.use("one", NOW)
    assert not (tmp_path / "state").exists()


def test_nobody_else_may_read_who_is_logged_in(file: SessionFile, tmp_path: Path) -> None:
    file.begin(session())
    modes = [
        stat.S_IMODE(path.stat().st_mode)
        for path in (tmp_path / "state", tmp_path / "state" / "sessions.db")
    ]
    assert modes == [0o700, 0o600]


def test_a_session_that_is_not_used_ends(file: SessionFile) -> None:
    file.begin(session())
    assert file.use("one", NOW + IDLE - 1)
    assert file.use("one", NOW + 2 * IDLE - 2)
    assert not file.use("one", NOW + 3 * IDLE)


def test_a_session_that_is_used_ends_all_the_same(file: SessionFile) -> None:
    file.begin(session())
    for now in range(NOW, NOW + 86_400, IDLE // 2):
        assert file.use("one", now)
    assert not file.use("one", NOW + 86_400)


def test_a_use_is_noted_once_a_minute(file: SessionFile) -> None:
    file.begin(session())
    file.use("one", NOW + 59)
    assert file.of_user("cas:alice", NOW + 59)[0].used == NOW
    file.use("one", NOW + 60)
    assert file.of_user("cas:alice", NOW + 60)[0].used == NOW + 60


def test_everybody_sees_their_own_the_one_used_last_first(file: SessionFile) -> None:
    for one in (session("old"), session("new", begun=NOW + 5), session("bobs", "cas:bob")):
        file.begin(one)
    found = [one.session_id for one in file.of_user("cas:alice", NOW + 6)]
    assert found == ["new", "old"]


def test_nobody_ends_the_session_of_another(file: SessionFile) -> None:
    file.begin(session())
    file.end("github:alice", "one")
    file.end_others("github:alice", "none")
    assert file.use("one", NOW)


def test_all_sessions_but_one_are_ended(file: SessionFile) -> None:
    for session_id in ("one", "two", "three"):
        file.begin(session(session_id))
    file.end_others("cas:alice", "two")
    assert [one.session_id for one in file.of_user("cas:alice", NOW)] == ["two"]


def test_what_is_over_goes_with_the_next_login(file: SessionFile, tmp_path: Path) -> None:
    file.begin(session())
    file.begin(session("late", begun=NOW + 2 * 86_400))
    with sqlite3.connect(tmp_path / "state" / "sessions.db") as database:
        assert database.execute("SELECT session_id FROM sessions").fetchall() == [("late",)]
    database.close()


def test_many_log_in_at_once(file: SessionFile) -> None:
    threads = [threading.Thread(target=file.begin, args=(session(f"s{i}"),)) for i in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(file.of_user("cas:alice", NOW)) == 20


def test_a_file_that_is_none_is_an_error(file: SessionFile, tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "sessions.db").write_text("this is no database, whatever it is called")
    with pytest.raises(sqlite3.DatabaseError):
        file.use("one", NOW)
