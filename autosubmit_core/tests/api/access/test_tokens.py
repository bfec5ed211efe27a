"""Which tokens are good: S-01 and S-03 to S-06."""

from __future__ import annotations

import base64
import json
import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import jwt
import pytest

from autosubmit_core.api.access.identity import MACHINE, NotIdentifiedError, User
from autosubmit_core.api.access.permission import Level
from autosubmit_core.api.access.secret import Keys, Secret
from autosubmit_core.api.access.tokens import MadeToken, Tokens

Make = Callable[..., Any]

ALICE = User("cas", "alice", "alice")
VERIFY = "/v4/auth/verify-token"
OTHER = Secret("another key, of more than thirty-two bytes")
SHARED = "a token that programs share, 32 characters"


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def made(server: Any, user: User = ALICE) -> MadeToken:
    token: MadeToken = server.app.service.access.tokens.make(user)
    return token


def claims_of(token: str) -> dict[str, Any]:
    return dict(jwt.decode(token, options={"verify_signature": False}))


def signed(claims: dict[str, Any], key: Secret, **header: Any) -> str:
    return jwt.encode(claims, key.value, algorithm="HS256", headers=header)


def packed(part: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")


# -- good ones -----------------------------------------------------------------------------------


def test_a_good_token_is_told_to_be_good(make: Make) -> None:
    server = make()
    answer = server.ask(VERIFY, headers=bearer(made(server).text))
    assert (answer.status, answer.json()) == (200, {"authenticated": True, "user": "alice"})
    for method in ("GET", "POST"):
        answer = server.ask("/v3/tokentest", method, headers=bearer(made(server).text))
        assert (answer.status, answer.json()) == (200, {"isValid": True, "message": None})


@pytest.mark.parametrize("scheme", ["bearer", "BEARER", "Bearer "])
def test_the_scheme_is_bearer_in_any_case(make: Make, scheme: str) -> None:
    server = make()
    sent = {"Authorization": f"{scheme} {made(server).text}"}
    assert server.ask(VERIFY, headers=sent).status == 200


def test_a_token_names_the_user_as_clients_know_it_and_who_made_it(make: Make) -> None:
    token = made(make(public_url="https://api.example.org")).text
    claims = claims_of(token)
    assert (claims["sub"], claims["user_id"]) == ("alice", "alice")
    assert (claims["iss"], claims["aud"]) == ("https://api.example.org", "api")
    assert jwt.get_unverified_header(token) == {"alg": "HS256", "typ": "JWT"}


@pytest.fixture(params=["Pacific/Honolulu", "UTC", "Pacific/Kiritimati"])
def zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield request.param
    monkeypatch.delenv("TZ")
    time.tzset()


def test_a_token_is_good_for_as_long_as_was_told_in_every_zone(make: Make, zone: str) -> None:
    """S-04."""
    claims = claims_of(made(make()).text)
    assert claims["exp"] - claims["iat"] == 420_000
    assert abs(claims["iat"] - time.time()) < 60
    claims = claims_of(made(make(token_seconds=60)).text)
    assert claims["exp"] - claims["iat"] == 60


# -- keys ----------------------------------------------------------------------------------------


def test_the_key_before_is_accepted_and_signs_nothing(make: Make, key: Secret) -> None:
    """S-01."""
    old = made(make(secret_key=OTHER)).text
    server = make(previous_keys=(OTHER,))
    assert server.ask(VERIFY, headers=bearer(old)).status == 200
    jwt.decode(made(server).text, key.value, algorithms=["HS256"], audience="api")
    assert make().ask(VERIFY, headers=bearer(old)).status == 401


def test_without_a_key_each_server_has_its_own(make: Make) -> None:
    """S-01."""
    one, other = make(secret_key=None), make(secret_key=None)
    token = bearer(made(one).text)
    assert one.ask(VERIFY, headers=token).status == 200
    assert other.ask(VERIFY, headers=token).status == 401


# -- attacks -------------------------------------------------------------------------------------


def spoiled(claims: dict[str, Any], key: Secret) -> dict[str, str]:
    """Return tokens that are each wrong in one thing."""
    now = int(time.time())
    body, none = packed(claims), {"alg": "none", "typ": "JWT"}
    wrong: dict[str, dict[str, Any]] = {
        **{f"no {name}": {name: None} for name in ("exp", "iat", "sub", "iss", "aud", "jti")},
        **{f"no {name}": {name: None} for name in ("idp", "uid")},
        "sub a number": {"sub": 7},
        "sub empty": {"sub": ""},
        "sub long": {"sub": "a" * 129},
        "sub of two lines": {"sub": "alice\nbob"},
        "exp a text": {"exp": "soon"},
        "iat a text": {"iat": "now"},
        "made in the future": {"iat": now + 3600, "exp": now + 7200},
        "good from tomorrow on": {"nbf": now + 86_400},
        "of another maker": {"iss": "https://evil.example"},
        "for another purpose": {"aud": "session"},
        "for several": {"aud": ["api", "session"]},
        "jti a number": {"jti": 7},
        "idp a list": {"idp": ["cas"]},
        "of those who share the secret token": {"idp": "machine"},
    }
    changed = {
        name: signed({k: v for k, v in {**claims, **change}.items() if v is not None}, key)
        for name, change in wrong.items()
    }
    return {
        **changed,
        "alg none": f"{packed(none)}.{body}.",
        "alg None": f"{packed({**none, 'alg': 'None'})}.{body}.",
        "alg empty": f"{packed({**none, 'alg': ''})}.{body}.",
        "no alg": f"{packed({'typ': 'JWT'})}.{body}.",
        "alg a list": f"{packed({**none, 'alg': ['HS256']})}.{body}.",
        "alg HS512": jwt.encode(claims, key.value * 2, algorithm="HS512"),
        "alg RS256": f"{packed({**none, 'alg': 'RS256'})}.{body}.{'A' * 342}",
        "another key": signed(claims, OTHER),
        "no signature": f"{packed({'alg': 'HS256'})}.{body}.",
        "another signature": signed(claims, key)[:-4] + "AAAA",
        "two parts": f"{packed(none)}.{body}",
        "no JSON": "abc.def.ghi",
        "nested": ".".join([base64.urlsafe_b64encode(b"[" * 6000).decode()] * 3),
        "not ASCII": "t\xf6ken",
        "empty parts": "..",
    }


def test_no_token_that_is_wrong_in_anything_is_good(make: Make, key: Secret) -> None:
    """S-03: not for a protected route, and not for those that ask."""
    server = make()
    for name, token in spoiled(claims_of(made(server).text), key).items():
        for path in (VERIFY, "/v3/tokentest", "/v4/experiments", "/v4/auth/logout"):
            method = "POST" if path.endswith("logout") else "GET"
            sent = {"Authorization": b"Bearer " + token.encode("latin-1")}
            assert server.ask(path, method, headers=sent).status == 401, (name, path)


def test_an_expired_token_is_told_so_where_one_is_needed(make: Make, key: Secret) -> None:
    server, now = make(), int(time.time())
    token = signed({**claims_of(made(server).text), "iat": now - 900, "exp": now - 300}, key)
    answer = server.ask("/v4/experiments", headers=bearer(token))
    assert (answer.status, answer.json()["error_message"]) == (401, "Expired token")
    assert server.ask(VERIFY, headers=bearer(token)).json() == {
        "authenticated": False,
        "user": None,
    }
    assert server.ask("/v3/tokentest", headers=bearer(token)).json() == {
        "isValid": False,
        "message": "Unauthorized",
    }


@pytest.mark.parametrize("sent", ["", "Bearer", "Basic eDp5", "{token}", "Token {token}"])
def test_nothing_but_a_bearer_token_counts(make: Make, sent: str) -> None:
    server = make()
    headers = {"Authorization": sent.format(token=made(server).text)}
    assert server.ask(VERIFY, headers=headers).status == 401
    cookie = {"Cookie": f"token={made(server).text}"}
    assert server.ask(f"{VERIFY}?token={made(server).text}", headers=cookie).status == 401


def test_tokens_of_autosubmit_api_are_good_only_if_that_is_said(make: Make, key: Secret) -> None:
    """S-03: they name neither their maker nor whom they are for."""
    now = int(time.time())
    told = {"user_id": "bob", "sub": "bob", "iat": now, "exp": now + 60}
    strict, lenient = make(), make(api_tokens=True)
    assert strict.ask(VERIFY, headers=bearer(signed(told, key))).status == 401
    assert lenient.ask(VERIFY, headers=bearer(signed(told, key))).json()["user"] == "bob"
    for wrong in (
        {"user_id": "bob", "sub": "bob"},
        {"exp": now + 60},
        {"sub": 7, "exp": now + 60},
        {**told, "exp": now - 120},
        {**told, "aud": "session"},
    ):
        assert lenient.ask(VERIFY, headers=bearer(signed(wrong, key))).status == 401
    assert lenient.ask(VERIFY, headers=bearer(signed(told, OTHER))).status == 401


# -- revocation ----------------------------------------------------------------------------------


def test_after_logout_a_token_is_good_on_no_server(make: Make) -> None:
    """S-05: servers that share the installation share what is revoked."""
    one, other = make(), make()
    token, kept = bearer(made(one).text), bearer(made(one).text)
    assert other.ask(VERIFY, headers=token).status == 200
    answer = one.ask("/v4/auth/logout", "POST", headers=token)
    assert (answer.status, answer.json()) == (200, {"authenticated": False})
    assert [server.ask(VERIFY, headers=token).status for server in (one, other)] == [401, 401]
    assert other.ask(VERIFY, headers=kept).status == 200


def test_a_logout_everywhere_ends_all_that_was_issued_before(make: Make) -> None:
    """S-05: and nothing that is issued after it, nor anything of others."""
    one, other = make(), make()
    first, second = bearer(made(one).text), bearer(made(other).text)
    of_bob = bearer(made(one, User("cas", "bob", "bob")).text)
    # Who has the same name elsewhere is somebody else.
    namesake = bearer(made(one, User("github", "7", "alice")).text)
    one.ask("/v4/auth/logout?everywhere=true", "POST", headers=first)
    assert [other.ask(VERIFY, headers=sent).status for sent in (first, second)] == [401, 401]
    assert [other.ask(VERIFY, headers=sent).status for sent in (of_bob, namesake)] == [200, 200]
    assert other.ask(VERIFY, headers=bearer(made(one).text)).status == 200


def test_after_logout_of_a_token_of_autosubmit_api_others_are_good(make: Make, key: Secret) -> None:
    """S-05: they have no id, so that one would stand for all."""
    server, until = make(api_tokens=True), int(time.time()) + 60
    alice, bob = (signed({"sub": name, "exp": until}, key) for name in ("alice", "bob"))
    assert server.ask("/v4/auth/logout", "POST", headers=bearer(alice)).status == 200
    assert server.ask(VERIFY, headers=bearer(alice)).status == 401
    # The last letter of a signature has bits that mean nothing.
    last = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    same = last[last.index(alice[-1]) // 4 * 4 :][:4]
    for letter in same:
        assert server.ask(VERIFY, headers=bearer(alice[:-1] + letter)).status == 401
    assert server.ask(VERIFY, headers=bearer(bob)).status == 200


@pytest.mark.parametrize("path", ["/v4/auth/logout", "/v4/auth/logout?everywhere=true"])
def test_the_shared_token_is_not_ended_by_those_who_share_it(
    make: Make, database: Path, path: str
) -> None:
    """S-06."""
    server = make(secret_token=Secret(SHARED.replace(" ", "-")))
    sent = bearer(SHARED.replace(" ", "-"))
    answer = server.ask(path, "POST", headers=sent)
    assert (answer.status, answer.json()["code"]) == (403, "secret_token")
    assert "whoever runs the server" in answer.json()["error_message"]
    assert not database.exists()
    assert server.ask(VERIFY, headers=sent).status == 200


def test_what_is_revoked_counts_while_it_is_in_the_log_of_the_database_alone(
    make: Make, database: Path
) -> None:
    """S-05: a write-ahead log, which an institution may have turned on."""
    one, other = make(), make()
    for server in (one, one):
        server.ask("/v4/auth/logout", "POST", headers=bearer(made(server).text))
    with closing(sqlite3.connect(database, isolation_level=None)) as reader:
        reader.execute("PRAGMA journal_mode = WAL")
        reader.execute("SELECT count(*) FROM revoked_tokens").fetchall()
        for path in database.parent.iterdir():
            os.utime(path, (1_700_000_000, 1_700_000_000))
        before, token = database.stat(), bearer(made(one).text)
        assert other.ask(VERIFY, headers=token).status == 200
        assert one.ask("/v4/auth/logout", "POST", headers=token).status == 200
        assert (database.stat().st_mtime, database.stat().st_size) == (
            before.st_mtime,
            before.st_size,
        )
        assert other.ask(VERIFY, headers=token).status == 401


def test_what_is_revoked_is_remembered_for_as_long_as_clocks_may_differ(
    make: Make, key: Secret
) -> None:
    """S-05: a token is good a minute longer than it says."""
    server, now = make(), int(time.time())
    ended = signed({**claims_of(made(server).text), "iat": now - 900, "exp": now - 20}, key)
    assert server.ask(VERIFY, headers=bearer(ended)).status == 200
    for token in (ended, made(server).text):
        assert server.ask("/v4/auth/logout", "POST", headers=bearer(token)).status == 200
    assert server.ask(VERIFY, headers=bearer(ended)).status == 401


def test_a_logout_that_cannot_be_written_down_says_so(make: Make, database: Path) -> None:
    server = make()
    database.parent.rmdir()
    answer = server.ask("/v4/auth/logout", "POST", headers=bearer(made(server).text))
    assert (answer.status, answer.json()["code"]) == (503, "store_unwritable")


def test_what_is_no_database_refuses_tokens_instead_of_believing_them(
    make: Make, database: Path
) -> None:
    """S-05: whether one is revoked cannot be told."""
    server = make()
    database.write_bytes(b"no database" * 100)
    answer = server.ask("/v4/experiments", headers=bearer(made(server).text))
    assert answer.status == 503
    logout = server.ask("/v4/auth/logout", "POST", headers=bearer(made(server).text))
    assert logout.status == 503
    assert str(database) not in logout.body.decode()


def test_what_is_written_is_for_the_server_alone(make: Make, database: Path) -> None:
    """S-34: whatever its umask."""
    server = make()
    before = os.umask(0)
    try:
        server.ask("/v4/auth/logout", "POST", headers=bearer(made(server).text))
    finally:
        os.umask(before)
    assert database.stat().st_mode & 0o777 == 0o600


def test_nothing_is_written_before_something_is_revoked(make: Make, database: Path) -> None:
    """S-34."""
    server = make()
    server.ask(VERIFY, headers=bearer(made(server).text))
    assert not database.exists()


# -- the shared token ----------------------------------------------------------------------------


def test_programs_that_share_a_token_are_one_user(make: Make) -> None:
    server = make(secret_token=Secret(SHARED.replace(" ", "-")))
    answer = server.ask(VERIFY, headers=bearer(SHARED.replace(" ", "-")))
    assert answer.json() == {"authenticated": True, "user": "User"}
    for wrong in ("x" * 42, SHARED.replace(" ", "-")[:-1], "t\xf6ken" * 9):
        sent = {"Authorization": b"Bearer " + wrong.encode("latin-1")}
        assert server.ask(VERIFY, headers=sent).status == 401


def test_no_shared_token_is_no_token(make: Make) -> None:
    for sent in ("", "None", "User"):
        assert make().ask(VERIFY, headers=bearer(sent)).status == 401


def test_the_shared_token_is_compared_in_constant_time(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """S-06."""
    compared: list[tuple[bytes, bytes]] = []

    def compare(one: bytes, other: bytes) -> bool:
        compared.append((one, other))
        return False

    monkeypatch.setattr("autosubmit_core.api.access.secret.hmac.compare_digest", compare)
    token = SHARED.replace(" ", "-")
    assert make(secret_token=Secret(token)).ask(VERIFY, headers=bearer(token)).status == 401
    assert (token.encode(), token.encode()) in compared


def test_programs_that_share_a_token_may_not_act_unless_that_is_said(make: Make) -> None:
    """S-06."""
    token = Secret(SHARED.replace(" ", "-"))
    path, sent = "/v3/shutdown/tree", bearer(token.value)
    answer = make(secret_token=token).ask(path, headers=sent)
    assert (answer.status, answer.json()["code"]) == (403, "forbidden")
    assert (
        make(secret_token=token, secret_token_commands=True).ask(path, headers=sent).status == 200
    )
    open_to_all = make(secret_token=token, protection_level=Level.NONE, anonymous_commands=True)
    assert open_to_all.ask(path, headers=sent).status == 403


def test_no_login_makes_the_user_of_the_shared_token() -> None:
    """S-06."""
    assert MACHINE.key not in {User(name, "User", "User").key for name in ("cas", "github", "oidc")}


def test_the_shared_token_makes_no_other(make: Make) -> None:
    """S-06: it would outlive a change of the shared one."""
    with pytest.raises(ValueError, match="makes no other"):
        made(make(), MACHINE)


# -- the object itself ---------------------------------------------------------------------------


def test_a_session_is_no_token_and_a_token_no_session(database: Path) -> None:
    async def run(function: Callable[..., Any], *arguments: object) -> Any:
        return function(*arguments)

    tokens = Tokens(Keys.of(None), issuer="us", seconds=60, database=database, run=run)
    for purpose, other in (("api", "session"), ("session", "api")):
        text = tokens.make(ALICE, purpose=purpose).text
        assert tokens.read(text, purpose).user == ALICE
        with pytest.raises(NotIdentifiedError):
            tokens.read(text, other)


def test_secrets_are_not_shown(key: Secret) -> None:
    """S-15."""
    keys = Keys.of(key, (OTHER,))
    shown = f"{keys} {keys!r} {key} {[key]}"
    assert key.value not in shown
    assert OTHER.value not in shown
