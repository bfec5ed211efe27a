"""A part of a configuration file: its values by name, and errors that say where they stand."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, NoReturn

from autosubmit_core.errors import ConfigurationInvalidError

__all__ = ["Told"]


class Told:
    """A mapping of a file that is asked for its keys; in the end none may be left that nobody asked for.

    Everything raises :class:`ConfigurationInvalidError`, which names the key, for a value of another kind.
    """

    def __init__(self, values: Mapping[str, Any], place: str, path: Path) -> None:
        self._values = values
        self._place = place
        self._path = path
        self._asked: set[str] = set()

    @classmethod
    def of(cls, found: object, place: str, path: Path) -> Told:
        """Return what stands at a place of a file; where nothing does, nothing is told."""
        if found is None:
            found = {}
        if not isinstance(found, dict):
            raise ConfigurationInvalidError(path, f"{place} has to consist of settings")
        return cls({str(key): value for key, value in found.items()}, place, path)

    def refuse(self, key: str, reason: str) -> NoReturn:
        """Raise the error that says what is wrong with the value of a key."""
        raise ConfigurationInvalidError(self._path, f"{self._place}.{key}: {reason}")

    def end(self) -> None:
        """Refuse what nobody asked for."""
        unknown = sorted(self._values.keys() - self._asked)
        if unknown:
            self.refuse(unknown[0], "there is no such setting")

    def text(self, key: str) -> str:
        """Return a text, empty if none is given."""
        value = self._value(key)
        if value is None:
            return ""
        if not isinstance(value, str) or not value.isprintable():
            self.refuse(key, "must be a text of one line")
        return value

    def required(self, key: str) -> str:
        """Return a text that must be given."""
        return self.text(key) or self.refuse(key, "is needed")

    def texts(self, key: str) -> tuple[str, ...]:
        """Return the texts of a list; none if there is no list."""
        value = self._value(key)
        listed = [] if value is None else value
        if not isinstance(listed, list):
            self.refuse(key, "must be a list")
        for number, one in enumerate(listed):
            if not isinstance(one, str) or not one or not one.isprintable():
                self.refuse(f"{key}.{number}", "must be a text of one line")
        return tuple(listed)

    def words(self, key: str, known: Collection[str]) -> tuple[str, ...]:
        """Return the texts of a list, each one of the known words."""
        words = self.texts(key)
        for number, word in enumerate(words):
            if word not in known:
                self.refuse(f"{key}.{number}", f"must be one of {', '.join(known)}")
        return words

    def whole(self, key: str, default: int, possible: range) -> int:
        """Return a whole number within bounds."""
        value = self._value(key)
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, int) or value not in possible:
            self.refuse(key, f"must be a whole number, {possible[0]} to {possible[-1]}")
        return value

    def number(self, key: str) -> float | None:
        """Return a number, None if none is given."""
        value = self._value(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, (int, float)) or math.isnan(value):
            self.refuse(key, "must be a number")
        return float(value)

    def switch(self, key: str) -> bool:
        """Return whether something is switched on; it is not unless it is said."""
        value = self._value(key)
        if value is not None and not isinstance(value, bool):
            self.refuse(key, "must be true or false")
        return bool(value)

    def part(self, key: str) -> Told | None:
        """Return the settings below a key, None if there are none."""
        value = self._value(key)
        return None if value is None else Told.of(value, f"{self._place}.{key}", self._path)

    def parts(self, key: str) -> list[Told]:
        """Return the settings of each element of a list; none if there is no list."""
        value = self._value(key)
        listed = [] if value is None else value
        if not isinstance(listed, list):
            self.refuse(key, "must be a list")
        place = f"{self._place}.{key}"
        return [Told.of(one, f"{place}.{number}", self._path) for number, one in enumerate(listed)]

    def _value(self, key: str) -> Any:
        self._asked.add(key)
        return self._values.get(key)
