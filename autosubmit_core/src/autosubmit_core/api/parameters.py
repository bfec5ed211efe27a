"""The parameters of a request: declared once, then read, refused and documented from that.

No validation library stands behind this. The texts of a refusal are published, word for word, and
clients match on them; a library's change with its versions, and would have to be put right for
each of them. What is left of such a library's work is a few lines for each kind of parameter.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from autosubmit_core.api.refusals import RefusedError

__all__ = [
    "FALSE",
    "TRUE",
    "Boolean",
    "Choice",
    "Integer",
    "Parameter",
    "Text",
    "Words",
    "read_parameters",
]

#: The usual words of yes and no, in lower case.
TRUE = frozenset({"true", "t", "yes", "y", "on", "1"})
FALSE = frozenset({"false", "f", "no", "n", "off", "0"})

#: A whole number, short enough for every column and offset that it is compared with.
_INTEGER = re.compile(r"[+-]?\d{1,18}", re.ASCII)

#: The most values that a repeated parameter may have: a whole query of more than a thousand is
#: refused by Tornado, before anybody can say why.
MOST_WORDS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter(ABC):
    """One parameter in the query or the path of a request."""

    #: Its name there.
    name: str
    #: One sentence for the documentation.
    meaning: str
    #: What it is when the request does not have it.
    default: Any = None
    #: A value for the documentation that the demo installation has an answer to.
    example: Any = None
    #: The argument that it becomes, if that has another name.
    argument: str | None = None
    #: Whether it is accepted and means nothing any more.
    ignored: bool = False
    #: The whole sentence of a refusal, where the general one is not the published one.
    refusal: str | None = None

    def read_all(self, texts: Sequence[str]) -> Any:
        """Return the value of all texts that a request has for it: of several, the last counts.

        Raises :class:`ValueError` with what it should be.
        """
        return self.read(texts[-1])

    @abstractmethod
    def read(self, text: str) -> Any:
        """Return the value of a text; raises :class:`ValueError` with what it should be."""

    @abstractmethod
    def schema(self) -> dict[str, Any]:
        """Return the JSON schema of the value, without its default."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Text(Parameter):
    """Any text; an empty one counts as none."""

    #: The largest number of characters, if there is one.
    longest: int | None = 256

    def read(self, text: str) -> str | None:
        if self.longest is not None and len(text) > self.longest:
            raise ValueError(f"String should have at most {self.longest} characters")
        return text or self.default

    def schema(self) -> dict[str, Any]:
        bounds = {} if self.longest is None else {"maxLength": self.longest}
        return {"type": "string", **bounds}


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
class Words(Parameter):
    """Any number of words: the parameter may be repeated, and empty ones do not count."""

    default: Any = ()
    #: The words that there are, in the order in which a refusal lists them; None for any.
    words: tuple[str, ...] | None = None
    #: Whether one text may hold several words, with commas between them.
    commas: bool = False

    def read_all(self, texts: Sequence[str]) -> tuple[str, ...]:
        parts = [part for text in texts for part in (text.split(",") if self.commas else (text,))]
        if len(parts) > MOST_WORDS:
            raise ValueError(f"List should have at most {MOST_WORDS} items")
        read = [self.read(part) for part in parts]
        return tuple(word for word in read if word) or self.default

    def read(self, text: str) -> str:
        if self.words is not None and text not in self.words:
            raise ValueError(f"Input should be {_alternatives(self.words)}")
        return text

    def schema(self) -> dict[str, Any]:
        items = {} if self.words is None else {"enum": list(self.words)}
        return {
            "type": "array",
            "items": {"type": "string", **items},
            "maxItems": MOST_WORDS,
        }


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
        if word not in TRUE | FALSE:
            raise ValueError("Input should be a valid boolean, unable to interpret input")
        return word in TRUE

    def schema(self) -> dict[str, Any]:
        return {"type": "boolean"}


def read_parameters(
    parameters: Sequence[Parameter], given: Mapping[str, Sequence[str]]
) -> dict[str, Any]:
    """Return the value of each declared parameter, by its argument; others are passed over.

    Raises :class:`RefusedError` (422) with one sentence for each that is wrong, in the order of
    their declaration.
    """
    values: dict[str, Any] = {}
    wrong: list[tuple[str, str]] = []
    for parameter in parameters:
        if parameter.ignored:
            continue
        argument, texts = parameter.argument or parameter.name, given.get(parameter.name)
        try:
            values[argument] = parameter.read_all(texts) if texts else parameter.default
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
