"""The words in which answers are described: JSON Schema, a few letters each.

Descriptions are written by hand beside the routes, because what answers hold is published and not
ours to derive; tests hold every answer of the demo installation against them, strictly.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from autosubmit_core.status import Status

__all__ = [
    "CONFIGURATION",
    "COUNTERS",
    "EPOCH",
    "INSTANT",
    "STATUS_CODE",
    "STATUS_COLOUR",
    "STATUS_NAME",
    "STATUS_NAMES",
    "WARNINGS",
    "Schema",
    "boolean",
    "constant",
    "example_of",
    "listed",
    "mapping",
    "number",
    "one_of",
    "or_null",
    "record",
    "text",
    "whole",
]

Schema = dict[str, Any]

#: The names of all statuses, sorted.
STATUS_NAMES = tuple(sorted(Status.__members__))


def text(example: str = "", meaning: str = "") -> Schema:
    """Describe a text."""
    return _leaf("string", example, meaning)


def whole(example: int = 0, meaning: str = "") -> Schema:
    """Describe a whole number."""
    return _leaf("integer", example, meaning)


def number(example: float = 0.0, meaning: str = "") -> Schema:
    """Describe a number."""
    return _leaf("number", example, meaning)


def boolean(example: bool = False, meaning: str = "") -> Schema:
    """Describe a truth value."""
    return _leaf("boolean", example, meaning)


def constant(value: object, meaning: str = "") -> Schema:
    """Describe what is always the same."""
    return _with_meaning({"const": value}, meaning)


def one_of(words: Sequence[str], example: str, meaning: str = "") -> Schema:
    """Describe one of a few words."""
    return _with_meaning({"type": "string", "enum": list(words), "examples": [example]}, meaning)


def or_null(schema: Schema) -> Schema:
    """Describe what may be null.

    >>> or_null(text("SIM"))
    {'type': ['string', 'null'], 'examples': ['SIM']}
    """
    if "enum" in schema:
        return {**schema, "type": ["string", "null"], "enum": [*schema["enum"], None]}
    if isinstance(schema.get("type"), str):
        return {**schema, "type": [schema["type"], "null"]}
    return {"anyOf": [schema, {"type": "null"}]}


def listed(items: Schema, meaning: str = "") -> Schema:
    """Describe a list."""
    return _with_meaning({"type": "array", "items": items}, meaning)


def mapping(values: Schema, meaning: str = "", example: str = "") -> Schema:
    """Describe an object with any keys; ``example`` is one of them."""
    schema: Schema = {"type": "object", "additionalProperties": values}
    if example:
        schema["examples"] = [{example: example_of(values)}]
    return _with_meaning(schema, meaning)


def record(
    required: Mapping[str, Schema], optional: Mapping[str, Schema] | None = None, meaning: str = ""
) -> Schema:
    """Describe an object with known keys, those that are always there and those that may be."""
    schema: Schema = {
        "type": "object",
        "properties": {**required, **(optional or {})},
        "required": list(required),
    }
    return _with_meaning(schema, meaning)


def example_of(schema: Mapping[str, Any]) -> Any:
    """Return an example of what a schema describes, made of the examples inside it.

    >>> example_of(record({"name": text("a003"), "jobs": listed(whole(3))}))
    {'name': 'a003', 'jobs': [3]}
    """
    if "examples" in schema:
        return schema["examples"][0]
    if "const" in schema:
        return schema["const"]
    for choice in schema.get("anyOf", ()):
        return example_of(choice)
    match schema.get("type"):
        case "object":
            properties = schema.get("properties", {})
            return {name: example_of(properties[name]) for name in schema.get("required", ())}
        case "array":
            return [example_of(schema["items"])]
    return None


def _leaf(kind: str, example: object, meaning: str) -> Schema:
    return _with_meaning({"type": kind, "examples": [example]}, meaning)


def _with_meaning(schema: Schema, meaning: str) -> Schema:
    return {**schema, "description": meaning} if meaning else schema


STATUS_NAME = one_of(STATUS_NAMES, "COMPLETED")
STATUS_CODE = whole(5, "The code of the status.")
STATUS_COLOUR = text("yellow", "The colour of the status, as CSS names it.")
INSTANT = or_null(text("2026-11-21T12:34:56+00:00", "ISO 8601 with offset, whole seconds."))
EPOCH = whole(1_795_264_496, "Seconds since 1970 UTC; 0 for none.")
WARNINGS = listed(text(), "What the answer had to do without, a sentence each.")
CONFIGURATION = mapping({}, "Sections and values, and contains_nones.", example="DEFAULT")
COUNTERS = {
    "type": "object",
    "properties": {name: {"type": "integer"} for name in STATUS_NAMES},
    "examples": [{"COMPLETED": 141, "FAILED": 4, "WAITING": 11}],
    "description": "Jobs by status.",
}
