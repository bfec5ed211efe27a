"""One YAML file laid over what is known so far: the step that every load of Autosubmit repeats."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from autosubmit_core.readers.configuration.loops import unroll_loops
from autosubmit_core.readers.configuration.merging import deep_merge, upper_keys
from autosubmit_core.readers.configuration.placeholders import Placeholders
from autosubmit_core.readers.configuration.rules import BrokenRuleError, rules_of
from autosubmit_core.readers.configuration.sections import apply_rules
from autosubmit_core.readers.configuration.sources import Sources
from autosubmit_core.readers.configuration.yaml_files import parse_yaml

__all__ = ["YamlLayers"]

#: Set by Autosubmit alone; what a file says is dropped.
_RESERVED = ("HPCROOTDIR", "HPCLOGDIR", "HPCARCH")


class YamlLayers:
    """Reads YAML files and lays them over dictionaries; each file is parsed once."""

    def __init__(self, sources: Sources, placeholders: Placeholders) -> None:
        self._sources = sources
        self._placeholders = placeholders
        self._parsed: dict[Path, Any] = {}
        #: ``DEFAULT.EXPID``, put into each file whatever it says; empty while it is not known.
        self.fixed: dict[str, Any] = {}

    def content(self, path: Path) -> dict[str, Any] | None:
        """Return a fresh copy of one file by the rules of its sections.

        None for the file in which Autosubmit notes its last command, which describes nothing.
        Raises :class:`ConfigurationInvalidError` and what :meth:`Sources.text` raises.
        """
        with rules_of(path):
            if path not in self._parsed:
                self._parsed[path] = parse_yaml(self._sources.text(path))
            parsed = self._parsed[path]
            if parsed is None or isinstance(parsed, list):
                return {}
            if not isinstance(parsed, dict):
                raise BrokenRuleError("", "a single value is no configuration")
            content = apply_rules(upper_keys(parsed))
        if content.get("AS_MISC"):
            return None
        for key in _RESERVED:
            content.pop(key, None)
        if self.fixed:
            content["DEFAULT"] = content.get("DEFAULT", {}) | self.fixed
        return content

    def over(self, data: dict[str, Any], above: dict[str, Any], path: Path) -> dict[str, Any]:
        """Return ``above`` over ``data``, with the placeholders filled that are known by now.

        ``path`` is the file to name where that breaks a rule. The values of both arguments may
        be changed; only the result is to be used after.
        """
        with rules_of(path):
            merged = deep_merge(data, above)
            self._placeholders.fill(merged)
            return unroll_loops(merged)
