"""What a reader must never do, whatever a file says; Python itself tells when it is done."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

__all__ = ["Canary", "ExecutedError"]

#: Events of Python (https://docs.python.org/3/library/audit_events.html) or beginnings of them.
_FORBIDDEN = (
    *("os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork", "os.startfile", "os.kill"),
    *(
        "os.putenv",
        "pickle.find_class",
        "code.__new__",
        "ctypes.",
        "socket.",
        "urllib.",
        "smtplib.",
    ),
    *("pty.", "sqlite3.enable_load_extension", "sqlite3.load_extension", "webbrowser."),
    *("compile", "exec", "import", "builtins.input"),
)
#: Python's own modules for something that it does now and then.
_OWN_MODULES = ("encodings", "_strptime", "stringprep", "unicodedata", "linecache", "traceback")
_CHANGING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
#: Events that name a file which is changed.
_OF_FILES = (
    *("os.remove", "os.rename", "os.rmdir", "os.mkdir", "os.chmod", "os.chown", "os.link"),
    *("os.symlink", "os.truncate", "os.utime", "shutil."),
)


class ExecutedError(BaseException):
    """Something was called, imported or written; no reader may swallow that."""


class Canary:
    """Raises :class:`ExecutedError`, while a file is read, for what no reader does.

    Files are written below ``folder`` alone. A program may be started if one of its arguments is
    among ``programs``.
    """

    def __init__(self, folder: Path, programs: tuple[str, ...] = ()) -> None:
        self._own = f"{folder}{os.sep}"
        self._programs = programs
        self._watches = False
        sys.addaudithook(self._hook)

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Watch within."""
        self._watches = True
        try:
            yield
        finally:
            self._watches = False

    def _hook(self, event: str, arguments: tuple[Any, ...]) -> None:
        if self._watches and self._is_forbidden(event, arguments):
            raise ExecutedError(f"{event} {str(arguments)[:200]}")

    def _is_forbidden(self, event: str, arguments: tuple[Any, ...]) -> bool:
        if event == "open":
            path, _, flags = arguments
            return bool(flags & _CHANGING) and not self._is_own(path)
        if event.startswith(_OF_FILES):
            # A name in a folder that is open already: it was found below the folder itself.
            within = isinstance(arguments[-1], int) and arguments[-1] >= 0
            return not (within or self._is_own(arguments[0]))
        if event in ("subprocess.Popen", "os.posix_spawn"):
            return not any(program in arguments[1] for program in self._programs)
        return event.startswith(_FORBIDDEN) and not _is_pythons(event, arguments)

    def _is_own(self, path: object) -> bool:
        # A number is a file that was opened before.
        named = path == os.devnull or isinstance(path, int)
        return named or os.fsdecode(path).startswith(self._own)  # type: ignore[arg-type]


def _is_pythons(event: str, arguments: tuple[Any, ...]) -> bool:
    """Tell whether Python loads a module of its own, or works while it does."""
    if event == "import":
        return str(arguments[0]).startswith(_OWN_MODULES)
    if event == "exec":
        return Path(arguments[0].co_filename).stem in _OWN_MODULES
    return False
