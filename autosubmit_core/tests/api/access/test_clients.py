"""S-11: which addresses are those of allowed clients, and S-12: under which names a server answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from autosubmit_core.api.access.clients import allowed_client, local_path
from autosubmit_core.api.access.hosts import client_address

Make = Callable[..., Any]

APP = "https://gui.example.org/app"


@pytest.mark.parametrize(
    "candidate",
    [
        APP,
        f"{APP}/",
        f"{APP}/login",
        f"{APP}/login?back=/x#y",
        "https://gui.example.org:443/app",
        "HTTPS://GUI.Example.org/app",
    ],
)
def test_an_allowed_client_is_known_in_every_spelling(candidate: str) -> None:
    found = allowed_client(candidate, ["https://elsewhere.example", APP])
    assert found is not None
    assert found.text == APP


@pytest.mark.parametrize(
    "candidate",
    [
        "https://gui.example.org.evil/app",
        f"https://evil/?{APP}",
        f"https://evil/#{APP}",
        f"https://evil/{APP}",
        "https://gui.example.org@evil/app",
        "https://evil@gui.example.org/app",
        "http://gui.example.org/app",
        "https://gui.example.org:8443/app",
        "https://gui.example.org/application",
        "https://gui.example.org/",
        "https://gui.example.org/App",
        "//gui.example.org/app",
        "https:gui.example.org/app",
        "https:///gui.example.org/app",
        "https://gui.example.org\\@evil/app",
        "https://evil\\.gui.example.org/app",
        "https://gui.example.org/app/../admin",
        "https://gui.example.org/app/%2e%2e/admin",
        "https://gui.example.org/app/.%2E/admin",
        "https://gui.example.org/app%2f..%2fadmin",
        "https://gui.example.org//evil/app",
        "https://gui.example.org/app\t",
        "https://gui.exam\nple.org/app",
        " https://gui.example.org/app",
        "https://gui.example.org:x/app",
        "https://gui.example.org:99999/app",
        "https://gu\u0131.example.org/app",
        "https://[::1/app",
        "https://gui.example.org%00.evil/app",
        "javascript:alert(1)",
        "gui.example.org/app",
        "*",
        "",
    ],
)
def test_what_only_looks_like_an_allowed_client_is_none(candidate: str) -> None:
    assert allowed_client(candidate, [APP]) is None


@pytest.mark.parametrize("clients", [["*"], ["gui.example.org"], [""], ["https://*/"], []])
def test_what_is_no_address_allows_nobody(clients: list[str]) -> None:
    assert allowed_client(APP, clients) is None


def test_the_most_particular_client_wins() -> None:
    clients = ["https://gui.example.org/", APP, "https://gui.example.org/app/test/"]
    found = allowed_client("https://gui.example.org/app/login", clients)
    assert found is not None
    assert found.path == "/app"


@pytest.mark.parametrize(
    "text",
    [
        "//evil.example",
        "https://evil.example",
        "/\\evil.example",
        "\\/evil.example",
        "evil",
        "",
        "/a\nb",
        "/\t/evil.example",
        "javascript:alert(1)",
    ],
)
def test_nobody_is_sent_elsewhere_after_a_login(text: str) -> None:
    """No open redirect."""
    assert local_path(text) == "/"


# -- the name of the server ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "host", ["api.example.org", "API.example.org:443", "127.0.0.1", "[::1]:80"]
)
def test_the_server_answers_under_its_names_and_addresses(make: Make, host: str) -> None:
    """S-12."""
    server = make(public_url="https://api.example.org/api", allowed_hosts=("inside",))
    assert server.ask("/", headers={"Host": host}).status == 200
    assert server.ask("/", headers={"Host": "inside"}).status == 200


@pytest.mark.parametrize(
    "host",
    [
        *("evil.example", "api.example.org.evil.example", "api.example.org@evil.example"),
        *("evil.example:127.0.0.1", "127.0.0.1.evil.example", "x" * 300),
    ],
)
def test_the_server_answers_under_no_other_name(make: Make, host: str) -> None:
    """S-12: a page may let its own name mean this server, and would read the answers."""
    server = make(public_url="https://api.example.org")
    for path in ("/", "/v4/experiments", "/v3/tree/a000", "/nothing", "/v4/auth/verify-token"):
        assert server.ask(path, headers={"Host": host}).status == 400


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("192.0.2.1", "6.6.6.6", "192.0.2.1"),
        ("127.0.0.1", "", "127.0.0.1"),
        ("127.0.0.1", "6.6.6.6, 192.0.2.7", "192.0.2.7"),
        ("127.0.0.1", "6.6.6.6, 192.0.2.7, 10.0.0.3", "192.0.2.7"),
        ("127.0.0.1", "not an address", "127.0.0.1"),
        ("", "6.6.6.6", ""),
    ],
)
def test_a_proxy_is_believed_only_if_it_is_trusted(peer: str, forwarded: str, address: str) -> None:
    assert client_address(peer, forwarded, ["127.0.0.1", "10.0.0.0/24"]) == address
