"""Logging in with each provider, and every way of doing so that is somebody else's or a mistake."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from autosubmit_core.access import Level

PROVIDERS = ("cas", "oidc", "github")


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_login_leads_back_to_where_it_began(walker: Any, provider: str) -> None:
    asked = walker.get("/?q=a2m9&active=false", Sec_Fetch_Mode="navigate")
    assert asked.status == 303
    login = walker.get(asked.location)
    assert f'"/login/{provider}?then=%2F%3Fq%3Da2m9%26active%3Dfalse"' in login.text
    entered = walker.log_in(provider, then="/?q=a2m9&active=false")
    assert (entered.status, entered.headers["Location"]) == (303, "/?q=a2m9&active=false")
    assert walker.get(entered.location).status == 200
    assert "<h1>alice</h1>" in walker.get("/account").text


def test_who_is_known_already_need_not_log_in(walker: Any) -> None:
    walker.log_in()
    assert walker.get("/login?then=/preferences").headers["Location"] == "/preferences"


def test_scripts_of_the_pages_are_known_by_the_session(walker: Any) -> None:
    assert walker.get("/v4/experiments").status == 401
    walker.log_in()
    assert walker.get("/v4/experiments").status == 200
    report = walker.post(
        "/report", {}, Content_Type="application/json", Origin=walker.site
    )  # Not JSON, but let in.
    assert report.status == 400


def test_a_script_is_told_instead_of_sent_elsewhere(walker: Any) -> None:
    told = walker.get("/experiments/a2m9/tree?inside=true", Sec_Fetch_Mode="cors")
    assert (told.status, told.headers["Location"]) == (401, None)
    assert told.headers["WWW-Authenticate"] is None


# -- S-10: state, nonce, PKCE -----------------------------------------------------------------------


@pytest.mark.parametrize("provider", PROVIDERS)
def test_s10_a_login_that_another_browser_began_is_refused(
    walker: Any, another: Any, provider: str
) -> None:
    # An attacker slips the end of their own login to somebody: who then works as the attacker.
    back = another.begin(provider, "mallory")
    refused = walker.get(back)
    assert refused.status == 401
    assert "did not succeed" in refused.text
    assert not walker.is_known()


@pytest.mark.parametrize("provider", PROVIDERS)
def test_s10_with_another_state_it_is_refused(
    walker: Any, argument: Callable[[str, str], str], provider: str
) -> None:
    back = walker.begin(provider)
    state = argument(back, "state")
    assert walker.get(back.replace(state, state[::-1])).status == 401
    assert not walker.is_known()


@pytest.mark.parametrize("provider", PROVIDERS)
def test_s10_a_login_counts_once(walker: Any, provider: str) -> None:
    back = walker.begin(provider)
    attempt = dict(walker.cookies)
    assert walker.get(back).status == 303
    assert "autosubmit-login" not in walker.cookies
    walker.cookies = attempt
    assert walker.get(back).status == 401
    assert not walker.is_known()


def test_s10_a_login_with_another_provider_than_it_began_with_is_refused(walker: Any) -> None:
    back = walker.begin("oidc")
    assert walker.get(back.replace("/login/oidc/", "/login/github/")).status == 401


def test_s10_the_provider_is_sent_a_proof_and_a_word_of_this_login(
    walker: Any, providers: Any, argument: Callable[[str, str], str]
) -> None:
    begun = walker.get("/login/oidc").location
    assert argument(begun, "code_challenge_method") == "S256"
    assert len(argument(begun, "code_challenge")) == 43
    assert argument(begun, "nonce") != argument(walker.get("/login/oidc").location, "nonce")
    assert argument(begun, "redirect_uri") == f"{walker.site}/login/oidc/back"


def test_s10_a_cookie_that_was_changed_is_none(walker: Any) -> None:
    back = walker.begin("cas")
    walker.cookies["autosubmit-login"] = walker.cookies["autosubmit-login"][:-2] + "AA"
    assert walker.get(back).status == 401


# -- S-09, S-14: what a provider says -----------------------------------------------------------------


@pytest.mark.parametrize(
    "fault",
    [
        *("iss", "aud", "azp", "exp", "nonce", "no sub"),
        *("alg none", "client secret", "foreign key", "no id_token"),
    ],
)
def test_s09_an_id_token_that_is_wrong_lets_nobody_in(
    walker: Any, providers: Any, fault: str
) -> None:
    back = walker.begin("oidc")
    providers.oidc.fault = fault
    assert walker.get(back).status in (401, 503)
    assert not walker.is_known()


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("fault", ["broken", "huge", "elsewhere"])
def test_s14_a_provider_that_fails_is_said_so(
    walker: Any, providers: Any, provider: str, fault: str
) -> None:
    back = walker.begin(provider)
    getattr(providers, provider).fault = fault
    failed = walker.get(back)
    # What sends elsewhere is refused, and not followed.
    assert failed.status == (401 if (provider, fault) == ("cas", "elsewhere") else 503)
    assert 'role="alert"' in failed.text
    assert not walker.is_known()


def test_s14_a_document_that_defines_words_is_refused(walker: Any, providers: Any) -> None:
    back = walker.begin("cas")
    providers.cas.fault = "dtd"
    assert walker.get(back).status == 503


def test_s08_who_is_not_in_the_organization_stays_outside(walker: Any) -> None:
    refused = walker.log_in("github", "mallory")
    assert refused.status == 401
    assert not walker.is_known()


def test_s12_the_service_is_this_site_whatever_a_request_calls_it(
    walker: Any, argument: Callable[[str, str], str]
) -> None:
    assert walker.get("/login/cas", Host="evil.example").status == 400
    begun = walker.get("/login/cas", Host="localhost", X_Forwarded_Host="evil.example").location
    assert argument(begun, "service").startswith(f"{walker.site}/login/cas/back?")


def test_s13_the_provider_is_asked_with_one_ticket_and_one_service(
    walker: Any, providers: Any
) -> None:
    back = walker.begin("cas")
    providers.cas.calls.clear()
    assert walker.get(back + "%26service%3Dhttps://evil.example").status == 401
    assert providers.cas.calls == []


# -- where a login leads ------------------------------------------------------------------------------

ELSEWHERE = [
    *("https://evil.example", "//evil.example", "/\\evil.example", "\\\\evil.example"),
    *("https:evil.example", "/\t/evil.example", "javascript:alert(1)", " //evil.example"),
    *("///evil.example", "http:///evil.example", "evil.example", "/\n/evil.example"),
]


@pytest.mark.parametrize("then", ELSEWHERE)
def test_a_login_leads_to_no_other_site(walker: Any, then: str) -> None:
    entered = walker.log_in(then=then)
    assert (entered.status, entered.headers["Location"]) == (303, "/")
    assert walker.get(f"/login?then={quote(then)}").headers["Location"] == "/"


@pytest.mark.parametrize("then", ELSEWHERE)
def test_the_list_of_providers_leads_to_no_other_site(walker: Any, then: str) -> None:
    page = walker.get(f"/login?then={quote(then)}")
    assert "evil.example" not in page.text
    assert "javascript:" not in page.text


@pytest.mark.parametrize(("length", "kept"), [(2000, True), (2001, False), (20_000, False)])
def test_a_path_too_long_for_a_cookie_leads_to_the_first_page(
    walker: Any, length: int, kept: bool
) -> None:
    then = "/?q=" + "x" * (length - 4)
    begun = walker.get(f"/login/cas?then={quote(then)}")
    assert len(begun.headers["Set-Cookie"]) < 4096
    back = walker.post(begun.location, {"username": "alice"}).location
    assert walker.get(back).headers["Location"] == (then if kept else "/")


def test_after_a_login_that_failed_the_page_that_was_wanted_is_still_wanted(
    walker: Any, providers: Any
) -> None:
    again = "/login/cas?then=%2Fexperiments%2Fa2m9%3Fx%3D1"
    back = walker.begin("cas", then="/experiments/a2m9?x=1")
    refused = walker.get(f"{back}x")
    assert (refused.status, again in refused.text) == (401, True)
    assert "autosubmit-login" not in walker.cookies
    back = walker.begin("cas", then="/experiments/a2m9?x=1")
    providers.cas.fault = "broken"
    failed = walker.get(back)
    assert (failed.status, again in failed.text) == (503, True)


def test_after_a_login_that_took_too_long_it_is_as_well(
    walker: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("autosubmit_core.api.access.flow.LOGIN_SECONDS", -1)
    refused = walker.log_in(then="/experiments/a2m9")
    assert refused.status == 401
    assert "/login/cas?then=%2Fexperiments%2Fa2m9" in refused.text


def test_what_another_browser_wanted_is_nothing_to_this_one(walker: Any, another: Any) -> None:
    refused = walker.get(another.begin("cas", "mallory", then="/experiments/a2m9"))
    assert "a2m9" not in refused.text


# -- S-31: headers and limits -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "path", ["/login", "/login/cas", "/account", "/login/cas/back?ticket=ST-x"]
)
def test_s31_what_is_about_a_login_is_kept_nowhere_and_framed_nowhere(
    walker: Any, path: str
) -> None:
    told = walker.get(path)
    assert told.headers["Cache-Control"] == "no-store"
    assert told.headers["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in told.headers["Content-Security-Policy"]
    assert "form-action 'self'" in told.headers["Content-Security-Policy"]
    assert told.headers["Referrer-Policy"] == "same-origin"


def test_s31_pages_are_kept_by_no_proxy(walker: Any) -> None:
    walker.log_in()
    page = walker.get("/")
    assert page.headers["Cache-Control"] == "private, no-cache"
    assert "Cookie" in page.headers["Vary"]


def test_s31_the_eleventh_failed_login_of_a_minute_has_to_wait(walker: Any) -> None:
    for _ in range(10):
        assert walker.get("/login/cas/back?ticket=ST-x&state=x").status == 401
    refused = walker.get("/login/cas/back?ticket=ST-x&state=x")
    assert refused.status == 429
    assert int(refused.headers["Retry-After"]) <= 61
    assert "Please wait" in refused.text
    assert 'role="alert"' in refused.text


def test_s31_who_begins_too_many_logins_has_to_wait(walker: Any, providers: Any) -> None:
    # A provider that fails is asked anew for each of them.
    providers.oidc.fault = "broken"
    for n in range(100):
        assert walker.get("/login/oidc", X_Forwarded_For=f"2001:db8::{n:x}").status == 503
    asked = len(providers.oidc.calls)
    refused = walker.get("/login/oidc", X_Forwarded_For="2001:db8::ffff")
    assert (refused.status, len(providers.oidc.calls)) == (429, asked)
    assert 0 < int(refused.headers["Retry-After"]) <= 61
    assert walker.get("/login/cas", X_Forwarded_For="2001:db8:1::1").status == 303


def test_s31_logins_are_written_down(walker: Any, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", logger="autosubmit_core.audit")
    walker.log_in()
    walker.get("/login/cas/back?ticket=ST-x&state=x")
    told = " ".join(caplog.messages)
    assert '"user": "cas:alice"' in told
    assert told.count('"action": "login"') == 2


@pytest.mark.parametrize("provider", PROVIDERS)
def test_s15_nothing_that_lets_anybody_in_is_in_the_log(
    walker: Any,
    caplog: pytest.LogCaptureFixture,
    provider: str,
    argument: Callable[[str, str], str],
) -> None:
    caplog.set_level("DEBUG")
    back = walker.begin(provider)
    attempt = walker.cookies["autosubmit-login"]
    walker.get(back)
    told = " ".join(caplog.messages)
    secrets = [argument(back, "state"), attempt, walker.cookies["autosubmit"]]
    secrets.append(argument(back, "ticket" if provider == "cas" else "code"))
    assert [secret for secret in secrets if secret in told] == []


# -- who sees what without a login --------------------------------------------------------------------


def test_everything_is_shown_that_needs_no_login(walker: Any) -> None:
    for path in ("/login", "/about", "/preferences", "/docs", "/health/live"):
        assert walker.get(path).status == 200, path
    assert walker.get("/nothing/of/the/kind").status == 404


@pytest.mark.parametrize("level", ["WRITEONLY", "NONE"])
def test_where_reading_is_free_pages_are_and_accounts_are_not(
    make_walker: Callable[..., Any], level: str
) -> None:
    walker = make_walker(protection_level=Level(level))
    assert walker.get("/").status == 200
    assert walker.get("/account").headers["Location"] == "/login?then=%2Faccount"
    walker.log_in()
    assert walker.is_known()


def test_a_site_without_logins_says_what_its_operator_has_to_set(
    make_walker: Callable[..., Any],
) -> None:
    walker = make_walker(
        cas_server_url="",
        oidc_issuer="",
        oidc_client_id="",
        oidc_client_secret=None,
        github_client_id="",
        github_client_secret=None,
    )
    told = walker.get("/", Sec_Fetch_Mode="navigate")
    assert told.status == 401
    for name in (
        "CAS_SERVER_URL",
        "OIDC_ISSUER",
        "GITHUB_OAUTH_CLIENT_ID",
        "PROTECTION_LEVEL=NONE",
    ):
        assert name in told.text
    assert "/account" not in told.text
