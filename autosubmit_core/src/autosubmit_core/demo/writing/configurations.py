"""Writes the configuration of an experiment: YAML files as Autosubmit 4 reads them, INI as 3 does."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

__all__ = ["write_as3", "write_as4"]

#: The files of a YAML configuration, and the top sections in each; others go into the first.
_YAML_FILES = {
    "minimal": ("CONFIG", "DEFAULT", "PROJECT", "GIT", "SVN", "LOCAL"),
    "expdef": ("EXPERIMENT", "RERUN"),
    "jobs": ("JOBS", "WRAPPERS"),
    "platforms": ("PLATFORMS",),
}
#: The files of an INI configuration by the key that answers give them.
_INI_FILES = {
    "conf": "autosubmit",
    "exp": "expdef",
    "platforms": "platforms",
    "jobs": "jobs",
    "proj": "proj",
}


def write_as4(
    folder: Path, configuration: Mapping[str, Any], *, version: str, command: str = "run"
) -> None:
    """Write a YAML configuration into ``conf`` of an experiment's folder.

    ``configuration`` is the tree of sections, ``{"EXPERIMENT": {"CHUNKSIZE": 4}, ...}``; it is
    spread over ``minimal.yml``, ``expdef.yml``, ``jobs.yml`` and ``platforms.yml``. Beside them
    stand ``version.yml`` and ``as_misc.yml``, which Autosubmit keeps itself: the version, and
    the last command.
    """
    conf = folder / "conf"
    conf.mkdir(parents=True, exist_ok=True)
    placed = {name: file for file, names in _YAML_FILES.items() for name in names}
    files: dict[str, dict[str, Any]] = {file: {} for file in _YAML_FILES}
    for name, section in configuration.items():
        files[placed.get(name, "minimal")][name] = section
    files["version"] = {"CONFIG": {"AUTOSUBMIT_VERSION": version}}
    files["as_misc"] = {"AS_MISC": True, "AS_COMMAND": command}
    for file, sections in files.items():
        if sections:
            text = yaml.safe_dump(sections, sort_keys=False, default_flow_style=False, width=100)
            (conf / f"{file}.yml").write_text(text, encoding="utf-8")


def write_as3(
    folder: Path, expid: str, configuration: Mapping[str, Mapping[str, Mapping[str, str]]]
) -> None:
    """Write an INI configuration into ``conf`` of an experiment's folder: five ``.conf`` files.

    ``configuration`` has the keys of the published answers, ``conf``, ``exp``, ``platforms``,
    ``jobs`` and ``proj``, each with sections of options; a key that is left out gives an empty file.
    Options of a section ``DEFAULT`` hold for all sections of its file.
    """
    conf = folder / "conf"
    conf.mkdir(parents=True, exist_ok=True)
    for key, file in _INI_FILES.items():
        lines: list[str] = []
        for section, options in configuration.get(key, {}).items():
            lines += [f"[{section}]", *(f"{name} = {text}" for name, text in options.items()), ""]
        (conf / f"{file}_{expid}.conf").write_text("\n".join(lines), encoding="utf-8")
