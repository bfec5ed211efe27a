"""The file that tells Autosubmit API about its background tasks and runners: ``~/.autosubmit_api.yaml``."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Any, NoReturn

from autosubmit_core.errors import ConfigurationInvalidError, SourceUnreadableError
from autosubmit_core.readers.configuration.rules import BrokenRuleError
from autosubmit_core.readers.configuration.yaml_files import parse_yaml

__all__ = ["COMMAND_SECTIONS", "NOTIFICATION_SECTION", "api_file", "read_api_file"]

#: The sections that say what can be run: whoever may write them may run anything.
COMMAND_SECTIONS = ("RUNNER_CONFIGURATION", "RUNNERS")

#: The section that says who is told what: whoever may write it may have messages sent anywhere.
NOTIFICATION_SECTION = "NOTIFICATIONS"


def api_file() -> Path:
    """Return where the file is unless ``AS_API_CONFIG_FILE`` says otherwise: in the user's home."""
    return Path("~/.autosubmit_api.yaml").expanduser()


def read_api_file(path: Path) -> dict[str, Any]:
    """Return the sections of the file; none if it is not there or empty.

    Raises :class:`ConfigurationInvalidError` if it is no YAML with sections, or says what can be run or
    who is told what and may be written by others than its owner; :class:`SourceUnreadableError` if it may not be read.
    """
    try:
        with path.open(encoding="utf-8") as file:
            others_write = os.fstat(file.fileno()).st_mode & (stat.S_IWGRP | stat.S_IWOTH)
            text = file.read()
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except UnicodeDecodeError as error:
        raise ConfigurationInvalidError(path, "it is not UTF-8 text") from error
    except OSError as error:
        raise SourceUnreadableError(path, "it may not be read") from error
    try:
        found = parse_yaml(text)
    except BrokenRuleError as error:
        raise ConfigurationInvalidError(path, str(error)) from error
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise ConfigurationInvalidError(path, "it has to consist of sections")
    if others_write and any(section in found for section in COMMAND_SECTIONS):
        _refuse_writers(path, "which commands can be run")
    if others_write and NOTIFICATION_SECTION in found:
        _refuse_writers(path, "who is told what")
    return found


def _refuse_writers(path: Path, what: str) -> NoReturn:
    raise ConfigurationInvalidError(
        path, f"it says {what}, and can be written by others than its owner: chmod go-w {path}"
    )
