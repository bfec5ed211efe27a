"""FOR: a section that stands for several, one for each name in a list.

::

    SIM:
      FOR: {NAME: [A, B], PROCESSORS: [4, 8]}     SIM_A: {FILE: sim_A.sh, NAME: A, PROCESSORS: "4"}
      FILE: sim_%NAME%.sh                         SIM_B: {FILE: sim_B.sh, NAME: B, PROCESSORS: "8"}
"""

from __future__ import annotations

import re
from typing import Any

from autosubmit_core.readers.configuration.rules import BrokenRuleError
from autosubmit_core.readers.configuration.yaml_files import MOST_VALUES

__all__ = ["unroll_loops"]

#: Most characters that the names of all loops of a file may bring into texts, with these.
_MOST_CHARACTERS = 4_000_000

_NAME = re.compile(r"%NAME%", re.IGNORECASE)
_NAME_IN_ANY_CASE = re.compile(r"%NAME(\^\^|,,)?%", re.IGNORECASE)


class _Room:
    """How much the loops of a file may still unfold to."""

    def __init__(self) -> None:
        self._values = MOST_VALUES
        self._characters = _MOST_CHARACTERS

    def take(self, place: str, values: int, characters: int) -> None:
        """Make room for so many values, and characters in texts with names."""
        self._values -= values
        self._characters -= characters
        if self._values < 0:
            raise BrokenRuleError(f"{place}FOR", f"unfolds to more than {MOST_VALUES} values")
        if self._characters < 0:
            raise BrokenRuleError(
                f"{place}FOR", f"unfolds to more than {_MOST_CHARACTERS} characters"
            )


def unroll_loops(section: dict[str, Any]) -> dict[str, Any]:
    """Return a section in which every child with a FOR is replaced by its copies, at any depth.

    Raises :class:`BrokenRuleError` for a FOR without names, with lists of different length, without
    a section around it, or if all of them unfold to more values than a whole file may hold.
    """
    return _unrolled(section, "", _Room())


def _unrolled(section: dict[str, Any], place: str, room: _Room) -> dict[str, Any]:
    if "FOR" in section:
        raise BrokenRuleError(f"{place}FOR", "a loop needs a section around it")
    unrolled: dict[str, Any] = {}
    for key, value in section.items():
        if not isinstance(value, dict):
            unrolled.setdefault(key, value)
        elif "FOR" in value:
            unrolled.update(_copies(key, value, f"{place}{key}.", room))
        else:
            # A copy of a loop replaces a section of its name, wherever that stands.
            unrolled.setdefault(key, _unrolled(value, f"{place}{key}.", room))
    return unrolled


def _copies(key: str, section: dict[str, Any], place: str, room: _Room) -> dict[str, Any]:
    variables = _variables(section["FOR"], f"{place}FOR")
    content = {name: item for name, item in section.items() if name != "FOR"}
    body = _unrolled(content, place, room)
    names = variables["NAME"]
    length, mentions = _texts_with_name(body)
    characters = len(names) * (length + len(key)) + (mentions + 1) * sum(
        len(str(name)) for name in names
    )
    room.take(place, len(names) * _count(body), characters)
    copies = {}
    for index, name in enumerate(names):
        if isinstance(name, dict):
            raise BrokenRuleError(f"{place}FOR.NAME", "has to be a list of names")
        # A name with a placeholder that nobody could fill is a copy that is not wanted.
        if "%" not in str(name):
            copies[f"{key}_{name}".upper()] = _named(body, str(name)) | {
                variable: values[index] for variable, values in variables.items()
            }
    return copies


def _variables(loop: Any, place: str) -> dict[str, list[Any]]:
    """Return the variables of a loop, each with one value a turn."""
    if not isinstance(loop, dict) or not loop.get("NAME"):
        raise BrokenRuleError(place, "a loop needs a list of names, NAME")
    variables = {variable: _elements(value, place) for variable, value in loop.items()}
    if len({len(values) for values in variables.values()}) != 1:
        raise BrokenRuleError(place, "its lists differ in length")
    return variables


def _elements(value: Any, place: str) -> list[Any]:
    """Return the elements of a list, or of the text of one, as texts; dictionaries stay."""
    if isinstance(value, list) and any(isinstance(item, dict) for item in value):
        return value
    if not isinstance(value, (list, str)):
        raise BrokenRuleError(place, "its variables have to be lists")
    elements: list[Any] = []
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, str):
            elements += [_bare(part) for part in item.split(",")]
        else:
            elements.append(str(item))
    return elements


def _bare(element: str) -> str:
    """Return an element without the quotes and brackets that a list written as text leaves on it.

    >>> [_bare(element) for element in "['a', 'b[0]']".split(",")]
    ['a', 'b[0]']
    """
    bare = element.strip()
    if bare.count("[") > bare.count("]"):
        bare = bare.removeprefix("[")
    if bare.count("]") > bare.count("["):
        bare = bare.removesuffix("]")
    if bare.startswith("[") and bare.endswith("]"):
        bare = bare[1:-1]
    return bare.strip().strip("'\"")


def _count(value: Any) -> int:
    if isinstance(value, dict):
        return 1 + sum(map(_count, value.values()))
    return 1 + sum(map(_count, value)) if isinstance(value, list) else 1


def _texts_with_name(value: Any) -> tuple[int, int]:
    """Return how long the texts with ``%NAME%`` are together, and how often they say it."""
    if isinstance(value, (dict, list)):
        items = value.values() if isinstance(value, dict) else value
        found = [_texts_with_name(item) for item in items]
        return sum(length for length, _ in found), sum(mentions for _, mentions in found)
    mentions = len(_NAME_IN_ANY_CASE.findall(value)) if isinstance(value, str) else 0
    return (len(value), mentions) if mentions else (0, 0)


def _named(value: Any, name: str) -> Any:
    """Return a copy of a section with ``%NAME%`` replaced in its texts; its keys stay."""
    if isinstance(value, dict):
        return {key: _named(item, name) for key, item in value.items()}
    if isinstance(value, list):
        return [_named(item, name) for item in value]
    if isinstance(value, str) and _NAME.search(value):
        return _NAME_IN_ANY_CASE.sub(lambda match: _in_case(name, match.group(1)), value)
    return value


def _in_case(name: str, case: str | None) -> str:
    return {"^^": name.upper(), ",,": name.lower()}.get(case or "", name)
