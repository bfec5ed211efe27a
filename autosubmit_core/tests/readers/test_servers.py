"""A PostgreSQL server is used within limits, what is wrong with it is said, and no password is."""

from __future__ import annotations

import pickle
import socket
import threading
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from autosubmit_core.errors import InstallationError, SourceUnreadableError
from autosubmit_core.readers import servers
from autosubmit_core.readers.servers import Server, server_of


def with_url(server: Server, **changed: Any) -> Server:
    url = sa.make_url(server.url).set(**changed)
    return server_of(url.render_as_string(hide_password=False))


def reason(server: Server) -> str:
    with pytest.raises(SourceUnreadableError) as raised, server.reading():
        pass
    return raised.value.reason


# URLs


@pytest.mark.parametrize(
    "url",
    [
        *("postgresql://u:secret@h/d", "postgres://u:secret@h/d", "postgresql+psycopg2://u@h/d"),
        "postgresql://u:secret@h:5432/d?sslmode=require",
    ],
)
def test_every_url_that_autosubmit_reads_is_one(url: str) -> None:
    assert str(server_of(url)) == "postgresql:/h:5432/d"


@pytest.mark.parametrize("url", ["sqlite:///secret.db", "postgresql//u:secret@h/d", "u:secret@h"])
def test_what_is_no_url_of_a_server_is_refused_without_being_repeated(url: str) -> None:
    with pytest.raises(InstallationError, match="DATABASE_CONN_URL") as raised:
        server_of(url)
    assert "secret" not in "".join(traceback.format_exception(raised.value))


def test_a_missing_url_is_named() -> None:
    with pytest.raises(InstallationError, match="DATABASE_CONN_URL"):
        server_of("")


def test_without_its_driver_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(servers, "find_spec", lambda name: None)
    with pytest.raises(InstallationError, match=r"autosubmit_core\[postgres\]"):
        server_of("postgresql://u@h/d")


def test_nothing_shows_the_password() -> None:
    server = server_of("postgresql://u:secret@h/d")
    assert "secret" not in f"{server} {server!r}"
    assert pickle.loads(pickle.dumps(server)) == server


# What is wrong


def test_a_server_that_is_not_there_is_said_to_be(server: Server) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        absent = with_url(server, port=nobody.getsockname()[1])
        assert "DATABASE_CONN_URL" in reason(absent)
        assert "cannot be reached" in reason(absent)


def test_a_wrong_password_is_said_to_be(server: Server) -> None:
    wrong = with_url(server, password="hunter2")
    assert "refuses its user or password" in reason(wrong)
    with pytest.raises(SourceUnreadableError) as raised, wrong.reading():
        pass
    assert "hunter2" not in "".join(traceback.format_exception(raised.value))


def test_d6_a_password_in_a_file_is_the_one_that_it_has_when_a_connection_is_made(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(servers, "FAILURE_SECONDS", 0.0)
    file, url = tmp_path / "password", sa.make_url(server.url)
    told = with_url(server, password=None, query={"password_file": str(file)})
    assert "password_file of DATABASE_CONN_URL" in reason(told)
    file.write_text(f"{url.password}\n")
    with told.reading() as connection:
        assert connection.scalar(sa.text("SELECT 1")) == 1
        file.write_text("hunter2")
        # One connection is in use: another one is made.
        assert "refuses its user or password" in reason_apart(told)
    file.write_text(str(url.password))
    with told.writing() as one, told.writing() as other:
        assert one.scalar(sa.text("SELECT 1")) == other.scalar(sa.text("SELECT 1"))


def reason_apart(server: Server) -> str:
    """Return why another thread reads nothing from a server."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(reason, server).result(30)


def test_a_database_that_is_not_there_is_said_to_be(server: Server) -> None:
    assert "no such database" in reason(with_url(server, database="nowhere"))


def test_a_server_that_failed_is_left_alone_for_a_moment(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setattr(servers, "CONNECT_SECONDS", 2)
        slow = with_url(server, port=silent.getsockname()[1])
        assert "cannot be reached" in reason(slow)
        began = time.monotonic()
        assert "cannot be reached" in reason(slow)
        assert time.monotonic() - began < 1


def test_a_server_is_used_again_when_it_ended_connections(server: Server) -> None:
    with server.reading() as connection:
        number = connection.scalar(sa.text("SELECT pg_backend_pid()"))
    with server.writing() as other, server.writing() as one:
        mine = {
            connection.scalar(sa.text("SELECT pg_backend_pid()")) for connection in (one, other)
        }
        for ended in {number} - mine:
            one.execute(sa.text(f"SELECT pg_terminate_backend({ended})"))
    with server.reading() as connection:
        assert connection.scalar(sa.text("SELECT 1")) == 1


# Limits


def test_nothing_can_be_changed_while_reading(server: Server) -> None:
    refused = pytest.raises(SourceUnreadableError, match="accepts no changes")
    with refused, server.reading() as connection:
        connection.execute(sa.text("CREATE TABLE mine (id INTEGER)"))


def test_a_statement_that_takes_too_long_is_ended(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(servers, "_LIMITS", sa.text("SET LOCAL statement_timeout = 50"))
    ended = pytest.raises(SourceUnreadableError, match="took longer than")
    with ended, server.reading() as connection:
        connection.execute(sa.text("SELECT pg_sleep(20)"))


def test_a_transaction_that_fails_does_nothing(server: Server) -> None:
    with pytest.raises(SourceUnreadableError), server.writing() as connection:
        connection.execute(sa.text("CREATE TABLE mine (id INTEGER); SELECT nonsense"))
    with server.reading() as connection:
        assert connection.scalar(sa.text("SELECT to_regclass('mine')")) is None


def test_a_process_has_few_connections(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many threads want one, and no thread waits for ever."""
    monkeypatch.setattr(servers, "POOL_SECONDS", 0.2)
    most = servers.KEPT_CONNECTIONS + servers.MORE_CONNECTIONS
    hold, held, said = threading.Event(), threading.Semaphore(0), []

    def use() -> None:
        with server.reading():
            held.release()
            hold.wait(10)

    threads = [threading.Thread(target=use) for _ in range(most)]
    for thread in threads:
        thread.start()
    for _ in threads:
        assert held.acquire(timeout=10)
    said.append(reason(server))
    hold.set()
    for thread in threads:
        thread.join(10)
    assert said == ["all connections of this process to the server are in use"]
