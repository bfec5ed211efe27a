"""Sessions are kept the same way in a file and on a PostgreSQL server."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from autosubmit_core import SourceError
from autosubmit_core.readers.servers import server_of
from autosubmit_core.server import read_rows

from autosubmit_site.sessions import _SESSIONS, Session, SessionStore

NOW = 1_000_000
IDLE = 3600


def session(session_id: str = "one", user: str = "cas:alice", begun: int = NOW) -> Session:
    return Session(session_id, user, "Firefox, Linux", begun, begun, begun + 86_400)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "sessions.db"


@pytest.fixture
def file(path: Path) -> SessionStore:
    return SessionStore(path, IDLE)


@pytest.fixture(params=["file", "server"])
def store(request: pytest.FixtureRequest, path: Path) -> SessionStore:
    if request.param == "file":
        return SessionStore(path, IDLE)
    return SessionStore(server_of(request.getfixturevalue("postgres").new_database()), IDLE)


def test_a_session_lives_until_it_is_ended(store: SessionStore) -> None:
    store.begin(session())
    assert store.use("one", NOW + 1)
    store.end("cas:alice", "one")
    assert not store.use("one", NOW + 2)


def test_no_file_is_made_before_anybody_logs_in(file: SessionStore, path: Path) -> None:
    assert not file.use("one", NOW)
    file.check()
    assert file.of_user("cas:alice", NOW) == []
    assert not path.parent.exists()


def test_nobody_else_may_read_who_is_logged_in(file: SessionStore, path: Path) -> None:
    file.begin(session())
    modes = [stat.S_IMODE(each.stat().st_mode) for each in (path.parent, path)]
    assert modes == [0o700, 0o600]


def test_a_session_that_is_not_used_ends(store: SessionStore) -> None:
    store.begin(session())
    assert store.use("one", NOW + IDLE - 1)
    assert store.use("one", NOW + 2 * IDLE - 2)
    assert not store.use("one", NOW + 3 * IDLE)


def test_a_session_that_is_used_ends_all_the_same(store: SessionStore) -> None:
    store.begin(session())
    for now in range(NOW, NOW + 86_400, IDLE // 2):
        assert store.use("one", now)
    assert not store.use("one", NOW + 86_400)


def test_a_use_is_noted_once_a_minute(store: SessionStore) -> None:
    store.begin(session())
    store.use("one", NOW + 59)
    assert store.of_user("cas:alice", NOW + 59)[0].used == NOW
    store.use("one", NOW + 60)
    assert store.of_user("cas:alice", NOW + 60)[0].used == NOW + 60


def test_everybody_sees_their_own_the_one_used_last_first(store: SessionStore) -> None:
    for one in (session("old"), session("new", begun=NOW + 5), session("bobs", "cas:bob")):
        store.begin(one)
    found = [one.session_id for one in store.of_user("cas:alice", NOW + 6)]
    assert found == ["new", "old"]


def test_nobody_ends_the_session_of_another(store: SessionStore) -> None:
    store.begin(session())
    store.end("github:alice", "one")
    store.end_others("github:alice", "none")
    assert store.use("one", NOW)


def test_all_sessions_but_one_are_ended(store: SessionStore) -> None:
    for session_id in ("one", "two", "three"):
        store.begin(session(session_id))
    store.end_others("cas:alice", "two")
    assert [one.session_id for one in store.of_user("cas:alice", NOW)] == ["two"]


def test_what_is_over_goes_with_the_next_login(file: SessionStore, path: Path) -> None:
    file.begin(session())
    file.begin(session("late", begun=NOW + 2 * 86_400))
    assert [row["session_id"] for row in read_rows(path, _SESSIONS)] == ["late"]


def test_many_log_in_at_once(store: SessionStore) -> None:
    with ThreadPoolExecutor(20) as threads:
        begun = [threads.submit(store.begin, session(f"s{number}")) for number in range(20)]
    assert [each.result() for each in begun] == [None] * 20
    assert len(store.of_user("cas:alice", NOW)) == 20


def test_looks_of_users_outlive_their_sessions(store: SessionStore) -> None:
    store.begin(Session("one", "CAS:ana", "", 1, 1, 10))
    assert store.looked("CAS:ana") is None
    store.note_look("CAS:ana", (0, 5))
    store.note_look("CAS:ana", (5, 9))
    store.note_look("CAS:bo", (1, 2))
    store.end("CAS:ana", "one")
    assert (store.looked("CAS:ana"), store.looked("CAS:bo")) == ((5, 9), (1, 2))


def test_a_file_that_is_none_is_an_error(file: SessionStore, path: Path) -> None:
    path.parent.mkdir()
    path.write_text("this is no database, whatever it is called")
    for ask in (file.check, lambda: file.use("one", NOW), lambda: file.begin(session())):
        with pytest.raises(SourceError):
            ask()
