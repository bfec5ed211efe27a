"""S-02: what needs a token at which level, for every route there is."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from http.client import HTTPConnection
from typing import Any
from urllib.parse import quote

import pytest
from tornado.httputil import HTTPServerRequest

from autosubmit_core.api.access.identity import Identity, User
from autosubmit_core.api.access.permission import Level, Needs
from autosubmit_core.api.app import ROUTES
from autosubmit_core.api.handlers import Route
from autosubmit_core.api.refusals import RefusedError

Make = Callable[..., Any]

#: What each route asks of its callers. A new one is added here by hand: somebody has to decide.
TABLE = {
    "GET /v4/experiments/{expid}/efficiency": Needs.READ,
    "GET /v4/experiments/{expid}/forecast": Needs.READ,
    "GET /v4/experiments/{expid}/failures": Needs.READ,
    "GET /v4/experiments/{expid}/jobs/{job_name}/waiting": Needs.READ,
    "GET /v4/experiments/{expid}/heartbeat": Needs.READ,
    "GET /v4/experiments/{expid}/attempts": Needs.READ,
    "GET /v4/experiments/{expid}/compare": Needs.READ,
    "GET /v4/experiments/{expid}/performance": Needs.READ,
    "GET /": Needs.NOTHING,
    "GET /health/live": Needs.NOTHING,
    "GET /health/ready": Needs.NOTHING,
    "POST /report": Needs.READ,
    "GET /v3/search/{expid}": Needs.READ,
    "GET /v3/search/{expid}/{exptype}/{onlyactive}": Needs.READ,
    "GET /v3/searchowner/{owner}": Needs.READ,
    "GET /v3/running": Needs.READ,
    "GET /v3/expinfo/{expid}": Needs.READ,
    "GET /v3/expcount/{expid}": Needs.READ,
    "GET /v3/ifrun/{expid}": Needs.READ,
    "GET /v3/logrun/{expid}": Needs.READ,
    "GET /v3/summary/{expid}": Needs.READ,
    "GET /v3/cconfig/{expid}": Needs.READ,
    "GET /v3/shutdown/{route}": Needs.ACT,
    "GET /v3/filestatus": Needs.NOTHING,
    "GET /v3/performance/{expid}": Needs.READ,
    "GET /performance/{expid}": Needs.READ,
    "GET /v3/stats/{expid}/{filter_period}/{filter_type}": Needs.READ,
    "GET /v3/runs/{expid}": Needs.READ,
    "GET /v3/rundetail/{expid}/{runid}": Needs.READ,
    "GET /v3/history/{expid}/{jobname}": Needs.READ,
    "GET /v3/tree/{expid}": Needs.READ,
    "GET /v3/graph/{expid}/{layout}/{grouped}": Needs.READ,
    "GET /v3/quick/{expid}": Needs.READ,
    "GET /v3/pklinfo/{expid}/{timeStamp}": Needs.READ,
    "GET /v3/pkltreeinfo/{expid}/{timeStamp}": Needs.READ,
    "GET /v3/exprun/{expid}": Needs.READ,
    "GET /v3/exp-recovery-logs/{expid}": Needs.READ,
    "GET /v3/joblog/{logfile}": Needs.READ,
    "GET /v3/login": Needs.NOTHING,
    "GET /v3/tokentest": Needs.NOTHING,
    "POST /v3/tokentest": Needs.NOTHING,
    "GET /v4": Needs.NOTHING,
    "GET /v4/auth/verify-token": Needs.NOTHING,
    "POST /v4/auth/logout": Needs.SELF,
    "GET /v4/auth/cas/v2/login": Needs.NOTHING,
    "GET /v4/auth/oauth2/github/login": Needs.NOTHING,
    "GET /v4/auth/oidc/login": Needs.NOTHING,
    "GET /v4/events": Needs.READ,
    "GET /v4/fleet": Needs.READ,
    "GET /v4/fleet.{form}": Needs.READ,
    "GET /v4/digest": Needs.READ,
    "GET /v4/digest.atom": Needs.READ,
    "GET /v4/notifications": Needs.SELF,
    "GET /v4/experiments": Needs.READ,
    "GET /v4/experiments/{expid}/events": Needs.READ,
    "GET /v4/experiments/{expid}": Needs.READ,
    "GET /v4/experiments/{expid}/jobs.{form}": Needs.READ,
    "GET /v4/experiments/{expid}/history.{form}": Needs.READ,
    "GET /v4/experiments/{expid}/performance.{form}": Needs.READ,
    "GET /v4/experiments/{expid}/jobs": Needs.READ,
    "GET /v4/experiments/{expid}/jobs/changes": Needs.READ,
    "GET /v4/experiments/{expid}/jobs/detail": Needs.READ,
    "GET /v4/experiments/{expid}/jobs/{job_name}": Needs.READ,
    "GET /v4/experiments/{expid}/jobs/{job_name}/parents": Needs.READ,
    "GET /v4/experiments/{expid}/jobs/{job_name}/children": Needs.READ,
    "GET /v4/experiments/{expid}/sections": Needs.READ,
    "GET /v4/experiments/{expid}/counts": Needs.READ,
    "GET /v4/experiments/{expid}/wrappers": Needs.READ,
    "GET /v4/experiments/{expid}/dependencies": Needs.READ,
    "GET /v4/experiments/{expid}/layout": Needs.READ,
    "GET /v4/experiments/{expid}/eta": Needs.READ,
    "GET /v4/experiments/{expid}/runs": Needs.READ,
    "GET /v4/experiments/{expid}/runs/{run_id}/config": Needs.READ,
    "GET /v4/experiments/{expid}/runs/{run_id}/user-metrics": Needs.READ,
    "GET /v4/experiments/{expid}/user-metrics-runs": Needs.READ,
    "GET /v4/experiments/{expid}/filesystem-config": Needs.READ,
    "GET /v4/runners/configuration/endpoints": Needs.READ,
    "GET /v4/runners/configuration/profiles": Needs.READ,
    "GET /v4/runners/configuration/ssh-public-keys": Needs.READ,
    "POST /v4/runners/command/run-experiment": Needs.ACT,
    "POST /v4/runners/command/stop-experiment": Needs.ACT,
    "POST /v4/runners/command/create-experiment": Needs.ACT,
    "POST /v4/runners/command/create-job-list": Needs.ACT,
    "POST /v4/runners/command/set-job-status": Needs.ACT,
    "POST /v4/runners/command/update-experiment-description": Needs.ACT,
    "POST /v4/runners/command/get-runner-run-status": Needs.READ,
    "GET /v4/runners/commands/{command_id}": Needs.READ,
    "GET /v4/runners/commands/{command_id}/events": Needs.READ,
    "POST /v4/runners/preview/{action}": Needs.READ,
    "GET /v4/runners/commands/{command_id}/output": Needs.READ,
    "GET /v4/experiments/{expid}/commands": Needs.READ,
    "GET /v4/user-settings/preferred-username": Needs.SELF,
    "POST /v4/user-settings/preferred-username": Needs.SELF,
    "GET /openapi.json": Needs.NOTHING,
    "GET /docs": Needs.NOTHING,
    "GET /docs/{file}": Needs.NOTHING,
}

#: Who is refused, by what is needed and the level: those without a token, or nobody.
WITHOUT_TOKEN = {
    **{(Needs.NOTHING, level): False for level in Level},
    **{(Needs.READ, level): level is Level.ALL for level in Level},
    **{(Needs.ACT, level): True for level in Level},
    **{(Needs.SELF, level): True for level in Level},
}
#: What answers 401 by itself to those of whom nothing is known.
ABOUT_CALLERS = ("/v3/login", "/v3/tokentest", "/v4/auth/")


def path_of(route: Route, verb: str) -> str:
    path = route.path
    for parameter in route.handler.operations[verb.lower()].path:
        path = path.replace(f"{{{parameter.name}}}", quote(str(parameter.example), safe=""))
    # Events go on for as long as somebody listens, unless it is said that they need not.
    return f"{path}?follow=false" if path.endswith("/events") else path


def requests() -> list[tuple[str, Route]]:
    return [
        (f"{verb.upper()} {route.path}", route)
        for route in ROUTES
        for verb in route.handler.operations
    ]


def test_the_table_has_every_route_and_no_other() -> None:
    assert sorted(name for name, _ in requests()) == sorted(TABLE)


@pytest.mark.parametrize("level", Level)
@pytest.mark.parametrize("with_token", [False, True], ids=["nobody", "a user"])
def test_every_route_is_protected_as_the_table_says(
    make: Make, level: Level, with_token: bool
) -> None:
    """S-02: refused is 401, before anything else is looked at."""
    server = make(protection_level=level)
    token = server.app.service.access.tokens.make(User("cas", "alice", "alice")).text
    headers = {"Authorization": f"Bearer {token}"} if with_token else {}
    for name, route in requests():
        if route.path.startswith(ABOUT_CALLERS) and TABLE[name] is Needs.NOTHING:
            continue
        verb = name.partition(" ")[0]
        answer = server.ask(path_of(route, verb), verb, headers=headers)
        refused = WITHOUT_TOKEN[TABLE[name], level] and not with_token
        assert (answer.status == 401) == refused, name
        if refused:
            assert answer.json()["error_message" if "error" in answer.json() else "message"]
            assert answer.headers["WWW-Authenticate"] == "Bearer"
        # The token of the logout is good no more.
        if name == "POST /v4/auth/logout" and with_token:
            token = server.app.service.access.tokens.make(User("cas", "alice", "alice")).text
            headers = {"Authorization": f"Bearer {token}"}


def test_head_is_protected_as_get_is(make: Make) -> None:
    assert make().ask("/v4/experiments", "HEAD").status == 401


def test_a_browser_may_ask_whether_it_may_send_a_token(make: Make) -> None:
    """It asks without one."""
    server = make(allowed_origins=("https://gui.example.org",))
    asks = {
        "Origin": "https://gui.example.org",
        "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Headers": "authorization",
    }
    for path in ("/v4/experiments", "/v4/user-settings/preferred-username"):
        answer = server.ask(path, "OPTIONS", headers=asks)
        assert (answer.status, answer.body) == (200, b"OK")
        assert "Authorization" in answer.headers["Access-Control-Allow-Headers"]


def test_what_is_not_there_is_not_there_for_anybody(make: Make) -> None:
    server = make()
    assert server.ask("/nothing").status == 404
    assert server.ask("/v4/experiments", "DELETE").status == 405


def test_nobody_may_act_where_nothing_is_protected_unless_that_is_said(make: Make) -> None:
    """S-02."""
    assert make(protection_level=Level.NONE).ask("/v3/shutdown/tree").status == 401
    told = make(protection_level=Level.NONE, anonymous_commands=True)
    assert told.ask("/v3/shutdown/tree").status == 200


def test_a_bad_token_reads_what_needs_none(make: Make) -> None:
    """A failed authentication counts only where one is needed."""
    bad = {"Authorization": "Bearer abc"}
    assert make(protection_level=Level.NONE).ask("/v4", headers=bad).status == 200
    assert make(protection_level=Level.NONE).ask("/v4/experiments/a000", headers=bad).status == 404


class Silent:
    """A provider that cannot tell who anybody is."""

    async def identify(self, request: HTTPServerRequest, *, use: bool = True) -> Identity:
        raise RefusedError(503, "Ask again later.", "silent")


@pytest.mark.parametrize("level", [Level.ALL, Level.NONE])
def test_while_nobody_can_be_known_there_is_what_anybody_may_have(make: Make, level: Level) -> None:
    server = make(protection_level=level)
    service = server.app.service
    service.access = replace(service.access, identities=Silent())
    assert server.ask("/v4").status == 200
    read = server.ask("/v4/experiments/a000")
    assert (read.status, read.json()["code"] == "silent") == (
        (404, False) if level is Level.NONE else (503, True)
    )
    assert server.ask("/v4/user-settings/preferred-username").status == 503


def test_a_body_is_not_read_before_its_sender_is_known(make: Make) -> None:
    """S-25: what is refused anyway is not worth two mebibytes."""
    with closing(HTTPConnection("127.0.0.1", make().port, timeout=10)) as connection:
        connection.putrequest("POST", "/report")
        connection.putheader("Content-Type", "application/json")
        connection.putheader("Content-Length", str(2 * 1024 * 1024))
        connection.endheaders()
        # Of the body nothing is ever sent.
        assert connection.getresponse().status == 401


def test_a_page_of_another_site_is_not_told_more(make: Make) -> None:
    """S-16: refusals too may be read by the pages that are allowed, and by no other."""
    server = make(allowed_origins=("https://gui.example.org",))
    allowed = server.ask("/v4/experiments", headers={"Origin": "https://gui.example.org"})
    assert allowed.status == 401
    assert allowed.headers["Access-Control-Allow-Origin"] == "https://gui.example.org"
    foreign = server.ask("/v4/experiments", headers={"Origin": "https://evil.example"})
    assert "Access-Control-Allow-Origin" not in foreign.headers


@pytest.mark.parametrize("path", ["/", "/v4/experiments", "/v4/auth/verify-token", "/nothing"])
def test_every_answer_has_the_headers_that_keep_browsers_safe(make: Make, path: str) -> None:
    """S-31."""
    headers = make(public_url="https://api.example.org").ask(path).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert headers["Strict-Transport-Security"].startswith("max-age=")
    assert "Strict-Transport-Security" not in make().ask(path).headers
    assert "Server" not in headers


@pytest.mark.parametrize(
    "path", ["/v4/auth/verify-token", "/v3/tokentest", "/v3/login", "/v4/auth/oidc/login"]
)
def test_answers_about_callers_are_kept_by_nobody(make: Make, path: str) -> None:
    """S-31."""
    server = make()
    token = server.app.service.access.tokens.make(User("cas", "alice", "alice")).text
    for headers in ({}, {"Authorization": f"Bearer {token}"}):
        assert server.ask(path, headers=headers).headers["Cache-Control"] == "no-store"
