"""The body of a request that is a JSON object, field by field, with every wrong field named.

The texts of a refusal are the published ones, as those of :mod:`autosubmit_core.api.parameters` are.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from autosubmit_core.api.parameters import FALSE, TRUE
from autosubmit_core.api.refusals import RefusedError

__all__ = ["Body", "read_object", "wrong_field"]

_COMMAND_ID = re.compile(r"[0-9a-f]{32}", re.ASCII)


class Body:
    """An object whose fields are read one by one; :meth:`check` refuses it if one was wrong.

    A field that is wrong has some value until then. Fields that nobody reads mean nothing.
    """

    def __init__(
        self,
        told: Mapping[str, Any],
        prefix: str = "",
        wrong: list[tuple[str, str]] | None = None,
    ) -> None:
        self._told = told
        self._prefix = prefix
        self._wrong = [] if wrong is None else wrong

    def name(self, field: str) -> str:
        """Return how a refusal names a field of this object."""
        return self._prefix + field

    def text(self, field: str) -> str:
        """Return a text that has to be there."""
        if field not in self._told:
            return str(self._refuse(field, "Field required", ""))
        return self._text(field, self._told[field])

    def maybe(self, field: str) -> str | None:
        """Return a text, None where there is none or an empty one."""
        value = self._told.get(field)
        return None if value is None else self._text(field, value) or None

    def flag(self, field: str, nullable: bool = False) -> bool:
        """Return a truth value, in any of the usual words; no where there is none."""
        value = self._told.get(field, False)
        if value is None and nullable:
            return False
        if isinstance(value, str) and value.lower() in TRUE | FALSE:
            return value.lower() in TRUE
        if isinstance(value, (bool, int, float)) and value in (0, 1):
            return bool(value)
        kind = ", unable to interpret input" if isinstance(value, (str, int)) else ""
        return bool(self._refuse(field, f"Input should be a valid boolean{kind}", False))

    def texts(self, field: str) -> list[str]:
        """Return a list of texts, an empty one where there is none."""
        value = self._told.get(field)
        if value is None:
            return []
        if not isinstance(value, list):
            return list(self._refuse(field, "Input should be a valid list", []))
        for number, one in enumerate(value):
            if not isinstance(one, str):
                self._refuse(f"{field}.{number}", "Input should be a valid string", None)
                return []
        return value

    def mapping(self, field: str) -> dict[str, Any]:
        """Return an object, an empty one where there is none."""
        value = self._told.get(field)
        if value is None:
            return {}
        if not isinstance(value, dict):
            return dict(self._refuse(field, "Input should be a valid dictionary", {}))
        return value

    def anything(self, field: str) -> Any:
        """Return a field whatever it is, None where it is not there."""
        return self._told.get(field)

    def part(self, field: str, required: bool = True) -> Body:
        """Return an object whose fields are read like these."""
        value = self._told.get(field)
        if field not in self._told and required:
            self._refuse(field, "Field required", None)
        elif not isinstance(value, dict) and (value is not None or required):
            reason = "Input should be a valid dictionary or object to extract fields from"
            self._refuse(field, reason, None)
        told = value if isinstance(value, dict) else {}
        return Body(told, f"{self._prefix}{field}.", self._wrong)

    def choice(self, field: str, words: tuple[str, ...]) -> str:
        """Return one of a few words, in its exact spelling."""
        if field not in self._told:
            return str(self._refuse(field, "Field required", words[0]))
        value = self._told[field]
        if value not in words:
            listed = ", ".join(f"'{word}'" for word in words[:-1]) + f" or '{words[-1]}'"
            return str(self._refuse(field, f"Input should be {listed}", words[0]))
        return str(value)

    def command_id(self) -> str | None:
        """Return the name that a client gave its command, to follow it; None if it gave none."""
        value = self.maybe("command_id")
        if value is not None and not _COMMAND_ID.fullmatch(value):
            self._refuse("command_id", "must be 32 hexadecimal digits", None)
        return value

    def check(self) -> None:
        """Raise :class:`RefusedError` (422) with a sentence for each field that was wrong."""
        if self._wrong:
            message = "; ".join(sentence for _, sentence in self._wrong)
            raise RefusedError(422, message, "invalid_parameter", fields=tuple(self._wrong))

    def _text(self, field: str, value: object) -> str:
        if not isinstance(value, str):
            return str(self._refuse(field, "Input should be a valid string", ""))
        return value

    def _refuse(self, field: str, reason: str, instead: Any) -> Any:
        name = self.name(field)
        self._wrong.append((name, f"Invalid value for '{name}': {reason}"))
        return instead


def read_object(body: bytes) -> dict[str, Any]:
    """Return the object that a body holds; raises :class:`RefusedError` (422)."""
    try:
        told = json.loads(body)
    except json.JSONDecodeError as error:
        raise wrong_field(str(error.pos), "JSON decode error") from None
    except (UnicodeDecodeError, RecursionError):
        raise wrong_field("0", "JSON decode error") from None
    if not isinstance(told, dict):
        reason = "Input should be a valid dictionary or object to extract fields from"
        raise wrong_field("request", reason)
    return told


def wrong_field(field: str, reason: str) -> RefusedError:
    """Return the refusal of a field of a request."""
    message = f"Invalid value for '{field}': {reason}"
    return RefusedError(422, message, "invalid_parameter", fields=((field, message),))
