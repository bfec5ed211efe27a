"""The description and the server know the same routes, methods, parameters and refusals."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tornado.routing import URLSpec

from autosubmit_core.api.app import ROUTES

Serve = Callable[..., Any]
EVERY_VERB = ("get", "post", "put", "patch", "delete")


@pytest.fixture
def server(serve: Serve, small_archive: Any) -> Any:
    return serve(small_archive())


@pytest.fixture
def described(server: Any) -> Any:
    return server.ask("/openapi.json").json()


def test_it_is_openapi_3_1_of_this_server(described: Any) -> None:
    assert described["openapi"] == "3.1.0"
    # What holds for all routes is told once, at the top of the page.
    for told in ("If-None-Match", "five seconds", "HEAD", "gzip", "warnings", "origin"):
        assert told in described["info"]["description"]
    assert "servers" not in described


def test_a_root_path_is_told(serve: Serve, small_archive: Any) -> None:
    described = serve(small_archive(), root_path="/api").ask("/api/openapi.json").json()
    assert described["servers"] == [{"url": "/api"}]


def test_documented_and_served_routes_are_the_same(server: Any, described: Any) -> None:
    served = {
        re.sub(r"\(\?P<(\w+)>[^)]*\)", r"{\1}", rule.regex.pattern.rstrip("$")).replace("\\", "")
        for rule in server.app.wildcard_router.rules
        if isinstance(rule, URLSpec)
    }
    assert served == set(described["paths"])


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.path)
def test_documented_and_served_methods_are_the_same(
    server: Any, described: Any, route: Any
) -> None:
    # What goes on for as long as somebody listens ends at once then.
    path = route.path.replace("{expid}", "zzzz") + "?follow=false"
    for verb in EVERY_VERB:
        documented = verb in described["paths"][route.path]
        assert (server.ask(path, verb.upper()).status != 405) == documented, verb


def test_every_route_is_in_the_readme_and_no_other() -> None:
    readme = (Path(__file__).resolve().parents[2] / "README.md").read_text()
    written = re.findall(
        r"`(?:GET|POST) ([^`]+)`", readme.replace("GET …", "GET /v4/experiments/{expid}")
    )
    assert set(written) == {route.path for route in ROUTES}


def test_every_parameter_in_a_path_is_described(described: Any) -> None:
    for path, item in described["paths"].items():
        for operation in item.values():
            assert re.findall(r"{(\w+)}", path) == [
                parameter["name"]
                for parameter in operation.get("parameters", [])
                if parameter["in"] == "path"
            ]


def test_every_parameter_says_what_it_means(described: Any) -> None:
    for item in described["paths"].values():
        for verb in EVERY_VERB:
            for parameter in item.get(verb, {}).get("parameters", []):
                assert parameter["description"]
                assert parameter["schema"]["type"]


def operations(described: Any) -> Iterator[tuple[str, Any]]:
    for path, item in described["paths"].items():
        for verb, operation in item.items():
            yield f"{verb} {path}", operation


def test_every_route_shows_by_example_what_it_takes_and_answers(described: Any) -> None:
    for name, operation in operations(described):
        for media, told in operation["responses"]["200"]["content"].items():
            if media == "application/vnd.apache.parquet":
                assert told == {}, name  # It has no form in JSON.
            else:
                assert told.get("example", told.get("examples")) not in (None, {}), (name, media)
        for parameter in operation.get("parameters", []):
            assert parameter["in"] == "query" or parameter["example"], name
        if "requestBody" in operation:
            assert operation["requestBody"]["content"]["application/json"]["example"], name


def test_every_route_shows_by_example_how_it_refuses(described: Any) -> None:
    for name, operation in operations(described):
        refusals = {
            int(status): response["content"]["application/json"]["example"]
            for status, response in operation["responses"].items()
            if status not in ("200", "307")
        }
        assert 500 in refusals, name
        assert refusals[500]["error_id"], name
        for status, body in refusals.items():
            expected = {"authenticated", "user"} if "verify-token" in name else {"message"}
            assert expected <= set(body) or body["error"] is True, (name, status)
        codes = [body["code"] for body in refusals.values() if "code" in body]
        assert len(codes) == len(set(codes)), name


def test_v3_shows_by_example_how_it_fails_with_status_200(described: Any) -> None:
    for name, operation in operations(described):
        content = operation["responses"]["200"]["content"].get("application/json", {})
        values = [example["value"] for example in content.get("examples", {}).values()]
        if operation["tags"][0].startswith("v3 ") and values:
            assert [value["error"] for value in values] == [False, True], name


def test_every_reference_leads_somewhere(described: Any) -> None:
    for name in re.findall(r"#/components/schemas/(\w+)", str(described)):
        assert name in described["components"]["schemas"]


def test_every_answer_is_a_documented_one(serve: Serve, demo_archive: Any) -> None:
    server = serve(demo_archive, body_limit=100)
    described = server.ask("/openapi.json").json()
    expid = "a0k2"
    asked: list[tuple[str, str, Any]] = [
        (f"/v4/experiments/{expid}/jobs", "get", None),
        ("/v4/experiments/zzzz/jobs", "get", None),
        (f"/v4/experiments/{expid}/jobs?page=0", "get", None),
        ("/health/ready", "get", None),
        ("/report", "post", {"expid": expid}),
        ("/report", "post", {"expid": "zzzz"}),
        ("/report", "post", {"expid": "z" * 100}),
        ("/report", "post", {"x": 1}),
        ("/report", "post", []),
        ("/report", "post", b"{}"),
    ]
    for path, verb, body in asked:
        answer = server.ask(path, verb.upper(), body=body)
        template = re.sub(r"(experiments)/\w+", r"\1/{expid}", path.partition("?")[0])
        documented = described["paths"][template][verb]["responses"]
        assert str(answer.status) in documented, (path, answer.status)
