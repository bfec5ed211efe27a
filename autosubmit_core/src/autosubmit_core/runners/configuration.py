"""The file in which the administrator says which commands can be run, where, and by whom."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any

from autosubmit_core.errors import InstallationError, SourceError
from autosubmit_core.readers.api_file import read_api_file
from autosubmit_core.readers.versions import file_version
from autosubmit_core.runners.permissions import read_allow

__all__ = ["SWITCHES", "Configuration", "ConfigurationFile", "read_configuration"]

log = logging.getLogger(__name__)

#: The commands by the names of their switches.
SWITCHES = ("SET_JOB_STATUS", "CREATE_EXPERIMENT", "RUNNER_RUN", "UPDATE_EXPERIMENT_DETAILS")

#: How many days after the end of a command what it printed is kept, unless told otherwise.
OUTPUT_DAYS = 90

#: What each part of the file is.
_MAPPING: Mapping[str, type] = {
    **{"SSH_PUBLIC_KEYS": list, "ENDPOINTS": dict, "PROFILES": dict, "SSH_KEY": str},
    **{"KNOWN_HOSTS": str, "SAFE_ROOT_PATH": str, "ADMINISTRATORS": list, "ACCOUNTS": dict},
    **{"COMMAND_SECONDS": int, "STOP_SECONDS": int, "OUTPUT_DAYS": int},
}


@dataclass(frozen=True, slots=True)
class Configuration:
    """What the file says; without one nothing can be run."""

    #: Keys that users are asked to trust, to show them.
    public_keys: tuple[str, ...] = ()
    #: The switch of each command.
    endpoints: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    #: The profiles as they are written.
    profiles: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    #: What a free choice of runner and loader may be; only for ``/v4alpha``.
    free: Mapping[str, Any] = field(default_factory=dict)
    #: The private key that this server shows other machines, and the file of the keys they have.
    ssh_key: Path | None = None
    known_hosts: Path | None = None
    #: The folder below which virtual environments lie.
    safe_root: Path | None = None
    #: Users who may act on every experiment, and the Linux accounts of users; by the users' keys.
    administrators: frozenset[str] = frozenset()
    accounts: Mapping[str, Any] = field(default_factory=dict)
    #: How long a command other than a run may take, and how long the end of a run is waited for.
    command_seconds: int = 600
    stop_seconds: int = 10
    #: How long after the end of a command what it printed is kept.
    output_days: int = OUTPUT_DAYS

    def enabled(self, switch: str) -> bool:
        """Tell whether a command can be run here."""
        return bool(self.endpoints[switch]["ENABLED"])


def read_configuration(path: Path) -> Configuration:
    """Return what a file says; one that is not there or empty, or an empty section, says nothing.

    Raises :class:`InstallationError` with a sentence if it makes no sense, and
    :class:`~autosubmit_core.SourceError` as :func:`read_api_file`.
    """
    told = read_api_file(path)
    section = _part(told, "RUNNER_CONFIGURATION", dict, "")
    for key in section.keys() - _MAPPING.keys():
        log.warning("%s: RUNNER_CONFIGURATION has no %s; it means nothing", path, key)
    parts = {
        key: _part(section, key, kind, "RUNNER_CONFIGURATION.") for key, kind in _MAPPING.items()
    }
    profiles = {
        str(name): _part(parts["PROFILES"], name, dict, "PROFILES.") for name in parts["PROFILES"]
    }
    for told_of in profiles.values():
        read_allow(told_of.get("ALLOW"))
    return Configuration(
        public_keys=tuple(map(str, parts["SSH_PUBLIC_KEYS"])),
        endpoints=_endpoints(parts["ENDPOINTS"], bool(profiles)),
        profiles=profiles,
        free=_part(told, "RUNNERS", dict, ""),
        ssh_key=Path(parts["SSH_KEY"]) if parts["SSH_KEY"] else None,
        known_hosts=Path(parts["KNOWN_HOSTS"]) if parts["KNOWN_HOSTS"] else None,
        safe_root=Path(parts["SAFE_ROOT_PATH"]) if parts["SAFE_ROOT_PATH"] else None,
        administrators=frozenset(map(str, parts["ADMINISTRATORS"])),
        accounts=parts["ACCOUNTS"],
        command_seconds=parts["COMMAND_SECONDS"] or 600,
        stop_seconds=parts["STOP_SECONDS"] or 10,
        output_days=_days(section, "OUTPUT_DAYS", OUTPUT_DAYS),
    )


class ConfigurationFile:
    """A file that is read again when it has changed; of one that is spoilt the last good one holds.

    Raises at once as :func:`read_configuration`.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._mutex = Lock()
        self._version = file_version(path)
        self._last = read_configuration(path)

    def now(self) -> Configuration:
        """Return what the file says now."""
        with self._mutex:
            version = file_version(self._path)
            if version[:4] != self._version[:4]:
                self._version = version
                try:
                    self._last = read_configuration(self._path)
                except (InstallationError, SourceError) as error:
                    log.error("%s; what it said before still holds", error)
            return self._last


def _endpoints(written: Mapping[str, Any], any_profile: bool) -> dict[str, dict[str, Any]]:
    endpoints = {}
    for name in SWITCHES:
        switch = {"ENABLED": True, **_part(written, name, dict, "ENDPOINTS.")}
        # Only what is really on is on: "False" in quotes is a word. Without a profile nothing can be.
        endpoints[name] = {**switch, "ENABLED": switch["ENABLED"] is True and any_profile}
    return endpoints


def _days(section: Mapping[str, Any], key: str, default: int) -> int:
    """Return a number of days, at least one."""
    days = (
        default if section.get(key) is None else _part(section, key, int, "RUNNER_CONFIGURATION.")
    )
    if days < 1:
        raise InstallationError(
            f"The configuration of commands: RUNNER_CONFIGURATION.{key} must be at least 1"
        )
    return int(days)


def _part(told: Mapping[str, Any], key: str, kind: type, where: str) -> Any:
    """Return a part of a mapping; nothing of its kind where there is none."""
    value = told.get(key)
    if value is None:
        return kind()
    if not isinstance(value, kind) or isinstance(value, bool):
        words = {dict: "a mapping", list: "a list", str: "a text", int: "a whole number"}
        raise InstallationError(
            f"The configuration of commands: {where}{key} must be {words[kind]}"
        )
    return value
