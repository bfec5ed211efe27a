"""What the standard library does with INI files, within bounds."""

from __future__ import annotations

import re
from collections.abc import Mapping, MutableMapping
from configparser import Interpolation
from typing import Any

from autosubmit_core.readers.configuration.rules import BrokenRuleError

__all__ = ["BoundedInterpolation", "check_lines"]

#: Most blanks in a row within the name of an option. The standard parser tries every division of
#: them: a line of some thousands takes seconds, and one of a million days.
_MOST_BLANKS = 100
_BLANKS = re.compile(rf"\s{{{_MOST_BLANKS}}}")
_DELIMITER = re.compile("[=:]")

_REFERENCE = re.compile(r"%(?:(%)|\(([^)]+)\)s)?")
_DEEPEST_REFERENCE = 10

#: Most characters that references of one file may bring in.
_MOST_GROWTH = 1_000_000


def check_lines(text: str) -> None:
    """Raise :class:`BrokenRuleError` for a line of an INI file that takes too long to be parsed."""
    for number, line in enumerate(text.split("\n"), 1):
        if len(line) > _MOST_BLANKS and _BLANKS.search(_DELIMITER.split(line, 1)[0].strip()):
            raise BrokenRuleError(f"line {number}", f"more than {_MOST_BLANKS} blanks in a name")


class BoundedInterpolation(Interpolation):
    """``%(NAME)s`` is an option of the same section or of DEFAULT, ``%%`` is ``%``.

    As the standard one, but a few lines of references to each other cannot fill the memory.
    """

    def __init__(self) -> None:
        self._growth = 0

    def before_get(
        self,
        parser: MutableMapping[str, Mapping[str, str]],
        section: Any,  # a name, or since Python 3.13 a sign for "no section"
        option: str,
        value: str,
        defaults: Mapping[str, str],
    ) -> str:
        return self._expanded(value, defaults, f"[{section}] {option}", 1)

    def _expanded(self, value: str, known: Mapping[str, str], place: str, depth: int) -> str:
        if depth > _DEEPEST_REFERENCE:
            raise BrokenRuleError(place, "references go round in a circle")

        def replacement(match: re.Match[str]) -> str:
            percent, name = match.groups()
            if percent:
                return "%"
            if name is None:
                raise BrokenRuleError(place, "a single '%' has to be written '%%'")
            if name not in known:
                raise BrokenRuleError(place, f"refers to '{name}', which is not there")
            text = self._expanded(known[name], known, place, depth + 1)
            self._growth += len(text) + 1
            if self._growth > _MOST_GROWTH:
                raise BrokenRuleError(place, "references grow without end")
            return text

        return _REFERENCE.sub(replacement, value)
