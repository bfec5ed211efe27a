"""Everything the server can be told, each thing once: its default, option, variable and meaning.

The command line wins over the environment, the environment over a file of variables that was named
(``--env-file``), and that over the defaults. Nothing else of the server reads the environment, but
for the search of the installation itself (``AUTOSUBMIT_CONFIGURATION``, see
:func:`autosubmit_core.open_archive`).
"""

from __future__ import annotations

import argparse
import logging
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import Field, dataclass, fields
from pathlib import Path
from typing import Any, ClassVar, TypeVar, overload

from autosubmit_core.api.access.env_file import read_env_file
from autosubmit_core.api.access.permission import Level
from autosubmit_core.api.access.settings import AccessSettings, is_loopback
from autosubmit_core.api.declaring import (
    one_of,
    option,
    origins,
    seconds,
    setting,
    switch,
    whole_number,
)
from autosubmit_core.readers.api_file import api_file
from autosubmit_core.readers.installation import folders_of

__all__ = ["Settings", "option", "read_settings", "setting", "whole_number"]

log = logging.getLogger(__name__)

SomeSettings = TypeVar("SomeSettings", bound="Settings")

_CONFIGURATION = "AUTOSUBMIT_CONFIGURATION"
_ROOT_PATH = re.compile(r"(/[A-Za-z0-9._~-]+)+", re.ASCII)


def _root_path(text: str) -> str:
    path = text.rstrip("/")
    if path and not _ROOT_PATH.fullmatch(path):
        raise ValueError("must be a path such as /api")
    return path


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(AccessSettings):
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
    shared_folders: tuple[Path, ...] = setting(
        (),
        "folders outside the experiments whose files their configurations may include, parted like "
        "those of PATH",
        read=folders_of,
        variable="AUTOSUBMIT_SHARED_FOLDERS",
    )
    demo: bool = setting(
        False, "serve a demo installation, made in a temporary folder and removed at the end"
    )
    debug: bool = setting(False, "log every step")
    log_format: str = setting(
        "text",
        "how the log is written: text, or json, an object in each line",
        read=one_of("text", "json"),
        variable="AUTOSUBMIT_LOG_FORMAT",
    )
    metrics_port: int | None = setting(
        None,
        "port on which Prometheus finds /metrics, without any login; of several processes the next has "
        "the next port; 0 lets the system choose; by default there are no metrics",
        read=whole_number(0, 65535),
        variable="AUTOSUBMIT_METRICS_PORT",
    )
    metrics_address: str = setting(
        "127.0.0.1",
        "address of that port",
        read=str,
        variable="AUTOSUBMIT_METRICS_ADDRESS",
    )
    root_path: str = setting(
        "",
        "path under which a proxy publishes the server, such as /api; requests are answered with "
        "and without it",
        read=_root_path,
        variable="AS_API_ROOT_PATH",
    )
    allowed_origins: tuple[str, ...] | None = setting(
        None,
        "web pages whose scripts may read the answers: origins such as https://gui.example.org, "
        "separated by commas; by default the allowed clients of the autosubmitrc file",
        read=origins,
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
    events_interval: float = setting(
        1.0,
        "seconds between two looks at the files of an experiment that somebody listens to; "
        "longer where looking itself takes long",
        read=seconds(0.05, 60),
        variable="AUTOSUBMIT_EVENTS_INTERVAL",
    )
    event_streams: int = setting(
        2000,
        "listeners to events that there may be at once",
        read=whole_number(0, 1_000_000),
        variable="AUTOSUBMIT_EVENT_STREAMS",
    )
    event_streams_each: int = setting(
        50,
        "streams of events that a user, or an address where nobody is known, may listen to at once",
        read=whole_number(0, 1_000_000),
        variable="AUTOSUBMIT_EVENT_STREAMS_EACH",
    )
    commands: int = setting(
        4,
        "commands of Autosubmit that are started or waited for at once; more are told to come back",
        read=whole_number(1, 256),
        variable="AUTOSUBMIT_COMMANDS",
    )
    experimental_commands: bool = setting(
        False,
        "serve /v4alpha too, where clients choose freely where a command runs, within what the section "
        "RUNNERS of that file permits",
        variable="AUTOSUBMIT_EXPERIMENTAL_COMMANDS",
    )
    stop_delay: int = setting(
        0,
        "seconds for which a server that is told to stop says that it is not ready and goes on, so that "
        "whoever sends it requests notices",
        read=whole_number(0, 3600),
        variable="AUTOSUBMIT_STOP_DELAY",
    )
    stop_seconds: int = setting(
        25,
        "seconds that requests under way may take to end when the server is stopped",
        read=whole_number(0, 3600),
        variable="AUTOSUBMIT_STOP_SECONDS",
    )

    init_bg_tasks: bool = setting(
        False,
        "do the background tasks once before anything is answered",
        variable="RUN_BACKGROUND_TASKS_ON_START",
    )
    disable_bg_tasks: bool = setting(
        False,
        "do no background tasks: which experiments run, their details, layouts of their graphs",
        variable="DISABLE_BACKGROUND_TASKS",
    )
    api_config_file: Path | None = setting(
        None,
        "the YAML file that says which background tasks run and how often, and which commands of "
        "Autosubmit can be run, where, and by whom, and is refused then if others than its owner may "
        "write it; by default ~/.autosubmit_api.yaml",
        read=Path,
        variable="AS_API_CONFIG_FILE",
    )

    def __post_init__(self) -> None:
        """Raise :class:`ValueError` for settings that do not go together."""
        if self.init_bg_tasks and self.disable_bg_tasks:
            raise ValueError(
                "background tasks cannot be done first and not at all: leave out "
                "--init-bg-tasks or --disable-bg-tasks"
            )
        for wrong in self.wrong_logins():
            raise ValueError(wrong)
        if (self.metrics_port or 0) + self.processes > 65_536:
            raise ValueError("there are not enough ports after --metrics-port for all processes")
        others = self.reached_as()
        if self.level is Level.NONE and others and not self.open_to_network:
            raise ValueError(
                f"with the protection level NONE everybody who reaches {others} may read everything: "
                "if that is meant, say --open-to-network"
            )
        several = self.processes > 1 or self.replicas
        if several and self.has_tokens and not self.secret_key:
            raise ValueError(
                "several processes or replicas need one SECRET_KEY, or each refuses the tokens of "
                "the others: set the environment variable to 32 random bytes or more"
            )

    @property
    def api_file(self) -> Path:
        """Where it is said which background tasks run, and which commands can be run."""
        return self.api_config_file or api_file()

    @property
    def level(self) -> Level:
        """How much is for known callers alone."""
        made_up = self.demo and self.reached_as() is None
        return self.protection_level or (Level.NONE if made_up else Level.ALL)

    def reached_as(self) -> str | None:
        """Return where others than this machine can ask, None if nothing says that they can."""
        if not is_loopback(self.address):
            return self.address or "it"
        return next(self.names_elsewhere(), None)

    @property
    def has_tokens(self) -> bool:
        """Whether there is any use for tokens that this server makes."""
        return self.level is not Level.NONE or self.has_login()


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
    if "env_file" in told:
        try:
            environment = {**read_env_file(told["env_file"]), **environment}
        except ValueError as error:
            parser.error(str(error))
        # The search of the installation reads the environment itself.
        if _CONFIGURATION in environment and not told.get("demo"):
            told.setdefault("config", Path(environment[_CONFIGURATION]))
    if "JWT_SECRET" in environment and "SECRET_KEY" not in environment:
        log.warning("JWT_SECRET means nothing here: the key that signs tokens is SECRET_KEY")
    for one in fields(kind):
        variable = next((name for name in one.metadata["variables"] if name in environment), None)
        if variable and one.name not in told:
            try:
                told[one.name] = (one.metadata["read"] or switch)(environment[variable])
            except ValueError as error:
                parser.error(f"environment variable {variable}: {error}")
    if told.get("demo") and told.get("config"):
        parser.error("--demo brings its own installation: leave --config out")
    try:
        return kind(**told)
    except ValueError as error:
        parser.error(str(error))


def _parser(kind: type[Settings]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=f"python -m {kind.program}",
        usage="%(prog)s [options]",
        description=kind.description,
        argument_default=argparse.SUPPRESS,
        allow_abbrev=False,
    )
    of_access = {one.name for one in fields(AccessSettings)}
    secret = [one for one in fields(kind) if one.metadata["secret"]]
    access = parser.add_argument_group(
        "who may see and do what",
        "Secrets have no options, which everybody on a machine can see, but variables of the "
        "environment only: " + "; ".join(map(_secret_meaning, secret)) + ".",
    )
    for one in fields(kind):
        typed = option(one)
        if typed:
            group = access if one.name in of_access else parser
            group.add_argument(typed, **_argument(one))
    return parser


def _secret_meaning(one: Field[Any]) -> str:
    return f"{', '.join(one.metadata['variables'])}, the {one.metadata['meaning']}".replace(
        "%", "%%"
    )


def _argument(one: Field[Any]) -> dict[str, Any]:
    """Return how argparse reads and explains a setting."""
    read, variables = one.metadata["read"], one.metadata["variables"]
    meaning = one.metadata["meaning"].replace("%", "%%")
    if read is not None and one.default is not None:
        shown = ", ".join(one.default) if isinstance(one.default, tuple) else one.default
        meaning += f" (default: {shown or 'none'})"
    if variables:
        meaning += f" [{', '.join(variables)}]"
    if read is None:
        return {"action": argparse.BooleanOptionalAction, "help": meaning}
    return {"type": _typed(read), "metavar": "VALUE", "help": meaning}


def _typed(read: Callable[[str], object]) -> Callable[[str], object]:
    """Let argparse show the sentence of a wrong value instead of a general one."""

    def convert(text: str) -> object:
        try:
            return read(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    return convert
