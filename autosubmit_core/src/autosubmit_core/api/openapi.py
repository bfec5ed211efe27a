"""``/openapi.json``: what the server answers, told from the handlers' own declarations."""

from __future__ import annotations

import re
from collections.abc import Sequence
from importlib.metadata import version
from typing import Any, ClassVar

from autosubmit_core.api.encoding import json_bytes
from autosubmit_core.api.handlers import ApiHandler, Operation, Route

__all__ = ["OpenApi", "describe", "routes"]


class OpenApi(ApiHandler):
    """``GET /openapi.json``: this description."""

    operations: ClassVar = {
        "get": Operation(summary="The description of this server, as OpenAPI 3.1")
    }

    async def get(self) -> None:
        self.write(self.application.settings["openapi"])


routes = [Route("/openapi.json", OpenApi)]

_SCHEMAS: dict[str, Any] = {
    "Error": {
        "type": "object",
        "properties": {
            "error": {"const": True},
            "error_message": {"type": "string"},
            "code": {"type": "string"},
            "error_id": {"type": "string", "description": "With status 500: its name in the log."},
        },
        "required": ["error", "error_message", "code"],
    },
    "ReportError": {
        "type": "object",
        "properties": {
            "status": {"const": "error"},
            "message": {"type": "string"},
            "errors": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {"field": {"type": "string"}, "message": {"type": "string"}},
                    "required": ["field", "message"],
                },
            },
        },
        "required": ["status", "message", "errors"],
    },
}


def describe(routes: Sequence[Route], root_path: str) -> bytes:
    """Return the OpenAPI 3.1 description of some routes, as JSON."""
    described: dict[str, Any] = {
        "openapi": "3.1.0",
        "info": {"title": "Autosubmit experiments", "version": version("autosubmit_core")},
        "paths": {route.path: _path(route) for route in routes},
        "components": {"schemas": _SCHEMAS},
    }
    if root_path:
        described["servers"] = [{"url": root_path}]
    return json_bytes(described)


def _path(route: Route) -> dict[str, Any]:
    item: dict[str, Any] = {
        verb: _operation(route, operation) for verb, operation in route.handler.operations.items()
    }
    names = re.findall(r"{(\w+)}", route.path)
    if names:
        item["parameters"] = [
            {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
            for name in names
        ]
    return item


def _operation(route: Route, operation: Operation) -> dict[str, Any]:
    described: dict[str, Any] = {
        "summary": operation.summary,
        "operationId": route.handler.__name__,
        "responses": {
            "200": {"description": "The answer.", "content": _json(operation.answer)},
            **{
                str(status): {"description": when, "content": _json(_error_schema(route))}
                for status, when in operation.refusals.items()
            },
        },
    }
    if operation.parameters:
        described["parameters"] = [
            {
                "name": parameter.name,
                "in": "query",
                "description": parameter.meaning,
                "schema": _with_default(parameter.schema(), parameter.default),
            }
            for parameter in operation.parameters
        ]
    if operation.body is not None:
        described["requestBody"] = {"required": True, "content": _json(operation.body)}
    return described


def _error_schema(route: Route) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{route.handler.error_schema}"}


def _with_default(schema: dict[str, Any], default: object) -> dict[str, Any]:
    return schema if default is None else {**schema, "default": default}


def _json(schema: Any) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}
