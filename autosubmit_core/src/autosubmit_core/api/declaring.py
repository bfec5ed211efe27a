"""How settings are declared and what their texts may be: each thing is said once, beside its field."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import Field, field
from typing import Any

__all__ = ["one_of", "option", "origins", "seconds", "setting", "switch", "whole_number"]

_ORIGIN = re.compile(r"https?://(\[[0-9a-f:.]+\]|[a-z0-9.-]+)(:\d{1,5})?", re.IGNORECASE | re.ASCII)
_YES = frozenset({"true", "t", "yes", "y", "on", "1"})
_NO = frozenset({"false", "f", "no", "n", "off", "0", ""})


def whole_number(least: int, most: int) -> Callable[[str], int]:
    """Return what reads a whole number within bounds, and says so of any other text."""

    def read(text: str) -> int:
        number = int(text) if re.fullmatch(r"\d{1,12}", text, re.ASCII) else -1
        if not least <= number <= most:
            raise ValueError(f"must be a whole number from {least} to {most}")
        return number

    return read


def seconds(least: float, most: float) -> Callable[[str], float]:
    """Return what reads a length of time within bounds, and says so of any other text."""

    def read(text: str) -> float:
        length = float(text) if re.fullmatch(r"\d{1,6}(\.\d{1,6})?", text, re.ASCII) else -1.0
        if not least <= length <= most:
            raise ValueError(f"must be seconds from {least:g} to {most:g}")
        return length

    return read


def one_of(*words: str) -> Callable[[str], str]:
    """Return what reads one of some words."""

    def read(text: str) -> str:
        if text not in words:
            raise ValueError(f"must be {' or '.join(words)}")
        return text

    return read


def switch(text: str) -> bool:
    """Read the variable of a switch.

    >>> switch("True"), switch("")
    (True, False)
    """
    word = text.strip().lower()
    if word not in _YES | _NO:
        raise ValueError("must be true or false")
    return word in _YES


def origins(text: str) -> tuple[str, ...]:
    """Read origins of web pages, separated by commas."""
    listed = [part.strip().rstrip("/").lower() for part in text.split(",")]
    for origin in filter(None, listed):
        if not _ORIGIN.fullmatch(origin):
            raise ValueError("must be origins such as https://gui.example.org, separated by commas")
    return tuple(filter(None, listed))


def setting(
    default: object,
    meaning: str,
    *,
    read: Callable[[str], object] | None = None,
    variable: str | tuple[str, ...] = (),
    secret: bool = False,
) -> Any:
    """Declare a setting: ``read`` makes its value of a text; without it, it is a switch.

    Of several environment variables the first that is set counts. A secret has no option: everybody
    on a machine can see the command lines of its programs.
    """
    variables = (variable,) if isinstance(variable, str) else variable
    told = {"meaning": meaning, "read": read, "variables": variables, "secret": secret}
    return field(default=default, metadata=told)


def option(one: Field[Any]) -> str | None:
    """Return the option of a setting, as it is typed: ``--root-path``; secrets have none."""
    return None if one.metadata["secret"] else "--" + one.name.replace("_", "-")
