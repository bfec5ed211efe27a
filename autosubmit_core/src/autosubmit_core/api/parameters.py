"""The parameters of a query: declared once, then read, refused and documented from that.

The texts of a refusal are the published ones, word for word: clients match on them.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from autosubmit_core.api.refusals import RefusedError

__all__ = ["Boolean", "Choice", "Integer", "Parameter", "Text", "read_query"]

_TRUE = frozenset({"true", "t", "yes", "y", "on", "1"})
_FALSE = frozenset({"false", "f", "no", "n", "off", "0"})

#: A whole number, short enough for every column and offset that it is compared with.
_INTEGER = re.compile(r"[+-]?\d{1,18}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter(ABC):
    """One parameter of a query."""

    #: Its name in the query, and the name of the argument that it becomes.
    name: str
    #: One sentence for the documentation.
    meaning: str
    #: What it is when the query does not have it.
    default: Any = None
    #: The whole sentence of a refusal, where the general one is not the published one.
    refusal: str | None = None

    @abstractmethod
    def read(self, text: str) -> Any:
        """Return the value of a text; raises :class:`ValueError` with what it should be."""

    @abstractmethod
    def schema(self) -> dict[str, Any]:
        """Return the JSON schema of the value, without its default."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Text(Parameter):
    """Any text; an empty one counts as none."""

    #: The largest number of characters.
    longest: int = 256

    def read(self, text: str) -> str | None:
        if len(text) > self.longest:
            raise ValueError(f"String should have at most {self.longest} characters")
        return text or self.default

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "maxLength": self.longest}


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice(Parameter):
    """One of a few words, in their exact spelling."""

    #: The words, in the order in which a refusal lists them.
    words: tuple[str, ...]

    def read(self, text: str) -> str:
        if text not in self.words:
            raise ValueError(f"Input should be {_alternatives(self.words)}")
        return text

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "enum": list(self.words)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Integer(Parameter):
    """A whole number, within bounds if there are any."""

    least: int | None = None
    most: int | None = None

    def read(self, text: str) -> int:
        if not _INTEGER.fullmatch(text.strip()):
            raise ValueError(
                "Input should be a valid integer, unable to parse string as an integer"
            )
        number = int(text)
        if self.least is not None and number < self.least:
            raise ValueError(f"Input should be greater than or equal to {self.least}")
        if self.most is not None and number > self.most:
            raise ValueError(f"Input should be less than or equal to {self.most}")
        return number

    def schema(self) -> dict[str, Any]:
        bounds = {"minimum": self.least, "maximum": self.most}
        return {"type": "integer", **{key: at for key, at in bounds.items() if at is not None}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Boolean(Parameter):
    """Yes or no, in any of the usual words and in any case of letters."""

    def read(self, text: str) -> bool:
        word = text.strip().lower()
        if word not in _TRUE | _FALSE:
            raise ValueError("Input should be a valid boolean, unable to interpret input")
        return word in _TRUE

    def schema(self) -> dict[str, Any]:
        return {"type": "boolean"}


def read_query(
    parameters: Sequence[Parameter], query: Mapping[str, Sequence[bytes]]
) -> dict[str, Any]:
    """Return the value of each declared parameter; what is not declared is ignored.

    Of a repeated parameter the last one counts. Raises :class:`RefusedError` (422) with one sentence
    for each that is wrong, in the order of their declaration.
    """
    values: dict[str, Any] = {}
    wrong: list[tuple[str, str]] = []
    for parameter in parameters:
        given = query.get(parameter.name)
        if not given:
            values[parameter.name] = parameter.default
            continue
        try:
            values[parameter.name] = parameter.read(given[-1].decode("utf-8", "replace"))
        except ValueError as error:
            sentence = parameter.refusal or f"Invalid value for '{parameter.name}': {error}"
            wrong.append((parameter.name, sentence))
    if wrong:
        message = "; ".join(sentence for _, sentence in wrong)
        raise RefusedError(422, message, "invalid_parameter", fields=tuple(wrong))
    return values


def _alternatives(words: Sequence[str]) -> str:
    quoted = [f"'{word}'" for word in words]
    return " or ".join(filter(None, [", ".join(quoted[:-1]), quoted[-1]]))
