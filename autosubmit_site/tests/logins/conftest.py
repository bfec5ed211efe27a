"""A site with logins, the three providers it knows, and somebody who walks from one to the other.

All are real servers on loopback. A walker follows nothing by itself and keeps cookies as browsers
do, so that a test can stop anywhere and do what an attacker would.
"""

from __future__ import annotations

import asyncio
import http.client
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from email.message import Message
from email.utils import parsedate_to_datetime
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

import pytest
import tornado.web
from autosubmit_core import open_archive
from autosubmit_core.access import Level
from autosubmit_core.api.access.secret import Secret
from autosubmit_core.demo.providers import (
    CLIENT_ID,
    CLIENT_SECRET,
    CasProvider,
    GithubProvider,
    OpenidProvider,
    serving,
)
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets

from autosubmit_site import SiteSettings, make_site

KEY = Secret("a key of the tests, long enough for HS256")


@dataclass(frozen=True)
class Providers:
    cas: CasProvider
    oidc: OpenidProvider
    github: GithubProvider

    def settings(self) -> dict[str, Any]:
        """The settings of a site that knows all three."""
        return {
            "cas_server_url": f"{self.cas.address}/",
            "oidc_issuer": self.oidc.address,
            "oidc_client_id": CLIENT_ID,
            "oidc_client_secret": Secret(CLIENT_SECRET),
            "oidc_username_claim": "preferred_username",
            "github_client_id": CLIENT_ID,
            "github_client_secret": Secret(CLIENT_SECRET),
            "github_organization": "earth",
            "github_url": self.github.address,
            "github_api_url": self.github.address,
        }


@pytest.fixture(scope="session")
def served_providers() -> Iterator[Providers]:
    providers = Providers(CasProvider(), OpenidProvider(), GithubProvider())
    providers.github.members["earth"] = {"alice", "bob"}
    with ExitStack() as served:
        for provider in (providers.cas, providers.oidc, providers.github):
            served.enter_context(serving(provider))
        yield providers


@pytest.fixture
def providers(served_providers: Providers) -> Iterator[Providers]:
    """The three providers; they behave again at the end."""
    yield served_providers
    for provider in (served_providers.cas, served_providers.oidc, served_providers.github):
        provider.fault = provider.answer = provider.user = ""
        provider.calls.clear()


@dataclass(frozen=True)
class Answer:
    address: str
    status: int
    headers: Message
    text: str

    @property
    def location(self) -> str:
        """Where it sends to, as a whole address."""
        return urljoin(self.address, str(self.headers["Location"]))

    @property
    def xsrf(self) -> str:
        """The word that the forms of the page hold."""
        found = re.search(r'name="xsrf" value="(\w+)"', self.text)
        assert found
        return found[1]


@dataclass
class Walker:
    """Somebody with a browser."""

    site: str
    #: Cookies by name; ports share them, as in browsers.
    cookies: dict[str, str] = field(default_factory=dict)

    def get(self, address: str, **headers: str) -> Answer:
        return self._ask("GET", address, None, headers)

    def post(self, address: str, form: Mapping[str, str], **headers: str) -> Answer:
        """Send a form; without other headers from a page of the same origin."""
        at = urlsplit(urljoin(self.site, address))
        sent = {
            "Origin": f"{at.scheme}://{at.netloc}",
            "Content_Type": "application/x-www-form-urlencoded",
            **headers,
        }
        return self._ask("POST", address, urlencode(form), sent)

    def send(self, address: str, body: str, **headers: str) -> Answer:
        """Send a body, with these headers alone."""
        return self._ask("POST", address, body, headers)

    def begin(self, provider: str, name: str = "alice", then: str = "/about") -> str:
        """Log in as far as the provider's answer; give the address it sends back to."""
        begun = self.get(f"/login/{provider}?{urlencode({'then': then})}")
        assert begun.status == 303, begun.text
        back = self.post(begun.location, {"username": name})
        assert back.status == 302, back.text
        return back.location

    def log_in(self, provider: str = "cas", name: str = "alice", then: str = "/about") -> Answer:
        """Log in; give the answer that begins the session."""
        return self.get(self.begin(provider, name, then))

    def is_known(self) -> bool:
        """Tell whether the site knows who this is."""
        return self.get("/account").status == 200

    def _ask(
        self, method: str, address: str, body: str | None, headers: Mapping[str, str]
    ) -> Answer:
        whole = urljoin(self.site, address)
        parts = urlsplit(whole)
        sent = {name.replace("_", "-"): value for name, value in headers.items() if value}
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        connection = http.client.HTTPConnection(parts.netloc, timeout=20)
        try:
            target = parts.path + (f"?{parts.query}" if parts.query else "")
            connection.request(method, target, body=body, headers=sent)
            answer = connection.getresponse()
            text = answer.read().decode()
        finally:
            connection.close()
        for line in answer.headers.get_all("Set-Cookie", []):
            self._keep(line)
        return Answer(whole, answer.status, answer.headers, text)

    def _keep(self, line: str) -> None:
        for name, cookie in SimpleCookie(line).items():
            self.cookies[name] = cookie.value
            if (
                cookie["expires"]
                and parsedate_to_datetime(cookie["expires"]).timestamp() < time.time()
            ):
                del self.cookies[name]


@contextmanager
def served_site(make: Callable[[str], tornado.web.Application]) -> Iterator[str]:
    """Serve the site that is made for an address, from a thread of its own."""
    (socket,) = bind_sockets(0, "127.0.0.1")
    address = f"http://127.0.0.1:{socket.getsockname()[1]}"
    loop, stopped = asyncio.new_event_loop(), asyncio.Event()
    app = make(address)

    async def serve() -> None:
        server = HTTPServer(app)
        server.add_sockets([socket])
        await stopped.wait()
        server.stop()
        await server.close_all_connections()

    def turn() -> None:
        asyncio.set_event_loop(loop)
        loop.run_until_complete(serve())
        loop.close()

    thread = threading.Thread(target=turn)
    thread.start()
    try:
        yield address
    finally:
        loop.call_soon_threadsafe(stopped.set)
        thread.join()


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """Where the site keeps its sessions."""
    return tmp_path / "state"


@pytest.fixture
def installation(make_installation: Callable[..., Path]) -> Path:
    """The installation of these sites, of one experiment."""
    return make_installation(["a2m9"])


@pytest.fixture
def make_walker(
    installation: Path, providers: Providers, state: Path
) -> Iterator[Callable[..., Walker]]:
    """Make somebody who visits a site of their own, with some settings."""
    with ExitStack() as sites:

        def make(**settings: Any) -> Walker:
            told = {
                "protection_level": Level.ALL,
                "secret_key": KEY,
                "state": state,
                **providers.settings(),
                **settings,
            }

            def site(address: str) -> tornado.web.Application:
                public = told.get("public_url", address)
                return make_site(
                    open_archive(installation), SiteSettings(**{**told, "public_url": public})
                )

            return Walker(sites.enter_context(served_site(site)))

        yield make


@pytest.fixture
def walker(make_walker: Callable[..., Walker]) -> Walker:
    """Somebody who visits a site for those who have logged in."""
    return make_walker()


@pytest.fixture
def another(walker: Walker) -> Walker:
    """Somebody else who visits the same site."""
    return Walker(walker.site)


@pytest.fixture
def argument() -> Callable[[str, str], str]:
    """Give an argument of an address."""
    return lambda address, name: parse_qs(urlsplit(address).query)[name][0]
