"""What we keep ourselves is kept alike in a file and on a PostgreSQL server."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest
import sqlalchemy as sa

from autosubmit_core.errors import InstallationError, StoreError
from autosubmit_core.readers.installation import read_installation
from autosubmit_core.readers.servers import Server, server_of
from autosubmit_core.readers.versions import are_current
from autosubmit_core.store.places import StorePlace, store_of, writing
from autosubmit_core.store.preferences import preference_of, remember_preference
from autosubmit_core.store.tokens import (
    NamedToken,
    name_token,
    named_tokens,
    note_use,
    revocations,
    revocations_versions,
    revoke,
    revoke_all,
)

SOON = int(time.time()) + 3600
COUNTERS = sa.Table("counters", sa.MetaData(), sa.Column("number", sa.Integer))


@pytest.fixture(params=["file", "server"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> StorePlace:
    if request.param == "file":
        return tmp_path / "autosubmit_api.db"
    return server_of(request.getfixturevalue("postgres").new_database())


def test_nothing_is_kept_at_first(place: StorePlace) -> None:
    assert preference_of(place, "cas:alice") is None
    assert revocations(place).tokens == frozenset()
    assert named_tokens(place, "cas:alice") == []


def test_preferences(place: StorePlace) -> None:
    first = remember_preference(place, "cas:alice", "one")
    again = remember_preference(place, "cas:alice", "two")
    assert preference_of(place, "cas:alice") == again
    assert (again.username, again.created) == ("two", first.created)
    assert preference_of(place, "cas:bob") is None


def test_revoked_tokens(place: StorePlace) -> None:
    before = revocations_versions(place)
    revoke(place, "over", int(time.time()) - 100)
    revoke(place, "one", SOON)
    revoke(place, "one", SOON)
    assert not are_current(before)
    assert revocations(place).tokens == {"one"}
    revoke_all(place, "cas:alice")
    revoke_all(place, "cas:alice")
    assert revocations(place).hold("other", "cas:alice", time.time() - 60)


def test_named_tokens(place: StorePlace) -> None:
    for name in ("one", "two"):
        name_token(place, "cas:alice", NamedToken(name, f"my {name}", SOON - 60, SOON))
    note_use(place, "two")
    revoke(place, "one", SOON)
    (token,) = named_tokens(place, "cas:alice")
    assert (token.name, token.expires) == ("my two", SOON)
    assert token.used > 0


def test_writers_take_turns(place: StorePlace) -> None:
    """The table is made by one of them, and nobody writes on what another is about to change."""

    def count() -> None:
        for _ in range(5):
            with writing(place, [COUNTERS]) as connection:
                number = connection.scalar(sa.select(sa.func.count()).select_from(COUNTERS))
                connection.execute(COUNTERS.insert().values(number=number))

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    with writing(place, [COUNTERS]) as connection:
        found = connection.scalars(sa.select(COUNTERS.c.number)).all()
    assert sorted(map(int, found)) == list(range(20))


def test_what_fails_is_not_done_by_half(place: StorePlace) -> None:
    def interrupted(connection: sa.Connection) -> None:
        connection.execute(COUNTERS.insert().values(number=1))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), writing(place, [COUNTERS]) as connection:
        interrupted(connection)
    with pytest.raises(StoreError), writing(place, []) as connection:
        connection.execute(sa.text("SELECT number FROM counters"))


def test_a_server_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    for place in (server_of("postgresql://u:secret@127.0.0.1:1/d"), tmp_path / "no" / "folder.db"):
        with pytest.raises(StoreError, match="cannot be written") as raised:
            remember_preference(place, "cas:alice", "one")
        assert "secret" not in str(raised.value)


def test_the_backend_says_where_it_is(tmp_path: Path) -> None:
    run_control = tmp_path / "autosubmitrc"
    run_control.write_text(f"[database]\npath = {tmp_path}\n")
    assert store_of(read_installation(run_control)) == tmp_path / "autosubmit_api.db"
    run_control.write_text(
        "[database]\nbackend = postgres\nconnection_url = postgresql://u@h:7/d\n"
    )
    place = store_of(read_installation(run_control))
    assert isinstance(place, Server)
    assert place.name == "postgresql:/h:7/d"
    run_control.write_text("[database]\nbackend = postgres\n")
    with pytest.raises(InstallationError, match="DATABASE_CONN_URL"):
        store_of(read_installation(run_control))
