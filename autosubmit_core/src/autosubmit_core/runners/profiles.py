"""Profiles: where and how a command is run, written by the administrator, filled in by the client."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from autosubmit_core.errors import CommandError, CommandForbiddenError
from autosubmit_core.runners.configuration import Configuration
from autosubmit_core.runners.loaders import LOADERS, check_environment, checked_modules
from autosubmit_core.runners.permissions import Allow, Caller, read_allow

__all__ = ["Login", "Profile", "free_profile", "open_choices", "resolved", "shown"]

_DEFAULT_PORT = 22
_HOST = re.compile(r"[A-Za-z0-9:][A-Za-z0-9._:-]*", re.ASCII)
_ACCOUNT = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*", re.ASCII)
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)

#: What clients are shown of a profile (RS-9).
_SHOWN = ("RUNNER_TYPE", "MODULE_LOADER_TYPE", "MODULES")
_SHOWN_SSH = ("HOST", "PORT", "USERNAME")


@dataclass(frozen=True, slots=True)
class Login:
    """An account on another machine."""

    host: str
    username: str
    port: int = _DEFAULT_PORT


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """Where and how a command is run, with nothing left open."""

    name: str
    #: ``CONDA``, ``LMOD``, ``VENV`` or ``NO_MODULE``, and what it loads.
    loader: str
    modules: tuple[str, ...] = ()
    #: None on this machine.
    login: Login | None = None
    allow: Allow = field(default_factory=Allow)
    #: Further variables of its environment; null is the server's own value.
    environment: Mapping[str, str | None] = field(default_factory=dict)

    @property
    def runner(self) -> str:
        """Its type, as it is published."""
        return "SSH" if self.login else "LOCAL"


def shown(written: Mapping[str, Any]) -> dict[str, Any]:
    """Return what clients may see of a profile.

    >>> shown({"RUNNER_TYPE": "SSH", "SSH": {"USER": "u", "PASSWORD": "p"}})
    {'RUNNER_TYPE': 'SSH', 'SSH': {'USERNAME': 'u'}}
    """
    told = _with_username(written)
    seen = {key: told[key] for key in _SHOWN if key in told}
    if isinstance(told.get("SSH"), dict):
        seen["SSH"] = {key: told["SSH"][key] for key in _SHOWN_SSH if key in told["SSH"]}
    return seen


def open_choices(written: Mapping[str, Any], caller: Caller) -> dict[str, tuple[str, ...]]:
    """Return what a profile leaves to the client, by dotted names, and what each may be.

    >>> written = {"MODULES": "a", "SSH": {"HOSTS": ["x", "y"], "USERNAME": "u"}}
    >>> open_choices({**written, "RUNNER_TYPE": "SSH", "MODULE_LOADER_TYPE": "LMOD"}, Caller())
    {'SSH.HOST': ('x', 'y')}
    """
    told, found = _with_username(written), {}
    if "MODULES" not in told and str(told.get("MODULE_LOADER_TYPE")).upper() != "NO_MODULE":
        found["MODULES"] = told.get("ALLOWED_MODULES") or []
    if str(told.get("RUNNER_TYPE")).upper() == "SSH":
        ssh = told["SSH"] if isinstance(told.get("SSH"), dict) else {}
        choices = {
            "HOST": ssh.get("HOSTS"),
            "USERNAME": sorted(caller.accounts),
            "PORT": [_DEFAULT_PORT, *ssh["PORTS"]] if ssh.get("PORTS") else None,
        }
        left = {name: choices[name] for name in ("HOST", "USERNAME") if name not in ssh}
        left |= {"PORT": choices["PORT"]} if choices["PORT"] and "PORT" not in ssh else {}
        found |= {f"SSH.{name}": choice or [] for name, choice in left.items()}
    return {name: tuple(map(str, choice)) for name, choice in found.items()}


def resolved(
    configuration: Configuration, caller: Caller, name: str, params: Mapping[str, Any]
) -> Profile:
    """Return the profile of a name with what is missing in it filled in by the client.

    A client changes nothing that is written. What it fills in is one of those the profile lists, or
    an account of the caller's own: raises :class:`CommandForbiddenError` for others, and
    :class:`CommandError` for what makes no profile.
    """
    if name not in configuration.profiles:
        raise CommandError("Invalid profile name")
    written = _with_username(configuration.profiles[name])
    told = _merged(written, params)
    loader = str(told.get("MODULE_LOADER_TYPE"))
    runner = str(told.get("RUNNER_TYPE"))
    # What runs where is the administrator's to say.
    said = {"RUNNER_TYPE", "MODULE_LOADER_TYPE"} <= written.keys()
    complete = said and ("MODULES" in told or loader == "NO_MODULE")
    if not complete or (runner == "SSH" and not _has_login(told)):
        raise CommandError("Profile is missing required fields")
    if runner.upper() not in ("LOCAL", "SSH"):
        raise CommandError(f"Unknown runner type: {runner}")
    if runner.upper() == "SSH" and not _has_login(told):
        raise CommandError("SSH host must be provided for SSHRunner.")
    if "MODULES" not in written and loader.upper() != "NO_MODULE":
        _check_offered(told["MODULES"], written)
    login = _login(written, told["SSH"], caller) if runner.upper() == "SSH" else None
    return Profile(
        name=name,
        loader=_loader(loader),
        modules=_modules(_loader(loader), told.get("MODULES"), configuration.safe_root, login),
        login=login,
        allow=read_allow(written.get("ALLOW")),
        environment=_environment(written.get("ENVIRONMENT")),
    )


def free_profile(
    configuration: Configuration,
    caller: Caller,
    runner: str,
    loader: str,
    modules: object,
    ssh: Mapping[str, Any],
) -> Profile:
    """Return the profile that a client chose freely, within what ``RUNNERS`` permits."""
    kind = configuration.free.get(runner) or {}
    permitted = (kind.get("MODULE_LOADERS") or {}).get(loader) or {}
    if kind.get("ENABLED") is not True or permitted.get("ENABLED") is not True:
        raise CommandForbiddenError("Runner or module loader is not enabled in the config file")
    root = permitted.get("SAFE_ROOT_PATH")
    if loader == "VENV" and not root:
        raise CommandForbiddenError("No SAFE_ROOT_PATH of virtual environments is configured.")
    login = None
    if runner == "SSH":
        given = {"HOST": ssh.get("ssh_host"), "USERNAME": ssh.get("ssh_user")}
        login = _login(
            {"SSH": {"HOSTS": kind.get("HOSTS")}}, {**given, "PORT": ssh.get("ssh_port")}, caller
        )
    return Profile(
        name=f"{runner}/{loader}",
        loader=loader,
        modules=_modules(loader, modules, Path(root) if root else None, login),
        login=login,
        allow=read_allow(configuration.free.get("ALLOW")),
        environment=_environment(kind.get("ENVIRONMENT")),
    )


def _merged(written: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return a mapping with what only the other one has, at any depth."""
    merged = dict(written)
    for key, value in given.items():
        if key not in merged:
            merged[key] = value
        elif isinstance(merged[key], dict) and isinstance(value, dict):
            merged[key] = _merged(merged[key], value)
    return merged


def _with_username(written: Mapping[str, Any]) -> dict[str, Any]:
    """Return a profile whose account stands under the one name that counts."""
    ssh = written.get("SSH")
    if not isinstance(ssh, dict) or "USER" not in ssh:
        return dict(written)
    return {**written, "SSH": {"USERNAME": ssh["USER"], **ssh}}


def _has_login(told: Mapping[str, Any]) -> bool:
    ssh = told.get("SSH")
    return isinstance(ssh, dict) and {"HOST", "USERNAME"} <= ssh.keys()


def _loader(written: str) -> str:
    if written.upper() not in LOADERS:
        raise CommandError(f"Unknown module type: {written}")
    return written.upper()


def _modules(
    loader: str, written: object, root: Path | None, login: Login | None
) -> tuple[str, ...]:
    """Return the modules of a loader, a virtual environment of this machine looked at."""
    modules = checked_modules(loader, written, root)
    if loader == "VENV" and login is None:
        check_environment(Path(modules[0]), root)
    return modules


def _check_offered(modules: object, written: Mapping[str, Any]) -> None:
    """Raise :class:`CommandForbiddenError` for modules that a profile leaves open and does not list."""
    offered = written.get("ALLOWED_MODULES") or []
    wanted = modules if isinstance(modules, list) else [modules]
    if not all(module in offered for module in wanted):
        raise CommandForbiddenError("These modules are not among those that the profile allows.")


def _login(written: Mapping[str, Any], told: Mapping[str, Any], caller: Caller) -> Login:
    """Return the account that a profile and a client name together (RS-5)."""
    fixed = written.get("SSH") or {}
    host, username = str(told["HOST"]), str(told["USERNAME"])
    if "HOST" not in fixed and host not in (fixed.get("HOSTS") or []):
        raise CommandForbiddenError("This host is not among those that the profile allows.")
    if "USERNAME" not in fixed and username not in caller.accounts:
        raise CommandForbiddenError("This Linux account is not known to be yours.")
    if not _HOST.fullmatch(host) or not _ACCOUNT.fullmatch(username):
        raise CommandError("SSH host must be provided for SSHRunner.")
    port = _port(told.get("PORT"))
    if "PORT" not in fixed and port not in (_DEFAULT_PORT, *map(_port, fixed.get("PORTS") or [])):
        raise CommandForbiddenError("This port is not among those that the profile allows.")
    return Login(host, username, port)


def _port(written: object) -> int:
    """Return a port, which clients send as text; what is none is the usual one."""
    text = str(written)
    number = int(text) if re.fullmatch(r"\d{1,5}", text, re.ASCII) else 0
    return number if 0 < number < 65_536 else _DEFAULT_PORT


def _environment(written: object) -> dict[str, str | None]:
    if written is None:
        return {}
    if not isinstance(written, dict) or not all(_VARIABLE.fullmatch(str(name)) for name in written):
        raise CommandError("ENVIRONMENT of the profile must be a mapping of variables")
    return {str(name): None if value is None else str(value) for name, value in written.items()}
