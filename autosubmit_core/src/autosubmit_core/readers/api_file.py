"""The file that tells Autosubmit API about its background tasks and runners: ``~/.autosubmit_api.yaml``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from autosubmit_core.errors import ConfigurationInvalidError, SourceUnreadableError
from autosubmit_core.readers.configuration.rules import BrokenRuleError
from autosubmit_core.readers.configuration.yaml_files import parse_yaml

__all__ = ["api_file", "read_api_file"]


def api_file() -> Path:
    """Return where the file is unless ``AS_API_CONFIG_FILE`` says otherwise: in the user's home."""
    return Path("~/.autosubmit_api.yaml").expanduser()


def read_api_file(path: Path) -> dict[str, Any]:
    """Return the sections of the file; none if it is not there or empty.

    Raises :class:`ConfigurationInvalidError` if it is no YAML with sections, and
    :class:`SourceUnreadableError` if it may not be read.
    """
    try:
        text = path.read_text(encoding="utf-8")
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
    return found
