"""Logging in and out in a real browser, as people do, and as those who would work as others."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

Visit = Callable[..., Any]

JOBS = "/experiments/a2m9/jobs?q=status%3AFAILED"


@pytest.fixture
def visit(visitor: Visit, closed_site: str) -> Visit:
    """Make somebody who looks at the site that is for those who have logged in."""
    return lambda *screen: visitor(*screen, address=closed_site)


def log_in(one: Any, provider: str = "CAS", name: str = "alice", path: str = "/account") -> Any:
    """Open a page, log in on the way, and return it."""
    page = one.go(path, "h1")
    page.get_by_role("link", name=f"Log in with {provider}").click()
    page.get_by_label("Name").fill(name)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(one.address + path)
    page.wait_for_load_state("networkidle")
    return page


@pytest.mark.parametrize("provider", ["CAS", "OpenID Connect", "GitHub"])
def test_a_login_leads_to_the_page_that_was_wanted(visit: Visit, provider: str) -> None:
    page = log_in(visit(), provider, path=JOBS)
    page.wait_for_selector("[data-ready]")
    # The script of the page has its jobs from the API, which knows the session.
    assert page.inner_text("[data-found]") == "4 of 156 jobs"
    page.get_by_role("link", name="Account").click()
    expect(page.locator("h1")).to_have_text("alice")


def test_a_login_needs_no_mouse(visit: Visit) -> None:
    one = visit()
    page = one.go("/account", "h1")
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent") == "Log in with CAS":
            break
    page.keyboard.press("Enter")
    page.get_by_label("Name").wait_for()
    page.keyboard.type("alice")
    page.keyboard.press("Enter")
    page.wait_for_url(one.address + "/account")


@pytest.mark.parametrize(("scheme", "width"), [("light", 1440), ("dark", 360)])
def test_nobody_is_shut_out(visit: Visit, axe: str, scheme: str, width: int) -> None:
    one = visit(width, scheme)
    page = one.go("/login", "h1")
    found = violations(page, axe)
    page = log_in(one)
    page.get_by_label("What the new token is for").fill("nightly report")
    page.get_by_role("button", name="Make a token").click()
    page.wait_for_selector(".made")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert found + violations(page, axe) == []


def violations(page: Any, axe: str) -> list[str]:
    page.evaluate(axe)
    return [
        f"{one['id']}: {one['nodes'][0]['html'][:160]}"
        for one in page.evaluate("axe.run()")["violations"]
    ]


def test_a_page_that_shows_changes_says_that_its_session_has_ended(visit: Visit) -> None:
    one = visit().expecting(401)
    page = log_in(one, path="/experiments/a2m9")
    page.wait_for_selector('[data-live][data-state="on"]')
    page.context.clear_cookies()
    # As when somebody comes back to the tab: the stream is opened again.
    turn = (
        "state => { Object.defineProperty(document, 'visibilityState', {value: state, configurable: true});"
        " document.dispatchEvent(new Event('visibilitychange')); }"
    )
    for state in ("hidden", "visible"):
        page.evaluate(turn, state)
    expect(page.locator("[data-live-said]")).to_have_text("Your session has ended")
    page.locator("[data-live]").get_by_role("link", name="Log in").click()
    page.get_by_role("link", name="Log in with CAS").wait_for()


def test_a_token_is_made_copied_used_and_taken_back(visit: Visit) -> None:
    page = log_in(visit())
    page.get_by_label("What the new token is for").fill("nightly report")
    page.get_by_label("It ends after").select_option("7")
    page.get_by_role("button", name="Make a token").click()
    page.get_by_role("button", name="Copy").first.click()
    token = page.evaluate("navigator.clipboard.readText()")
    assert asked_with(page, token) == 200
    page.get_by_role("link", name="Account").click()
    expect(page.locator("body")).not_to_contain_text(token)
    with page.expect_navigation():
        page.get_by_role("button", name="Take back: nightly report").first.click()
    assert asked_with(page, token) == 401


def asked_with(page: Any, token: str) -> int:
    """Ask the API as a program does, which has no cookies."""
    answer = page.context.browser.new_context().request.get(
        page.url.partition("/account")[0] + "/v4/experiments",
        headers={"Authorization": f"Bearer {token}"},
    )
    return int(answer.status)


def test_no_script_reads_the_session(visit: Visit) -> None:
    page = log_in(visit())
    (session,) = page.context.cookies()
    assert (session["name"], session["httpOnly"], session["sameSite"]) == (
        "autosubmit",
        True,
        "Lax",
    )
    assert page.evaluate("document.cookie") == ""


def test_logging_out_shuts_the_pages_also_for_the_way_back(visit: Visit) -> None:
    one = visit()
    log_in(one)
    one.go("/experiments/a2m9", "h2")
    page = one.go("/account", "h1")
    kept = page.context.cookies()
    page.get_by_role("button", name="Log out", exact=True).click()
    page.wait_for_url(one.address + "/login")
    for _ in range(2):
        page.go_back()
        expect(page.locator("h1")).to_have_text("Log in")
    page.context.add_cookies(kept)
    one.go("/account", "h1")
    expect(page.locator("h1")).to_have_text("Log in")


def test_a_page_that_is_open_when_the_session_ends_leads_to_the_login_and_back(
    visit: Visit,
) -> None:
    one = visit().expecting(401)
    page = log_in(one, path="/experiments/a2m9/jobs")
    page.wait_for_selector("[data-ready]")
    page.context.clear_cookies()
    page.fill("#q", "status:FAILED")
    page.get_by_role("link", name="Log in with CAS").click()
    page.get_by_label("Name").fill("alice")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/experiments/a2m9/jobs"))
    expect(page.locator("h1")).to_be_visible()


def test_a_graph_that_is_open_when_the_session_ends_leads_to_the_login(visit: Visit) -> None:
    one = visit().expecting(401)
    page = log_in(one, path="/experiments/a2m9/graph")
    page.wait_for_selector("[data-graph][data-ready]")
    page.context.clear_cookies()
    page.get_by_role("button", name="Lanes").click()
    expect(page.locator("h1")).to_have_text("Log in")


def test_somebody_logs_out_where_they_are_not(visit: Visit) -> None:
    here, there = visit(), visit()
    log_in(there)
    page = log_in(here)
    assert page.locator("#sessions ~ .scroll-x tbody tr").count() >= 2
    expect(page.locator("#sessions ~ .scroll-x")).to_contain_text("Chrome, Linux")
    page.get_by_role("button", name="Log out everywhere else").click()
    page.wait_for_load_state("networkidle")
    expect(page.locator("h1")).to_have_text("alice")
    there.go("/account", "h1")
    expect(there.page.locator("h1")).to_have_text("Log in")


def test_the_linux_account_is_remembered(visit: Visit) -> None:
    page = log_in(visit())
    page.get_by_label("The account that you want commands to be run as").fill("bsc032001")
    page.get_by_role("button", name="Remember").click()
    page.wait_for_url(re.compile("#linux$"))
    assert page.input_value("#username") == "bsc032001"


def test_the_end_of_a_login_that_somebody_else_began_lets_nobody_in(visit: Visit) -> None:
    attacker, victim = visit(), visit().expecting(401)
    begun = attacker.page.context.request.get(f"{attacker.address}/login/oidc", max_redirects=0)
    back = attacker.page.context.request.post(
        begun.headers["location"], form={"username": "mallory"}, max_redirects=0
    )
    victim.page.goto(back.headers["location"])
    expect(victim.page.get_by_role("alert")).to_contain_text("did not succeed")
    victim.go("/account", "h1")
    expect(victim.page.locator("h1")).to_have_text("Log in")


def test_a_page_of_another_origin_sends_no_form(visit: Visit, logins: dict[str, Any]) -> None:
    # Another port of the same host gets the cookie sent, as no other site does.
    one = visit().expecting(403)
    page = log_in(one)
    address = logins["CAS"].address.replace("127.0.0.1", "localhost")
    page.route(
        f"{address}/evil",
        lambda route: route.fulfill(
            content_type="text/html",
            body=f"<form method=post action='{one.address}/logout'><button>Win</button></form>",
        ),
    )
    page.goto(f"{address}/evil")
    page.get_by_role("button", name="Win").click()
    expect(page.locator("h1")).to_have_text("You may not do this")
    one.go("/account", "h1")
    expect(page.locator("h1")).to_have_text("alice")


def test_no_page_is_shown_inside_another(visit: Visit, logins: dict[str, Any]) -> None:
    one = visit()
    page = log_in(one)
    cas = logins["CAS"]
    cas.answer = f"<link rel=icon href=data:,><iframe src='{one.address}/account'></iframe>"
    page.goto(f"{cas.address.replace('127.0.0.1', 'localhost')}/serviceValidate")
    page.wait_for_load_state("networkidle")
    cas.answer = ""
    assert "alice" not in page.frames[1].content()
    assert any("frame-ancestors" in complaint for complaint in one.complaints), one.complaints
    one.complaints.clear()
