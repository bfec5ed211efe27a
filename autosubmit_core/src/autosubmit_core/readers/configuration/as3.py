"""The configuration of Autosubmit 3: five INI files, in which everything is a text.

Such experiments are still on disk, and Autosubmit API still shows them; they also win over YAML
files beside them.
"""

from __future__ import annotations

import configparser
import os.path
from pathlib import Path
from typing import Any

from autosubmit_core.errors import ConfigurationInvalidError
from autosubmit_core.readers.configuration.references import BoundedInterpolation, check_lines
from autosubmit_core.readers.configuration.rules import rules_of
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
    parser = configparser.ConfigParser(interpolation=BoundedInterpolation())
    parser.optionxform = str  # type: ignore[assignment,method-assign]  # keep the case of options
    try:
        with rules_of(path):
            check_lines(text)
            parser.read_string(text)
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
