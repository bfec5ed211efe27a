"""What we keep ourselves is kept alike in a file and on a PostgreSQL server."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from autosubmit_core.errors import CommandInvalidError, InstallationError, StoreError
from autosubmit_core.readers.installation import read_installation
from autosubmit_core.readers.servers import Server, server_of, sitting
from autosubmit_core.readers.versions import are_current
from autosubmit_core.store.commands import (
    CommandRow,
    RunRow,
    add_command,
    claim_run,
    command_of,
    commands_of,
    creator_of,
    end_command,
    live_runs,
    newest_run,
    set_run,
)
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


def test_what_is_looked_up_on_a_server_costs_no_look_at_the_whole_table(postgres: Any) -> None:
    place = server_of(postgres.new_database())
    name_token(place, "cas:alice", NamedToken("one", "my one", SOON - 60, SOON))
    asked: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        asked.append(statement)

    with sitting(place), place.reading() as connection:
        sa.event.listen(connection, "before_cursor_execute", note)
        assert named_tokens(place, "cas:alice")
    (statement,) = (statement for statement in asked if "named_tokens" in statement)
    assert 'WHERE "user_id" = ' in statement


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


def test_runs(place: StorePlace) -> None:
    row = RunRow(expid="a000", runner="LOCAL", module_loader="VENV", modules="/opt", user="cas:a")
    assert newest_run(place, "a000") is None
    command, again = (
        CommandRow(command_id=name, action="run-experiment", expid="a000", user="u", profile="p")
        for name in ("c1", "c2")
    )
    number = claim_run(place, row, command)
    assert number is not None
    assert claim_run(place, row, again) is None
    assert command_of(place, "c2") is None
    set_run(place, number, "ACTIVE", 77)
    (live,) = live_runs(place)
    assert (live.id, live.pid, live.status, live.user) == (number, 77, "ACTIVE", "cas:a")
    set_run(place, number, "COMPLETED")
    set_run(place, number, "TERMINATED")
    ended = newest_run(place, "a000")
    assert ended is not None
    assert (ended.pid, ended.status) == (77, "COMPLETED")
    assert live_runs(place, "a000") == []
    with pytest.raises(CommandInvalidError, match="command_id"):
        claim_run(place, row, command)
    assert live_runs(place, "a000") == []
    assert claim_run(place, row, again) not in (None, number)


def test_commands(place: StorePlace) -> None:
    new = CommandRow(command_id="c1", action="create-experiment", expid=None, user="u", profile="p")
    assert command_of(place, "c1") is None
    add_command(place, new)
    assert creator_of(place, "a001") is None
    end_command(place, "c1", "done", "a001")
    end_command(place, "c1", "failed")
    assert creator_of(place, "a001") == "u"
    (told,) = commands_of(place, "a001")
    assert (told.result, told.profile) == ("done", "p")
    assert time.time() - 60 < told.created <= (told.ended or 0)


def test_runs_of_autosubmit_api_are_known(place: StorePlace) -> None:
    """Its table has no columns for who started a run, and under which name."""
    theirs = sa.Table(
        "runner_processes",
        sa.MetaData(),
        sa.Column("id", sa.Integer, primary_key=True),
        *(sa.Column(name, sa.Text) for name in ("expid", "status", "runner", "created")),
        sa.Column("pid", sa.Integer),
        *(sa.Column(name, sa.Text) for name in ("module_loader", "modules", "modified")),
        sa.Column("runner_extra_params", sa.Text),
    )
    row = {"expid": "a000", "status": "ACTIVE", "runner": "LOCAL", "created": "2026", "pid": 7}
    with writing(place, [theirs]) as connection:
        connection.execute(theirs.insert().values(row))
    (live,) = live_runs(place, "a000")
    assert (live.pid, live.user, live.command_id) == (7, None, None)
    set_run(place, live.id, "TERMINATED")
    assert live_runs(place, "a000") == []


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
