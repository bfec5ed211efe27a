"""``/v4/fleet`` and ``/v4/digest`` tell what was noted, and read no experiment for it."""

from __future__ import annotations

import csv
import io
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pyarrow.parquet as pq
import pytest

from autosubmit_core import demo
from autosubmit_core.answers.v4.digest import instant_since
from autosubmit_core.archive import open_archive
from autosubmit_core.errors import RequestError
from autosubmit_core.workers.schedule import run_once
from autosubmit_core.workers.settings import TASKS

Serve = Callable[..., Any]
ATOM = {"a": "http://www.w3.org/2005/Atom"}


@pytest.fixture(scope="module")
def worked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A demo installation of which all is noted, and to which something happened since."""
    folder = demo.build(tmp_path_factory.mktemp("worked"))
    for task in TASKS:
        run_once(task, open_archive(folder))
    with closing(sqlite3.connect(folder / "autosubmit_api.db")) as own, own:
        own.execute("UPDATE fleet_pulses SET failed = 0, owner = 'a<&\x07' WHERE name = 'a2m9'")
        own.execute("UPDATE fleet_pulses SET pulse = 'stalled' WHERE name = 'a1p7'")
        own.execute("UPDATE worker_notes SET versions = ''")
    with closing(sqlite3.connect(folder / "autosubmit.db")) as main, main:
        main.execute("UPDATE details SET user = 'a<&\x07' WHERE exp_id = 6")
    run_once(next(task for task in TASKS if task.name == "status"), open_archive(folder))
    return folder


@pytest.fixture
def server(serve: Serve, worked: Path) -> Any:
    return serve(open_archive(worked))


def test_the_fleet_is_told_in_sums(server: Any) -> None:
    told = server.ask("/v4/fleet").json()
    assert told["experiments"] == 8
    assert told["states"] == {"archived": 1, "present": 7}
    assert told["pulses"]["running"] == 2
    hours = sum(group["core_hours"] for group in told["by_platform"])
    assert told["total"]["core_hours"] == pytest.approx(hours)
    assert told["by_platform"][0]["name"] == "LUMI-C"
    assert told["figures_updated"] is not None


def test_nothing_of_an_experiment_is_read_for_it(
    server: Any, worked: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*arguments: object) -> None:
        raise AssertionError("an experiment was asked for")

    monkeypatch.setattr(type(server.app.service.archive), "each", refuse)
    for path in ("/v4/fleet", "/v4/fleet.csv", "/v4/digest", "/v4/digest.atom"):
        assert server.ask(path).status == 200


@pytest.mark.parametrize(("by", "first", "rows"), [("", "name", 8), ("?by=owner", "owner", 3)])
def test_it_is_taken_away_as_csv(server: Any, by: str, first: str, rows: int) -> None:
    answer = server.ask(f"/v4/fleet.csv{by}")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    listed = list(csv.DictReader(io.StringIO(answer.body.decode())))
    assert len(listed) == rows
    assert next(iter(listed[0])) == first
    assert sum(float(row["core_hours"]) for row in listed) > 1000


def test_it_is_taken_away_as_parquet(server: Any) -> None:
    table = pq.read_table(io.BytesIO(server.ask("/v4/fleet.parquet?by=model").body))
    assert table.column_names[:2] == ["model", "experiments"]
    assert table.num_rows == 6


def test_the_digest_tells_what_happened(server: Any) -> None:
    told = server.ask("/v4/digest?since=24h").json()
    assert told["counts"] == {"resumed": 1, "failed": 1}
    assert told["failed_jobs"] == 4
    assert {event["sentence"] for event in told["events"]} == {
        "4 jobs of a2m9 failed.",
        "a1p7 moves again.",
    }
    assert server.ask("/v4/digest?since=2999-01-01").json()["events"] == []


def test_the_feed_is_one_that_readers_of_feeds_understand(serve: Serve, worked: Path) -> None:
    told = {"public_url": "https://as.example.org/api", "open_to_network": True}
    server = serve(open_archive(worked), **told)
    answer = server.ask("/v4/digest.atom?since=72h")
    assert answer.headers["Content-Type"] == "application/atom+xml; charset=utf-8"
    feed = ElementTree.fromstring(answer.body)
    entries = feed.findall("a:entry", ATOM)
    assert len(entries) == 2
    identities = [entry.findtext("a:id", "", ATOM) for entry in entries]
    assert len(set(identities)) == 2
    assert all(identity.startswith("urn:uuid:") for identity in identities)
    links = {entry.find("a:link", ATOM).attrib["href"] for entry in entries}  # type: ignore[union-attr]
    assert "https://as.example.org/api/v4/experiments/a2m9/heartbeat" in links
    authors = {entry.findtext("a:author/a:name", "", ATOM) for entry in entries}
    assert "a<&\ufffd" in authors
    # The same events have the same identities whenever they are asked for.
    again = ElementTree.fromstring(server.ask("/v4/digest.atom?since=48h").body)
    assert [e.findtext("a:id", "", ATOM) for e in again.findall("a:entry", ATOM)] == identities


def test_what_is_no_moment_is_refused(server: Any) -> None:
    for path in ("/v4/digest?since=soon", "/v4/digest.atom?since=24x"):
        answer = server.ask(path)
        assert answer.status == 400
        assert "24h" in answer.json()["error_message"]


def test_a_date_is_one_of_this_zone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Europe/Madrid")
    time.tzset()
    try:
        assert instant_since("2024-01-12", 0) == 1705014000  # 2024-01-11 23:00 UTC
    finally:
        monkeypatch.undo()
        time.tzset()
    with pytest.raises(RequestError):
        instant_since("", 0)


def test_it_is_protected_as_other_answers_are(serve: Serve, worked: Path) -> None:
    server = serve(open_archive(worked), protection_level=None, secret_key="k" * 40)
    for path in ("/v4/fleet", "/v4/fleet.csv", "/v4/digest", "/v4/digest.atom"):
        assert server.ask(path).status == 401
