"""The personal page: tokens for programs, and the Linux account."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable
from typing import Any

import pytest
from autosubmit_core.api.access.secret import Secret

SHARED = "a-token-that-programs-share-32-characters"


def make_token(walker: Any, name: str = "nightly report", days: str = "30") -> Any:
    form = {"xsrf": walker.get("/account").xsrf, "name": name, "days": days}
    return walker.post("/account/tokens", form)


def token_in(page: Any) -> str:
    found = re.search(r'data-copy="(ey[\w.-]+)"', page.text)
    assert found
    return found[1]


def test_a_token_is_shown_once_and_works(walker: Any) -> None:
    walker.log_in()
    page = make_token(walker)
    assert page.status == 200
    assert page.headers["Cache-Control"] == "no-store"
    token = token_in(page)
    assert f"Authorization: Bearer {token}" in page.text.replace("&#39;", "'")
    listed = walker.get("/account").text
    assert "nightly report" in listed
    assert token not in listed
    walker.cookies.clear()
    assert walker.get("/v4/experiments", Authorization=f"Bearer {token}").status == 200


def test_a_token_that_is_taken_back_is_worth_nothing_at_once(walker: Any) -> None:
    walker.log_in()
    token = token_in(make_token(walker))
    kept = token_in(make_token(walker, "another"))
    page = walker.get("/account")
    row = page.text.split("nightly report</th>")[1]
    token_id = row.split('name="token_id" value="')[1].split('"')[0]
    walker.post("/account/tokens/revoke", {"xsrf": page.xsrf, "token_id": token_id})
    assert walker.get("/v4/experiments", Authorization=f"Bearer {token}").status == 401
    assert walker.get("/v4/experiments", Authorization=f"Bearer {kept}").status == 200
    assert "nightly report</th>" not in walker.get("/account").text


def test_nobody_takes_back_the_token_of_another(walker: Any, another: Any) -> None:
    walker.log_in()
    token = token_in(make_token(walker))
    token_id = re.findall(r'name="token_id" value="([^"]+)"', walker.get("/account").text)[0]
    another.log_in(name="mallory")
    form = {"xsrf": another.get("/account").xsrf, "token_id": token_id}
    assert another.post("/account/tokens/revoke", form).status == 303
    assert walker.get("/v4/experiments", Authorization=f"Bearer {token}").status == 200


def test_logging_out_leaves_the_tokens_of_programs(walker: Any) -> None:
    walker.log_in()
    token = token_in(make_token(walker))
    walker.post("/logout", {"xsrf": walker.get("/account").xsrf})
    assert walker.get("/v4/experiments", Authorization=f"Bearer {token}").status == 200


@pytest.mark.parametrize(
    ("name", "days"), [("", "30"), ("x" * 65, "30"), ("a\nb", "30"), ("x", "31"), ("x", "")]
)
def test_a_token_needs_a_name_and_an_end(walker: Any, name: str, days: str) -> None:
    walker.log_in()
    assert make_token(walker, name, days).status == 422
    assert "You have made none yet." in walker.get("/account").text


def test_a_name_is_shown_and_nothing_more(walker: Any) -> None:
    walker.log_in()
    page = make_token(walker, "<script>alert(1)</script>").text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


def test_when_a_token_was_used_is_told(walker: Any) -> None:
    walker.log_in()
    token = token_in(make_token(walker))
    assert ">never<" in walker.get("/account").text
    walker.get("/v4/experiments", Authorization=f"Bearer {token}")
    assert ">never<" not in walker.get("/account").text


def test_the_linux_account_is_remembered_where_programs_ask_for_it(walker: Any) -> None:
    walker.log_in()
    form = {"xsrf": walker.get("/account").xsrf, "username": "bsc032001"}
    assert walker.post("/account/linux", form).status == 303
    assert 'value="bsc032001"' in walker.get("/account").text
    told = walker.get("/v4/user-settings/preferred-username")
    assert '"preferred_username":"bsc032001"' in told.text


@pytest.mark.parametrize("username", ["", "root;id", "a b", "-rf", "x" * 33, "\u00e9va"])
def test_an_account_has_a_name_that_linux_knows(walker: Any, username: str) -> None:
    walker.log_in()
    form = {"xsrf": walker.get("/account").xsrf, "username": username}
    assert walker.post("/account/linux", form).status == 422


def sent_with(token: str, walker: Any, path: str, **form: str) -> int:
    """Send a form with a token, a cookie that was made up, and the word that belongs to it."""
    walker.cookies = {"autosubmit": "made-up"}
    word = hmac.digest(b"made-up", b"form", hashlib.sha256).hex()
    sent = {"Authorization": f"Bearer {token}"}
    status: int = walker.post(path, {"xsrf": word, **form}, **sent).status
    return status


@pytest.mark.parametrize(
    "path", ["/account/tokens", "/account/tokens/revoke", "/account/sessions/end", "/logout"]
)
def test_s05_a_token_opens_no_page_that_makes_or_ends_others(
    make_walker: Callable[..., Any], path: str
) -> None:
    walker = make_walker(secret_token=Secret(SHARED))
    walker.log_in()
    token, held = token_in(make_token(walker)), dict(walker.cookies)
    for one in (token, SHARED):
        assert sent_with(one, walker, path, name="longer", days="365") == 403
        assert walker.get("/account", Authorization=f"Bearer {one}").status == 403
        assert walker.get("/v4/experiments", Authorization=f"Bearer {one}").status == 200
    walker.cookies = held
    listed = walker.get("/account").text
    assert "nightly report" in listed
    assert "longer" not in listed


@pytest.mark.parametrize("provider", ["oidc", "github"])
def test_s07_users_of_two_providers_with_one_name_are_two(
    walker: Any, another: Any, provider: str
) -> None:
    walker.log_in("cas")
    make_token(walker)
    another.log_in(provider)
    page = another.get("/account")
    assert "<h1>alice</h1>" in page.text
    assert "nightly report</th>" not in page.text
