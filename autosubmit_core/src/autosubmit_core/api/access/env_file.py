"""A file of variables, for those that the environment does not have (S-33).

It is read only when it is named. A search for one, from folder to folder, would let whoever can
write into any of them decide whose logins are believed.
"""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path

__all__ = ["read_env_file"]

_LINE = re.compile(r"(?:export\s+)?([A-Za-z_]\w*)\s*=\s*(.*)", re.ASCII)


def read_env_file(path: Path) -> dict[str, str]:
    """Return the variables of a file: ``NAME=VALUE`` in each line, the value in quotes or not.

    Raises :class:`ValueError` if it cannot be read, is no such file, or if others than this user and
    root own it or may write it.
    """
    try:
        with path.open(encoding="utf-8") as file:
            found = os.fstat(file.fileno())
            if found.st_uid not in (0, os.geteuid()):
                raise ValueError(f"{path} belongs to somebody else: take a copy of your own")
            if found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
                raise ValueError(
                    f"{path} can be written by others than its owner: chmod go-w {path}"
                )
            lines = file.read().splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text"
        raise ValueError(f"{path} cannot be read: {reason}") from None
    return dict(_variable(path, number, line) for number, line in _told(lines))


def _told(lines: list[str]) -> list[tuple[int, str]]:
    numbered = ((number, line.strip()) for number, line in enumerate(lines, 1))
    return [(number, line) for number, line in numbered if line and not line.startswith("#")]


def _variable(path: Path, number: int, line: str) -> tuple[str, str]:
    found = _LINE.fullmatch(line)
    if not found:
        # The line itself may hold a secret.
        raise ValueError(f"{path}, line {number}: must be NAME=VALUE")
    name, value = found.groups()
    quoted = len(value) > 1 and value[0] in "'\"" and value[0] == value[-1]
    return name, value[1:-1] if quoted else value
