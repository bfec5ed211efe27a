"""Everything the server can be told, each thing once: its default, option, variable and meaning.

The command line wins over the environment, the environment over the defaults. Nothing else in the
package reads the environment, but for the search of the installation itself
(``AUTOSUBMIT_CONFIGURATION``, see :func:`autosubmit_core.open_archive`).
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import Field, dataclass, field, fields
from pathlib import Path
from typing import Any, ClassVar, TypeVar, overload

__all__ = ["Settings", "option", "read_settings", "setting", "whole_number"]

SomeSettings = TypeVar("SomeSettings", bound="Settings")

_ORIGIN = re.compile(r"https?://(\[[0-9a-f:.]+\]|[a-z0-9.-]+)(:\d{1,5})?", re.IGNORECASE | re.ASCII)
_ROOT_PATH = re.compile(r"(/[A-Za-z0-9._~-]+)+", re.ASCII)


def whole_number(least: int, most: int) -> Callable[[str], int]:
    """Return what reads a whole number within bounds, and says so of any other text."""

    def read(text: str) -> int:
        number = int(text) if re.fullmatch(r"\d{1,12}", text, re.ASCII) else -1
        if not least <= number <= most:
            raise ValueError(f"must be a whole number from {least} to {most}")
        return number

    return read


def _root_path(text: str) -> str:
    path = text.rstrip("/")
    if path and not _ROOT_PATH.fullmatch(path):
        raise ValueError("must be a path such as /api")
    return path


def _origins(text: str) -> tuple[str, ...]:
    listed = [part.strip().rstrip("/").lower() for part in text.split(",")]
    for origin in filter(None, listed):
        if not _ORIGIN.fullmatch(origin):
            raise ValueError("must be origins such as https://gui.example.org, separated by commas")
    return tuple(filter(None, listed))


def setting(
    default: object,
    meaning: str,
    *,
    read: Callable[[str], object] | None = None,
    variable: str | tuple[str, ...] = (),
) -> Any:
    """Declare a setting: ``read`` makes its value of a text; without it, it is a switch.

    Of several environment variables the first that is set counts.
    """
    variables = (variable,) if isinstance(variable, str) else variable
    return field(
        default=default, metadata={"meaning": meaning, "read": read, "variables": variables}
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the server was told when it started; it is not asked again."""

    #: The module that is run, and what it does, as ``--help`` says it.
    program: ClassVar[str] = "autosubmit_core.api.app"
    description: ClassVar[str] = (
        "Serve the experiments of an Autosubmit installation as JSON over HTTP."
    )

    port: int = setting(
        8088, "port to listen on; 0 lets the system choose one", read=whole_number(0, 65535)
    )
    address: str = setting("127.0.0.1", "address to listen on; 0.0.0.0 for every network", read=str)
    config: Path | None = setting(
        None,
        "the autosubmitrc file of the installation to serve, or the folder that holds it; without "
        "it the installation is found as Autosubmit finds it: AUTOSUBMIT_CONFIGURATION, "
        "./.autosubmitrc, ~/.autosubmitrc, /etc/autosubmitrc",
        read=Path,
    )
    demo: bool = setting(
        False, "serve a demo installation, made in a temporary folder and removed at the end"
    )
    debug: bool = setting(False, "log every step")
    root_path: str = setting(
        "",
        "path under which a proxy publishes the server, such as /api; requests are answered with "
        "and without it",
        read=_root_path,
        variable="AS_API_ROOT_PATH",
    )
    allowed_origins: tuple[str, ...] | None = setting(
        None,
        "web pages whose scripts may read the answers without a token: origins such as https://gui.example.org, "
        "separated by commas; by default the allowed clients of the autosubmitrc file",
        read=_origins,
        variable="AUTOSUBMIT_ALLOWED_ORIGINS",
    )
    body_limit: int = setting(
        1024 * 1024,
        "bytes that the body of a request may have",
        read=whole_number(1, 2**30),
        variable="AUTOSUBMIT_BODY_LIMIT",
    )
    processes: int = setting(
        1,
        "processes that serve side by side, each with memory, computations and a computing process of "
        "its own",
        read=whole_number(1, 256),
        variable="AUTOSUBMIT_PROCESSES",
    )
    computations: int = setting(
        4,
        "computations that run at once: so many about large experiments, and as many others",
        read=whole_number(1, 256),
        variable="AUTOSUBMIT_COMPUTATIONS",
    )
    waiting: int = setting(
        256,
        "computations that may wait for their turn; further requests are told to come back",
        read=whole_number(1, 100_000),
        variable="AUTOSUBMIT_WAITING",
    )
    memory: int = setting(
        256,
        "mebibytes of what was read that are kept for the next request: so many in a process that "
        "serves, and as many in its computing process",
        read=whole_number(0, 2**20),
        variable="AUTOSUBMIT_MEMORY",
    )
    answers_memory: int = setting(
        128,
        "mebibytes of answers that are kept, as they are sent, until what they tell of changes",
        read=whole_number(0, 2**20),
        variable="AUTOSUBMIT_ANSWERS_MEMORY",
    )
    stop_seconds: int = setting(
        25,
        "seconds that requests under way may take to end when the server is stopped",
        read=whole_number(0, 3600),
        variable="AUTOSUBMIT_STOP_SECONDS",
    )


def option(one: Field[Any]) -> str:
    """Return the option of a setting, as it is typed: ``--root-path``."""
    return "--" + one.name.replace("_", "-")


@overload
def read_settings(arguments: Sequence[str], environment: Mapping[str, str]) -> Settings: ...
@overload
def read_settings(
    arguments: Sequence[str], environment: Mapping[str, str], kind: type[SomeSettings]
) -> SomeSettings: ...
def read_settings(
    arguments: Sequence[str], environment: Mapping[str, str], kind: type[Any] = Settings
) -> Any:
    """Return the settings of a command line and an environment.

    ``kind`` are those of a server that has more of them: a subclass that adds its own fields, each
    declared with :func:`setting`.

    Ends the process, with 0 after ``--help`` and 2 after a value that cannot be: that is what
    whoever types a command wants.
    """
    parser = _parser(kind)
    told = vars(parser.parse_args(arguments))
    for one in fields(kind):
        variable = next((name for name in one.metadata["variables"] if name in environment), None)
        if variable and one.name not in told:
            try:
                told[one.name] = one.metadata["read"](environment[variable])
            except ValueError as error:
                parser.error(f"environment variable {variable}: {error}")
    if told.get("demo") and told.get("config"):
        parser.error("--demo brings its own installation: leave --config out")
    return kind(**told)


def _parser(kind: type[Settings]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=f"python -m {kind.program}",
        description=kind.description,
        argument_default=argparse.SUPPRESS,
        allow_abbrev=False,
    )
    for one in fields(kind):
        read, variables = one.metadata["read"], one.metadata["variables"]
        meaning = one.metadata["meaning"].replace("%", "%%")
        if read is None:
            parser.add_argument(option(one), action=argparse.BooleanOptionalAction, help=meaning)
            continue
        if one.default is not None:
            meaning += f" (default: {one.default or 'none'})"
        if variables:
            meaning += f" [{', '.join(variables)}]"
        parser.add_argument(option(one), type=_typed(read), metavar="VALUE", help=meaning)
    return parser


def _typed(read: Callable[[str], object]) -> Callable[[str], object]:
    """Let argparse show the sentence of a wrong value instead of a general one."""

    def convert(text: str) -> object:
        try:
            return read(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    return convert
