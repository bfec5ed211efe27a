"""``/v4/notifications`` tells known callers what became of messages, and nobody else."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from autosubmit_core import demo
from autosubmit_core.api.access.identity import User
from autosubmit_core.api.access.permission import Level
from autosubmit_core.api.access.secret import Secret
from autosubmit_core.archive import open_archive
from autosubmit_core.workers.schedule import run_once
from autosubmit_core.workers.settings import read_plans

Serve = Callable[..., Any]
PATH = "/v4/notifications"


@pytest.fixture
def told(tmp_path: Path, receiver: Any) -> Path:
    """A demo installation in which jobs failed, of which a program was told and one was not."""
    folder = demo.build(tmp_path / "demo")
    (tmp_path / "key").write_text("whsec_" + "a" * 43 + "=")
    (tmp_path / "key").chmod(0o600)
    api_file = tmp_path / "api.yaml"
    api_file.write_text(
        f"""
NOTIFICATIONS:
  RULES:
    - NAME: failures
      ON: [failed]
      WEBHOOK: {{URL: "{receiver.url}", SECRET_FILE: {tmp_path / "key"}}}
    - NAME: life
      ON: [failed, resumed]
      EXPID: [a1p7]
      WEBHOOK: {{URL: "http://127.0.0.1:1/", SECRET_FILE: {tmp_path / "key"}}}
"""
    )
    api_file.chmod(0o600)
    work(folder, api_file)
    with closing(sqlite3.connect(folder / "autosubmit_api.db")) as own, own:
        own.execute("UPDATE fleet_pulses SET failed = 0 WHERE name = 'a2m9'")
        own.execute("UPDATE fleet_pulses SET pulse = 'stalled' WHERE name = 'a1p7'")
        own.execute("UPDATE worker_notes SET versions = ''")
    work(folder, api_file)
    return folder


def work(folder: Path, api_file: Path) -> None:
    for plan in read_plans(api_file, ["status", "notifications"]):
        assert run_once(plan.task, open_archive(folder)) is not None


def server_of(serve: Serve, folder: Path, **settings: Any) -> Any:
    return serve(open_archive(folder), secret_key=Secret("k" * 40), **settings)


def headers(server: Any) -> dict[str, str]:
    user = User("cas", "alice", "alice")
    return {"Authorization": f"Bearer {server.app.service.access.tokens.make(user).text}"}


def test_known_callers_see_what_was_sent_and_what_waits(serve: Serve, told: Path) -> None:
    server = server_of(serve, told, protection_level=None)
    answer = server.ask(PATH, headers=headers(server))
    body = answer.json()
    assert body["counts"] == {"waiting": 1, "sent": 1, "given_up": 0}
    by_rule = {one["rule"]: one for one in body["notifications"]}
    failures, life = by_rule["failures"], by_rule["life"]
    assert (failures["expid"], failures["event"]) == ("a2m9", "failed")
    assert (failures["state"], failures["answer"]) == ("sent", "HTTP 204")
    assert failures["next_attempt"] is None
    assert (life["expid"], life["event"], life["state"]) == ("a1p7", "resumed", "waiting")
    assert life["attempts"] == 1
    assert life["next_attempt"] > life["last_attempt"]
    assert answer.headers["Cache-Control"] == "no-store"
    described = server.ask("/openapi.json").json()
    schema = described["paths"][PATH]["get"]["responses"]["200"]["content"]["application/json"]
    whole = {**schema["schema"], "components": described["components"]}
    jsonschema_rs.Draft202012Validator(whole).validate(body)


def test_neither_paths_nor_bodies_are_told(serve: Serve, told: Path) -> None:
    server = server_of(serve, told, protection_level=None)
    answer = server.ask(PATH, headers=headers(server))
    assert b"secret" not in answer.body
    assert b"sentence" not in answer.body


@pytest.mark.parametrize(
    ("query", "rules"),
    [("state=waiting", ["life"]), ("expid=a2m9", ["failures"]), ("state=given_up", [])],
)
def test_some_of_them_are_asked_for(serve: Serve, told: Path, query: str, rules: list[str]) -> None:
    server = server_of(serve, told, protection_level=None)
    body = server.ask(f"{PATH}?{query}", headers=headers(server)).json()
    assert [one["rule"] for one in body["notifications"]] == rules
    assert server.ask(f"{PATH}?state=lost", headers=headers(server)).status == 422


@pytest.mark.parametrize("level", Level)
def test_nobody_in_particular_sees_any(serve: Serve, tmp_path: Path, level: Level) -> None:
    demo.make_experiment(tmp_path, "t000", jobs=demo.jobs_named(["t000_INI"]))
    server = server_of(serve, tmp_path, protection_level=level)
    assert server.ask(PATH).status == 401
    nothing = server.ask(PATH, headers=headers(server)).json()
    assert nothing == {
        "counts": {"waiting": 0, "sent": 0, "given_up": 0},
        "notifications": [],
    }
