"""The settings of two configurations side by side, with what is nobody's business left out."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["MASKED", "Setting", "settings_side_by_side"]

#: What stands for a value that is nobody's business.
MASKED = "••••••"

#: Settings that hold such values, by their names or by those of the groups that they are in.
_SECRET = re.compile(r"PASSW|SECRET|TOKEN|CONN_URL|CREDENTIAL|API_?KEY", re.IGNORECASE)
#: Who comes in by a URL: ``https://name:password@host``.
_USER_OF_URL = re.compile(r"(?<=://)[^/@\s\"']+@")


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
    [('A.B', '1', '2', True), ('A.TOKEN', '••••••', '••••••', False)]
    """
    one, other = dict(_flat("", first)), dict(_flat("", second))
    return tuple(
        Setting(
            path,
            _shown(path, one.get(path)),
            _shown(path, other.get(path)),
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


def _shown(path: str, value: str | None) -> str | None:
    if value and _SECRET.search(path):
        return MASKED
    return value and _USER_OF_URL.sub(f"{MASKED}@", value)


def _nameless(value: str | None, expid: str) -> str | None:
    return value.replace(expid, "\0") if value and expid else value
