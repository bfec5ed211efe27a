"""Placeholders: ``%SECTION.KEY%`` in a text stands for another value of the same configuration.

``%NAME^^%`` and ``%NAME,,%`` are the value in upper and lower case, but only in a text that has
an ordinary placeholder too; ``%^NAME%`` waits for the very end, when all files have been read.
A placeholder that leads nowhere, or to nothing, stays as it is written: the names of a job's own
variables (``%CHUNK%``) are told from others only when its script is made.
"""

from __future__ import annotations

import re
from collections import ChainMap
from collections.abc import Mapping
from typing import Any

from autosubmit_core.readers.configuration.rules import BrokenRuleError
from autosubmit_core.readers.configuration.yaml_scalars import TaggedText

__all__ = ["Placeholders"]

_PLAIN = re.compile(r"%[A-Za-z0-9_.\-]*%")
_PLAIN_OR_LATE = re.compile(r"%\^?[A-Za-z0-9_.\-]*%")
_EARLY_REFERENCE = re.compile(r"%([A-Za-z0-9_.\-]*)(\^\^|,,)?%")
_LATE_REFERENCE = re.compile(r"%\^?([A-Za-z0-9_.\-]*)(\^\^|,,)?%")

#: Most characters that placeholders of one configuration may bring in, all rounds together.
_MOST_GROWTH = 4_000_000

#: Most placeholders that are looked up, all rounds together.
MOST_LOOKUPS = 2_000_000

#: Rounds over all texts; a chain of n placeholders is through after about log2(n) of them.
_FEWEST_ROUNDS = 25


class Placeholders:
    """Fills the placeholders of one experiment's configuration, within bounds."""

    def __init__(self) -> None:
        self._growth = 0
        self._lookups = 0
        #: Placeholders that were left because their value holds the very same placeholder.
        self.endless: set[str] = set()

    def fill(
        self,
        data: dict[str, Any],
        *,
        late: bool = False,
        also_known: dict[str, Any] | None = None,
    ) -> None:
        """Replace, in place, each placeholder whose value is known, until nothing changes.

        ``late``: also ``%^NAME%``. ``also_known``: values that are no part of the data yet.
        Raises :class:`BrokenRuleError` where a path leads through something that is no section,
        where a list mixes placeholders with other than texts, and where texts grow without end.
        """
        known = ChainMap(also_known or {}, data)
        slots = _slots(data, late)
        for _ in range(_FEWEST_ROUNDS + len(slots)):
            # No key is ever added, so a text that did not change in a round never will.
            slots = [slot for slot in slots if self._fill_slot(*slot, known, late)]
            if not slots:
                break

    def fill_text(self, text: str, known: Mapping[str, Any]) -> str:
        """Return one text, if it has an ordinary placeholder, with those that are known."""
        return self._substituted(text, known, late=False) if _PLAIN.search(text) else text

    def _fill_slot(self, container: Any, key: Any, known: Mapping[str, Any], late: bool) -> bool:
        before = container[key]
        if not _holds(_PLAIN_OR_LATE if late else _PLAIN, before):
            return False
        if isinstance(before, str):
            container[key] = self._substituted(before, known, late)
        else:
            container[key] = [
                self._substituted(item, known, late) if isinstance(item, str) else item
                for item in before
            ]
        return bool(container[key] != before)

    def _substituted(self, text: str, known: Mapping[str, Any], late: bool) -> str:
        reference = _LATE_REFERENCE if late else _EARLY_REFERENCE
        return reference.sub(lambda match: self._replacement(match, known), text)

    def _replacement(self, match: re.Match[str], known: Mapping[str, Any]) -> str:
        written, path, case = match.group(0), match.group(1), match.group(2)
        self._lookups += 1
        if self._lookups > MOST_LOOKUPS:
            raise BrokenRuleError(written, "too many placeholders")
        value = _value(path, known)
        # An integer 0 and false are values; everything else that is empty is not one yet.
        if not value and not isinstance(value, int):
            return written
        text = str(value)
        # Also what is left out below has been made a text of.
        self._growth += len(text)
        if self._growth > _MOST_GROWTH:
            raise BrokenRuleError(written, "placeholders grow without end")
        if written in text:
            if written != text:
                self.endless.add(written)
            return written
        if isinstance(value, str) and case:
            text = text.upper() if case == "^^" else text.lower()
        return text


def _value(path: str, known: Mapping[str, Any]) -> Any:
    """Return what a dotted path leads to, None if to nothing."""
    value: Any = known
    for part in path.upper().split("."):
        if not isinstance(value, Mapping):
            raise BrokenRuleError(f"%{path}%", "leads through a value that is no section")
        if part not in value:
            return None
        value = value[part]
    return value


def _slots(data: dict[str, Any], late: bool) -> list[tuple[Any, Any]]:
    """Return where there are texts, or lists of texts, with placeholders: (container, key)."""
    pattern = _PLAIN_OR_LATE if late else _PLAIN
    slots: list[tuple[Any, Any]] = []

    def visit(section: dict[str, Any], place: str, in_loop: bool) -> None:
        for key, value in section.items():
            if isinstance(value, dict):
                visit(value, f"{place}{key}.", key == "FOR")
            elif isinstance(value, str):
                if "%" in value and pattern.search(value):
                    slots.append((section, key))
            elif _holds(pattern, value):
                # The lists of a loop may be mixed: they are read as texts anyway.
                if isinstance(value, list) and (in_loop or all(isinstance(v, str) for v in value)):
                    slots.append((section, key))
                else:
                    raise BrokenRuleError(place + key, "a placeholder among other than plain texts")

    visit(data, "", False)
    return slots


def _holds(pattern: re.Pattern[str], value: Any) -> bool:
    """Tell whether a list or a tagged text holds a placeholder, at any depth."""
    if isinstance(value, list):
        return any(_holds(pattern, item) for item in value)
    if isinstance(value, dict):
        return any(_holds(pattern, item) for item in value.values())
    if isinstance(value, (str, TaggedText)):
        return pattern.search(str(value)) is not None
    return False
