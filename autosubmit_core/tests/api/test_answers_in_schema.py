"""Every answer of every route, about every experiment of the demo, is what the description says.

Stricter than the description itself, which lets answers grow: here a key that it does not name is
a mistake.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import jsonschema_rs
import pytest

from autosubmit_core.api.app import ROUTES
from autosubmit_core.archive import Archive, Experiment, open_archive

Serve = Callable[..., Any]

#: What has nothing to tell nobody in particular.
OF_CALLERS = (
    "/v3/login",
    "/v3/tokentest",
    "/v4/auth/",
    "/v4/notifications",
    "/v4/user-settings/",
    "/v4/runners/commands/",
)
GET_ROUTES = [route.path for route in ROUTES if "get" in route.handler.operations]
#: Queries that change the shape of an answer.
QUERIES = {
    "/v4/experiments": ("", "?only_active=false", "?only_active=false&fields=name,status"),
    "/v4/experiments/{expid}/jobs": (
        *("", "?view=quick&page_size=2", "?view=columns", "?view=columns&fields=name&page_size=3"),
    ),
    # Otherwise they go on.
    "/v4/events": ("?follow=false",),
    "/v4/experiments/{expid}/events": ("?follow=false", "?follow=false&after=x"),
    "/v4/experiments/{expid}/jobs/changes": ("", "?since=x.1"),
    "/v4/experiments/{expid}/jobs/detail": ("?name={job}&name=nobody",),
    "/v4/experiments/{expid}/counts": ("", "?by=chunk,member,wrapper"),
    "/v4/experiments/{expid}/dependencies": ("", "?of={job}&depth=1"),
    "/v4/experiments/{expid}/compare": ("", "?run_id=1", "?run_id=1&with=a0k2&with_run_id=3"),
    "/v4/experiments/{expid}/attempts": ("", "?past=true"),
    "/v4/experiments/{expid}/layout": ("", "?layout=lanes", "?layout=nowhere"),
    "/v4/experiments/{expid}/jobs/{job_name}/parents": ("?include_status=true",),
    "/v4/experiments/{expid}/jobs/{job_name}/children": ("", "?include_status=true"),
}


def strict(schema: Any) -> Any:
    """Return a schema in which objects with known keys have no others."""
    if isinstance(schema, list):
        return [strict(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: strict(value) for key, value in schema.items() if key != "examples"}
    if isinstance(made.get("properties"), dict) and made.get("type") == "object":
        made.setdefault("additionalProperties", False)
    return made


@pytest.fixture(scope="session")
def validator() -> Callable[[Any, Any], Any]:
    made: dict[str, Any] = {}

    def of(described: Any, schema: Any) -> Any:
        key = json.dumps(schema, sort_keys=True)
        if key not in made:
            whole = {**strict(schema), "components": strict(described["components"])}
            made[key] = jsonschema_rs.Draft202012Validator(whole)
        return made[key]

    return of


def paths(template: str, archive: Archive) -> Iterator[str]:
    """Yield a route with its parameters filled in, for every experiment."""
    for expid in [*archive.experiments().name, "zzzz"]:
        for values in values_of(archive, expid):
            path = template
            for name, value in values.items():
                path = path.replace(f"{{{name}}}", quote(str(value), safe=""))
            for query in QUERIES.get(template, ("",)):
                yield path + query.replace("{job}", quote(str(values["job_name"])))
            if path == template:
                return


def values_of(archive: Archive, expid: str) -> Iterator[dict[str, Any]]:
    experiment = None if expid == "zzzz" else archive.experiment(expid)
    for form, layout, job in (("csv", "standard", -1), ("parquet", "laplacian", 0)):
        name = "nobody" if experiment is None else job_of(experiment, job)
        yield {
            **{"expid": expid, "job_name": name, "jobname": name, "owner": "*", "form": form},
            **{
                "exptype": "experiment",
                "onlyactive": "active",
                "layout": layout,
                "file": "start.js",
            },
            **{"grouped": "date-member", "timeStamp": "0", "route": "tree", "run_id": 1},
            **{"runid": 1 if job else "last", "filter_type": "SIM", "filter_period": 24},
            "logfile": "zzzz_x" if experiment is None else log_of(experiment),
        }


def job_of(experiment: Experiment, row: int) -> str:
    try:
        return str(experiment.jobs.name[row])
    except Exception:
        return "nobody"


def log_of(experiment: Experiment) -> str:
    names = sorted(experiment.logs.of_jobs.names)
    return names[-1] if names else f"{experiment.expid}_nothing.out"


def assert_described(
    server: Any, described: Any, template: str, path: str, validator: Callable[[Any, Any], Any]
) -> int:
    answer = server.ask(path)
    documented = described["paths"][template]["get"]["responses"]
    assert str(answer.status) in documented, (path, answer.status, answer.body[:200])
    content = documented[str(answer.status)]["content"]
    media = answer.headers["Content-Type"].partition(";")[0]
    assert media in {kind.partition(";")[0] for kind in content}, path
    if media == "application/json":
        schema = content["application/json"]["schema"]
        errors = validator(described, schema).iter_errors(answer.json())
        assert [f"{error.instance_path} {error.message}"[:300] for error in errors] == [], path
    return int(answer.status)


@pytest.mark.parametrize("template", GET_ROUTES)
def test_every_answer_about_the_demo(
    demo_server: Any, demo_archive: Archive, template: str, validator: Callable[[Any, Any], Any]
) -> None:
    described = demo_server.ask("/openapi.json").json()
    statuses = {
        assert_described(demo_server, described, template, path, validator)
        for path in paths(template, demo_archive)
    }
    assert 200 in statuses or template.startswith(OF_CALLERS)


def test_every_answer_about_the_recorded_experiments(
    reference_experiments: Path, serve: Serve, validator: Callable[[Any, Any], Any]
) -> None:
    archive = open_archive(reference_experiments)
    server = serve(archive)
    described = server.ask("/openapi.json").json()
    for template in GET_ROUTES:
        for path in paths(template, archive):
            assert_described(server, described, template, path, validator)


def examples_in(content: Any) -> list[Any]:
    several = [example["value"] for example in content.get("examples", {}).values()]
    return [content["example"]] if "example" in content else several


@pytest.mark.parametrize("template", [route.path for route in ROUTES])
def test_every_example_is_what_the_description_says(
    demo_server: Any, template: str, validator: Callable[[Any, Any], Any]
) -> None:
    described = demo_server.ask("/openapi.json").json()
    for operation in described["paths"][template].values():
        for response in operation["responses"].values():
            for content in response.get("content", {}).values():
                for example in examples_in(content):
                    validator(described, content["schema"]).validate(example)
        for parameter in operation.get("parameters", []):
            for example in parameter["schema"].get("examples", []):
                validator(described, parameter["schema"]).validate(example)
            assert parameter["in"] == "query" or parameter["example"] is not None


def test_no_route_has_a_parameter_that_its_path_has_not() -> None:
    for route in ROUTES:
        for operation in route.handler.operations.values():
            named = [parameter.name for parameter in operation.path]
            assert named == re.findall(r"{(\w+)}", route.path)
