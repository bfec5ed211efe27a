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
from typing import Any

__all__ = ["Settings", "option", "read_settings"]

_ORIGIN = re.compile(r"https?://(\[[0-9a-f:.]+\]|[a-z0-9.-]+)(:\d{1,5})?", re.IGNORECASE | re.ASCII)
_ROOT_PATH = re.compile(r"(/[A-Za-z0-9._~-]+)+", re.ASCII)


def _between(least: int, most: int) -> Callable[[str], int]:
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


def _setting(
    default: object,
    meaning: str,
    *,
    read: Callable[[str], object] | None = None,
    variable: str | None = None,
) -> Any:
    """Declare a setting: ``read`` makes its value of a text; without it, it is a switch."""
    return field(default=default, metadata={"meaning": meaning, "read": read, "variable": variable})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the server was told when it started; it is not asked again."""

    port: int = _setting(
        8088, "port to listen on; 0 lets the system choose one", read=_between(0, 65535)
    )
    address: str = _setting(
        "127.0.0.1", "address to listen on; 0.0.0.0 for every network", read=str
    )
    config: Path | None = _setting(
        None,
        "the autosubmitrc file of the installation to serve, or the folder that holds it; without "
        "it the installation is found as Autosubmit finds it: AUTOSUBMIT_CONFIGURATION, "
        "./.autosubmitrc, ~/.autosubmitrc, /etc/autosubmitrc",
        read=Path,
    )
    demo: bool = _setting(
        False, "serve a demo installation, made in a temporary folder and removed at the end"
    )
    debug: bool = _setting(False, "log every step")
    root_path: str = _setting(
        "",
        "path under which a proxy publishes the server, such as /api; requests are answered with "
        "and without it",
        read=_root_path,
        variable="AS_API_ROOT_PATH",
    )
    allowed_origins: tuple[str, ...] | None = _setting(
        None,
        "web pages whose scripts may read the answers without a token: origins such as https://gui.example.org, "
        "separated by commas; by default the allowed clients of the autosubmitrc file",
        read=_origins,
        variable="AUTOSUBMIT_ALLOWED_ORIGINS",
    )
    body_limit: int = _setting(
        1024 * 1024,
        "bytes that the body of a request may have",
        read=_between(1, 2**30),
        variable="AUTOSUBMIT_BODY_LIMIT",
    )
    processes: int = _setting(
        1,
        "processes that serve side by side, each with memory and computations of its own",
        read=_between(1, 256),
        variable="AUTOSUBMIT_PROCESSES",
    )
    computations: int = _setting(
        4,
        "computations that run at once: so many about large experiments, and as many others",
        read=_between(1, 256),
        variable="AUTOSUBMIT_COMPUTATIONS",
    )
    waiting: int = _setting(
        256,
        "computations that may wait for their turn; further requests are told to come back",
        read=_between(1, 100_000),
        variable="AUTOSUBMIT_WAITING",
    )
    memory: int = _setting(
        256,
        "mebibytes of what was read that are kept for the next request",
        read=_between(0, 2**20),
        variable="AUTOSUBMIT_MEMORY",
    )
    answers_memory: int = _setting(
        128,
        "mebibytes of answers that are kept, as they are sent, until what they tell of changes",
        read=_between(0, 2**20),
        variable="AUTOSUBMIT_ANSWERS_MEMORY",
    )
    stop_seconds: int = _setting(
        25,
        "seconds that requests under way may take to end when the server is stopped",
        read=_between(0, 3600),
        variable="AUTOSUBMIT_STOP_SECONDS",
    )


def option(setting: Field[Any]) -> str:
    """Return the option of a setting, as it is typed: ``--root-path``."""
    return "--" + setting.name.replace("_", "-")


def read_settings(arguments: Sequence[str], environment: Mapping[str, str]) -> Settings:
    """Return the settings of a command line and an environment.

    Ends the process, with 0 after ``--help`` and 2 after a value that cannot be: that is what
    whoever types a command wants.
    """
    parser = _parser()
    told = vars(parser.parse_args(arguments))
    for setting in fields(Settings):
        variable = setting.metadata["variable"]
        if variable and variable in environment and setting.name not in told:
            try:
                told[setting.name] = setting.metadata["read"](environment[variable])
            except ValueError as error:
                parser.error(f"environment variable {variable}: {error}")
    if told.get("demo") and told.get("config"):
        parser.error("--demo brings its own installation: leave --config out")
    return Settings(**told)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m autosubmit_core.api.app",
        description="Serve the experiments of an Autosubmit installation as JSON over HTTP.",
        argument_default=argparse.SUPPRESS,
        allow_abbrev=False,
    )
    for setting in fields(Settings):
        read, variable = setting.metadata["read"], setting.metadata["variable"]
        meaning = setting.metadata["meaning"].replace("%", "%%")
        if read is None:
            parser.add_argument(
                option(setting), action=argparse.BooleanOptionalAction, help=meaning
            )
            continue
        if setting.default is not None:
            meaning += f" (default: {setting.default or 'none'})"
        if variable:
            meaning += f" [{variable}]"
        parser.add_argument(option(setting), type=_typed(read), metavar="VALUE", help=meaning)
    return parser


def _typed(read: Callable[[str], object]) -> Callable[[str], object]:
    """Let argparse show the sentence of a wrong value instead of a general one."""

    def convert(text: str) -> object:
        try:
            return read(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    return convert
