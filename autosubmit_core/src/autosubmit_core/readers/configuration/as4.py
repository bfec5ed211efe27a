"""The configuration of Autosubmit 4: YAML files, resolved to one dictionary.

What counts more, from the most to the least: the custom files named POST, the files of ``conf/``
but the minimal ones, the custom files named PRE, the minimal files; within a group the later.
Autosubmit fills placeholders along the way with what it knows at the time, so the files are laid
over each other here in the same order, step by step.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from autosubmit_core.readers.configuration.additions import main_platform_values, project_folder
from autosubmit_core.readers.configuration.custom_files import CustomFiles, custom_entries
from autosubmit_core.readers.configuration.git_head import read_head_commit
from autosubmit_core.readers.configuration.merging import fill_missing
from autosubmit_core.readers.configuration.placeholders import Placeholders
from autosubmit_core.readers.configuration.rules import rules_of
from autosubmit_core.readers.configuration.sections import apply_final_rules
from autosubmit_core.readers.configuration.sources import Sources
from autosubmit_core.readers.configuration.yaml_layers import YamlLayers

__all__ = ["read_yaml_configuration"]

_MINIMAL = ("minimal.yml", "minimal.yaml")


def read_yaml_configuration(
    folder: Path,
    expid: str,
    sources: Sources,
    *,
    description: str | None,
    installation: Mapping[str, Any],
    current_user: str | None,
) -> dict[str, Any]:
    """Return the resolved dictionary of the experiment in ``folder``.

    ``installation``: the installation's settings, which replace keys of the same name.
    Raises :class:`ConfigurationInvalidError` where Autosubmit refuses the whole, and
    :class:`SourceUnreadableError` or :class:`SourceMissingError` for a file it cannot read.
    """
    placeholders = Placeholders()
    added = {"AS_ENV_CURRENT_USER": current_user, "ROOTDIR": str(folder)}
    load = _Load(folder, sources, placeholders, added, description)
    with rules_of(folder / "conf"):
        data = load.all_files()
        data |= {"ROOTDIR": str(folder), "PROJDIR": project_folder(folder, data)}
        data |= installation
        if "DATABASE_CONN_URL" in data:
            data["DATABASE_CONN_URL"] = ""  # it can hold a password, and any text could name it
        data = apply_final_rules(data)
        placeholders.fill(data, late=True)
        data.setdefault("AUTOSUBMIT", {})
        platform_values = main_platform_values(folder, expid, data)
        placeholders.fill(data, also_known=platform_values)
        data |= platform_values
    _add_commit(data, sources)
    for endless in sorted(placeholders.endless):
        sources.warn("invalid_value", f"{endless} stands for a text that holds it again.")
    return data


def _add_commit(data: dict[str, Any], sources: Sources) -> None:
    """Add the commit of the project where the experiment runs from a git working copy."""
    project, autosubmit = data.get("PROJECT", {}), data["AUTOSUBMIT"]
    is_git = str(project.get("PROJECT_TYPE", "")).lower() == "git"
    if is_git and isinstance(autosubmit, dict):
        commit = read_head_commit(Path(data["PROJDIR"]), sources)
        if commit is not None:
            data["AUTOSUBMIT"] = autosubmit | {"WORKFLOW_COMMIT": commit}


class _Load:
    """The files of one experiment, laid over each other in the order of their rank."""

    def __init__(
        self,
        folder: Path,
        sources: Sources,
        placeholders: Placeholders,
        added: dict[str, Any],
        description: str | None,
    ) -> None:
        self._folder = folder
        self._sources = sources
        self._placeholders = placeholders
        self._layers = YamlLayers(sources, placeholders)
        self._added = added
        self._description = description

    def all_files(self) -> dict[str, Any]:
        """Return the dictionary of all files, before the final rules."""
        conf = self._folder / "conf"
        paths = [path for path in self._sources.yaml_files(conf) if self._may_read(path)]
        start = self._conf(paths)
        default = start["DEFAULT"]
        if "EXPID" in default:
            self._layers.fixed = {"EXPID": default["EXPID"]}
        main = self._conf([path for path in paths if not path.name.endswith(_MINIMAL)])
        custom = CustomFiles(self._sources, self._layers, self._placeholders, start)
        pre, post = custom_entries(default.get("CUSTOM_CONFIG"))
        data = custom.over({}, custom.filled(pre, start))
        data = self._layers.over(data, main, conf)
        data = custom.over(data, custom.filled(post, start))
        return fill_missing(data, start)

    def _may_read(self, path: Path) -> bool:
        permitted = self._sources.permitted_link(path)
        if not permitted:
            self._sources.refuse(f"conf/{path.name} links to a file")
        return permitted

    def _conf(self, paths: list[Path]) -> dict[str, Any]:
        """Return files of conf/ merged, with the values that Autosubmit adds at once."""
        data: dict[str, Any] = {}
        for path in paths:
            content = self._layers.content(path)
            if content is not None:
                data = self._layers.over(data, content, path)
        data |= self._added | {"PROJDIR": project_folder(self._folder, data)}
        described = {} if self._description is None else {"DESCRIPTION": self._description}
        data["DEFAULT"] = data.get("DEFAULT", {}) | described
        return data
