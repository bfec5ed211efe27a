from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

import pytest

from autosubmit_core.demo.providers import CLIENT_ID, CLIENT_SECRET, GithubProvider

Ask = Callable[..., Any]

FORM = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
JSON = {"Accept": "application/json"}


@pytest.fixture
def github(served: Callable[[GithubProvider], GithubProvider]) -> GithubProvider:
    provider = served(GithubProvider())
    provider.callback = "http://127.0.0.1:3000/login"
    provider.members = {"earth": {"alice", "bob"}}
    provider.teams = {("earth", "a/b?x"): {"alice": "active", "bob": "pending"}}
    return provider


def code_of(github: GithubProvider, ask: Ask, username: str) -> str:
    back = ask(github, "/login/oauth/authorize", {"username": username}, client_id=CLIENT_ID)
    assert back.headers["Location"].startswith(github.callback)
    return str(back.back["code"])


def bearer(github: GithubProvider, username: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {github.access_token(username)}"}


def test_a_code_tells_who_logged_in(github: GithubProvider, ask: Ask) -> None:
    form = {**FORM, "code": code_of(github, ask, "alice")}
    token = json.loads(ask(github, "/login/oauth/access_token", form, JSON).body)["access_token"]
    user = json.loads(ask(github, "/user", headers={"Authorization": f"Bearer {token}"}).body)
    assert user == {"login": "alice", "id": github.number("alice"), "type": "User"}


@pytest.mark.parametrize(
    ("wrong", "word"),
    [
        ({"code": "none"}, "bad_verification_code"),
        ({"client_secret": "other"}, "incorrect_client_credentials"),
    ],
)
def test_a_refusal_has_status_200(
    github: GithubProvider, ask: Ask, wrong: dict[str, str], word: str
) -> None:
    form = {**FORM, "code": code_of(github, ask, "alice"), **wrong}
    told = ask(github, "/login/oauth/access_token", form, JSON)
    assert told.status == 200
    assert json.loads(told.body)["error"] == word


def test_who_does_not_ask_for_json_gets_a_form(github: GithubProvider, ask: Ask) -> None:
    form = {**FORM, "code": code_of(github, ask, "alice")}
    told = ask(github, "/login/oauth/access_token", form)
    assert "access_token" in parse_qs(told.body.decode())


@pytest.mark.parametrize(
    ("asks", "about", "status"),
    [("alice", "alice", 204), ("alice", "carol", 404), ("carol", "carol", 302)],
)
def test_members_of_an_organization_are_known(
    github: GithubProvider, ask: Ask, asks: str, about: str, status: int
) -> None:
    told = ask(github, f"/orgs/earth/members/{about}", headers=bearer(github, asks))
    assert told.status == status


@pytest.mark.parametrize(
    ("name", "status", "state"),
    [("alice", 200, "active"), ("bob", 200, "pending"), ("carol", 404, None)],
)
def test_members_of_a_team_are_known(
    github: GithubProvider, ask: Ask, name: str, status: int, state: str | None
) -> None:
    path = f"/orgs/earth/teams/a%2Fb%3Fx/memberships/{name}"
    told = ask(github, path, headers=bearer(github, name))
    assert told.status == status
    assert json.loads(told.body).get("state") == state


def test_nobody_is_told_anything_without_a_token(github: GithubProvider, ask: Ask) -> None:
    for path in ("/user", "/orgs/earth/members/alice", "/orgs/earth/teams/x/memberships/alice"):
        assert ask(github, path).status == 401


def test_a_user_may_have_no_name(github: GithubProvider, ask: Ask) -> None:
    github.fault = "no login"
    user = json.loads(ask(github, "/user", headers=bearer(github, "alice")).body)
    assert user == {"id": github.number("alice"), "type": "User"}
