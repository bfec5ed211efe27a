"""S-10: a login ends in the browser in which it began, once, and soon."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest

from autosubmit_core.api.access import flow as module
from autosubmit_core.api.access.flow import LoginFlow
from autosubmit_core.api.access.secret import Keys, Secret
from autosubmit_core.api.access.users import LoginRefusedError
from autosubmit_core.api.rereading import use
from autosubmit_core.demo.providers import CasProvider, GithubProvider, OpenidProvider, Provider

Make = Callable[..., Any]
Browser = Callable[[str], dict[str, str]]

BACK = "https://site.example.org/login/back"


class Site:
    """The flow of a server, for a test that has no loop."""

    def __init__(self, server: Any, provider: str) -> None:
        self.service = server.app.service
        self.provider = provider

    @property
    def access(self) -> Any:
        return self.service.access

    def begin(self, then: str = "/") -> Any:
        return self.run(lambda: self.access.flow.begin(self.provider, BACK, then))

    def finish(self, cookie: str, arguments: Mapping[str, str]) -> Any:
        return self.run(lambda: self.access.flow.finish(self.provider, cookie, arguments))

    def run(self, ask: Callable[[], Any]) -> Any:
        async def turn() -> Any:
            try:
                return await ask()
            finally:
                # The client of the providers belongs to one loop.
                fetch = fetch_of(self.access.flow.providers[self.provider])
                if fetch._client:
                    fetch._client.close()
                    fetch._client = None

        return asyncio.run(turn())


def fetch_of(provider: Any) -> Any:
    return getattr(provider, "fetch", None) or provider._fetch


@pytest.fixture(params=["cas", "openid", "github"])
def provider(request: pytest.FixtureRequest) -> Provider:
    found: Provider = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def site(make: Make, provider: Provider, settings_of: Callable[[Provider], dict[str, Any]]) -> Site:
    names = {CasProvider: "cas", OpenidProvider: "oidc", GithubProvider: "github"}
    told = {**settings_of(provider), "published_logins": ()}
    return Site(make(**told), names[type(provider)])


def test_a_login_ends_with_its_user_and_where_it_began(site: Site, browser: Browser) -> None:
    begun = site.begin(then="/experiments?x=1")
    user, then = site.finish(begun.cookie, browser(begun.url))
    assert (user.provider, then) == (site.provider, "/experiments?x=1")
    assert user.name in ("alice", "id-alice")


def test_a_login_begins_with_texts_that_nobody_can_guess(site: Site) -> None:
    one, other = (parse_qs(urlsplit(site.begin().url).query) for _ in range(2))
    for name in {"state", "nonce", "code_challenge", "service"} & one.keys():
        assert one[name] != other[name]
    if site.provider != "cas":
        assert one["code_challenge_method"] == ["S256"]
        assert one["redirect_uri"] == [BACK]
        assert len(one["state"][0]) >= 32


def test_where_a_login_began_is_known_whatever_became_of_it(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    flow = site.access.flow
    monkeypatch.setattr(module, "LOGIN_SECONDS", -1)
    late = site.begin(then="/experiments?x=1").cookie
    with pytest.raises(LoginRefusedError, match="too old"):
        site.finish(late, {})
    assert flow.then(late) == "/experiments?x=1"
    assert flow.then(late[:-4] + "AAAA") == flow.then("") == ""


def test_a_login_is_used_once(site: Site, browser: Browser) -> None:
    begun = site.begin()
    back = browser(begun.url)
    site.finish(begun.cookie, back)
    with pytest.raises(LoginRefusedError, match="was used already"):
        site.finish(begun.cookie, back)


def test_a_login_is_used_once_also_when_secrets_are_read_again_between(
    site: Site, browser: Browser
) -> None:
    used, other = site.begin(), site.begin()
    back = browser(used.url)
    site.finish(used.cookie, back)
    use(site.service, site.service.settings)
    with pytest.raises(LoginRefusedError, match="was used already"):
        site.finish(used.cookie, back)
    user, _ = site.finish(other.cookie, browser(other.url))
    assert user.provider == site.provider


def test_what_another_browser_began_is_not_ended_here(
    site: Site, provider: Provider, browser: Browser
) -> None:
    """Login CSRF: Mallory has his own ticket or code put into the browser of Alice."""
    of_alice, of_mallory = site.begin(), site.begin()
    provider.user = "mallory"
    back = browser(of_mallory.url)
    before = len(provider.calls)
    for arguments in (back, {**back, "state": ""}, {k: back[k] for k in back if k != "state"}):
        with pytest.raises(LoginRefusedError):
            site.finish(of_alice.cookie, arguments)
    assert len(provider.calls) == before
    # Not even with the state of Alice: it is not what the ticket or code was given for.
    stolen = {**back, "state": browser(of_alice.url)["state"]}
    with pytest.raises(LoginRefusedError):
        site.finish(of_alice.cookie, stolen)


@pytest.mark.parametrize("cookie", ["", "abc", "a.b.c", "x" * 5000])
def test_without_its_cookie_no_login_ends(site: Site, browser: Browser, cookie: str) -> None:
    with pytest.raises(LoginRefusedError):
        site.finish(cookie, browser(site.begin().url))


def test_a_cookie_that_was_changed_or_made_elsewhere_is_none(
    site: Site, browser: Browser, key: Secret
) -> None:
    begun = site.begin()
    kept = jwt.decode(begun.cookie, options={"verify_signature": False})
    for made in (
        jwt.encode(kept, "another key, of more than thirty-two bytes", algorithm="HS256"),
        jwt.encode({**kept, "aud": "api"}, key.value, algorithm="HS256"),
        jwt.encode(kept, "", algorithm="none"),
    ):
        with pytest.raises(LoginRefusedError):
            site.finish(made, browser(begun.url))


def test_after_eleven_minutes_a_login_is_too_old(site: Site, browser: Browser, key: Secret) -> None:
    begun = site.begin()
    kept = jwt.decode(begun.cookie, options={"verify_signature": False})
    assert 590 < kept["exp"] - time.time() <= module.LOGIN_SECONDS == 600
    old = jwt.encode({**kept, "exp": kept["exp"] - 660}, key.value, algorithm="HS256")
    with pytest.raises(LoginRefusedError):
        site.finish(old, browser(begun.url))


def test_a_login_ends_at_the_provider_where_it_began(
    make: Make,
    cas: CasProvider,
    openid: OpenidProvider,
    settings_of: Callable[[Provider], dict[str, Any]],
    browser: Browser,
) -> None:
    """Mix-up of providers."""
    server = make(**{**settings_of(cas), **settings_of(openid)})
    begun = Site(server, "cas").begin()
    with pytest.raises(LoginRefusedError):
        Site(server, "oidc").finish(begun.cookie, {**browser(begun.url), "code": "c"})
    begun = Site(server, "oidc").begin()
    told = {**browser(begun.url), "iss": "https://evil.example"}
    with pytest.raises(LoginRefusedError):
        Site(server, "oidc").finish(begun.cookie, told)
    assert [call for call in openid.calls if call.path == "/token"] == []


def test_nobody_is_sent_elsewhere_after_a_login(site: Site, browser: Browser) -> None:
    """No open redirect."""
    begun = site.begin(then="//evil.example/")
    assert site.finish(begun.cookie, browser(begun.url))[1] == "/"


def test_a_login_that_began_with_the_key_before_ends(
    site: Site, browser: Browser, key: Secret
) -> None:
    begun = site.begin()
    new = Secret("a new key of the tests, of more than 32 bytes")
    flow = LoginFlow(site.access.flow.providers, Keys.of(new, (key,)))
    back = browser(begun.url)
    user, _ = site.run(lambda: flow.finish(site.provider, begun.cookie, back))
    assert user.provider == site.provider
