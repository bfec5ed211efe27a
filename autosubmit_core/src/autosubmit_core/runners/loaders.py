"""Module loaders: how the command ``autosubmit`` is made available."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from autosubmit_core.errors import CommandError, CommandForbiddenError, CommandInvalidError

__all__ = ["LOADERS", "check_environment", "checked_modules", "command_of"]

LOADERS = ("CONDA", "LMOD", "VENV", "NO_MODULE")

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.+/-]*", re.ASCII)

#: ``module`` is a function of the shell, so that a shell is needed. It is told the same for ever: what
#: to load, and the command after that, are its arguments, which it does not read.
_LMOD = (
    'count=$1; shift; module load "${@:1:$count}" </dev/null || exit 97; shift "$count"; exec "$@"'
)


def checked_modules(loader: str, written: object, root: Path | None) -> tuple[str, ...]:
    """Return the modules of a loader as a list (RS-4).

    Raises :class:`CommandError` if they are none, :class:`CommandInvalidError` for characters that
    no name of a module has, and :class:`CommandForbiddenError` for a virtual environment that is
    not below ``root``.
    """
    if loader == "NO_MODULE":
        return ()
    modules = tuple(written) if isinstance(written, list) else (written,)
    wrong = not modules or not all(isinstance(module, str) and module for module in modules)
    if loader == "LMOD":
        if wrong:
            raise CommandError("Modules list must be a string or a list containing strings")
        return tuple(_name(module, "module name") for module in modules)
    what = "Conda environment name" if loader == "CONDA" else "Venv path"
    if wrong or len(modules) != 1:
        raise CommandError(f"{what} must be a string or a list containing a single string")
    if loader == "CONDA":
        return (_name(modules[0], "environment name"),)
    return (_below(str(modules[0]), root),)


def check_environment(folder: Path, root: Path | None) -> None:
    """Raise :class:`CommandError` unless a folder of this machine is a virtual environment to trust."""
    program = folder / "bin" / "autosubmit"
    if root and not program.parent.parent.resolve().is_relative_to(root.resolve()):
        raise CommandForbiddenError("This virtual environment is not in the permitted folder.")
    try:
        mode = os.stat(program).st_mode
    except OSError:
        raise CommandError("There is no autosubmit in this virtual environment.") from None
    if not stat.S_ISREG(mode) or mode & stat.S_IWOTH:
        raise CommandError("The autosubmit of this virtual environment may be written by anybody.")


def command_of(loader: str, modules: Sequence[str], arguments: Sequence[str]) -> tuple[str, ...]:
    """Return the whole command line of Autosubmit.

    >>> command_of("VENV", ["/opt/as"], ["-v"])
    ('/opt/as/bin/autosubmit', '-v')
    """
    match loader:
        case "VENV":
            return (f"{modules[0]}/bin/autosubmit", *arguments)
        case "CONDA":
            # Without the option it keeps all output to itself until the end.
            conda = ("conda", "run", "--no-capture-output", "-n", modules[0])
            return (*conda, "autosubmit", *arguments)
        case "LMOD":
            bash = ("/bin/bash", "-lc", _LMOD, "modules", str(len(modules)))
            return (*bash, *modules, "autosubmit", *arguments)
    return ("autosubmit", *arguments)


def _name(module: object, what: str) -> str:
    text = str(module)
    if not _NAME.fullmatch(text) or ".." in text:
        raise CommandInvalidError("profile_params.MODULES", f"Invalid characters in {what}")
    return text


def _below(path: str, root: Path | None) -> str:
    """Return the path of a virtual environment, which no part of leads up or is hidden."""
    if not path.startswith("/"):
        raise CommandError("Venv path must be an absolute path")
    if not path.isprintable():
        raise CommandInvalidError("profile_params.MODULES", "Invalid characters in venv path")
    folder = PurePosixPath(os.path.normpath(path))
    if root and not folder.is_relative_to(PurePosixPath(os.path.normpath(root))):
        raise CommandForbiddenError("This virtual environment is not in the permitted folder.")
    return str(folder)
