"""The body of ``POST /report`` to a :class:`ReportRequest`, with every wrong field named.

A body that is no JSON object at all is malformed (400). One that is, but asks for something that
cannot be asked, is refused (422) with one entry for each field that is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import orjson

from autosubmit_core.answers.report import DEFAULT_SECTIONS, SECTIONS, ReportRequest
from autosubmit_core.api.refusals import RefusedError

__all__ = ["MOST_EXPERIMENTS", "SCHEMA", "read_report_request"]

#: How many experiments one report may have.
MOST_EXPERIMENTS = 100

_LONGEST_TEXT = 256
_LARGEST_NUMBER = 2**53

#: How many wrong fields a refusal names: a small request is to have a small answer.
_MOST_LISTED = 100

SCHEMA: dict[str, Any] = {
    "type": "object",
    "description": "Exactly one of expid and expids.",
    "examples": [{"expid": "a2m9", "sections": ["experiment", "eta"]}],
    "properties": {
        "expid": {"type": "string", "description": "The experiment."},
        "expids": {
            "type": "array",
            "items": {"type": "string"},
            "minItems": 1,
            "maxItems": MOST_EXPERIMENTS,
            "description": "The experiments.",
        },
        "sections": {
            "type": "array",
            "items": {"type": "string", "enum": list(SECTIONS)},
            "minItems": 1,
            "default": list(DEFAULT_SECTIONS),
            "description": "The parts of the report.",
        },
        "run_id": {
            "type": "integer",
            "minimum": 1,
            "description": "The run to report; by default the newest.",
        },
        "statistics": {
            "type": "object",
            "properties": {
                "section": {"type": "string", "description": "Jobs of this section alone."},
                "hours": {
                    "type": "integer",
                    "minimum": 0,
                    "description": "The last so many hours alone; 0 for all.",
                },
            },
            "additionalProperties": False,
        },
        "eta": {
            "type": "object",
            "properties": {
                "section": {"type": "string", "description": "The section that decides the end."}
            },
            "additionalProperties": False,
        },
    },
    "additionalProperties": False,
}


def read_report_request(body: bytes) -> ReportRequest:
    """Return what a body asks for.

    Raises :class:`RefusedError`: 400 for a body that is no JSON object, 422 for wrong fields.
    """
    try:
        asked = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise _malformed(f"The body is not JSON ({where}).") from None
    if not isinstance(asked, dict):
        raise _malformed("The body must be a JSON object.")
    fields = _Fields(asked, "")
    expids = _expids(fields)
    told: dict[str, Any] = {
        "sections": fields.take("sections", _sections),
        "run_id": fields.take("run_id", _number(1)),
    }
    for part in _OPTIONS:
        told |= _options(fields, part)
        if part in asked and part not in (told["sections"] or DEFAULT_SECTIONS):
            fields.refuse(part, f"'{part}' is not among the sections that are asked for")
    wrong = fields.all_wrong()
    if wrong:
        raise _refused(wrong)
    given_values = {name: value for name, value in told.items() if value is not None}
    return ReportRequest(expids=expids, **given_values)


def _options(fields: _Fields, part: str) -> dict[str, Any]:
    """Return the options of one section of the report, under the names of a request."""
    given = _Fields(fields.take(part, _object) or {}, f"{part}.")
    told = {f"{part}_{option}": given.take(option, read) for option, read in _OPTIONS[part].items()}
    fields.wrong += given.all_wrong()
    return told


def _refused(wrong: Sequence[tuple[str, str]]) -> RefusedError:
    """Return the refusal of some fields: of very many, the first ones and how many more there are."""
    listed = [(_shortened(name), reason) for name, reason in wrong[:_MOST_LISTED]]
    sentences = [f"Invalid value for '{name}': {reason}" for name, reason in listed]
    if len(wrong) > _MOST_LISTED:
        sentences.append(f"and {len(wrong) - _MOST_LISTED} more")
    return RefusedError(422, "; ".join(sentences), "invalid_field", fields=tuple(listed))


def _shortened(name: str) -> str:
    """Return the name of a field, which may be anything, so that a line can hold it."""
    return name if len(name) <= _LONGEST_TEXT else f"{name[:_LONGEST_TEXT]}…"


class _Fields:
    """The fields of a JSON object, taken one by one; what is left in the end is unknown."""

    def __init__(self, fields: dict[str, Any], prefix: str) -> None:
        self._left = dict(fields)
        self._prefix = prefix
        self.wrong: list[tuple[str, str]] = []

    def take(self, name: str, read: Callable[[Any], Any]) -> Any:
        """Return the value of a field, None if it is absent, null or wrong."""
        value = self._left.pop(name, None)
        if value is None:
            return None
        try:
            return read(value)
        except _WrongItemError as error:
            self.refuse(f"{name}.{error.index}", str(error))
        except ValueError as error:
            self.refuse(name, str(error))
        return None

    def refuse(self, name: str, reason: str) -> None:
        self.wrong.append((self._prefix + name, reason))

    def all_wrong(self) -> list[tuple[str, str]]:
        """Return what is wrong, with a line for each field that nobody took."""
        return [*self.wrong, *((self._prefix + name, "Unknown field") for name in self._left)]


class _WrongItemError(ValueError):
    def __init__(self, index: int, reason: str) -> None:
        super().__init__(reason)
        self.index = index


def _expids(fields: _Fields) -> tuple[str, ...]:
    """Return the experiments asked for, each once."""
    before = len(fields.wrong)
    one, many = fields.take("expid", _text), fields.take("expids", _texts)
    if len(fields.wrong) > before:
        return ()
    if one is not None and many is not None:
        fields.refuse("expids", "Give either 'expid' or 'expids', not both")
    if one is None and many is None:
        fields.refuse("expid", "Field required (or 'expids' for several experiments)")
    return tuple(dict.fromkeys(many or (one,) if one or many else ()))


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("Input should be a valid string")
    if not 1 <= len(value) <= _LONGEST_TEXT:
        raise ValueError(f"String should have 1 to {_LONGEST_TEXT} characters")
    return value


def _list(value: Any, read: Callable[[Any], str]) -> list[str]:
    if not isinstance(value, list):
        raise ValueError("Input should be a valid list")
    if not value:
        raise ValueError("List should have at least 1 item")
    items = []
    for index, item in enumerate(value):
        try:
            items.append(read(item))
        except ValueError as error:
            raise _WrongItemError(index, str(error)) from None
    return items


def _texts(value: Any) -> tuple[str, ...]:
    if isinstance(value, list) and len(value) > MOST_EXPERIMENTS:
        raise ValueError(f"List should have at most {MOST_EXPERIMENTS} items")
    return tuple(_list(value, _text))


def _sections(value: Any) -> tuple[str, ...]:
    """Return the sections asked for, each once, in the order of a report."""
    asked = set(_list(value, _section))
    return tuple(section for section in SECTIONS if section in asked)


def _section(value: Any) -> str:
    if value not in SECTIONS:
        known = ", ".join(f"'{section}'" for section in SECTIONS)
        raise ValueError(f"Input should be one of {known}")
    return str(value)


def _number(least: int) -> Callable[[Any], int]:
    def read(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise ValueError("Input should be a valid integer")
        if value < least:
            raise ValueError(f"Input should be greater than or equal to {least}")
        if value > _LARGEST_NUMBER:
            raise ValueError(f"Input should be less than or equal to {_LARGEST_NUMBER}")
        return value

    return read


def _object(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError("Input should be a valid object")
    return value


def _malformed(message: str) -> RefusedError:
    return RefusedError(400, message, "malformed_body", fields=(("body", message),))


#: What can be told of single sections of the report, and how it is read.
_OPTIONS: dict[str, dict[str, Callable[[Any], Any]]] = {
    "statistics": {"section": _text, "hours": _number(0)},
    "eta": {"section": _text},
}
