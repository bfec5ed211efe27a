"""The logins of the published clients, with real exchanges: S-08 to S-14, S-31, and their attacks."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import jwt
import pytest

from autosubmit_core.demo.providers import (
    CLIENT_ID,
    CLIENT_SECRET,
    CasProvider,
    GithubProvider,
    OpenidProvider,
    Provider,
)

Make = Callable[..., Any]
SettingsOf = Callable[[Provider], dict[str, Any]]
Browser = Callable[[str], dict[str, str]]

CAS, OPENID, GITHUB = "/v4/auth/cas/v2/login", "/v4/auth/oidc/login", "/v4/auth/oauth2/github/login"
CLIENT = "https://gui.example.org/app"
PAGE = "https://gui.example.org/login"
NOBODY = {"authenticated": False, "user": None, "token": None}
REFUSED = (
    "Your {} is not authorized for this operation. "
    "The API admin needs to add your URL to the list of allowed clients."
)


def ask(server: Any, path: str, headers: Any = None, **query: str) -> Any:
    return server.ask(f"{path}?{urlencode(query)}", headers=headers, timeout=20)


def asked(provider: Provider, path: str) -> list[Any]:
    return [call for call in provider.calls if call.path == path]


def user_of(answer: Any) -> str:
    """Return who was logged in, by the token that was given."""
    told = answer.json()
    assert answer.status == 200, told
    assert (told["authenticated"], told["token"][:7]) == (True, "Bearer ")
    claims = jwt.decode(told["token"][7:], options={"verify_signature": False})
    assert claims["sub"] == told["user"]
    return f"{claims['idp']}:{claims['uid']}"


# -- CAS -----------------------------------------------------------------------------------------


@pytest.fixture
def cas_server(make: Make, cas: CasProvider) -> Any:
    return make(
        clients=(CLIENT, "*"),
        cas_server_url=cas.address,
        public_url="https://api.example.org/api",
    )


def ticket(cas: CasProvider, service: str, browser: Browser) -> str:
    return browser(f"{cas.address}/login?service={quote(service, safe='')}")["ticket"]


def test_a_ticket_of_an_allowed_client_is_a_token(
    cas_server: Any, cas: CasProvider, browser: Browser
) -> None:
    service = f"{CLIENT}/login?a=b&c=d"
    answer = ask(cas_server, CAS, service=service, ticket=ticket(cas, service, browser))
    assert user_of(answer) == "cas:alice"
    assert answer.json()["message"] == "Token generated"
    token = answer.json()["token"]
    verified = cas_server.ask("/v4/auth/verify-token", headers={"Authorization": token})
    assert verified.json() == {"authenticated": True, "user": "alice"}


def test_without_a_ticket_the_way_to_cas_is_shown(cas_server: Any, cas: CasProvider) -> None:
    """S-12, S-13: for the server itself its public address, whatever name it was asked under."""
    for asked_for, service in (({}, "https://api.example.org/api/"), ({"service": CLIENT}, CLIENT)):
        answer = ask(cas_server, CAS, **asked_for)
        assert answer.status == 307
        way = urlsplit(answer.headers["Location"])
        assert f"{way.scheme}://{way.netloc}{way.path}" == f"{cas.address}/login"
        assert parse_qs(way.query) == {"service": [service]}


def test_a_client_that_allows_nobody_is_warned_about(
    make: Make, caplog: pytest.LogCaptureFixture
) -> None:
    """S-11: in Autosubmit API a star was everybody."""
    make(clients=(CLIENT, "*"), cas_server_url="https://cas.example.org/")
    assert "'*' of autosubmitrc is no address and allows nobody" in caplog.text
    assert CLIENT not in caplog.text


def test_a_ticket_is_good_once_and_for_its_service(
    cas_server: Any, cas: CasProvider, browser: Browser
) -> None:
    used = ticket(cas, CLIENT, browser)
    assert ask(cas_server, CAS, service=CLIENT, ticket=used).status == 200
    of_another = ticket(cas, "https://evil.example/", browser)
    for wrong in (used, of_another, "ST-unknown"):
        answer = ask(cas_server, CAS, service=CLIENT, ticket=wrong)
        assert (answer.status, answer.json()) == (401, {**NOBODY, "message": "Can't verify user"})


@pytest.mark.parametrize(
    "service",
    [
        f"https://evil.example/?{CLIENT}",
        f"https://evil.example/?http://{CLIENT}/",
        "https://gui.example.org.evil/app",
        "https://gui.example.org/application",
        "https://evil.example/",
    ],
)
def test_no_foreign_service_is_sent_to_cas_or_believed(
    cas_server: Any, cas: CasProvider, service: str
) -> None:
    """S-11."""
    for sent in ({}, {"ticket": "ST-1"}):
        answer = ask(cas_server, CAS, service=service, **sent)
        assert (answer.status, answer.json()["message"]) == (401, REFUSED.format("service"))
    assert cas.calls == []


def test_a_foreign_host_gets_no_ticket_believed(
    cas_server: Any, cas: CasProvider, browser: Browser
) -> None:
    """S-12: a ticket that was given for another site is not good here."""
    phished = ticket(cas, "http://evil.example/", browser)
    answer = ask(cas_server, CAS, headers={"Host": "evil.example"}, ticket=phished)
    assert answer.status == 400
    assert cas.calls == []
    assert ask(cas_server, CAS, ticket=phished).status == 401


def test_a_server_that_does_not_know_its_address_is_no_service(
    make: Make, cas: CasProvider
) -> None:
    """S-12."""
    answer = ask(make(cas_server_url=cas.address), CAS, ticket="ST-1")
    assert answer.status == 401
    assert cas.calls == []


@pytest.mark.parametrize(
    "wrong", ["ST-x&service=https://evil.example/", "ST-x#", "ST x", "ST-é", "S" * 257, "ST-1\n"]
)
def test_what_is_no_ticket_is_asked_of_nobody(
    cas_server: Any, cas: CasProvider, wrong: str
) -> None:
    """S-13."""
    answer = ask(cas_server, CAS, service=CLIENT, ticket=wrong)
    assert (answer.status, answer.json()["message"]) == (401, "Can't verify user")
    assert cas.calls == []


def test_cas_is_asked_about_one_service(cas_server: Any, cas: CasProvider) -> None:
    """S-13."""
    service = f"{CLIENT}/?x=1&service=https://evil.example/&ticket=ST-2#y"
    ask(cas_server, CAS, service=service, ticket="ST-1")
    (call,) = cas.calls
    assert call.arguments == {"service": [service], "ticket": ["ST-1"]}


@pytest.mark.parametrize("env", ["", "prod"])
def test_the_first_generation_logs_in_from_the_page_it_comes_from(
    cas_server: Any, cas: CasProvider, browser: Browser, env: str
) -> None:
    service = f"{CLIENT}/{env}/login".replace("//login", "/login")
    sent = {"Referer": f"{CLIENT}/{env}"}
    query = {"env": env} if env else {}
    way = ask(cas_server, "/v3/login", headers=sent, **query)
    assert way.status == 307
    assert parse_qs(urlsplit(way.headers["Location"]).query) == {"service": [service]}
    answer = ask(
        cas_server, "/v3/login", headers=sent, ticket=ticket(cas, service, browser), **query
    )
    assert user_of(answer) == "cas:alice"
    assert answer.json()["message"] == "Token generated."
    answer = ask(cas_server, "/v3/login", headers=sent, ticket="ST-1", **query)
    assert (answer.status, answer.json()) == (401, {**NOBODY, "message": "Can't verify user."})


@pytest.mark.parametrize(
    "referer", ["", "https://evil.example/?x=https://gui.example.org/app", "*"]
)
def test_the_first_generation_refuses_other_pages(
    cas_server: Any, cas: CasProvider, referer: str
) -> None:
    """S-11."""
    answer = ask(cas_server, "/v3/login", headers={"Referer": referer}, ticket="ST-1")
    assert (answer.status, answer.json()) == (401, {**NOBODY, "message": REFUSED.format("client")})
    assert cas.calls == []


@pytest.mark.parametrize("env", ["app&renew=true#", "../..", "..", ".", "a/b", "x" * 65, "a b"])
def test_an_environment_adds_nothing_to_the_address(
    cas_server: Any, cas: CasProvider, env: str
) -> None:
    """S-11, S-13: and takes nothing from it."""
    for sent in ({}, {"ticket": "ST-1"}):
        answer = ask(cas_server, "/v3/login", headers={"Referer": CLIENT}, env=env, **sent)
        assert answer.status == 401
    assert cas.calls == []


# -- GitHub --------------------------------------------------------------------------------------


@pytest.fixture
def github_server(make: Make, github: GithubProvider, settings_of: SettingsOf) -> Any:
    return make(**settings_of(github))


def github_code(github: GithubProvider, browser: Browser) -> str:
    return browser(f"{github.address}/login/oauth/authorize?client_id={CLIENT_ID}")["code"]


@pytest.mark.parametrize("page", [{}, {"redirect_uri": PAGE}])
def test_a_code_of_a_member_is_a_token(
    github_server: Any, github: GithubProvider, browser: Browser, page: dict[str, str]
) -> None:
    github.numbers["alice"] = 77
    answer = ask(github_server, GITHUB, code=github_code(github, browser), **page)
    assert user_of(answer) == "github:77"
    assert answer.json()["user"] == "alice"
    assert answer.json()["message"] == "Token generated"


def test_who_is_no_member_is_refused(
    github_server: Any, github: GithubProvider, browser: Browser
) -> None:
    """S-08: GitHub sends on who asks from outside, which is no yes."""
    github.user = "mallory"
    answer = ask(github_server, GITHUB, code=github_code(github, browser))
    message = "User is not member of organization or team"
    assert (answer.status, answer.json()) == (401, {**NOBODY, "message": message})


@pytest.mark.parametrize(("state", "status"), [("active", 200), ("pending", 401), (None, 401)])
def test_a_team_takes_its_active_members(
    make: Make,
    github: GithubProvider,
    settings_of: SettingsOf,
    browser: Browser,
    state: str | None,
    status: int,
) -> None:
    github.teams = {("bsc", "es"): {"alice": state} if state else {}}
    server = make(**settings_of(github), github_team="es")
    assert ask(server, GITHUB, code=github_code(github, browser)).status == status


def test_names_are_one_segment_of_an_address(
    make: Make, github: GithubProvider, settings_of: SettingsOf, browser: Browser
) -> None:
    """S-08."""
    github.members = {"a/b?x": {"alice"}}
    server = make(**{**settings_of(github), "github_organization": "a/b?x"})
    assert ask(server, GITHUB, code=github_code(github, browser)).status == 200
    assert asked(github, "/orgs/a%2Fb%3Fx/members/alice")


def test_any_user_of_github_only_if_that_is_said(
    make: Make, github: GithubProvider, settings_of: SettingsOf, browser: Browser
) -> None:
    """S-08."""
    github.user = "mallory"
    told = {**settings_of(github), "github_organization": "", "any_github_user": True}
    assert ask(make(**told), GITHUB, code=github_code(github, browser)).status == 200


def test_what_github_says_of_a_bad_code_is_passed_on(github_server: Any) -> None:
    answer = ask(github_server, GITHUB, code="bad")
    message = "GitHub token exchange failed: The code passed is incorrect or expired."
    assert (answer.status, answer.json()) == (401, {**NOBODY, "message": message})


def test_the_form_is_encoded(github_server: Any, github: GithubProvider) -> None:
    """S-13: the secret as it is, and no field that the caller adds."""
    ask(github_server, GITHUB, code="good&client_id=other", redirect_uri=PAGE)
    (call,) = asked(github, "/login/oauth/access_token")
    assert call.arguments == {
        "client_id": [CLIENT_ID],
        "client_secret": [CLIENT_SECRET],
        "code": ["good&client_id=other"],
        "redirect_uri": [PAGE],
    }


# -- OpenID Connect ------------------------------------------------------------------------------


@pytest.fixture
def openid_server(make: Make, openid: OpenidProvider, settings_of: SettingsOf) -> Any:
    return make(**settings_of(openid))


def openid_code(openid: OpenidProvider, browser: Browser, **more: str) -> str:
    """Return a code, as the published client gets it: without state, nonce and proof."""
    query = {"scope": "openid", "response_type": "code", "client_id": CLIENT_ID}
    return browser(
        f"{openid.address}/authorize?{urlencode({**query, 'redirect_uri': PAGE, **more})}"
    )["code"]


def test_a_code_of_the_provider_is_a_token(
    openid_server: Any, openid: OpenidProvider, browser: Browser
) -> None:
    answer = ask(openid_server, OPENID, code=openid_code(openid, browser), redirect_uri=PAGE)
    assert user_of(answer) == f"oidc:{openid.address} id-alice"
    assert answer.json()["user"] == "id-alice"


@pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
def test_new_keys_of_the_provider_are_asked_for(
    openid_server: Any, openid: OpenidProvider, browser: Browser, algorithm: str
) -> None:
    """S-09: once for each key that is not known, and not for each login."""
    for expected in (1, 1, 2):
        if expected == 2:
            openid.rotate(algorithm)
        answer = ask(openid_server, OPENID, code=openid_code(openid, browser), redirect_uri=PAGE)
        assert answer.status == 200
        assert len(asked(openid, "/jwks")) == expected
    assert len(asked(openid, "/.well-known/openid-configuration")) == 1


def test_tokens_of_made_up_keys_do_not_set_us_on_the_provider(
    openid_server: Any, openid: OpenidProvider, browser: Browser
) -> None:
    for _ in range(4):
        code = openid_code(openid, browser)
        kept, openid.keys = openid.keys, []
        openid.rotate()
        shown, openid.keys = openid.keys, kept
        openid.fault = "foreign key"
        ask(openid_server, OPENID, code=code, redirect_uri=PAGE)
        openid.fault = ""
        assert shown
    assert len(asked(openid, "/jwks")) <= 2


@pytest.mark.parametrize(
    "fault",
    [
        *("alg none", "client secret", "foreign key"),
        *("iss", "aud", "azp", "exp", "iat", "nonce", "no sub", "no id_token"),
    ],
)
def test_an_id_token_that_is_wrong_in_anything_logs_nobody_in(
    openid_server: Any, openid: OpenidProvider, browser: Browser, fault: str
) -> None:
    """S-09."""
    code = openid_code(openid, browser)
    openid.fault = fault
    answer = ask(openid_server, OPENID, code=code, redirect_uri=PAGE)
    message = "Couldn't find user on OpenID Connect provider"
    assert (answer.status, answer.json()) == (401, {**NOBODY, "message": message})


def test_a_code_of_a_login_with_a_nonce_is_not_taken_from_others(
    openid_server: Any, openid: OpenidProvider, browser: Browser
) -> None:
    """S-10: it belongs to a login that was begun elsewhere."""
    code = openid_code(openid, browser, nonce="of somebody")
    assert ask(openid_server, OPENID, code=code, redirect_uri=PAGE).status == 401


def test_the_name_is_from_where_the_settings_say(
    make: Make, openid: OpenidProvider, settings_of: SettingsOf, browser: Browser
) -> None:
    """S-09: what is told about users counts only for the user of the id token."""
    told = {"oidc_username_source": "userinfo", "oidc_username_claim": "preferred_username"}
    server = make(**settings_of(openid), **told)
    answer = ask(server, OPENID, code=openid_code(openid, browser), redirect_uri=PAGE)
    assert (answer.json()["user"], user_of(answer)) == ("alice", f"oidc:{openid.address} id-alice")
    code = openid_code(openid, browser)
    openid.fault = "foreign userinfo"
    assert ask(server, OPENID, code=code, redirect_uri=PAGE).status == 401


@pytest.mark.parametrize(
    ("verified", "status"), [(True, 200), (False, 401), ("true", 401), (None, 401)]
)
def test_an_email_is_a_name_only_if_the_provider_verified_it(
    make: Make,
    openid: OpenidProvider,
    settings_of: SettingsOf,
    browser: Browser,
    verified: object,
    status: int,
) -> None:
    """S-07."""
    openid.claims["alice"] = {"email": "alice@example.org", "email_verified": verified}
    server = make(**settings_of(openid), oidc_username_claim="email")
    answer = ask(server, OPENID, code=openid_code(openid, browser), redirect_uri=PAGE)
    assert answer.status == status


@pytest.mark.parametrize("name", [7, "", "a\nb", "x" * 129, ["alice"]])
def test_what_is_no_name_is_nobody(
    make: Make, openid: OpenidProvider, settings_of: SettingsOf, browser: Browser, name: object
) -> None:
    openid.claims["alice"] = {"preferred_username": name}
    server = make(**settings_of(openid), oidc_username_claim="preferred_username")
    answer = ask(server, OPENID, code=openid_code(openid, browser), redirect_uri=PAGE)
    assert answer.status == 401


@pytest.mark.parametrize("subject", ["", "x" * 256, "x" * 100_000, "caf\u00e9", "a\nb", "a\0", 7])
def test_what_no_provider_may_call_a_user_is_nobody(
    make: Make, openid: OpenidProvider, settings_of: SettingsOf, browser: Browser, subject: object
) -> None:
    """S-09: it is stored, and part of tokens and cookies."""
    openid.claims["alice"] = {"sub": subject}
    server = make(**settings_of(openid), oidc_username_claim="preferred_username")
    answer = ask(server, OPENID, code=openid_code(openid, browser), redirect_uri=PAGE)
    assert answer.status == 401


def test_users_of_the_longest_ids_are_told_apart(
    make: Make, openid: OpenidProvider, settings_of: SettingsOf, browser: Browser
) -> None:
    """S-07: though they are longer than names, and differ at their end alone."""
    server = make(**settings_of(openid), oidc_username_claim="preferred_username")
    for end in "ab":
        subject = "x" * 254 + end
        openid.claims["alice"] = {"sub": subject}
        answer = ask(server, OPENID, code=openid_code(openid, browser), redirect_uri=PAGE)
        assert user_of(answer) == f"oidc:{openid.address} {subject}"
        sent = {"Authorization": answer.json()["token"]}
        assert ask(server, "/v4/auth/verify-token", headers=sent).json()["user"] == "alice"


def test_a_provider_of_another_name_is_not_believed(
    make: Make, openid: OpenidProvider, settings_of: SettingsOf, browser: Browser
) -> None:
    """S-09: mix-up of providers."""
    told = {**settings_of(openid), "oidc_issuer": openid.address + "/"}
    code = openid_code(openid, browser)
    assert ask(make(**told), OPENID, code=code, redirect_uri=PAGE).status == 503
    assert asked(openid, "/token") == []


# -- bare codes ----------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [GITHUB, OPENID])
def test_without_a_code_nobody_is_asked(
    make: Make, openid: OpenidProvider, github: GithubProvider, settings_of: SettingsOf, path: str
) -> None:
    server = make(**{**settings_of(openid), **settings_of(github)})
    message = "Can't verify user" + (", missing code" if path == OPENID else "")
    for sent in ({}, {"code": ""}, {"code": "x" * 2049}, {"code": "a\nb"}, {"code": "é"}):
        answer = ask(server, path, redirect_uri=PAGE, **sent)
        assert (answer.status, answer.json()) == (401, {**NOBODY, "message": message})
    assert openid.calls == github.calls == []


@pytest.mark.parametrize(
    "page", [f"{PAGE}/", f"{PAGE}?x", "https://evil.example/", f"https://evil.example/?{PAGE}"]
)
@pytest.mark.parametrize("path", [GITHUB, OPENID])
def test_a_code_is_taken_from_the_named_pages_alone(
    make: Make,
    openid: OpenidProvider,
    github: GithubProvider,
    settings_of: SettingsOf,
    path: str,
    page: str,
) -> None:
    """S-10: before anybody is asked."""
    server = make(**{**settings_of(openid), **settings_of(github)})
    answer = ask(server, path, code="c", redirect_uri=page)
    assert answer.status == 401
    assert "--published-logins" in answer.json()["message"]
    assert openid.calls == github.calls == []


@pytest.mark.parametrize("path", [GITHUB, OPENID])
def test_no_bare_code_is_taken_unless_that_is_said(
    make: Make, openid: OpenidProvider, github: GithubProvider, settings_of: SettingsOf, path: str
) -> None:
    """S-10: it may have been slipped to this browser by somebody who is logged in as himself."""
    told = {**settings_of(openid), **settings_of(github), "published_logins": ()}
    for page in ({}, {"redirect_uri": PAGE}):
        assert ask(make(**told), path, code="c", **page).status == 401
    assert openid.calls == github.calls == []


def test_openid_needs_the_page(openid_server: Any, openid: OpenidProvider) -> None:
    """S-10."""
    assert ask(openid_server, OPENID, code="c").status == 401
    assert openid.calls == []


@pytest.mark.parametrize("path", [CAS, OPENID, GITHUB, "/v3/login"])
def test_a_login_that_is_not_configured_says_so(make: Make, path: str) -> None:
    server = make(clients=(CLIENT,), published_logins=(PAGE,))
    query = {"code": "c", "ticket": "ST-1", "service": CLIENT, "redirect_uri": PAGE}
    answer = ask(server, path, headers={"Referer": CLIENT}, **query)
    assert answer.status == 401
    assert "no login of that kind" in answer.json()["message"]


# -- providers that fail -------------------------------------------------------------------------

FAULTS = ["broken", "huge", "elsewhere"]
ANSWERS = ["", "{}", "[]", "null", "<html>", "<a><b></a>", "{" * 5000, "[" * 100_000, "\xff", '"x"']


def attempts(make: Make, settings_of: SettingsOf, provider: Provider) -> Callable[[], Any]:
    """Return what logs in once more at a server of a provider."""
    server = make(clients=(CLIENT,), **settings_of(provider))
    if isinstance(provider, CasProvider):
        return lambda: ask(server, CAS, service=CLIENT, ticket="ST-1")
    if isinstance(provider, GithubProvider):
        return lambda: ask(server, GITHUB, code="c")
    return lambda: ask(server, OPENID, code="c", redirect_uri=PAGE)


@pytest.fixture(params=["cas", "openid", "github"])
def provider(request: pytest.FixtureRequest) -> Provider:
    found: Provider = request.getfixturevalue(request.param)
    return found


@pytest.mark.parametrize("fault", FAULTS)
def test_a_provider_that_fails_is_told_so(
    make: Make, settings_of: SettingsOf, provider: Provider, fault: str
) -> None:
    """S-14: never a 500, and no address is followed."""
    provider.fault = fault
    answer = attempts(make, settings_of, provider)()
    assert answer.status in ((401, 503) if fault == "elsewhere" else (503,))
    assert answer.json() == {**NOBODY, "message": answer.json()["message"]}
    if answer.status == 503:
        assert int(answer.headers["Retry-After"]) > 0


@pytest.mark.parametrize("said", ANSWERS)
def test_an_answer_that_makes_no_sense_is_no_mistake_of_ours(
    make: Make, settings_of: SettingsOf, provider: Provider, said: str
) -> None:
    """S-14: neither when it tells about itself, nor to what is asked then."""
    attempt = attempts(make, settings_of, provider)
    provider.answer = said or " "
    assert attempt().status in (401, 503)
    provider.answer = ""
    assert attempt().status == 401
    provider.answer = said or " "
    assert attempt().status in (401, 503)


def test_a_provider_that_is_not_there_is_told_so(make: Make) -> None:
    """S-14."""
    server = make(clients=(CLIENT,), cas_server_url="http://127.0.0.1:9/cas/")
    answer = ask(server, CAS, service=CLIENT, ticket="ST-1")
    assert answer.status == 503


@pytest.mark.parametrize("fault", ["dtd", "no user"])
def test_xml_is_read_without_what_it_defines_itself(
    make: Make, settings_of: SettingsOf, cas: CasProvider, browser: Browser, fault: str
) -> None:
    """S-14."""
    server = make(clients=(CLIENT,), **settings_of(cas))
    good = ticket(cas, CLIENT, browser)
    cas.fault = fault
    assert ask(server, CAS, service=CLIENT, ticket=good).status == 503


def test_a_silent_provider_keeps_nobody_else_waiting(
    make: Make, settings_of: SettingsOf, cas: CasProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    """S-14: ten seconds in all; the test waits for one."""
    monkeypatch.setattr("autosubmit_core.api.access.fetching.SECONDS", 1.0)
    server = make(clients=(CLIENT,), **settings_of(cas))
    cas.fault = "silent"
    done: list[tuple[int, float]] = []
    begin = time.monotonic()

    def log_in() -> None:
        answer = ask(server, CAS, service=CLIENT, ticket="ST-1")
        done.append((answer.status, time.monotonic() - begin))

    thread = threading.Thread(target=log_in)
    thread.start()
    while not cas.calls:
        time.sleep(0.01)
    asked_at = time.monotonic()
    assert server.ask("/").status == 200
    assert time.monotonic() - asked_at < 0.5
    thread.join()
    ((status, seconds),) = done
    assert status == 503
    assert 0.9 < seconds < 5


@pytest.mark.parametrize("silent", ["openid", "github"])
def test_a_silent_provider_keeps_no_login_at_another_waiting(
    make: Make,
    settings_of: SettingsOf,
    cas: CasProvider,
    openid: OpenidProvider,
    github: GithubProvider,
    browser: Browser,
    monkeypatch: pytest.MonkeyPatch,
    silent: str,
) -> None:
    """S-14: also when as many wait for it as may at once."""
    monkeypatch.setattr("autosubmit_core.api.access.fetching._AT_ONCE", 1)
    monkeypatch.setattr("autosubmit_core.api.access.fetching.SECONDS", 3.0)
    told = settings_of(openid) | settings_of(github) | settings_of(cas)
    server, good = make(clients=(CLIENT,), **told), ticket(cas, CLIENT, browser)
    provider, path = {"openid": (openid, OPENID), "github": (github, GITHUB)}[silent]
    provider.fault = "silent"
    with ThreadPoolExecutor() as clients:
        held = clients.submit(ask, server, path, code="a-code", redirect_uri=PAGE)
        while not provider.calls:
            time.sleep(0.01)
        assert ask(server, CAS, service=CLIENT, ticket=good).status == 200
        assert not held.done()
        assert held.result().status == 503


# -- limits --------------------------------------------------------------------------------------


def test_the_eleventh_failed_login_in_a_minute_has_to_wait(
    cas_server: Any, cas: CasProvider, browser: Browser
) -> None:
    """S-31: for each address, as trusted proxies tell it; a good login does not count."""
    good = ticket(cas, CLIENT, browser)
    assert ask(cas_server, CAS, service=CLIENT, ticket=good).status == 200
    for _ in range(10):
        assert ask(cas_server, CAS, service=CLIENT, ticket="ST-1").status == 401
    answer = ask(cas_server, CAS, service=CLIENT, ticket="ST-1")
    assert answer.status == 429
    assert answer.json()["token"] is None
    assert 0 < int(answer.headers["Retry-After"]) <= 61
    assert len(cas.calls) == 11
    assert ask(cas_server, "/v3/login", headers={"Referer": CLIENT}, ticket="ST-1").status == 429
    elsewhere = {"X-Forwarded-For": "192.0.2.7"}
    assert ask(cas_server, CAS, headers=elsewhere, service=CLIENT, ticket="ST-1").status == 401


def test_all_addresses_of_a_network_of_64_bits_are_one_that_tries(cas_server: Any) -> None:
    """S-31: whoever has one of them has them all."""

    def status(address: str) -> int:
        sent = {"X-Forwarded-For": address}
        answer = ask(cas_server, CAS, headers=sent, service=CLIENT, ticket="ST-1")
        return int(answer.status)

    assert [status(f"2001:db8:1:2:{n:x}::7") for n in range(1, 12)] == [401] * 10 + [429]
    assert status("2001:db8:1:3::7") == 401
    assert [status(f"192.0.2.{n}") for n in range(1, 12)] == [401] * 11


# -- records -------------------------------------------------------------------------------------


def test_logins_are_recorded_and_what_proves_them_is_not(
    make: Make,
    cas: CasProvider,
    openid: OpenidProvider,
    github: GithubProvider,
    settings_of: SettingsOf,
    browser: Browser,
    audit: Callable[[], list[dict[str, str]]],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """S-15, S-31: at every level of the log, for every provider."""
    caplog.set_level("DEBUG")
    told = {**settings_of(openid), **settings_of(github), **settings_of(cas)}
    server = make(clients=(CLIENT,), **told)
    proofs = [
        ticket(cas, CLIENT, browser),
        github_code(github, browser),
        openid_code(openid, browser),
        "ST-marked-ticket",
        "marked-code",
    ]
    caplog.clear()
    cas_code, github_proof, openid_proof, bad_ticket, bad_code = proofs
    secrets = [CLIENT_SECRET, *proofs]
    for answer in (
        ask(server, CAS, service=CLIENT, ticket=cas_code),
        ask(server, GITHUB, code=github_proof),
        ask(server, OPENID, code=openid_proof, redirect_uri=PAGE),
    ):
        assert answer.status == 200
        token = answer.json()["token"]
        secrets += token.split(".")[1:]
        sent = {"Authorization": token, "Cookie": "session=marked-cookie"}
        server.ask("/v4/experiments?token=marked-code", headers=sent)
    ask(server, CAS, service=CLIENT, ticket=bad_ticket)
    ask(server, GITHUB, code=bad_code)
    ask(server, OPENID, code=bad_code, redirect_uri=PAGE, state="marked-code")
    logged = "\n".join([caplog.text, *(record.getMessage() for record in caplog.records)])
    assert [secret for secret in [*secrets, "marked-cookie"] if secret in logged] == []
    logins = [one for one in audit() if one["action"] == "login"]
    assert [(one["provider"], one["result"]) for one in logins] == [
        *[(name, "done") for name in ("cas", "github", "oidc")],
        *[(name, "login_refused") for name in ("cas", "github", "oidc")],
    ]
    assert logins[0]["user"] == "cas:alice"
    assert {one["address"] for one in logins} == {"127.0.0.1"}


def test_a_refusal_is_one_record_of_one_line(
    make: Make, audit: Callable[[], list[dict[str, str]]], caplog: pytest.LogCaptureFixture
) -> None:
    """S-29: whatever stands in the request."""
    make().ask("/v4/experiments/a%0aFORGED%1b[31m", headers={"Authorization": "Bearer x"})
    (record,) = audit()
    assert (record["action"], record["result"]) == ("request", "unauthorized")
    assert record["path"].startswith("/v4/experiments/a")
    (line,) = [one.getMessage() for one in caplog.records if one.name == "autosubmit_core.audit"]
    assert line.isprintable()


# -- who is who ----------------------------------------------------------------------------------


def test_users_of_one_name_are_as_many_as_there_are_providers(
    make: Make,
    cas: CasProvider,
    github: GithubProvider,
    openid: OpenidProvider,
    settings_of: SettingsOf,
    browser: Browser,
) -> None:
    """S-07: each has settings of their own."""
    openid.claims["alice"] = {"sub": "alice"}
    server = make(
        clients=(CLIENT,), **{**settings_of(openid), **settings_of(github), **settings_of(cas)}
    )
    answers = [
        ask(server, CAS, service=CLIENT, ticket=ticket(cas, CLIENT, browser)),
        ask(server, GITHUB, code=github_code(github, browser)),
        ask(server, OPENID, code=openid_code(openid, browser), redirect_uri=PAGE),
    ]
    assert {answer.json()["user"] for answer in answers} == {"alice"}
    path = "/v4/user-settings/preferred-username"
    for number, answer in enumerate(answers):
        sent = {"Authorization": answer.json()["token"]}
        assert server.ask(path, headers=sent).status == 400
        told = server.ask(path, "POST", {"preferred_username": f"user{number}"}, sent)
        assert told.status == 200
    for number, answer in enumerate(answers):
        sent = {"Authorization": answer.json()["token"]}
        assert server.ask(path, headers=sent).json()["preferred_username"] == f"user{number}"
