"""What one YAML scalar means, by the rules of YAML 1.2 as Autosubmit's own parser applies them.

PyYAML resolves by YAML 1.1, in which ``yes`` is true, ``010`` is eight and ``01:30:00`` is 5400.
Autosubmit 4 reads YAML 1.2: those are a text, ten and a text.
"""

from __future__ import annotations

import base64
import binascii
import math
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import yaml

__all__ = ["TaggedText", "plain_scalar", "plain_scalar_of_yaml_1_1", "tagged_scalar"]

STANDARD_TAG = "tag:yaml.org,2002:"

_WORDS: dict[str, Any] = {word: None for word in ("", "~", "null", "Null", "NULL")}
_WORDS |= {word: True for word in ("true", "True", "TRUE")}
_WORDS |= {word: False for word in ("false", "False", "FALSE")}
_WORDS |= {
    sign + word: float(sign + "inf") for sign in ("", "+", "-") for word in (".inf", ".Inf", ".INF")
}
_WORDS |= {word: math.nan for word in (".nan", ".NaN", ".NAN")}

_NUMERIC_START = frozenset("+-.0123456789")
_INTEGER = re.compile(r"([-+]?)(0b[01_]+|0o?[0-7_]+|0x[0-9a-fA-F_]+|[0-9_]+)", re.ASCII)
_FLOAT = re.compile(
    r"[-+]?(?:[0-9][0-9_]*\.[0-9_]*(?:[eE][-+]?[0-9]+)?"
    r"|[0-9][0-9_]*[eE][-+]?[0-9]+"
    r"|\.[0-9_]+(?:[eE][-+][0-9]+)?)",
    re.ASCII,
)
_TIMESTAMP = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt]|[ \t]+)[0-9]{1,2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]*)?"
    r"(?:[ \t]*(?:Z|[-+][0-9]{1,2}(?::[0-9]{2})?))?",
    re.ASCII,
)
_BASES = {"0b": 2, "0o": 8, "0x": 16}

#: A text of more digits than this is left a text: making a number of it costs the square of them,
#: and Python makes no text again of a number of more than 4300 decimal ones, which 3500 in base 16
#: never are.
_MOST_DIGITS = 3500


class TaggedText:
    """A scalar with a tag nobody knows, such as ``!rrule FREQ=YEARLY``: data, but not quite a text.

    Autosubmit refuses one where it wants a text (a wall clock, a placeholder to be filled) and
    shows the bare text in answers, so the difference has to last until the dictionary is done.
    """

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return repr(self.text)


@lru_cache(maxsize=8192)
def plain_scalar(text: str) -> Any:
    """Return the value of an unquoted scalar without a tag.

    >>> plain_scalar("010"), plain_scalar("0o10"), plain_scalar("1_000"), plain_scalar("1e3")
    (10, 8, 1000, 1000.0)
    >>> plain_scalar("yes"), plain_scalar("00:05"), plain_scalar("4.1.17"), plain_scalar("~")
    ('yes', '00:05', '4.1.17', None)

    Raises :class:`ValueError` for a date that does not exist.
    """
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in _NUMERIC_START:
        return text
    if _INTEGER.fullmatch(text):
        return _integer(text, otherwise=text)
    if _FLOAT.fullmatch(text):
        return _float(text, otherwise=text)
    if _TIMESTAMP.fullmatch(text):
        return _standard("timestamp", text)
    return text


@lru_cache(maxsize=1024)
def plain_scalar_of_yaml_1_1(text: str) -> Any:
    """Return the same for a file that opens with ``%YAML 1.1``, which PyYAML knows by itself."""
    tag = yaml.resolver.Resolver().resolve(yaml.ScalarNode, text, (True, False))  # type: ignore[no-untyped-call]
    if tag == f"{STANDARD_TAG}int" and len(text) > _MOST_DIGITS:
        return text
    if tag in (f"{STANDARD_TAG}merge", f"{STANDARD_TAG}value"):
        return text
    return _standard(tag.removeprefix(STANDARD_TAG), text)


def tagged_scalar(tag: str, text: str) -> Any:
    """Return the value of a scalar with an explicit tag; no tag ever builds an object.

    Raises :class:`ValueError` if a standard tag does not fit its text, as in ``!!int x``.
    """
    construct = _OF_TAG.get(tag)
    return TaggedText(text) if construct is None else construct(text)


def _integer(text: str, otherwise: Any = None) -> Any:
    digits = text.replace("_", "").lower()
    sign, digits = (-1, digits[1:]) if digits[:1] == "-" else (1, digits.removeprefix("+"))
    if len(digits) > _MOST_DIGITS:
        if otherwise is None:
            raise ValueError(f"a number of more than {_MOST_DIGITS} digits")
        return otherwise
    try:
        return sign * int(digits, _BASES.get(digits[:2], 10))
    except ValueError:
        if otherwise is None:
            raise
        return otherwise


def _float(text: str, otherwise: Any = None) -> Any:
    try:
        return float(text.replace("_", ""))
    except ValueError:
        if otherwise is None:
            raise
        return otherwise


def _boolean(text: str) -> bool:
    value = _WORDS.get(text.lower())
    if not isinstance(value, bool):
        raise ValueError(f"'{text}' is no boolean")
    return value


def _binary(text: str) -> bytes:
    try:
        return base64.b64decode(text)
    except binascii.Error as error:
        raise ValueError("not base64") from error


def _timestamp(text: str) -> Any:
    if not _TIMESTAMP.fullmatch(text):
        raise ValueError(f"'{text[:80]}' is no date")
    return _standard("timestamp", text)


def _standard(name: str, text: str) -> Any:
    """Return what PyYAML makes of a scalar of a standard type."""
    constructor = yaml.constructor.SafeConstructor()
    try:
        return constructor.construct_object(yaml.ScalarNode(STANDARD_TAG + name, text))
    except OverflowError as error:  # YAML 1.1 counts in sixties
        raise ValueError(f"'{text[:80]}' is too large") from error


_OF_TAG: dict[str, Callable[[str], Any]] = {
    f"{STANDARD_TAG}str": str,
    f"{STANDARD_TAG}int": _integer,
    f"{STANDARD_TAG}float": _float,
    f"{STANDARD_TAG}bool": _boolean,
    f"{STANDARD_TAG}null": lambda text: None,
    f"{STANDARD_TAG}timestamp": _timestamp,
    f"{STANDARD_TAG}binary": _binary,
}
