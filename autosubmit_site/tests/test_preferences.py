from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tornado.httpclient import HTTPResponse

Fetch = Callable[..., HTTPResponse]


def test_a_choice_is_remembered_and_the_page_before_is_shown(demo_site: Any, fetch: Fetch) -> None:
    answer = fetch(demo_site, "/preferences?scheme=dark&language=ca&back=/about")
    assert (answer.code, answer.headers["Location"]) == (303, "/about")
    cookies = answer.headers.get_list("Set-Cookie")
    assert {cookie.split(";")[0] for cookie in cookies} == {"scheme=dark", "language=ca"}
    assert all("HttpOnly" in cookie and "SameSite=Lax" in cookie for cookie in cookies)


def test_pages_follow_the_choice(demo_site: Any, fetch: Fetch) -> None:
    body = fetch(demo_site, "/", Cookie="scheme=dark; palette=traditional; language=es").body
    assert b'lang="es" data-scheme="dark" data-palette="traditional"' in body
    body = fetch(demo_site, "/", Cookie="scheme=x; palette=<b>").body
    assert b'lang="en" data-scheme="auto" data-palette="clear"' in body


@pytest.mark.parametrize("back", ["https://evil.example/", "//evil.example", "/%5Cevil", "evil"])
def test_nobody_is_sent_to_another_site(demo_site: Any, fetch: Fetch, back: str) -> None:
    assert fetch(demo_site, f"/preferences?scheme=dark&back={back}").headers["Location"] == "/"
