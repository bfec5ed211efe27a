"""How the dictionaries of several configuration files become one.

All three functions take and give plain dictionaries of texts and values in upper-case keys.
"""

from __future__ import annotations

from typing import Any

from autosubmit_core.readers.configuration.rules import BrokenRuleError

__all__ = ["deep_merge", "fill_missing", "upper_keys"]


def upper_keys(value: Any) -> Any:
    """Return a copy in which every key is a text in upper case, also within lists.

    Of two keys that differ by case only the later wins.

    >>> upper_keys({"a": 1, "A": 2, None: [{1.5: 3}]})
    {'A': 2, 'NONE': [{'1.5': 3}]}
    """
    if isinstance(value, dict):
        return {str(key).upper(): upper_keys(item) for key, item in value.items()}
    if isinstance(value, list):
        return [upper_keys(item) for item in value]
    return value


def deep_merge(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    """Return ``above`` laid over ``below``: dictionaries join key by key, all else replaces.

    >>> deep_merge({"A": {"X": 1}, "B": {"Y": 2}, "C": 3}, {"A": {}, "B": None, "C": {"Z": 4}})
    {'A': {'X': 1}, 'B': None, 'C': {'Z': 4}}
    """
    merged = dict(below)
    for key, value in above.items():
        under = merged.get(key)
        if isinstance(value, dict) and isinstance(under, dict):
            merged[key] = deep_merge(under, value)
        else:
            merged[key] = value
    return merged


def fill_missing(data: dict[str, Any], defaults: dict[str, Any], place: str = "") -> dict[str, Any]:
    """Return ``data`` with the keys that only ``defaults`` has, at any depth.

    Raises :class:`BrokenRuleError` where ``defaults`` has a section and ``data`` a single value.
    """
    filled = dict(data)
    for key, default in defaults.items():
        if key not in filled:
            filled[key] = default
        elif isinstance(default, dict) and default:
            if not isinstance(filled[key], dict):
                raise BrokenRuleError(place + key, "a section here, a single value in another file")
            filled[key] = fill_missing(filled[key], default, f"{place}{key}.")
    return filled
