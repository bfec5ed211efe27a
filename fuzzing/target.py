"""What is fuzzed: one reader, the files that it begins with, and what has to hold of each file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from autosubmit_core.errors import AutosubmitError, InstallationError, SourceError

__all__ = ["Target", "WrongError", "named", "same"]


class WrongError(AssertionError):
    """What was read is not what the file says."""


@dataclass(frozen=True, slots=True)
class Target:
    """One reader of files that others write."""

    #: Sound files; the folder is theirs to be made in.
    seeds: Callable[[Path], list[bytes]]
    #: Makes a file of some others.
    change: Callable[[Random, Sequence[bytes]], bytes]
    #: Writes a file below a folder and reads it, and raises :class:`WrongError`, or an error of ours
    #: for a file that is refused (or returns "refused"); any other error is a finding, too.
    read: Callable[[Path, bytes], Any]
    #: How long one file may take, in seconds of a busy machine.
    seconds: float = 60.0


def named(error: AutosubmitError, folder: Path) -> None:
    """Raise :class:`WrongError` unless an error says which file it is about."""
    if isinstance(error, SourceError):
        if not str(error.path).startswith(str(folder)):
            raise WrongError(f"the error names another file: {error}") from error
    elif isinstance(error, InstallationError) and str(folder) not in str(error):
        raise WrongError(f"the error names no file: {error}") from error


def same(what: str, found: object, expected: object) -> None:
    """Raise :class:`WrongError` unless two values are the same."""
    if found != expected:
        raise WrongError(f"{what}: {str(found)[:300]} where the file says {str(expected)[:300]}")
