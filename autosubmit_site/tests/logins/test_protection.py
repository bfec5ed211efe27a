"""S-02: whom each page is for at each level of protection, for every page there is."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from autosubmit_core.access import Level, Needs
from autosubmit_core.api.access.secret import Secret

from autosubmit_site.app import PAGES

SHARED = "a-token-that-programs-share-32-characters"

#: What each page asks of its visitors. A new one is added here by hand: somebody has to decide.
TABLE = {
    "GET /": Needs.READ,
    "GET /fleet": Needs.READ,
    "GET /digest": Needs.READ,
    "GET /digest.atom": Needs.READ,
    "GET /experiments/{expid}": Needs.READ,
    "GET /experiments/{expid}/jobs": Needs.READ,
    "GET /experiments/{expid}/jobs/{job_name}": Needs.READ,
    "GET /experiments/{expid}/tree": Needs.READ,
    "GET /experiments/{expid}/graph": Needs.READ,
    "GET /experiments/{expid}/calendar": Needs.READ,
    "GET /experiments/{expid}/timeline": Needs.READ,
    "GET /experiments/{expid}/performance": Needs.READ,
    "GET /experiments/{expid}/statistics": Needs.READ,
    "GET /experiments/{expid}/runs": Needs.READ,
    "GET /experiments/{expid}/runs/{run_id}": Needs.READ,
    "GET /experiments/{expid}/compare": Needs.READ,
    "GET /experiments/{expid}/failures": Needs.READ,
    "GET /experiments/{expid}/forecast": Needs.READ,
    "GET /experiments/{expid}/efficiency": Needs.READ,
    "GET /experiments/{expid}/logs": Needs.READ,
    "GET /experiments/{expid}/logs/{log}": Needs.READ,
    "GET /experiments/{expid}/configuration": Needs.READ,
    "GET /experiments/{expid}/metrics": Needs.READ,
    "GET /experiments/{expid}/actions": Needs.READ,
    "GET /experiments/{expid}/actions/{action}": Needs.READ,
    "POST /experiments/{expid}/actions/{action}": Needs.ACT,
    "GET /new-experiment": Needs.READ,
    "POST /new-experiment": Needs.ACT,
    "GET /commands/{command_id}": Needs.READ,
    "GET /reports": Needs.READ,
    "GET /about": Needs.NOTHING,
    "GET /preferences": Needs.NOTHING,
    "GET /login": Needs.NOTHING,
    "GET /login/{provider}": Needs.NOTHING,
    "GET /login/{provider}/back": Needs.NOTHING,
    "POST /logout": Needs.SELF,
    "GET /account": Needs.SELF,
    "POST /account/tokens": Needs.SELF,
    "POST /account/tokens/revoke": Needs.SELF,
    "POST /account/linux": Needs.SELF,
    "POST /account/sessions/end": Needs.SELF,
}
PARTS = {
    **{"expid": "a2m9", "job_name": "a2m9_INI", "run_id": "1", "log": "run", "provider": "cas"},
    **{"action": "run-experiment", "command_id": "0" * 32},
}
#: What takes a session, at every level.
OF_SESSIONS = (Needs.SELF, Needs.ACT)
#: What a script is told, which no page leads to a login.
SCRIPT = {"Sec_Fetch_Mode": "cors"}


def requests() -> Iterator[tuple[str, str, Needs]]:
    """Yield the verb and a path of every page, and what it needs."""
    for name, needs in TABLE.items():
        verb, path = name.split()
        # The way back answers 401 by itself to those who did not begin a login.
        if not path.endswith("/back"):
            yield verb, re.sub(r"\{(\w+)\}", lambda found: PARTS[found[1]], path), needs


def status(walker: Any, verb: str, path: str, **headers: str) -> int:
    ask = walker.get if verb == "GET" else lambda path, **sent: walker.post(path, {}, **sent)
    return int(ask(path, **SCRIPT, **headers).status)


def test_s02_the_table_has_every_page_and_no_other() -> None:
    pages = [f"{verb.upper()} {page.path}" for page in PAGES for verb in page.handler.operations]
    assert sorted(pages) == sorted(TABLE)


@pytest.mark.parametrize("level", Level)
@pytest.mark.parametrize("cookie", ["", "made-up"])
def test_s02_who_has_not_logged_in_is_shown_what_the_level_says(
    make_walker: Callable[..., Any], level: Level, cookie: str
) -> None:
    walker = make_walker(protection_level=level)
    for verb, path, needs in requests():
        walker.cookies = {"autosubmit": cookie} if cookie else {}
        refused = needs in OF_SESSIONS or (needs is Needs.READ and level is Level.ALL)
        assert (status(walker, verb, path) == 401) == refused, path


@pytest.mark.parametrize("level", Level)
def test_s02_who_has_logged_in_is_shown_everything(
    make_walker: Callable[..., Any], level: Level
) -> None:
    walker = make_walker(protection_level=level)
    for verb, path, needs in requests():
        walker.log_in()
        if verb == "GET":
            assert status(walker, verb, path) not in (401, 403), path
        else:
            form = {"xsrf": walker.get("/account").xsrf}
            assert needs in OF_SESSIONS
            # Commands cannot be run here, which is a 403 with a form.
            done = (303, 422) if needs is Needs.SELF else (403,)
            assert walker.post(path, form, **SCRIPT).status in done, path


@pytest.mark.parametrize("level", Level)
def test_s06_a_token_reads_and_is_about_nobody(
    make_walker: Callable[..., Any], level: Level
) -> None:
    walker = make_walker(protection_level=level, secret_token=Secret(SHARED))
    walker.log_in()
    form = {"xsrf": walker.get("/account").xsrf, "name": "mine", "days": "7"}
    own = re.search(r'data-copy="(ey[\w.-]+)"', walker.post("/account/tokens", form).text)
    assert own is not None
    walker.cookies = {}
    for token in (own[1], SHARED):
        for verb, path, needs in requests():
            found = status(walker, verb, path, Authorization=f"Bearer {token}")
            assert (found == 403) == (needs in OF_SESSIONS), path
            assert found != 401, path


def test_s06_the_shared_token_is_not_ended_beside_the_pages_either(
    make_walker: Callable[..., Any],
) -> None:
    walker = make_walker(secret_token=Secret(SHARED))
    sent = {"Authorization": f"Bearer {SHARED}"}
    refused = walker.send("/v4/auth/logout", "", **sent)
    assert (refused.status, "whoever runs the server" in refused.text) == (403, True)
    assert walker.get("/v4/auth/verify-token", **sent).status == 200


def test_s02_a_browser_is_led_to_the_login_and_is_told_nothing(walker: Any) -> None:
    for verb, path, needs in requests():
        if verb == "GET" and needs is not Needs.NOTHING:
            answer = walker.get(path, Sec_Fetch_Mode="navigate")
            assert (answer.status, answer.text) == (303, ""), path
            assert answer.headers["Location"].startswith("/login?then="), path
