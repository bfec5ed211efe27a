from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from typing import Any

import jwt
import pytest

from autosubmit_core.demo.providers import CLIENT_ID, CLIENT_SECRET, OpenidProvider

Ask = Callable[..., Any]

BACK = "http://127.0.0.1:8080/login/openid"
VERIFIER = "v" * 43
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().strip("=")
ASKED = {
    "client_id": CLIENT_ID,
    "redirect_uri": BACK,
    "response_type": "code",
    "state": "s",
    "nonce": "n",
    "code_challenge": CHALLENGE,
    "code_challenge_method": "S256",
}
FORM = {
    "grant_type": "authorization_code",
    "client_id": CLIENT_ID,
    "client_secret": CLIENT_SECRET,
    "redirect_uri": BACK,
    "code_verifier": VERIFIER,
}


@pytest.fixture
def openid(served: Callable[[OpenidProvider], OpenidProvider]) -> OpenidProvider:
    return served(OpenidProvider())


@pytest.fixture
def code(openid: OpenidProvider, ask: Ask) -> str:
    """A code of alice."""
    back = ask(openid, "/authorize", {"username": "alice"}, **ASKED).back
    assert back["state"] == "s"
    return str(back["code"])


def verified(openid: OpenidProvider, ask: Ask, token: str) -> dict[str, Any]:
    """Return the claims of a token, verified as a client does."""
    shown = jwt.PyJWKSet.from_dict(json.loads(ask(openid, "/jwks").body))
    key = shown[jwt.get_unverified_header(token)["kid"]]
    return dict(
        jwt.decode(
            token, key, algorithms=["RS256", "ES256"], audience=CLIENT_ID, issuer=openid.address
        )
    )


@pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
def test_a_code_tells_who_logged_in(
    openid: OpenidProvider, ask: Ask, code: str, algorithm: str
) -> None:
    openid.rotate(algorithm)
    told = json.loads(ask(openid, "/token", {**FORM, "code": code}).body)
    claims = verified(openid, ask, told["id_token"])
    assert (claims["sub"], claims["nonce"]) == ("id-alice", "n")
    headers = {"Authorization": f"Bearer {told['access_token']}"}
    info = json.loads(ask(openid, "/userinfo", headers=headers).body)
    assert info == {"sub": "id-alice", "preferred_username": "alice"}
    assert ask(openid, "/userinfo").status == 401


def test_its_addresses_are_told(openid: OpenidProvider, ask: Ask) -> None:
    told = json.loads(ask(openid, "/.well-known/openid-configuration").body)
    assert told["issuer"] == openid.address
    assert told["token_endpoint"] == f"{openid.address}/token"


def test_a_code_is_good_once(openid: OpenidProvider, ask: Ask, code: str) -> None:
    assert ask(openid, "/token", {**FORM, "code": code}).status == 200
    again = ask(openid, "/token", {**FORM, "code": code})
    assert (again.status, json.loads(again.body)) == (400, {"error": "invalid_grant"})


@pytest.mark.parametrize(
    ("wrong", "status", "word"),
    [
        ({"code_verifier": "w" * 43}, 400, "invalid_grant"),
        ({"code_verifier": ""}, 400, "invalid_grant"),
        ({"redirect_uri": "http://127.0.0.1:8080/other"}, 400, "invalid_grant"),
        ({"client_secret": CLIENT_SECRET[:-1]}, 401, "invalid_client"),
        ({"client_id": "another"}, 401, "invalid_client"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"code": "none"}, 400, "invalid_grant"),
    ],
)
def test_a_code_needs_all_that_belongs_to_it(
    openid: OpenidProvider, ask: Ask, code: str, wrong: dict[str, str], status: int, word: str
) -> None:
    told = ask(openid, "/token", {**FORM, "code": code, **wrong})
    assert (told.status, json.loads(told.body)) == (status, {"error": word})


def test_a_client_may_tell_its_secret_in_the_header(
    openid: OpenidProvider, ask: Ask, code: str
) -> None:
    secret = base64.b64encode(
        b"autosubmit:for+trying+out+%26+nothing%3Delse%3F+100%25%2B%23"
    ).decode()
    form = {name: FORM[name] for name in ("grant_type", "redirect_uri", "code_verifier")}
    told = ask(openid, "/token", {**form, "code": code}, {"Authorization": f"Basic {secret}"})
    assert told.status == 200


@pytest.mark.parametrize(
    "wrong",
    [{"client_id": "x"}, {"redirect_uri": "javascript:1"}, {"code_challenge_method": "plain"}],
)
def test_nobody_logs_in_for_a_client_that_is_none(
    openid: OpenidProvider, ask: Ask, wrong: dict[str, str]
) -> None:
    assert ask(openid, "/authorize", **{**ASKED, **wrong}).status == 400


def test_a_new_key_takes_the_place_of_the_old(openid: OpenidProvider, ask: Ask) -> None:
    before = openid.id_token("alice", "")
    openid.rotate()
    with pytest.raises(KeyError):
        verified(openid, ask, before)
    assert verified(openid, ask, openid.id_token("alice", ""))["sub"] == "id-alice"


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("alg none", jwt.InvalidAlgorithmError),
        ("client secret", jwt.InvalidAlgorithmError),
        ("foreign key", jwt.InvalidSignatureError),
        ("iss", jwt.InvalidIssuerError),
        ("aud", jwt.InvalidAudienceError),
        ("exp", jwt.ExpiredSignatureError),
        ("iat", jwt.ImmatureSignatureError),
    ],
)
def test_a_token_is_wrong_as_it_is_told(
    openid: OpenidProvider, ask: Ask, fault: str, error: type[Exception]
) -> None:
    openid.fault = fault
    with pytest.raises(error):
        verified(openid, ask, openid.id_token("alice", "n"))


@pytest.mark.parametrize(
    ("fault", "claim", "value"),
    [("nonce", "nonce", "that of another login"), ("azp", "azp", "another client")],
)
def test_a_claim_is_wrong_as_it_is_told(
    openid: OpenidProvider, ask: Ask, fault: str, claim: str, value: str
) -> None:
    openid.fault = fault
    assert verified(openid, ask, openid.id_token("alice", "n"))[claim] == value


def test_userinfo_can_be_of_somebody_else(openid: OpenidProvider, ask: Ask) -> None:
    openid.fault = "foreign userinfo"
    headers = {"Authorization": f"Bearer {openid.access_token('alice')}"}
    assert json.loads(ask(openid, "/userinfo", headers=headers).body)["sub"] == "id-mallory"
