"""What callers want to be remembered, and S-28, S-32 about how it comes here."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tornado.httputil import HTTPServerRequest

from autosubmit_core.api.access.identity import Identity, Known, User
from autosubmit_core.api.access.permission import Level
from autosubmit_core.api.access.secret import Secret
from autosubmit_core.times import epoch_of_text

Make = Callable[..., Any]

PATH = "/v4/user-settings/preferred-username"
ALICE = User("cas", "alice", "alice")
SHARED = "t" * 32


def headers(server: Any, user: User = ALICE) -> dict[str, str]:
    return {"Authorization": f"Bearer {server.app.service.access.tokens.make(user).text}"}


def test_what_was_said_is_remembered_by_every_server(make: Make) -> None:
    one, other = make(), make(protection_level=Level.NONE)
    said = one.ask(PATH, "POST", {"preferred_username": "bsc32101"}, headers(one))
    assert said.status == 200
    told = said.json()
    assert (told["user_id"], told["preferred_username"]) == ("alice", "bsc32101")
    assert other.ask(PATH, headers=headers(other)).json() == told
    assert epoch_of_text(told["created"]) > 0
    assert told["created"][10] == "-"


def test_the_first_time_is_kept_when_it_is_said_anew(make: Make, database: Path) -> None:
    server = make()
    server.ask(PATH, "POST", {"preferred_username": "one"}, headers(server))
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("UPDATE user_preferences SET created = 'first', modified = 'then'")
    told = server.ask(PATH, "POST", {"preferred_username": "two"}, headers(server)).json()
    assert (told["preferred_username"], told["created"]) == ("two", "first")
    assert told["modified"] != "then"


def test_who_never_said_is_told_so(make: Make) -> None:
    answer = make().ask(PATH, headers=headers(make()))
    assert answer.status == 400
    assert answer.json()["error_message"] == "Preferred username not found for this user"


def test_nobody_has_a_preference(make: Make, database: Path) -> None:
    for level in Level:
        server = make(protection_level=level, anonymous_commands=True)
        for answer in (server.ask(PATH), server.ask(PATH, "POST", {"preferred_username": "x"})):
            assert (answer.status, answer.json()["error_message"]) == (401, "Unauthorized")
    assert not database.exists()


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("{}", "'preferred_username': Field required"),
        ('{"preferred_username": 7}', "'preferred_username': Input should be a valid string"),
        (
            '{"preferred_username": ""}',
            "'preferred_username': String should have at least 1 character",
        ),
        ('{"preferred_username": "%s"}' % ("x" * 257), "should have at most 256 characters"),
        ('{"preferred_username": "a\\nb"}', "Input should be a valid string"),
        ('{"preferred_username": "\\ud800"}', "Input should be a valid string"),
        ("{x", "'1': JSON decode error"),
        ("", "'0': JSON decode error"),
        ("[" * 100_000, "JSON decode error"),
        ("[]", "'request': Input should be a valid dictionary or object to extract fields from"),
    ],
)
def test_what_is_no_preference_is_refused_by_its_field(make: Make, body: str, said: str) -> None:
    server = make()
    sent = {**headers(server), "Content-Type": "application/json"}
    answer = server.ask(PATH, "POST", body.encode(), sent)
    assert answer.status == 422
    assert said in answer.json()["error_message"]


def test_a_body_has_to_be_announced(make: Make) -> None:
    """S-32."""
    server = make()
    for kind in ({}, {"Content-Type": "text/plain"}):
        sent = {**headers(server), **kind}
        answer = server.ask(PATH, "POST", b'{"preferred_username": "x"}', sent)
        assert answer.status == 415


def test_the_programs_that_share_a_token_share_a_preference_with_nobody_else(make: Make) -> None:
    """S-06: not with somebody whom a provider calls User either."""
    server = make(secret_token=Secret(SHARED))
    sent = {"Authorization": f"Bearer {SHARED}"}
    assert server.ask(PATH, "POST", {"preferred_username": "robot"}, sent).status == 200
    assert server.ask(PATH, headers=sent).json()["user_id"] == "User"
    for provider in ("cas", "github"):
        assert (
            server.ask(PATH, headers=headers(server, User(provider, "User", "User"))).status == 400
        )


@pytest.mark.parametrize("key", ["", " PRIMARY KEY"])
def test_an_old_table_is_written_with_and_without_a_key(
    make: Make, database: Path, key: str
) -> None:
    """S-28: and what Autosubmit API wrote there stays, for nobody knows whose it is (S-07)."""
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute(
            f"CREATE TABLE user_preferences (user_id TEXT{key},"
            " preferred_username TEXT, created TEXT, modified TEXT)"
        )
        connection.execute("INSERT INTO user_preferences VALUES ('alice', 'old', 'c', 'm')")
    server = make()
    assert server.ask(PATH, headers=headers(server)).status == 400
    for name in ("one", "two"):
        said = server.ask(PATH, "POST", {"preferred_username": name}, headers(server))
        assert said.json()["preferred_username"] == name
    with closing(sqlite3.connect(database)) as connection:
        rows = connection.execute(
            "SELECT user_id, preferred_username FROM user_preferences ORDER BY user_id"
        ).fetchall()
    assert rows == [("alice", "old"), ("cas:alice", "two")]


def test_a_database_that_cannot_be_written_is_told_so(make: Make, database: Path) -> None:
    database.parent.rmdir()
    server = make()
    answer = server.ask(PATH, "POST", {"preferred_username": "x"}, headers(server))
    assert (answer.status, answer.json()["code"]) == (503, "store_unwritable")
    assert str(database.parent) not in answer.body.decode()


# -- sessions ------------------------------------------------------------------------------------


class Cookies:
    """What a site has: somebody is known by a cookie, which browsers send along for every page."""

    async def identify(self, request: HTTPServerRequest, *, use: bool = True) -> Identity:
        return Identity(ALICE, Known.SESSION) if "Cookie" in request.headers else Identity()


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({"Origin": "https://site.example.org"}, 200),
        ({"Origin": "https://site.example.org:443"}, 200),
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({"Origin": "http://site.example.org"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "https://site.example.org.evil.example"}, 403),
        ({"Origin": "http://127.0.0.1"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({}, 403),
    ],
)
def test_a_session_changes_nothing_for_pages_of_others(
    make: Make,
    sent: dict[str, str],
    status: int,
    audit: Callable[[], list[dict[str, str]]],
) -> None:
    """S-32."""
    server = make(public_url="https://site.example.org/api")
    service = server.app.service
    service.access = replace(service.access, identities=Cookies())
    cookie = {"Cookie": "session=1", **sent}
    answer = server.ask(PATH, "POST", {"preferred_username": "x"}, cookie)
    assert answer.status == status
    assert [one["result"] for one in audit()] == (["cross_site"] if status == 403 else [])
    assert server.ask(PATH, headers=cookie).status in (200, 400)
