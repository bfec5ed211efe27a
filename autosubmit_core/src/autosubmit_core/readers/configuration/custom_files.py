"""``DEFAULT.CUSTOM_CONFIG``: the files and folders that a configuration takes in from elsewhere.

It names files to load before (PRE) and after (POST) the experiment's own; a single text is PRE.
A custom file may name others in turn. What those do is odd in places, and kept, because it is
what runs: PRE of the first file of a list only fills what is missing, PRE of a later one
overrides all before it, and POST is lost when a file without POST follows in the same list.
"""

from __future__ import annotations

import copy
import os.path
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from autosubmit_core.readers.configuration.placeholders import Placeholders
from autosubmit_core.readers.configuration.rules import BrokenRuleError
from autosubmit_core.readers.configuration.sources import Sources
from autosubmit_core.readers.configuration.yaml_layers import YamlLayers

__all__ = ["CustomFiles", "custom_entries"]

#: Deepest that a custom file may name a custom file.
_DEEPEST = 20


def custom_entries(value: Any) -> tuple[list[str], list[str]]:
    """Return the entries of a CUSTOM_CONFIG, PRE and POST. A plain list has none: it is ignored.

    >>> custom_entries("a.yml, b.yml"), custom_entries({"POST": "c.yml d"}), custom_entries(["e"])
    ((['a.yml', 'b.yml'], []), ([], ['c.yml', 'd']), ([], []))
    """
    if isinstance(value, str):
        return _entries(value), []
    if not isinstance(value, dict):
        return [], []
    for key in ("PRE", "POST"):
        if not isinstance(value.get(key, ""), str):
            raise BrokenRuleError(f"DEFAULT.CUSTOM_CONFIG.{key}", "has to be a text or a list")
    return _entries(value.get("PRE", "")), _entries(value.get("POST", ""))


def _entries(text: str) -> list[str]:
    parts = text.split("," if "," in text else " ")
    return [part.strip() for part in parts if part.strip()]


class CustomFiles:
    """Lays custom files over dictionaries; each file counts once, so circles end."""

    def __init__(
        self,
        sources: Sources,
        layers: YamlLayers,
        placeholders: Placeholders,
        known: dict[str, Any],
    ) -> None:
        self._sources = sources
        self._layers = layers
        self._placeholders = placeholders
        #: The files of conf/, with which the paths of custom files are written.
        self._known = known
        self._included: set[str] = set()

    def over(self, data: dict[str, Any], entries: Iterable[str], depth: int = 1) -> dict[str, Any]:
        """Return the files and folders of a list laid over the data, in their order.

        What may not be read is left out with a warning; what is not there, without.
        """
        if depth > _DEEPEST:
            raise BrokenRuleError("DEFAULT.CUSTOM_CONFIG", "files name each other too deep")
        #: The data with the POST files of the last file over it, if that named any.
        pending: dict[str, Any] | None = None
        first = True
        for entry in entries:
            path = self._path(entry, data)
            if path is None:
                continue
            if os.path.isdir(path):
                files = map(str, self._sources.yaml_files(path))
                data, pending = self.over(data, files, depth), None
            else:
                data, pending = self._file_over(data, pending, path, first, depth)
            first = False
        return data if pending is None else pending

    def filled(self, entries: list[str], data: dict[str, Any]) -> list[str]:
        """Return entries with the placeholders filled that the data and ``conf/`` know."""
        return [self._fill(self._fill(entry, data), self._known) for entry in entries]

    def _fill(self, entry: str, data: dict[str, Any]) -> str:
        return self._placeholders.fill_text(entry, data)

    def _path(self, entry: str, data: dict[str, Any]) -> Path | None:
        """Return the path of an entry that is there, may be read and was not read before."""
        path = Path(os.path.expanduser(self._fill(entry, data)))
        # A relative one counts from where Autosubmit was started, which no file tells.
        if not path.is_absolute():
            return None
        if not self._sources.permitted(path):
            self._sources.refuse(f"DEFAULT.CUSTOM_CONFIG names {path},")
            return None
        self._sources.consult(path)
        real = os.path.realpath(path)
        if real in self._included or not os.path.exists(real):
            return None
        if not os.path.isdir(real):
            self._included.add(real)
        return path

    def _file_over(
        self,
        data: dict[str, Any],
        pending: dict[str, Any] | None,
        path: Path,
        first: bool,
        depth: int,
    ) -> tuple[dict[str, Any], dict[str, Any] | None]:
        """Return one file and its PRE files over the data; and that with its POST files, if any."""
        content = self._layers.content(path)
        if content is None:
            return data, None
        nested = content.get("DEFAULT", {}).pop("CUSTOM_CONFIG", None)
        data = self._layers.over(data, content, path)
        pre, post = (self.filled(entries, data) for entries in custom_entries(nested))
        if pre:
            taken_in = self.over(copy.deepcopy(data), pre, depth + 1)
            data = self._layers.over(taken_in, data, path) if first else taken_in
        if not post:
            return data, None
        base = self._layers.over(pending or {}, copy.deepcopy(data), path)
        return data, self.over(base, post, depth + 1)
