"""The INI file ``autosubmitrc`` ("run control"): where it is looked for, and how it parses.

Names of sections and options keep their case, ``~`` and ``$VAR`` stay as they are, a comment has a
line of its own, and a percent sign is written twice.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from configparser import ConfigParser, Error
from pathlib import Path

from autosubmit_core.errors import InstallationError
from autosubmit_core.readers.configuration.references import BoundedInterpolation, check_lines
from autosubmit_core.readers.configuration.rules import BrokenRuleError
from autosubmit_core.readers.versions import is_missing

__all__ = ["RunControl", "hosts_of", "run_control_files"]

_HOSTS = re.compile(r"\[([^\s\[\]]+) ([^\s\[\]]+)\]")


def run_control_files(
    environ: Mapping[str, str], cwd: Path, home: Path, etc: Path = Path("/etc")
) -> tuple[Path, ...]:
    """Return the run-control files that Autosubmit would read, the later ones override.

    The first hit counts: the file that ``AUTOSUBMIT_CONFIGURATION`` names if it exists, then
    ``.autosubmitrc`` in the working folder, then in the home folder, then both files of ``/etc``.
    """
    named = environ.get("AUTOSUBMIT_CONFIGURATION")
    if named and not is_missing(cwd / named):
        # A folder is a hit too, with nothing in it to read.
        return () if os.path.isdir(cwd / named) else (cwd / named,)
    for folder in (cwd, home):
        if os.path.isfile(folder / ".autosubmitrc"):
            return (folder / ".autosubmitrc",)
    system = (etc / ".autosubmitrc", etc / "autosubmitrc")
    return tuple(file for file in system if os.path.isfile(file))


class RunControl:
    """The options that run-control files set; the later file overrides the earlier, key by key."""

    def __init__(self, files: Sequence[Path]) -> None:
        """Read the files; raises :class:`InstallationError` for one that does not parse."""
        self._files = files
        self._parser = ConfigParser(interpolation=BoundedInterpolation())
        self._parser.optionxform = str  # type: ignore[assignment,method-assign]
        for file in files:
            try:
                text = file.read_text(encoding="utf-8")
                check_lines(text)
                self._parser.read_string(text, str(file))
            except (Error, BrokenRuleError) as error:
                problem = " ".join(str(error).split())
                raise InstallationError(
                    f"The run-control file {file} does not parse: {problem}. Correct it, or name"
                    " another in the environment variable AUTOSUBMIT_CONFIGURATION."
                ) from error
            except (OSError, UnicodeDecodeError) as error:
                raise InstallationError(
                    f"The run-control file {file} cannot be read. See that it is a text in UTF-8"
                    " and that you may read it."
                ) from error

    def text(self, section: str, option: str, default: str = "") -> str:
        """Return an option; raises :class:`InstallationError` for a reference that leads nowhere."""
        files = " and ".join(map(str, self._files))
        try:
            value = self._parser.get(section, option, fallback=default)
        except BrokenRuleError as error:
            raise InstallationError(f"{files}: {error}.") from error
        if "\0" in value:
            raise InstallationError(f"{files}: [{section}] {option}: holds a NUL character.")
        return value

    def path(self, section: str, option: str, default: Path) -> Path:
        """Return an option that is a path; an empty one says nothing. Raises as :meth:`text`."""
        value = self.text(section, option)
        return Path(value) if value else default

    def literal(self, section: str, option: str) -> str:
        """Return an option as it is written, for those that must not stop the reading."""
        return self._parser.get(section, option, raw=True, fallback="")


def hosts_of(written: str) -> dict[str, list[str]] | str:
    """Return the hosts by command that an option of ``[hosts]`` allows or denies.

    A text that does not have the form is returned as it is: readers have no use for it.

    >>> hosts_of("[run,stop login1,login2] [all laptop]")
    {'run': ['login1', 'login2'], 'stop': ['login1', 'login2'], 'all': ['laptop']}
    >>> hosts_of("login1")
    'login1'
    """
    groups = [_HOSTS.fullmatch(f"{group}]") for group in written.removesuffix("]").split("] ")]
    hosts = {}
    for group in groups:
        if group is None:
            return written
        for command in group[1].split(","):
            hosts[command] = group[2].split(",")
    return hosts
