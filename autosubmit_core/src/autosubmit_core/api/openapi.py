"""``/openapi.json``: what the server answers, told from the handlers' own declarations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import version
from typing import Any, ClassVar

from autosubmit_core.api.access.permission import Needs
from autosubmit_core.api.encoding import Encoded, encode
from autosubmit_core.api.handlers import ApiHandler, Operation, Route
from autosubmit_core.api.parameters import Parameter, Text, Words
from autosubmit_core.api.schemas import constant, example_of, listed, record, text
from autosubmit_core.api.v3.jobs import TREE_NODE

__all__ = ["OpenApi", "describe", "routes"]


class OpenApi(ApiHandler):
    """``GET /openapi.json``: this description."""

    needs = Needs.NOTHING
    operations: ClassVar = {
        "get": Operation(
            summary="The description of this server, as OpenAPI 3.1",
            answer={"type": "object", "examples": [{"openapi": "3.1.0", "paths": {}}]},
        )
    }

    async def get(self) -> None:
        described: Encoded = self.application.settings["openapi"]
        await self.send(described)


routes = [Route("/openapi.json", OpenApi)]

_ERROR_ID = {"error_id": text("9f1c0d4e5a6b7c8d", "With status 500: its name in the log.")}
_ERRORS = {
    "Error": record(
        {
            "error": constant(True),
            "error_message": text("Experiment with expid 'zzzz' not found.", "A sentence."),
            "code": text("experiment_not_found", "The same as a stable word."),
        },
        _ERROR_ID,
    ),
    "ReportError": record(
        {
            "status": constant("error"),
            "message": text("Experiment with expid 'zzzz' not found.", "A sentence."),
            "errors": listed(record({"field": text("expid"), "message": text("Field required")})),
        },
        _ERROR_ID,
    ),
    "TokenError": record({"authenticated": constant(False), "user": constant(None)}, _ERROR_ID),
    "LoginError": record(
        {
            "authenticated": constant(False),
            "user": constant(None),
            "token": constant(None),
            "message": text("Can't verify user", "A sentence."),
        },
        _ERROR_ID,
    ),
    "TokenTestError": record(
        {"isValid": constant(False), "message": text("Unauthorized", "A sentence.")}, _ERROR_ID
    ),
}
#: What an example of a refusal says, by status: a sentence, its word, and the field concerned.
_TOLD: Mapping[int, tuple[str, str, str | None]] = {
    400: ("The request is malformed.", "malformed_request", "body"),
    401: ("Unauthorized", "unauthorized", None),
    403: ("You may not do this.", "forbidden", None),
    404: ("Experiment with expid 'zzzz' not found.", "experiment_not_found", "expid"),
    409: ("Runner for experiment a2m9 is already running.", "already_running", "expid"),
    413: ("The body is larger than the 1048576 bytes …", "body_too_large", None),
    415: ("The body must be announced as application/json.", "unsupported_media_type", None),
    422: ("Invalid value for 'section': Input should be …", "invalid_parameter", "section"),
    429: ("This was tried too often. Wait a moment.", "too_many_requests", None),
    500: ("An unexpected error occurred.", "unexpected_error", None),
    503: ("The job list of 'a00f' is missing.", "source_missing", "expid"),
}
_NO_ROUTE = record({"detail": constant("Not Found")}, meaning="There is no such route.")

#: What a route may answer besides: those with parameters in the path, and all.
_OF_PATHS = {
    400: "The path holds bytes that are no text.",
    404: "There is no such route: a slash in a parameter divides the path.",
}
_OF_ALL = {500: "A mistake of the server, with the id under which the log tells more."}

#: What a route may answer besides that asks something of its callers, and how it is called then: with
#: a token, or where the server does not ask for one, without.
_OF_CALLERS = {
    401: "No token was sent, or one that is no good.",
    403: "Whoever sent this may not do it.",
}
_CALLED: Mapping[Needs, list[dict[str, list[str]]]] = {
    Needs.NOTHING: [],
    Needs.READ: [{"token": []}, {}],
    Needs.ACT: [{"token": []}, {}],
    Needs.SELF: [{"token": []}],
}
_TOKEN = {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}

_ABOUT = """What Autosubmit wrote about its experiments: read, computed with, and never changed.

- **Refusals** come with a sentence in `error_message` and a stable word in `code`. `/v3` tells most failures with status
  200, `error` true and the other keys empty. What an answer had to do without is in `warnings`.
- **Asking again**: every answer but events carries a strong `ETag`. Sent back in `If-None-Match` it gets a 304, at little cost, while
  the files behind the answer are the same. Answers that depend on the clock, such as how long a job has been running, hold
  to the end of the five seconds in which they were made.
- **Every route** answers `HEAD` as it does `GET` and takes a slash more or less in its path. Answers of 1024
  bytes and more are packed with gzip for those who accept it, but for events, and for Parquet, which is packed already.
- **Pages of other origins** may read the answers if the server was told their origin.
- **Tokens**: what a server tells, and what it does, it may keep for known callers, who send `Authorization: Bearer …`. To
  all others it says 401, so does it to a token that is no good.
"""


def describe(routes: Sequence[Route], root_path: str) -> Encoded:
    """Return the OpenAPI 3.1 description of some routes."""
    described: dict[str, Any] = {
        "openapi": "3.1.0",
        "info": {
            "title": "Autosubmit experiments",
            "description": _ABOUT,
            "version": version("autosubmit_core"),
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": {route.path: _path(route) for route in routes},
        "components": {
            "schemas": {**_ERRORS, "TreeNode": TREE_NODE},
            "securitySchemes": {"token": _TOKEN},
        },
    }
    if root_path:
        described["servers"] = [{"url": root_path}]
    return encode(described)


def _path(route: Route) -> dict[str, Any]:
    return {
        verb: _operation(route, operation) for verb, operation in route.handler.operations.items()
    }


def _operation(route: Route, operation: Operation) -> dict[str, Any]:
    described: dict[str, Any] = {
        "summary": operation.summary,
        "description": " ".join((route.handler.__doc__ or "").split()),
        "operationId": route.handler.__name__,
        # v4 jobs, v3 logs, health, …
        "tags": [route.handler.__module__.partition(".api.")[2].replace(".", " ")],
        "responses": {
            "200": {"description": "The answer.", "content": _answer(route, operation)},
            **{
                str(status): _refusal(route, status, when)
                for status, when in _refusals(route, operation)
            },
        },
        "security": _CALLED[route.handler.needs],
    }
    parameters = [
        *(_in_path(one) for one in operation.path),
        *(_parameter(one, {"in": "query", **_several(one)}) for one in operation.query),
    ]
    if parameters:
        described["parameters"] = parameters
    if operation.body is not None:
        body = {"schema": operation.body, "example": example_of(operation.body)}
        described["requestBody"] = {"required": True, "content": {"application/json": body}}
    return described


def _answer(route: Route, operation: Operation) -> dict[str, Any]:
    """Return the forms of an answer; bytes that are no text have neither schema nor example."""
    schema = route.handler.answer_schema(operation)
    content = {"schema": schema, **_examples(schema)}
    return {
        media: content
        if media.startswith(("application/json", "application/atom+xml", "text/"))
        else {}
        for media in operation.media
    }


def _examples(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return an example of an answer, or one of each of its forms."""
    if "anyOf" not in schema:
        return {"example": example_of(schema)}
    return {
        "examples": {
            f"form {number}": {
                "summary": form.get("description", f"Form {number}"),
                "value": example_of(form),
            }
            for number, form in enumerate(schema["anyOf"], 1)
        }
    }


def _refusals(route: Route, operation: Operation) -> Iterator[tuple[int, str]]:
    callers = {} if route.handler.needs is Needs.NOTHING else _OF_CALLERS
    also = {**(_OF_PATHS if operation.path else {}), **callers, **_OF_ALL}
    yield from sorted({**also, **operation.refusals}.items())


def _refusal(route: Route, status: int, when: str) -> dict[str, Any]:
    if status == 307:
        return {"description": when}
    name = route.handler.error_schema
    schema: dict[str, Any] = {"$ref": f"#/components/schemas/{name}"}
    if status == 404:
        schema = {"anyOf": [schema, _NO_ROUTE]}
    content = {"schema": schema, "example": _example_of_refusal(name, status)}
    return {"description": when, "content": {"application/json": content}}


def _example_of_refusal(name: str, status: int) -> dict[str, Any]:
    """Return an example of the body of a refusal with a status, in the form of a handler."""
    message, code, field = _TOLD[status]
    told: dict[str, Any] = {"error_message": message, "message": message, "code": code}
    told["errors"] = [{"field": field, "message": message}] if field else []
    example = example_of(_ERRORS[name])
    example |= {key: value for key, value in told.items() if key in example}
    if status == 500:
        example["error_id"] = example_of(_ERROR_ID["error_id"])
    return dict(example)


def _parameter(parameter: Parameter, place: Mapping[str, Any]) -> dict[str, Any]:
    schema = parameter.schema()
    if parameter.default not in (None, ()):
        schema["default"] = parameter.default
    if parameter.example is not None:
        schema["examples"] = [parameter.example]
    return {
        "name": parameter.name,
        **place,
        "description": parameter.meaning,
        "schema": schema,
    }


def _in_path(parameter: Parameter) -> dict[str, Any]:
    described = _parameter(parameter, {"in": "path", "required": True})
    # The page at /docs begins with this one; those of a query are for choosing from.
    described["example"] = parameter.example
    if isinstance(parameter, Text):
        described["schema"] |= {"minLength": 1, "pattern": "^[^/]+$"}
    return described


def _several(parameter: Parameter) -> dict[str, Any]:
    if not isinstance(parameter, Words):
        return {}
    return {"style": "form", "explode": not parameter.commas}
