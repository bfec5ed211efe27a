"""What holds for every route that answers GET: verbs, spellings, headers, and its share of errors."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest

from autosubmit_core.api.app import ROUTES
from autosubmit_core.api.handlers import Route, methods_of
from autosubmit_core.api.v3.base import V3Handler
from autosubmit_core.archive import Archive

Serve = Callable[..., Any]
GUI, FOREIGN = "https://gui.example.org", "https://elsewhere.example"
ASKS = {"Access-Control-Request-Method": "GET"}
GZIP = {"Accept-Encoding": "gzip"}

# Events go on for as long as somebody listens: their tests are their own.
EVERY_ROUTE = [
    route
    for route in ROUTES
    if "get" in route.handler.operations and not route.path.endswith("/events")
]
#: Those about whoever asks, which have nothing to tell nobody in particular, and those about commands
#: that nobody gave.
OF_CALLERS = (
    "/v3/login",
    "/v3/tokentest",
    "/v4/auth/",
    "/v4/notifications",
    "/v4/user-settings/",
    "/v4/runners/commands/",
)
GET_ROUTES = [route for route in EVERY_ROUTE if not route.path.startswith(OF_CALLERS)]
OF_EXPERIMENTS = [
    route for route in GET_ROUTES if "{expid}" in route.path and "/search/" not in route.path
]
V3_ROUTES = [route for route in OF_EXPERIMENTS if issubclass(route.handler, V3Handler)]
V4_ROUTES = [route for route in OF_EXPERIMENTS if route.path.startswith("/v4")]
#: What has nothing to tell about an unknown experiment, and does not complain.
NO_ERROR = ("/v3/ifrun/", "/v3/logrun/", "/v3/exprun/")


def example(route: Route, **values: str) -> str:
    """Return the path that a route's own examples make, with other values where they are given."""
    path = route.path
    for parameter in route.handler.operations["get"].path:
        value = values.get(parameter.name, str(parameter.example))
        path = path.replace(f"{{{parameter.name}}}", quote(value, safe=""))
    return path


def told(answer: Any) -> dict[str, str]:
    """Return the headers of an answer, without those that are of one request."""
    return {
        name: value
        for name, value in answer.headers.items()
        if name not in ("Date", "X-Request-Id")
    }


def at_one_moment(server: Any, path: str, *asked: tuple[str, dict[str, str]]) -> list[Any]:
    """Return the answers to some requests for the same thing, between which no clock has gone on."""
    for _ in range(3):
        before = server.ask(path)
        answers = [server.ask(path, method, headers=headers) for method, headers in asked]
        if server.ask(path).body == before.body:
            break
    return answers


def every(routes: list[Route]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("route", routes, ids=lambda route: route.path)


# -- verbs and spellings -------------------------------------------------------------------------


@every(GET_ROUTES)
def test_its_examples_have_an_answer(demo_server: Any, route: Route) -> None:
    answer = demo_server.ask(example(route))
    assert answer.status == 200
    assert answer.body


@every(EVERY_ROUTE)
@pytest.mark.parametrize("headers", [{}, GZIP], ids=["plain", "packed"])
def test_head_is_get_without_the_body(
    demo_server: Any, route: Route, headers: dict[str, str]
) -> None:
    got, head = at_one_moment(demo_server, example(route), ("GET", headers), ("HEAD", headers))
    assert (head.status, head.body) == (got.status, b"")
    assert told(head) == told(got)
    assert int(head.headers["Content-Length"]) == len(got.body)


@every(EVERY_ROUTE)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_no_other_verb_is_answered(demo_server: Any, route: Route, method: str) -> None:
    verbs = methods_of(route.handler)
    if method not in verbs:
        answer = demo_server.ask(example(route), method)
        assert (answer.status, answer.headers["Allow"]) == (405, ", ".join(verbs))
        assert answer.json() == {"detail": "Method Not Allowed"}


@every(GET_ROUTES)
def test_slashes_more_or_less_do_not_matter(demo_server: Any, route: Route) -> None:
    """E3-01."""
    path = example(route)
    kind = demo_server.ask(path).headers["Content-Type"]
    for spelling in (path + "/", path.replace("/", "//"), path + "//"):
        answer = demo_server.ask(spelling)
        assert (answer.status, answer.headers["Content-Type"]) == (200, kind), spelling


# -- headers -------------------------------------------------------------------------------------


@every(GET_ROUTES)
def test_it_is_packed_for_those_who_accept_it(demo_server: Any, route: Route) -> None:
    plain, packed = at_one_moment(demo_server, example(route), ("GET", {}), ("GET", GZIP))
    assert "Content-Encoding" not in plain.headers
    # What fits one packet is not worth it.
    assert ("Content-Encoding" in packed.headers) == (len(plain.body) >= 1024)
    if "Content-Encoding" in packed.headers:
        assert len(packed.body) < len(plain.body)
        assert gzip.decompress(packed.body) == plain.body


@every([route for route in GET_ROUTES if not route.path.startswith("/health")])
def test_it_has_a_strong_tag_by_which_it_is_not_sent_again(demo_server: Any, route: Route) -> None:
    path = example(route)
    for _ in range(3):  # The clock may go on between two requests.
        etag = demo_server.ask(path).headers["ETag"]
        assert etag.startswith('"')
        answer = demo_server.ask(path, headers={"If-None-Match": etag})
        if answer.status == 304:
            break
    assert (answer.status, answer.body) == (304, b"")
    assert answer.headers["ETag"] == etag


@every(EVERY_ROUTE)
def test_every_answer_may_be_read_by_allowed_pages(
    serve: Serve, demo_archive: Archive, route: Route
) -> None:
    """S-16."""
    server, path = serve(demo_archive, allowed_origins=(GUI,)), example(route)
    for allowed in (
        server.ask(path, headers={"Origin": GUI}),
        server.ask(path, "HEAD", headers={"Origin": GUI}),
        server.ask(path, "DELETE", headers={"Origin": GUI}),
        server.ask(path, "OPTIONS", headers={"Origin": GUI, **ASKS}),
    ):
        assert allowed.headers["Access-Control-Allow-Origin"] == GUI
        assert "Access-Control-Allow-Credentials" not in allowed.headers
        assert "Origin" in allowed.headers["Vary"]


@every(EVERY_ROUTE)
def test_no_answer_may_be_read_by_other_pages(
    serve: Serve, demo_archive: Archive, route: Route
) -> None:
    """S-16: whatever they send along."""
    server, path = serve(demo_archive, allowed_origins=(GUI,)), example(route)
    asks = {**ASKS, "Access-Control-Request-Headers": "authorization"}
    for refused in (
        server.ask(path, headers={"Origin": FOREIGN, "Cookie": "a=b"}),
        server.ask(path, headers={"Origin": FOREIGN, "Authorization": "Bearer abc"}),
        server.ask(path, "OPTIONS", headers={"Origin": FOREIGN, **asks}),
    ):
        assert not [name for name in refused.headers if name.startswith("Access-Control-")]


# -- errors --------------------------------------------------------------------------------------


@every(V3_ROUTES)
def test_v3_tells_an_unknown_experiment_with_status_200(demo_server: Any, route: Route) -> None:
    answer = demo_server.ask(example(route, expid="zzzz"))
    body = answer.json()
    assert answer.status == 200
    if route.path.startswith(NO_ERROR):
        assert (body["error"], body["error_message"]) == (False, "")
    else:
        assert body["error"] is True
        assert body["error_message"] == "Experiment with expid 'zzzz' not found."
    # Clients read the keys before they look at the error.
    known = demo_server.ask(example(route)).json()
    assert set(known) - {"warnings"} <= set(body)


@every(V3_ROUTES)
def test_v3_tells_that_nothing_failed(demo_server: Any, route: Route) -> None:
    body = demo_server.ask(example(route)).json()
    assert (body["error"], body["error_message"]) == (False, "")


@every(V4_ROUTES)
def test_v4_tells_an_unknown_experiment_with_404(demo_server: Any, route: Route) -> None:
    """E4-01."""
    answer = demo_server.ask(example(route, expid="zzzz"))
    assert answer.status == 404
    assert answer.json() == {
        "error": True,
        "error_message": "Experiment with expid 'zzzz' not found.",
        "code": "experiment_not_found",
    }


@every(V4_ROUTES)
def test_v4_success_has_no_error_key(demo_server: Any, route: Route) -> None:
    answer = demo_server.ask(example(route))
    if answer.headers["Content-Type"] == "application/json":
        assert "error" not in answer.json()


@every(OF_EXPERIMENTS)
@pytest.mark.parametrize(
    "expid",
    ["..", ".", "*", "../..", "%2e%2e", "a2m9/../a1p7", "a2m9\0", "A2M9", "a2m9 ", "é", "a" * 2000],
)
def test_a_name_that_is_none_leads_nowhere(demo_server: Any, route: Route, expid: str) -> None:
    """E3-04, S-17."""
    answer = demo_server.ask(example(route, expid=expid))
    assert answer.status in (200, 404)
    if answer.status == 200:
        body = answer.json()
        assert body["error"] or False in (
            body.get(key) for key in ("found", "running", "is_running")
        )


@every(OF_EXPERIMENTS)
def test_an_experiment_whose_folder_is_gone_is_known(demo_server: Any, route: Route) -> None:
    """``a00f`` of the demo is archived: what needs its jobs says so, the rest is answered."""
    answer = demo_server.ask(example(route, expid="a00f"))
    assert answer.status in (200, 404, 503)
    if answer.status == 503:
        assert answer.json() == {
            "error": True,
            "error_message": "The job list of 'a00f' is missing.",
            "code": "source_missing",
        }
    if answer.status == 404:
        assert answer.json()["code"] == "job_not_found"
