"""The configuration of Autosubmit 3: five INI files, in which everything is a text.

Such experiments are still on disk, and Autosubmit API still shows them; they also win over YAML
files beside them.
"""

from __future__ import annotations

import configparser
import os.path
import re
from collections.abc import Mapping, MutableMapping
from pathlib import Path
from typing import Any

from autosubmit_core.errors import ConfigurationInvalidError
from autosubmit_core.readers.configuration.rules import BrokenRuleError, rules_of
from autosubmit_core.readers.configuration.sources import Sources

__all__ = ["is_ini_configuration", "read_ini_configuration"]

#: Key in answers -> file in ``conf/``, without the expid.
_FILES = {
    "conf": "autosubmit",
    "exp": "expdef",
    "platforms": "platforms",
    "jobs": "jobs",
    "proj": "proj",
}

_REFERENCE = re.compile(r"%(?:(%)|\(([^)]+)\)s)?")
_DEEPEST_REFERENCE = 10

#: Most characters that references of one file may bring in.
_MOST_GROWTH = 1_000_000


def is_ini_configuration(folder: Path, expid: str) -> bool:
    """Tell whether the experiment is described by INI files, whatever else is there."""
    return os.path.exists(folder / "conf" / f"expdef_{expid}.conf")


def read_ini_configuration(folder: Path, expid: str, sources: Sources) -> dict[str, Any]:
    """Return file -> section -> option -> text.

    A ``[DEFAULT]`` section shows in every other of its file. Only the file of the project
    (``proj``) may be missing. Raises :class:`ConfigurationInvalidError` naming what does not
    parse, :class:`SourceMissingError` and :class:`SourceUnreadableError`.
    """
    data: dict[str, Any] = {}
    for key, name in _FILES.items():
        path = folder / "conf" / f"{name}_{expid}.conf"
        sources.consult(path)
        if key == "proj" and not os.path.exists(path):
            data[key] = {}
        elif not sources.permitted_link(path):
            sources.refuse(f"conf/{path.name} links to a file")
            data[key] = {}
        else:
            data[key] = _sections(path, sources.text(path))
    return data


def _sections(path: Path, text: str) -> dict[str, dict[str, str]]:
    parser = configparser.ConfigParser(interpolation=_BoundedInterpolation())
    parser.optionxform = str  # type: ignore[assignment,method-assign]  # keep the case of options
    try:
        parser.read_string(text)
        with rules_of(path):
            return {name: dict(parser[name]) for name in parser.sections()}
    except configparser.ParsingError as error:
        raise ConfigurationInvalidError(path, f"{_lines(error)}: not INI") from error
    except (configparser.DuplicateOptionError, configparser.DuplicateSectionError) as error:
        option = getattr(error, "option", None)
        what = f"option '{option}'" if option else "section"
        reason = f"line {error.lineno}: repeated {what} in [{error.section}]"
        raise ConfigurationInvalidError(path, reason) from error


def _lines(error: configparser.ParsingError) -> str:
    """Return where a file does not parse; some errors name one line, some all of them."""
    line = getattr(error, "lineno", None)
    numbers = [number for number, _ in error.errors] if line is None else [line]
    return ", ".join(f"line {number}" for number in numbers)


class _BoundedInterpolation(configparser.Interpolation):
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
