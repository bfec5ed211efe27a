"""The settings of two configurations side by side, with what is nobody's business left out."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from autosubmit_core.answers.masking import masked

__all__ = ["Setting", "settings_side_by_side"]


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting, by its path; None where one of the two does not have it."""

    path: str
    first: str | None
    second: str | None
    #: Whether the two say different things; also told of values that are not shown.
    differs: bool


def settings_side_by_side(
    first: Mapping[str, Any], second: Mapping[str, Any], expids: tuple[str, str] = ("", "")
) -> tuple[Setting, ...]:
    """Return every setting of two configurations, in the order of the first, secrets masked.

    Where these are of two experiments, ``expids`` are theirs: values that differ in these alone are
    the same.

    >>> made = settings_side_by_side({"A": {"B": 1, "TOKEN": "x"}}, {"A": {"B": 2, "TOKEN": "x"}})
    >>> [(one.path, one.first, one.second, one.differs) for one in made]
    [('A.B', '1', '2', True), ('A.TOKEN', '***', '***', False)]
    """
    one, other = dict(_flat("", first)), dict(_flat("", second))
    shown, other_shown = dict(_flat("", masked(first))), dict(_flat("", masked(second)))
    return tuple(
        Setting(
            path,
            shown.get(path),
            other_shown.get(path),
            _nameless(one.get(path), expids[0]) != _nameless(other.get(path), expids[1]),
        )
        for path in dict.fromkeys([*one, *other])
    )


def _flat(path: str, value: Any) -> Iterator[tuple[str, str]]:
    """Yield each setting below a value with its path, as text."""
    if isinstance(value, Mapping) and (value or not path):
        for name, inner in value.items():
            yield from _flat(f"{path}.{name}" if path else str(name), inner)
    elif isinstance(value, list) and any(isinstance(item, Mapping) for item in value):
        for index, item in enumerate(value):
            yield from _flat(f"{path}.{index}", item)
    elif isinstance(value, str):
        yield path, value
    else:
        yield path, json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)


def _nameless(value: str | None, expid: str) -> str | None:
    return value.replace(expid, "\0") if value and expid else value
