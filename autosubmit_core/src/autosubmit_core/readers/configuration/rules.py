"""How a broken rule becomes an error that names the file in which it is broken."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from autosubmit_core.errors import ConfigurationInvalidError

__all__ = ["BrokenRuleError", "rules_of"]


class BrokenRuleError(ValueError):
    """A value that Autosubmit's loader refuses, raised where the file is not known.

    ``place`` is a key with its parents (``JOBS.SIM.WALLCLOCK``), a line, or nothing.
    """

    def __init__(self, place: str, reason: str) -> None:
        super().__init__(f"{place}: {reason}" if place else reason)


@contextmanager
def rules_of(path: Path) -> Iterator[None]:
    """Turn a broken rule into a :class:`ConfigurationInvalidError` of this file or folder."""
    try:
        yield
    except BrokenRuleError as error:
        raise ConfigurationInvalidError(path, str(error)) from error
