"""Tables on a PostgreSQL server read as those of a file do, and no change of them is overlooked."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from autosubmit_core.errors import SourceMissingError, SourceUnreadableError
from autosubmit_core.readers import server_tables
from autosubmit_core.readers.database import open_readonly
from autosubmit_core.readers.job_history import read_job_history
from autosubmit_core.readers.job_list import job_list_modified, read_job_list, read_jobs_table
from autosubmit_core.readers.server_tables import ServerTables, TablesVersion, tables_versions
from autosubmit_core.readers.servers import Server, server_of, sitting
from autosubmit_core.readers.user_metrics import read_user_metrics
from autosubmit_core.readers.versions import are_current, current_groups, locations_bytes
from autosubmit_core.readers.wrappers import read_wrappers
from autosubmit_core.times import epoch_of_text

Run = Callable[..., None]

JOBS = (
    "CREATE SCHEMA a000",
    "CREATE TABLE a000.jobs (name VARCHAR, status VARCHAR, section VARCHAR, id INTEGER)",
    "INSERT INTO a000.jobs VALUES ('b', 'RUNNING', 'SIM', 7), ('B', 'READY', NULL, 0)",
)


@pytest.fixture(autouse=True)
def _looked_at_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_tables, "FRESH_SECONDS", 0.0)


@pytest.fixture
def jobs(server: Server, run: Run) -> ServerTables:
    run(*JOBS)
    return ServerTables(server, "a000", ("jobs",))


def version(place: ServerTables) -> TablesVersion:
    return tables_versions([place])[0]


# Reading


def test_columns_are_read_by_name_in_the_order_of_the_key(jobs: ServerTables) -> None:
    with open_readonly(jobs) as database:
        assert database.tables() == {"jobs"}
        assert database.columns_of("jobs") == ("name", "status", "section", "id")
        assert database.columns("jobs", ["id", "name", "nothing"]) == {
            "id": [0, 7],
            "name": ["B", "b"],
        }
        assert database.columns("other", ["id"]) == {}


def test_conditions_hold_for_null_too(jobs: ServerTables) -> None:
    with open_readonly(jobs) as database:
        assert database.columns("jobs", ["name"], where={"section": None}) == {"name": ["B"]}
        assert database.columns("jobs", ["name"], where={"id": 7}) == {"name": ["b"]}
        assert database.columns("jobs", ["name"], where={"nothing": 7}) == {"name": []}


def test_rows_of_a_key_are_found_by_its_index(server: Server, run: Run) -> None:
    run("CREATE TABLE tokens (token_id TEXT PRIMARY KEY)", "INSERT INTO tokens VALUES ('x')")
    asked: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        asked.append((statement, values))

    with sitting(server), server.reading() as connection:
        sa.event.listen(connection, "before_cursor_execute", note)
        with open_readonly(ServerTables(server, "public", ("tokens",))) as database:
            found = database.columns("tokens", ["token_id"], where={"token_id": "x"})
        statement, values = asked[-1]
        # A table of one row is read whole unless that is made dear.
        connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        plan = connection.exec_driver_sql(f"EXPLAIN {statement}", values).scalars().all()
    assert found == {"token_id": ["x"]}
    assert any("Index Cond: (token_id = 'x'::text)" in line for line in plan)


def test_rows_without_a_key_come_as_they_were_written(server: Server, run: Run) -> None:
    run(
        "CREATE TABLE details (exp_id INTEGER, branch TEXT)",
        "INSERT INTO details VALUES (2, 'x'), (1, 'y'), (3, 'z')",
    )
    with open_readonly(ServerTables(server, "public", ("details",))) as database:
        assert database.columns("details", ["exp_id"]) == {"exp_id": [2, 1, 3]}


def test_all_rows_of_a_long_table_are_read(server: Server, run: Run) -> None:
    run(
        "CREATE SCHEMA a000",
        "CREATE TABLE a000.job_data AS SELECT id, 'a000_' || id AS job_name, id % 2 = 0 AS last"
        " FROM generate_series(12001, 1, -1) AS id",
    )
    history = read_job_history(ServerTables(server, "a000", ("job_data",)))
    assert history.id.tolist() == list(range(1, 12_002))
    assert history.job_name[-1] == "a000_12001"
    assert history.last[:2].tolist() == [False, True]


def test_names_are_quoted(server: Server, run: Run) -> None:
    run(
        'CREATE SCHEMA "select"',
        'CREATE TABLE "select".job_data (id INTEGER, "MaxRSS" DOUBLE PRECISION)',
        'INSERT INTO "select".job_data VALUES (1, 2.5)',
    )
    assert read_job_history(ServerTables(server, "select", ("job_data",))).max_rss.tolist() == [2.5]


def test_a_view_is_not_run(server: Server, run: Run) -> None:
    run("CREATE SCHEMA a000", "CREATE VIEW a000.jobs AS SELECT 'x' AS name")
    with pytest.raises(SourceMissingError):
        read_jobs_table(ServerTables(server, "a000", ("jobs",)))


def test_a_schema_that_is_not_there_is_missing(server: Server) -> None:
    place = ServerTables(server, "a000", ("job_data", "experiment_run"))
    with pytest.raises(SourceMissingError):
        read_job_history(place)
    assert not version(place).exists
    assert locations_bytes([place]) == 0


def test_what_may_lack_is_empty(server: Server) -> None:
    assert not len(read_wrappers(ServerTables(server, "a000", ("wrappers_jobs",))))
    assert not len(read_user_metrics(ServerTables(server, "a000", ("user_metrics",))))


def test_a_table_that_lacks_what_matters_is_named(server: Server, run: Run) -> None:
    run("CREATE SCHEMA a000", "CREATE TABLE a000.jobs (name VARCHAR)")
    with pytest.raises(SourceUnreadableError, match=r"a000\.jobs.*no column 'status'"):
        read_jobs_table(ServerTables(server, "a000", ("jobs",)))


def test_a_locked_table_is_not_waited_for_long(jobs: ServerTables, server: Server) -> None:
    with server.writing() as writer:
        writer.execute(sa.text("LOCK TABLE a000.jobs IN ACCESS EXCLUSIVE MODE"))
        with pytest.raises(SourceUnreadableError, match="locked by a writer"):
            read_jobs_table(jobs)


def test_what_may_not_be_read_is_said(jobs: ServerTables, run: Run) -> None:
    run("CREATE ROLE reader LOGIN PASSWORD 'x'", "GRANT USAGE ON SCHEMA a000 TO reader")
    url = sa.make_url(jobs.server.url).set(username="reader", password="x")
    place = ServerTables(server_of(url.render_as_string(hide_password=False)), "a000", ("jobs",))
    with pytest.raises(SourceUnreadableError, match="may not use it"):
        read_jobs_table(place)
    assert not are_current([version(place)])
    run("DROP OWNED BY reader", "DROP ROLE reader")


# Pickles


def test_a_pickle_is_a_row(server: Server, run: Run) -> None:
    run(
        "CREATE TABLE job_pkl (expid VARCHAR PRIMARY KEY, pkl BYTEA, modified VARCHAR)",
        r"INSERT INTO job_pkl VALUES ('a000', '\x80055d942e', '2024-01-12 15:30:00.123456'),"
        r" ('a001', 'nonsense', NULL), ('a002', NULL, NULL)",
    )

    def place(expid: str) -> ServerTables:
        return ServerTables(server, "public", ("job_pkl",), expid)

    assert len(read_job_list(place("a000"))) == 0
    assert job_list_modified(place("a000")) == epoch_of_text("2024-01-12 15:30:00")
    assert locations_bytes([place("a000")]) == 5
    assert version(place("a000")).exists
    with pytest.raises(SourceUnreadableError, match=r"a001\.job_pkl.*damaged"):
        read_job_list(place("a001"))
    with pytest.raises(SourceUnreadableError, match="holds no job list"):
        read_job_list(place("a002"))
    with pytest.raises(SourceMissingError):
        read_job_list(place("a003"))
    assert not version(place("a003")).exists
    before = version(place("a000"))
    run("UPDATE job_pkl SET modified = 'now' WHERE expid = 'a001'")
    assert version(place("a000")) == before


# Versions


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE a000.jobs SET status = 'COMPLETED' WHERE name = 'b'",
        "UPDATE a000.jobs SET status = status WHERE name = 'b'",
        "DELETE FROM a000.jobs WHERE name = 'b'",
        "INSERT INTO a000.jobs VALUES ('c', 'WAITING', 'SIM', 0)",
        "TRUNCATE a000.jobs",
        "ALTER TABLE a000.jobs ADD COLUMN chunk INTEGER DEFAULT 3",
        "ALTER TABLE a000.jobs RENAME COLUMN id TO number",
        "DROP TABLE a000.jobs",
    ],
)
def test_every_change_is_another_version(jobs: ServerTables, run: Run, change: str) -> None:
    before = version(jobs)
    assert before.exists
    assert are_current([before])
    run(change)
    assert not are_current([before])
    assert version(jobs) != before


def test_changes_of_another_experiment_are_none(jobs: ServerTables, run: Run) -> None:
    before = version(jobs)
    run("CREATE SCHEMA a001", "CREATE TABLE a001.jobs (name VARCHAR)")
    assert are_current([before])
    assert version(jobs) == before


def test_a_transaction_that_ends_after_a_younger_one_is_seen(
    jobs: ServerTables, server: Server
) -> None:
    """The younger one's rows are the newest, before and after."""
    with server.writing() as older:
        older.execute(sa.text("UPDATE a000.jobs SET id = 8 WHERE name = 'b'"))
        with server.writing() as younger:
            younger.execute(sa.text("UPDATE a000.jobs SET id = 9 WHERE name = 'B'"))
        before = version(jobs)
        assert are_current([before])
    assert not are_current([before])


def test_a_transaction_that_is_undone_changes_nothing(jobs: ServerTables, server: Server) -> None:
    before = version(jobs)
    statements = sa.text("UPDATE a000.jobs SET id = 8; SELECT nonsense")
    with pytest.raises(SourceUnreadableError), server.writing() as connection:
        connection.execute(statements)
    assert are_current([before])


def test_what_was_seen_just_now_is_not_asked_for_again(
    jobs: ServerTables, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = version(jobs)
    monkeypatch.setattr(server_tables, "FRESH_SECONDS", 60.0)
    run("DELETE FROM a000.jobs")
    assert are_current([before])
    monkeypatch.setattr(server_tables, "FRESH_SECONDS", 0.05)
    time.sleep(0.06)
    assert not are_current([before])


def test_many_places_are_looked_at_in_several_transactions(jobs: ServerTables) -> None:
    with jobs.server.writing() as connection:
        for number in range(250):
            connection.execute(sa.text(f"CREATE TABLE a000.t{number} AS SELECT 1 AS id"))
    places = [ServerTables(jobs.server, "a000", (f"t{number}",)) for number in range(250)]
    seen = tables_versions(places)
    assert all(found.exists for found in seen)
    assert len({found.digest for found in seen}) == 250
    assert are_current(seen)


def test_of_many_places_one_that_cannot_be_looked_at_costs_only_itself(
    jobs: ServerTables, server: Server
) -> None:
    other = ServerTables(server, "public", ("details",))
    with server.writing() as writer:
        writer.execute(sa.text("CREATE TABLE details AS SELECT 1 AS exp_id"))
    with server.writing() as writer:
        writer.execute(sa.text("LOCK TABLE a000.jobs IN ACCESS EXCLUSIVE MODE"))
        locked, seen = tables_versions([jobs, other])
    assert (locked.digest, seen.exists) == (None, True)
    assert current_groups([[seen], [locked], []]) == [True, False, True]


# Sittings


def test_all_that_is_read_in_a_sitting_is_of_one_moment(
    jobs: ServerTables, server: Server, run: Run
) -> None:
    with sitting(server):
        before = version(jobs)
        run("UPDATE a000.jobs SET id = 8 WHERE name = 'b'")
        assert are_current([before])
        assert read_jobs_table(jobs).name.tolist() == ["B", "b"]
        with open_readonly(jobs) as database:
            assert database.columns("jobs", ["id"]) == {"id": [0, 7]}
    assert not are_current([before])


def test_after_an_error_in_a_sitting_the_rest_is_read_all_the_same(
    jobs: ServerTables, server: Server, run: Run
) -> None:
    run("CREATE SCHEMA a001", "CREATE TABLE a001.jobs (name VARCHAR, status VARCHAR)")
    with server.writing() as writer, sitting(server):
        writer.execute(sa.text("LOCK TABLE a001.jobs IN ACCESS EXCLUSIVE MODE"))
        with pytest.raises(SourceUnreadableError, match="locked by a writer"):
            read_jobs_table(ServerTables(server, "a001", ("jobs",)))
        assert len(read_jobs_table(jobs)) == 2
    assert len(read_jobs_table(jobs)) == 2


def test_many_tables_are_looked_at_with_few_questions(jobs: ServerTables, server: Server) -> None:
    with server.writing() as connection:
        for number in range(100):
            connection.execute(sa.text(f"CREATE TABLE a000.t{number} AS SELECT 1 AS id"))
    places = [ServerTables(server, "a000", (f"t{number}",)) for number in range(100)]
    asked: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        asked.append(statement)

    with sitting(server):
        with server.reading() as connection:
            sa.event.listen(connection, "before_cursor_execute", note)
        seen = tables_versions(places)
        assert are_current(seen)
    assert len(asked) == 3


def test_a_server_that_cannot_be_asked_keeps_nothing_current() -> None:
    place = ServerTables(server_of("postgresql://u@127.0.0.1:1/d"), "a000", ("jobs",))
    assert not are_current([version(place)])
    assert not are_current([TablesVersion(place, "seen before")])
