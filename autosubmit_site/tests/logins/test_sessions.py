"""What a browser holds after a login: what it is worth, to whom, and for how long."""

from __future__ import annotations

import base64
import json
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from autosubmit_core.access import Level
from autosubmit_core.demo.writing.servers import move_to_server

from autosubmit_site.identities import site_cookie

NAME = "autosubmit"


def session_of(entered: Any) -> Any:
    """Return the cookie of the session that an answer sets, with its attributes."""
    for line in entered.headers.get_all("Set-Cookie"):
        cookies = SimpleCookie(line)
        for name, cookie in cookies.items():
            if name.endswith(NAME):
                return cookie
    raise AssertionError("no session")


def test_a_session_is_for_this_site_and_no_script(walker: Any) -> None:
    cookie = session_of(walker.log_in())
    assert cookie.key == "autosubmit"
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/")
    assert (cookie["secure"], cookie["domain"], cookie["max-age"]) == ("", "", "604800")


def test_over_https_a_session_is_sent_over_https_alone(
    make_walker: Callable[..., Any], argument: Callable[[str, str], str]
) -> None:
    walker = make_walker(public_url="https://localhost")
    begun = walker.get("/login/cas?then=/about")
    (line,) = begun.headers.get_all("Set-Cookie")
    assert "Secure" in line
    assert begun.headers["Strict-Transport-Security"]
    assert argument(begun.location, "service").startswith("https://localhost/login/cas/back?")
    back = walker.post(begun.location, {"username": "alice"}).location
    entered = walker.get(back.replace("https://localhost", walker.site))
    cookie = session_of(entered)
    assert cookie.key == "__Host-autosubmit"
    assert (cookie["secure"], cookie["path"], cookie["domain"]) == (True, "/", "")


def test_a_site_below_a_path_keeps_its_session_there() -> None:
    assert site_cookie("autosubmit", "http://127.0.0.1:8080/as", "/as").path == "/as"
    assert site_cookie("autosubmit", "http://127.0.0.1:8080/as", "/as").secure is False


@pytest.mark.parametrize(("root", "ends"), [("", ""), ("/as", ".as")])
def test_s10_over_https_no_other_host_sets_the_cookies_of_a_login(
    make_walker: Callable[..., Any], root: str, ends: str
) -> None:
    walker = make_walker(root_path=root, public_url=f"https://localhost{root}")
    begun = walker.get(f"{root}/login/cas")
    back = walker.post(begun.location, {"username": "alice"}).location
    entered = walker.get(back.replace("https://localhost", walker.site))
    set_by = [*begun.headers.get_all("Set-Cookie"), *entered.headers.get_all("Set-Cookie")]
    for line in set_by:
        assert line.startswith("__Host-")
        assert "; Path=/;" in f"{line};"
        assert "Secure" in line
        assert "Domain" not in line
    assert f"__Host-autosubmit{ends}" in walker.cookies


def test_s10_a_login_that_another_host_of_the_domain_slips_in_is_refused(
    make_walker: Callable[..., Any],
) -> None:
    # It can set any cookie for the whole domain, but none with that prefix.
    walker = make_walker(root_path="/as", public_url="https://localhost/as")
    begun = walker.get("/as/login/cas")
    back = walker.post(begun.location, {"username": "mallory"}).location
    held = walker.cookies["__Host-autosubmit-login.as"]
    walker.cookies = {"autosubmit-login": held, "autosubmit-login.as": held}
    assert walker.get(back.replace("https://localhost", walker.site)).status == 401


def test_below_a_path_a_login_works_as_well(make_walker: Callable[..., Any]) -> None:
    walker = make_walker(root_path="/as", public_url="http://localhost/as")
    asked = walker.get("/as/", Sec_Fetch_Mode="navigate")
    assert asked.headers["Location"] == "/as/login?then=%2Fas%2F"
    begun = walker.get("/as/login/cas?then=/as/")
    back = urlsplit(walker.post(begun.location, {"username": "alice"}).location)
    assert f"{back.netloc}{back.path}" == "localhost/as/login/cas/back"
    entered = walker.get(f"{back.path}?{back.query}")
    assert entered.headers["Location"] == "/as/"
    assert session_of(entered)["path"] == "/as"
    assert walker.get("/as/account").status == 200


def test_a_login_gives_a_session_that_nobody_knew_before(walker: Any) -> None:
    # Session fixation: somebody sets a cookie first, and knows it.
    walker.cookies[NAME] = "known-to-mallory"
    walker.log_in()
    held = walker.cookies[NAME]
    assert held != "known-to-mallory"
    walker.cookies[NAME] = "known-to-mallory"
    assert not walker.is_known()


def test_a_new_login_ends_the_session_before(walker: Any) -> None:
    walker.log_in()
    first = walker.cookies[NAME]
    walker.log_in("oidc", "bob")
    assert "<h1>bob</h1>" in walker.get("/account").text
    walker.cookies[NAME] = first
    assert not walker.is_known()


def unsigned(token: str, **changed: Any) -> str:
    """Return a token without a signature, with some claims of one's own."""
    payload = token.split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    parts = ({"alg": "none", "typ": "JWT"}, {**claims, **changed})
    return (
        ".".join(
            base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")
            for part in parts
        )
        + "."
    )


def test_a_session_that_was_made_up_is_none(walker: Any) -> None:
    walker.log_in()
    held = walker.cookies[NAME]
    head, payload, signature = held.split(".")
    forged = [
        "",
        "x",
        held[:-3] + ("AAA" if held[-3:] != "AAA" else "BBB"),
        f"{head}.{payload}.",
        f"{head}.{payload[:-4]}AAAA.{signature}",
        unsigned(held),
        unsigned(held, uid="bob", sub="bob"),
        "\u00e9".encode().decode("latin-1"),
        "x" * 5000,
    ]
    for cookie in forged:
        walker.cookies[NAME] = cookie
        assert not walker.is_known(), cookie
    walker.cookies[NAME] = held
    assert walker.is_known()


def test_a_token_for_programs_is_no_session_and_the_reverse(walker: Any) -> None:
    walker.log_in()
    page = walker.get("/account")
    made = (
        walker.post("/account/tokens", {"xsrf": page.xsrf, "name": "report", "days": "7"})
        .text.split('data-copy="')[1]
        .split('"')[0]
    )
    session = walker.cookies.pop(NAME)
    assert walker.get("/v4/experiments", Authorization=f"Bearer {made}").status == 200
    assert walker.get("/v4/experiments", Authorization=f"Bearer {session}").status == 401
    walker.cookies[NAME] = made
    assert not walker.is_known()


def test_a_session_ends_by_itself(make_walker: Callable[..., Any]) -> None:
    walker = make_walker(session_seconds=4)
    walker.log_in()
    assert walker.is_known()
    held = walker.cookies[NAME]
    time.sleep(5)
    walker.cookies[NAME] = held
    assert not walker.is_known()


def test_a_session_that_is_not_used_ends(make_walker: Callable[..., Any]) -> None:
    walker = make_walker(session_idle_seconds=4)
    walker.log_in()
    assert walker.is_known()
    time.sleep(5)
    assert not walker.is_known()


def test_a_page_that_only_listens_does_not_keep_a_session(
    make_walker: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("autosubmit_site.sessions._NOTED_EVERY", 0)
    monkeypatch.setattr("autosubmit_core.api.v4.streams.CALLER_SECONDS", 0.3)
    # A stream that does not end is silent, and fails.
    monkeypatch.setattr("autosubmit_core.api.events.hub.BEAT_SECONDS", 60)
    walker = make_walker(session_idle_seconds=4)
    walker.log_in()
    began = time.monotonic()
    # Comes to its end by itself.
    stream = walker.get("/v4/events")
    assert stream.text.rstrip().endswith('data: {"reason":"unauthorized"}')
    assert 3 <= time.monotonic() - began < 8
    assert walker.get("/v4/events").status == 401


def test_after_logging_out_the_cookie_is_worth_nothing(walker: Any) -> None:
    walker.log_in()
    held = walker.cookies[NAME]
    left = walker.post("/logout", {"xsrf": walker.get("/account").xsrf})
    assert (left.status, left.headers["Location"]) == (303, "/login")
    assert NAME not in walker.cookies
    walker.cookies[NAME] = held
    assert not walker.is_known()
    assert walker.get("/v4/experiments").status == 401


def test_a_session_holds_at_every_site_that_shares_its_folder_and_ends_at_all(
    make_walker: Callable[..., Any],
) -> None:
    one = make_walker()
    # Another copy of the same site: a router sends visitors to either.
    other = make_walker(public_url=one.site)
    one.log_in()
    other.cookies.update(one.cookies)
    assert other.is_known()
    assert (
        other.post("/logout", {"xsrf": other.get("/account").xsrf}, Origin=one.site).status == 303
    )
    assert not one.is_known()


def test_d5_on_a_server_a_session_holds_at_every_copy_of_a_site_and_ends_at_all(
    make_walker: Callable[..., Any], installation: Path, postgres: Any, tmp_path: Path
) -> None:
    move_to_server(installation, postgres.new_database())
    one = make_walker(state=tmp_path / "one")
    other = make_walker(state=tmp_path / "other", public_url=one.site)
    for visitor in (one, other):
        assert visitor.get("/login").status == 200
    one.log_in()
    other.cookies.update(one.cookies)
    assert other.is_known()
    assert one.get("/digest").status == other.get("/digest").status == 200
    form = {"xsrf": other.get("/account").xsrf}
    assert other.post("/logout", form, Origin=one.site).status == 303
    assert not one.is_known()
    # Nothing is written beside the server.
    assert not (tmp_path / "one").exists()
    assert not (tmp_path / "other").exists()


def test_a_session_is_ended_from_another_browser(walker: Any, another: Any) -> None:
    for one in (walker, another):
        one.log_in()
    page = walker.get("/account", User_Agent="Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0")
    session_id = page.text.split('name="session_id" value="')[1].split('"')[0]
    walker.post("/account/sessions/end", {"xsrf": page.xsrf, "session_id": session_id})
    assert walker.is_known()
    assert not another.is_known()


def test_all_other_sessions_are_ended_at_once(walker: Any, another: Any) -> None:
    for one in (another, walker):
        one.log_in()
    walker.post("/account/sessions/end", {"xsrf": walker.get("/account").xsrf})
    assert walker.is_known()
    assert not another.is_known()


def test_nobody_ends_the_session_of_another(walker: Any, another: Any) -> None:
    walker.log_in()
    another.log_in(name="mallory")
    payload = walker.cookies[NAME].split(".")[1]
    session_id = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))["jti"]
    form = {"xsrf": another.get("/account").xsrf, "session_id": session_id}
    assert another.post("/account/sessions/end", form).status == 303
    assert walker.is_known()


# -- S-32: what another site makes a browser send -------------------------------------------------------

POSTS = [
    "/logout",
    "/account/tokens",
    "/account/tokens/revoke",
    "/account/linux",
    "/account/sessions/end",
]


@pytest.mark.parametrize("path", POSTS)
@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:9", ""])
def test_s32_a_form_of_another_site_changes_nothing(walker: Any, path: str, origin: str) -> None:
    walker.log_in()
    form = {"xsrf": walker.get("/account").xsrf, "name": "x", "days": "7", "username": "root"}
    assert walker.post(path, form, Origin=origin).status == 403
    assert walker.is_known()
    assert "<td>root" not in walker.get("/account").text


@pytest.mark.parametrize("path", POSTS)
@pytest.mark.parametrize("word", ["", "0" * 64, "\u00e9"])
def test_s32_a_form_without_the_word_of_the_session_changes_nothing(
    walker: Any, path: str, word: str
) -> None:
    walker.log_in()
    form = {"name": "x", "days": "7", "username": "root", **({"xsrf": word} if word else {})}
    assert walker.post(path, form).status == 403
    assert walker.is_known()


def test_s32_the_word_of_another_session_is_none(walker: Any, another: Any) -> None:
    walker.log_in()
    another.log_in(name="mallory")
    assert walker.post("/logout", {"xsrf": another.get("/account").xsrf}).status == 403


@pytest.mark.parametrize("path", POSTS)
def test_s32_nothing_is_changed_by_following_a_link(walker: Any, path: str) -> None:
    walker.log_in()
    assert walker.get(path).status == 405
    assert walker.is_known()


@pytest.mark.parametrize("kind", ["text/plain", "application/json", "multipart/form-data", ""])
def test_s32_a_form_is_announced_as_one(walker: Any, kind: str) -> None:
    walker.log_in()
    form = {"xsrf": walker.get("/account").xsrf}
    assert walker.post("/logout", form, Content_Type=kind).status == 415


API_POSTS = {"/report": '{"expid": "a2m9"}', "/v4/auth/logout": "{}"}


@pytest.mark.parametrize("path", API_POSTS)
@pytest.mark.parametrize("origin", ["https://evil.example", "null", ""])
def test_s32_a_page_of_another_site_changes_nothing_through_the_api(
    walker: Any, path: str, origin: str
) -> None:
    walker.log_in()
    for kind in ("application/json", "text/plain", ""):
        sent = walker.send(path, API_POSTS[path], Content_Type=kind, Origin=origin)
        assert sent.status in (403, 415)
    assert walker.is_known()


def test_a_page_of_this_site_asks_the_api_for_whoever_is_logged_in(walker: Any) -> None:
    kept = {"Content_Type": "application/json", "Origin": walker.site}
    body = '{"preferred_username": "bsc032001"}'
    path = "/v4/user-settings/preferred-username"
    assert walker.send(path, body, **kept).status == 401
    walker.log_in()
    assert walker.send(path, body, **kept).status == 200
    assert walker.send(path, body, Content_Type="text/plain", Origin=walker.site).status == 415


def test_a_form_that_is_sent_after_the_session_ended_leads_to_the_login(walker: Any) -> None:
    walker.log_in()
    xsrf = walker.get("/account").xsrf
    walker.cookies.clear()
    told = walker.post("/account/linux", {"xsrf": xsrf, "username": "alice"})
    assert (told.status, told.headers["Location"]) == (303, "/login?then=%2Faccount")


def damage(state: Path) -> None:
    (state / "sessions.db").write_text("this is no database, whatever it is called")


def test_a_file_of_sessions_that_cannot_be_used_is_said(
    walker: Any, another: Any, state: Path, caplog: pytest.LogCaptureFixture
) -> None:
    walker.log_in()
    damage(state)
    assert walker.get("/").status == walker.get("/v4/experiments").status == 503
    # Who has no session is told before they are sent to their provider, in vain.
    for visitor in (walker, another):
        login = visitor.get("/login?then=/experiments/a2m9")
        assert login.status == 503
        assert "Nobody can log in" in login.text
        assert "then=%2Fexperiments%2Fa2m9" in login.text
    assert "sessions.db: not an SQLite database" in caplog.text


def test_what_anybody_may_see_needs_no_file_of_sessions(
    make_walker: Callable[..., Any], walker: Any, state: Path
) -> None:
    free = make_walker(protection_level=Level.NONE)
    for visitor in (walker, free):
        visitor.log_in()
    style = walker.get("/about").text.split('rel="stylesheet" href="')[1].split('"')[0]
    damage(state)
    for path in (style, "/about", "/preferences", "/docs", "/health/live"):
        assert walker.get(path).status == 200, path
    assert free.get("/").status == free.get("/v4/experiments").status == 200
    assert free.get("/account").status == 503


def test_a_login_whose_session_cannot_be_noted_is_said(walker: Any, state: Path) -> None:
    back = walker.begin("cas", then="/experiments/a2m9")
    state.mkdir()
    damage(state)
    refused = walker.get(back)
    assert refused.status == 503
    assert "Nobody can log in" in refused.text
    assert "then=%2Fexperiments%2Fa2m9" in refused.text


def test_a_file_of_sessions_without_any_keeps_nobody_out(walker: Any, state: Path) -> None:
    state.mkdir()
    (state / "sessions.db").touch()
    assert walker.get("/login").status == 200
    walker.log_in()
    assert walker.is_known()


def test_a_last_look_is_of_the_user_and_not_of_the_browser(
    walker: Any, another: Any, state: Path
) -> None:
    walker.log_in()
    another.log_in()
    first = walker.get("/digest")
    assert "you have not looked before" in first.text
    assert not [line for line in first.headers.get_all("Set-Cookie") or [] if "looked" in line]
    with closing(sqlite3.connect(state / "sessions.db")) as file, file:
        file.execute("UPDATE site_looks SET last = last - 9000")
    elsewhere = another.get("/digest")
    assert "you have not looked before" not in elsewhere.text
    visited = time.strftime("%Y-%m-%dT%H:", time.localtime(time.time() - 9_000))
    assert f'datetime="{visited}' in elsewhere.text
