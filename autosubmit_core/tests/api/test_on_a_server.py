"""An installation on a PostgreSQL server is answered about like the same one in files."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple
from urllib.parse import quote

import pytest
import sqlalchemy as sa

from autosubmit_core import demo
from autosubmit_core.api.app import ROUTES
from autosubmit_core.archive import Archive, open_archive
from autosubmit_core.cli import main
from autosubmit_core.demo.writing.catalogues import write_run_control
from autosubmit_core.demo.writing.servers import move_to_server
from autosubmit_core.errors import InstallationError
from autosubmit_core.readers.server_tables import FRESH_SECONDS
from autosubmit_core.readers.servers import Server, server_of
from autosubmit_core.store.places import store_of, writing
from autosubmit_core.workers.schedule import run_once
from autosubmit_core.workers.settings import TASKS
from autosubmit_core.workers.status import StatusTask

Serve = Callable[..., Any]

NOW = 1_700_000_000

#: What is a fact of the files themselves, or of the moment.
CHANGING = {
    *("created", "time_last_access", "time_last_mod", "DATABASE_BACKEND", "cursor"),
    # When a file changed, which a server does not tell: there it is what Autosubmit noted.
    *("files", "evidence"),
    # When tasks noted something.
    *("figures_updated", "statuses_updated"),
}
#: What is not compared here: logins, streams, and what tasks note.
APART = ("login", "/events", "/v4/fleet", "/v4/fleet.{form}", "/v4/digest", "/v4/digest.atom")
#: A server keeps no order of rows, so that we choose one.
KEYS = {"jobs": "name", "experiment_structure": "e_from, e_to"}


class Both(NamedTuple):
    """One installation twice."""

    in_files: Path
    on_server: Path
    server: Server


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory, postgres: Any) -> Both:
    """The demo, in files and on a server."""
    folder = tmp_path_factory.mktemp("both")
    files, moved = folder / "in_files", folder / "on_server"
    demo.build(files, now=NOW)
    for path in sorted(files.rglob("*.db")):
        in_order_of_keys(path)
    shutil.copytree(files, moved)
    write_run_control(moved / "autosubmitrc", moved)
    url = postgres.new_database()
    move_to_server(moved / "autosubmitrc", url)
    return Both(files, moved, server_of(url))


def in_order_of_keys(path: Path) -> None:
    """Let the rows of a file lie in the order in which those of a server are read."""
    modified = path.stat().st_mtime
    with closing(sqlite3.connect(path)) as database, database:
        names = [name for (name,) in database.execute("SELECT name FROM sqlite_master")]
        for table in KEYS.keys() & set(names):
            database.execute(f"CREATE TABLE x AS SELECT * FROM {table} ORDER BY {KEYS[table]}")
            database.execute(f"DELETE FROM {table}")
            database.execute(f"INSERT INTO {table} SELECT * FROM x ORDER BY rowid")
            database.execute("DROP TABLE x")
    os.utime(path, (modified, modified))


def every_path(archive: Archive) -> Iterator[str]:
    """Yield the path of every GET request, about every experiment."""
    for experiment in archive.each(archive.experiments(), now=NOW):
        name = experiment.jobs.name[-1] if experiment.folder else "nobody"
        values = {"expid": experiment.expid, "job_name": name, "jobname": name}
        for route in ROUTES:
            if "get" in route.handler.operations and not route.path.endswith(APART):
                path = route.path
                for parameter in route.handler.operations["get"].path:
                    value = values.get(parameter.name, parameter.example)
                    path = path.replace(f"{{{parameter.name}}}", quote(str(value), safe=""))
                yield path


def body(answer: Any, root: Path) -> object:
    text = answer.body.decode().replace(str(root), "ROOT")
    if not answer.headers["Content-Type"].startswith("application/json"):
        return text
    return without_changing(json.loads(text))


def without_changing(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: without_changing(v) for k, v in value.items() if k not in CHANGING}
    return [without_changing(part) for part in value] if isinstance(value, list) else value


def test_every_answer_is_the_same(
    both: Both, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("autosubmit_core.archive.archive.time", SimpleNamespace(time=lambda: NOW))
    archives = open_archive(both.in_files), open_archive(both.on_server)
    files, tables = (serve(archive) for archive in archives)
    paths = set(every_path(archives[0]))
    different = []
    for path in paths:
        one, other = files.ask(path), tables.ask(path)
        assert both.server.url not in other.body.decode()
        if one.status != other.status or body(one, both.in_files) != body(other, both.on_server):
            different.append(path)
    assert len(paths) > 300
    assert different == []


def test_what_tasks_note_is_the_same(both: Both, serve: Serve) -> None:
    archives = open_archive(both.in_files), open_archive(both.on_server)
    for archive in archives:
        for task in TASKS:
            assert run_once(task, archive) is not None
        # As if something had happened since.
        with writing(store_of(archive.installation), ()) as connection:
            before = "UPDATE fleet_pulses SET failed = 0, pulse = 'running' WHERE name = 'a2m9'"
            connection.exec_driver_sql(before)
            connection.exec_driver_sql("UPDATE worker_notes SET versions = ''")
        made = run_once(StatusTask(), archive)
        assert made is not None
        assert (made.experiments, made.failed) == (8, 0)
    files, tables = (serve(archive) for archive in archives)
    for server in (files, tables):
        told = server.ask("/v4/digest").json()
        assert told["counts"] == {"stopped": 1, "failed": 1}
        assert {(event["expid"], event["jobs"]) for event in told["events"]} == {
            *(("a2m9", 0), ("a2m9", 4))
        }
    for path in ("/v4/fleet", "/v4/fleet.csv", "/v4/fleet.csv?by=platform"):
        one, other = files.ask(path), tables.ask(path)
        assert one.status == 200
        assert body(one, both.in_files) == body(other, both.on_server), path
    details = [archive.experiments().columns() for archive in archives]
    for name in ("user", "model", "branch", "hpc", "running"):
        assert details[0][name].tolist() == details[1][name].tolist()
    assert not list(both.on_server.glob("**/autosubmit_api.db"))


def test_the_worker_of_the_command_line_works_on_a_server(
    both: Both, capsys: pytest.CaptureFixture[str]
) -> None:
    config = str(both.on_server / "autosubmitrc")
    assert main(["worker", "details", "--once", "--config", config]) == 0
    assert "details: 8 experiments" in capsys.readouterr().out


def test_a_change_on_the_server_is_a_new_answer(both: Both, serve: Serve) -> None:
    """And as long as there is none, there is nothing to send."""
    server, path = serve(open_archive(both.on_server)), "/v4/experiments/o001/jobs?view=quick"
    first = server.ask(path)
    tag = {"If-None-Match": first.headers["ETag"]}
    assert server.ask(path, headers=tag).status == 304
    name = first.json()["jobs"][0]["name"]
    with both.server.writing() as connection:
        # Within the second in which Autosubmit noted its last change.
        row = {"name": name}
        connection.execute(sa.text("UPDATE o001.jobs SET status = 'HELD' WHERE name = :name"), row)
    time.sleep(2 * FRESH_SECONDS)
    second = server.ask(path, headers=tag)
    assert second.status == 200
    assert second.json()["jobs"][0] == {"name": name, "status": "HELD"}


def test_a_damaged_source_costs_only_itself(both: Both, serve: Serve) -> None:
    with both.server.writing() as connection:
        connection.execute(sa.text("DROP TABLE a0k2.experiment_structure"))
        connection.execute(sa.text("UPDATE job_pkl SET pkl = 'x' WHERE expid = 'a2m9'"))
    server = serve(open_archive(both.on_server))
    tree = server.ask("/v4/experiments/a0k2/dependencies").json()
    assert tree["warnings"] == ["The structure database was not found; dependencies are not shown."]
    refused = server.ask("/v4/experiments/a2m9/jobs")
    assert refused.status == 503
    assert "damaged" in refused.body.decode()
    assert server.ask("/v4/experiments/a0k2/jobs").status == 200
    assert len(server.ask("/v4/experiments?only_active=false").json()["experiments"]) > 1


def test_a_schema_that_is_gone_is_said_to_be(both: Both, serve: Serve) -> None:
    with both.server.writing() as connection:
        connection.execute(sa.text("DROP SCHEMA t0ab CASCADE"))
        connection.execute(sa.text("DELETE FROM job_pkl WHERE expid = 't0ab'"))
    answer = serve(open_archive(both.on_server)).ask("/v4/experiments/t0ab/jobs")
    assert answer.status == 503
    assert "The job list of 't0ab' is missing." in answer.body.decode()


def test_a_server_that_is_not_there_at_the_start_is_named(both: Both, tmp_path: Path) -> None:
    run_control = tmp_path / "autosubmitrc"
    said = (both.on_server / "autosubmitrc").read_text()
    wrong = sa.make_url(both.server.url).set(password="hunter2")
    run_control.write_text(
        said.replace(both.server.url, wrong.render_as_string(hide_password=False))
    )
    with pytest.raises(InstallationError, match=r"DATABASE_CONN_URL.* refuses its user") as raised:
        open_archive(run_control)
    assert "hunter2" not in "".join(traceback.format_exception(raised.value))


def test_a_server_that_lets_nobody_in_any_more_is_named(both: Both, serve: Serve) -> None:
    """The last test of this module: the database is gone for the others, too."""
    server = serve(open_archive(both.on_server))
    assert server.ask("/health/ready").status == 200
    url = sa.make_url(both.server.url)
    with server_of(url.set(database="postgres").render_as_string(False)).writing() as connection:
        connection.execute(sa.text(f"ALTER DATABASE {url.database} ALLOW_CONNECTIONS false"))
        ended = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name"
        connection.execute(sa.text(ended), {"name": url.database})
    # What was seen of a server just before still holds, for a twentieth of a second.
    end = time.monotonic() + 10
    while server.ask("/health/ready").status == 200 and time.monotonic() < end:
        time.sleep(0.05)
    assert server.ask("/health/ready").status == 503
    assert server.ask("/health/live").status == 200
    refused = server.ask("/v4/experiments/a0k2/jobs")
    assert refused.status == 503
    assert "the server of DATABASE_CONN_URL" in refused.body.decode()
    assert (url.host or "") not in refused.body.decode()
