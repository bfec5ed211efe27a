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

_NAME = re.compile(r"%NAME%", re.IGNORECASE)
_NAME_IN_ANY_CASE = re.compile(r"%NAME(\^\^|,,)?%", re.IGNORECASE)


def unroll_loops(section: dict[str, Any], place: str = "") -> dict[str, Any]:
    """Return a section in which every child with a FOR is replaced by its copies, at any depth.

    Raises :class:`BrokenRuleError` for a FOR without names, with lists of different length, without
    a section around it, or that unfolds to more values than a whole file may hold.
    """
    if "FOR" in section:
        raise BrokenRuleError(f"{place}FOR", "a loop needs a section around it")
    unrolled: dict[str, Any] = {}
    for key, value in section.items():
        if not isinstance(value, dict):
            unrolled.setdefault(key, value)
        elif "FOR" in value:
            unrolled.update(_copies(key, value, f"{place}{key}."))
        else:
            # A copy of a loop replaces a section of its name, wherever that stands.
            unrolled.setdefault(key, unroll_loops(value, f"{place}{key}."))
    return unrolled


def _copies(key: str, section: dict[str, Any], place: str) -> dict[str, Any]:
    variables = _variables(section["FOR"], f"{place}FOR")
    body = unroll_loops({name: item for name, item in section.items() if name != "FOR"}, place)
    names = variables["NAME"]
    if len(names) * _count(body) > MOST_VALUES:
        raise BrokenRuleError(f"{place}FOR", f"unfolds to more than {MOST_VALUES} values")
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
