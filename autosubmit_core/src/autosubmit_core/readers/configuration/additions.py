"""The values that Autosubmit adds to what the files say: folders, and the main platform's own."""

from __future__ import annotations

import os.path
from pathlib import Path, PurePosixPath
from typing import Any

from autosubmit_core.readers.configuration.rules import BrokenRuleError

__all__ = ["main_platform_values", "project_folder"]

#: Project type -> section and key of where it comes from.
_ORIGINS = {
    "git": ("GIT", "PROJECT_ORIGIN"),
    "svn": ("SVN", "PROJECT_URL"),
    "local": ("LOCAL", "PROJECT_PATH"),
}


def project_folder(folder: Path, data: dict[str, Any]) -> str:
    """Return ``PROJDIR``: where the experiment ``folder`` keeps its project."""
    project = data.get("PROJECT", {})
    if not isinstance(project, dict):
        raise BrokenRuleError("PROJECT", "has to be a section")
    destination = project.get("PROJECT_DESTINATION", "project_files")
    if destination == "":
        destination = _destination(project.get("PROJECT_TYPE", "none"), data)
    if not isinstance(destination, str):
        raise BrokenRuleError("PROJECT.PROJECT_DESTINATION", "has to be a text")
    # A path from the root stands alone, as everywhere in Autosubmit.
    return str(PurePosixPath(folder, "proj", destination))


def _destination(project_type: Any, data: dict[str, Any]) -> str:
    """Return the last part of where the project comes from."""
    if project_type is None:
        return "project_files"
    if not isinstance(project_type, str):
        raise BrokenRuleError("PROJECT.PROJECT_TYPE", "has to be a text")
    kind = project_type.lower()
    if kind not in _ORIGINS:
        return ""
    name, key = _ORIGINS[kind]
    section = data.get(name, {})
    origin = section.get(key, "") if isinstance(section, dict) else None
    if not isinstance(origin, str):
        return "project_files"
    last = origin.rpartition("/")[2]
    return os.path.splitext(last)[0] if kind == "git" else last


def main_platform_values(folder: Path, expid: str, data: dict[str, Any]) -> dict[str, Any]:
    """Return ``HPCARCH``, ``HPCROOTDIR``, ``HPCLOGDIR`` and ``HPC<KEY>`` of the main platform."""
    platforms = data.get("PLATFORMS", {})
    name = data.get("DEFAULT", {}).get("HPCARCH", "LOCAL")
    if not isinstance(platforms, dict):
        raise BrokenRuleError("PLATFORMS", "has to be a section")
    platform = platforms.get(name, {})
    if not isinstance(platform, dict):
        raise BrokenRuleError(f"PLATFORMS.{name}", "has to be a section")
    values = {f"HPC{key}": value for key, value in platform.items()} | {"HPCARCH": name}
    root = _platform_root(platform, name, expid)
    if root is None and name == "LOCAL":
        root = str(folder / "tmp")
    if root is not None:
        values |= {"HPCROOTDIR": root, "HPCLOGDIR": f"{root}/LOG_{expid}"}
    return values


def _platform_root(platform: dict[str, Any], name: str, expid: str) -> str | None:
    """Return the experiment's folder on the platform, None if the platform does not say."""
    project = "SCRATCH_PROJECT_DIR" if "SCRATCH_PROJECT_DIR" in platform else "PROJECT"
    parts = [platform.get(key) for key in ("SCRATCH_DIR", project, "USER")]
    if not all(parts):
        return None
    texts = [part for part in parts if isinstance(part, str)]
    if len(texts) != len(parts):
        raise BrokenRuleError(
            f"PLATFORMS.{name}", f"SCRATCH_DIR, {project} and USER have to be texts"
        )
    return str(PurePosixPath(*texts, expid))
