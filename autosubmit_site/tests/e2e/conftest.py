"""A real browser, and the site it looks at as a process of its own.

The browser is the Chromium of the system, driven by Playwright. Where there is none the tests skip,
and say so; with AUTOSUBMIT_TEST_REQUIRE_ALL=1 they fail.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from autosubmit_core.demo import build
from autosubmit_core.demo.providers import (
    CLIENT_ID,
    CLIENT_SECRET,
    CasProvider,
    GithubProvider,
    OpenidProvider,
)
from autosubmit_core.demo.providers import serving as serving_provider
from playwright.sync_api import Browser, BrowserContext, Error, Page, expect, sync_playwright

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
AXE = Path(__file__).parents[2] / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # WebGL without a graphics card.
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
]
#: What is waited for is there long before, but on a machine that has other things to do.
expect.set_options(timeout=15_000)
START = re.compile(r"The experiments are at (http://\S+)/ ")


def missing(what: str) -> None:
    """Skip for want of something, or fail where everything has to be there."""
    if os.environ.get("AUTOSUBMIT_TEST_REQUIRE_ALL") == "1":
        pytest.fail(f"{what} is not there")
    pytest.skip(f"{what} is not there")


# Not for the whole session: while Playwright is at work its loop runs in this thread, and other
# tests have loops of their own.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium."""
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        missing("Chromium")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield started
        started.close()


#: Below what systems hand out, so that nobody is given one between its choice and its use.
PORTS = count(30_000 + os.getpid() % 250 * 10)


def free_port() -> int:
    for port in PORTS:
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
    raise AssertionError


@pytest.fixture(scope="session")
def any_port() -> Callable[[], int]:
    """Choose a port that nothing listens on."""
    return free_port


@contextmanager
def serving(config: Path, port: int = 0, **variables: str) -> Iterator[str]:
    command = [
        sys.executable,
        "-m",
        "autosubmit_site",
        "--port",
        str(port),
        "--config",
        str(config),
    ]
    # What background tasks note is tested in the core: here it stays as it was when the tests began.
    told = {"PROTECTION_LEVEL": "NONE", "DISABLE_BACKGROUND_TASKS": "true", **variables}
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, **told},
    ) as site:
        assert site.stdout is not None
        try:
            found = START.match(site.stdout.readline())
            assert found is not None
            yield found[1]
        finally:
            site.terminate()
            site.wait(timeout=30)


@pytest.fixture(scope="session")
def serving_site() -> Callable[..., Any]:
    """Start a site of an installation, on a port, for the length of a context."""
    return serving


@pytest.fixture(scope="session")
def site(demo: Path) -> Iterator[str]:
    """The address of the site of the demo installation."""
    with serving(demo) as address:
        yield address


@pytest.fixture(scope="session")
def large_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a site with an experiment of 100,000 jobs, ``abig``.

    AUTOSUBMIT_LARGE_DEMO may name an installation that has one already.
    """
    given = os.environ.get("AUTOSUBMIT_LARGE_DEMO")
    with serving(
        Path(given)
        if given
        else build(tmp_path_factory.mktemp("large"), jobs=100_000, stats_files=500)
    ) as address:
        yield address


@pytest.fixture(scope="session")
def logins() -> Iterator[dict[str, Any]]:
    """The login providers, by the names that the site has for them."""
    github = GithubProvider()
    github.members["earth"] = {"alice"}
    providers = {"CAS": CasProvider(), "OpenID Connect": OpenidProvider(), "GitHub": github}
    with ExitStack() as served:
        for provider in providers.values():
            served.enter_context(serving_provider(provider))
        yield providers


@pytest.fixture(scope="session")
def closed_site(
    demo: Path, logins: dict[str, Any], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The address of a site for those who have logged in."""
    port = free_port()
    variables = {
        "PROTECTION_LEVEL": "ALL",
        "SECRET_KEY": "a key of the tests, long enough for HS256",
        "AUTOSUBMIT_PUBLIC_URL": f"http://localhost:{port}",
        "AUTOSUBMIT_SITE_STATE": str(tmp_path_factory.mktemp("state")),
        "CAS_SERVER_URL": f"{logins['CAS'].address}/",
        "OIDC_ISSUER": logins["OpenID Connect"].address,
        "OIDC_CLIENT_ID": CLIENT_ID,
        "OIDC_CLIENT_SECRET": CLIENT_SECRET,
        "OIDC_USERNAME_CLAIM": "preferred_username",
        "GITHUB_URL": logins["GitHub"].address,
        "GITHUB_API_URL": logins["GitHub"].address,
        "GITHUB_OAUTH_CLIENT_ID": CLIENT_ID,
        "GITHUB_OAUTH_CLIENT_SECRET": CLIENT_SECRET,
        "GITHUB_OAUTH_WHITELIST_ORGANIZATION": "earth",
    }
    with serving(demo, port, **variables) as address:
        yield address


class Visitor:
    """Somebody at a browser; nothing they meet may fail or be complained of."""

    def __init__(self, context: BrowserContext, address: str) -> None:
        self.address = address
        self.complaints: list[str] = []
        self.page: Page = context.new_page()
        self.page.on("console", self._said)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("requestfailed", self._failed)
        self.page.on("response", self._answered)
        self._expected: set[int] = set()

    def go(self, path: str, ready: str = "") -> Page:
        """Open a page of the site, and wait until it is as it should be."""
        self.page.goto(self.address + path)
        self.page.wait_for_selector("[data-waiting]", state="detached", timeout=60_000)
        if ready:
            self.page.wait_for_selector(ready, timeout=30_000)
        self.page.wait_for_load_state("networkidle")
        return self.page

    def expecting(self, status: int) -> Visitor:
        """Let answers of a status pass that is no success."""
        self._expected.add(status)
        return self

    def _said(self, message: Any) -> None:
        excused = any(f"status of {status}" in message.text for status in self._expected)
        # Of reading pixels back without a graphics card.
        if message.type in ("error", "warning") and not excused and "GPU stall" not in message.text:
            self.complaints.append(f"{message.type}: {message.text}")

    def _failed(self, request: Any) -> None:
        # Leaving a page ends what it was fetching.
        if request.failure != "net::ERR_ABORTED":
            self.complaints.append(f"{request.url}: {request.failure}")

    def _answered(self, response: Any) -> None:
        if response.status >= 400 and response.status not in self._expected:
            self.complaints.append(f"{response.url}: {response.status}")


@pytest.fixture
def visitor(browser: Browser, site: str) -> Iterator[Callable[..., Visitor]]:
    """Make somebody who looks at the site, with a screen and a liking for light or dark."""
    made: list[tuple[BrowserContext, Visitor]] = []

    def make(width: int = 1440, scheme: Any = "light", address: str = site) -> Visitor:
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme=scheme,
            locale="en-GB",
            permissions=["clipboard-read", "clipboard-write"],
        )
        one = Visitor(context, address)
        made.append((context, one))
        return one

    yield make
    complaints = [complaint for _, one in made for complaint in one.complaints]
    for context, one in made:
        leave(one.page)
        context.close()
    assert complaints == []


def leave(page: Page) -> None:
    """Let a page end: a context that is closed while one listens to a stream may never be."""
    for _ in range(5):
        try:
            page.goto("about:blank")
            return
        except Error:
            # It was on its way elsewhere, and gets there first.
            page.wait_for_load_state()


@pytest.fixture(scope="module")
def looker(browser: Browser, site: str) -> Iterator[Visitor]:
    """Somebody who looks at one page after the other in one window, which is quicker."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="en-GB")
    yield Visitor(context, site)
    context.close()


@pytest.fixture(scope="session")
def autosubmit() -> Path:
    """The program of Autosubmit itself, in the environment of AUTOSUBMIT_PYTHON."""
    program = Path(os.environ.get("AUTOSUBMIT_PYTHON", "/nowhere/python")).parent / "autosubmit"
    if not program.exists():
        missing("an environment with Autosubmit (AUTOSUBMIT_PYTHON)")
    return program


@pytest.fixture(scope="session")
def axe() -> str:
    """The source of axe-core, which finds what shuts people out."""
    if not AXE.is_file():
        missing("axe-core")
    return AXE.read_text()
