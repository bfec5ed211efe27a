"""Login providers beside the server, an installation to write into, and the audit log."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace
from typing import Any, TypeVar
from urllib.parse import parse_qs, urlsplit

import pytest
from tornado.httpclient import HTTPClient

from autosubmit_core.api.access.secret import Secret
from autosubmit_core.demo.providers import (
    CLIENT_ID,
    CLIENT_SECRET,
    CasProvider,
    GithubProvider,
    OpenidProvider,
    Provider,
    serving,
)

Some = TypeVar("Some", bound=Provider)

KEY = Secret("a key of the tests, of more than 32 bytes")
GUI = "https://gui.example.org/login"


@pytest.fixture
def key() -> Secret:
    """The key of every server that :func:`make` starts."""
    return KEY


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """Where servers keep what they write."""
    folder = tmp_path / "database"
    folder.mkdir()
    return folder / "autosubmit_api.db"


@pytest.fixture
def make(
    serve: Callable[..., Any], small_archive: Callable[[], Any], database: Path
) -> Callable[..., Any]:
    """Start a server of no experiments, which is protected unless the settings say otherwise."""

    def make(clients: tuple[str, ...] = (), **settings: Any) -> Any:
        archive = small_archive()
        archive.installation = SimpleNamespace(
            allowed_clients=frozenset(clients),
            database_backend="sqlite",
            preferences_database=lambda: database,
            events_database=lambda: database,
        )
        told = {"protection_level": None, "anonymous_commands": False, "secret_key": KEY}
        return serve(archive, **{**told, **settings})

    return make


@pytest.fixture
def audit(caplog: pytest.LogCaptureFixture) -> Callable[[], list[dict[str, str]]]:
    """Read the records of the audit log so far."""
    caplog.set_level(logging.INFO, logger="autosubmit_core.audit")

    def records() -> list[dict[str, str]]:
        found = [one for one in caplog.records if one.name == "autosubmit_core.audit"]
        return [json.loads(one.getMessage()) for one in found]

    return records


@pytest.fixture
def served() -> Iterator[Callable[[Some], Some]]:
    """Serve a provider until the end of the test."""
    with ExitStack() as stack:

        def start(provider: Some) -> Some:
            stack.enter_context(serving(provider))
            provider.user = "alice"
            return provider

        yield start


@pytest.fixture
def cas(served: Callable[[CasProvider], CasProvider]) -> CasProvider:
    return served(CasProvider())


@pytest.fixture
def openid(served: Callable[[OpenidProvider], OpenidProvider]) -> OpenidProvider:
    return served(OpenidProvider())


@pytest.fixture
def github(served: Callable[[GithubProvider], GithubProvider]) -> GithubProvider:
    provider = served(GithubProvider())
    provider.callback = GUI
    provider.members = {"bsc": {"alice"}}
    return provider


@pytest.fixture
def settings_of() -> Callable[..., dict[str, Any]]:
    """Return the settings with which a server knows a provider."""

    def settings(provider: Provider) -> dict[str, Any]:
        told: dict[str, Any] = {"published_logins": (GUI,)}
        if isinstance(provider, OpenidProvider):
            told |= {"oidc_issuer": provider.address, "oidc_client_id": CLIENT_ID}
            return {**told, "oidc_client_secret": Secret(CLIENT_SECRET)}
        if isinstance(provider, GithubProvider):
            told |= {"github_url": provider.address, "github_api_url": provider.address}
            told |= {"github_client_id": CLIENT_ID, "github_organization": "bsc"}
            return {**told, "github_client_secret": Secret(CLIENT_SECRET)}
        return {"cas_server_url": provider.address}

    return settings


@pytest.fixture
def browser() -> Callable[[str], dict[str, str]]:
    """Go to a login page as a browser does; gives the arguments it is sent back with."""

    def go(address: str) -> dict[str, str]:
        client = HTTPClient()
        try:
            answer = client.fetch(address, follow_redirects=False, raise_error=False)
        finally:
            client.close()
        assert answer.code == 302, answer.body
        query = parse_qs(urlsplit(answer.headers["Location"]).query)
        return {name: values[-1] for name, values in query.items()}

    return go
