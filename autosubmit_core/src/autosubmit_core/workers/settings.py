"""Which background tasks run, and how often: the section ``BACKGROUND_TASKS`` of Autosubmit API's file."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from autosubmit_core.errors import ConfigurationInvalidError
from autosubmit_core.readers.api_file import read_api_file
from autosubmit_core.workers.details import DetailsTask
from autosubmit_core.workers.failures import FailuresTask
from autosubmit_core.workers.figures import FiguresTask
from autosubmit_core.workers.layouts import LayoutsTask
from autosubmit_core.workers.notifications.task import NotificationsTask
from autosubmit_core.workers.passes import Duty
from autosubmit_core.workers.status import StatusTask

__all__ = ["TASKS", "Plan", "read_plans"]

#: Every task, in the order in which they are first done.
TASKS: tuple[Duty[Any], ...] = (
    *(DetailsTask(), StatusTask(), LayoutsTask(), FiguresTask(), FailuresTask()),
    NotificationsTask(),
)

_SECTION = "BACKGROUND_TASKS"


class Plan(NamedTuple):
    """A task, and how long after the beginning of a pass the next one begins, in seconds."""

    task: Duty[Any]
    every: float


def read_plans(path: Path, named: Collection[str] = ()) -> list[Plan]:
    """Return the tasks that have something to do and are not switched off, with their intervals.

    If any are ``named``, these alone, whether they are switched off or not. In the file, intervals are
    whole minutes. Raises :class:`ConfigurationInvalidError` for a file that says something else, which
    names the key, and :class:`~autosubmit_core.SourceError` for one that cannot be read.
    """
    sections = read_api_file(path)
    section = _section(sections, _SECTION, path)
    unknown = sorted(section.keys() - {task.key for task in TASKS})
    if unknown:
        known = ", ".join(task.key for task in TASKS)
        raise ConfigurationInvalidError(
            path, f"{_SECTION}.{unknown[0]}: there is no such task; there are {known}"
        )
    plans = []
    for task in (task.told(sections, path) for task in TASKS):
        enabled, minutes = _said(task, section, path)
        if task.name in named if named else enabled and not task.idle:
            plans.append(Plan(task, 60.0 * minutes))
    return plans


def _said(task: Duty[Any], section: Mapping[str, Any], path: Path) -> tuple[bool, int]:
    """Return whether a task is switched on, and its interval in minutes."""
    said, place = _section(section, task.key, path), f"{_SECTION}.{task.key}"
    unknown = sorted(said.keys() - {"ENABLED", "INTERVAL"})
    if unknown:
        raise ConfigurationInvalidError(path, f"{place}.{unknown[0]}: there is no such setting")
    enabled, minutes = said.get("ENABLED", True), said.get("INTERVAL", task.minutes)
    if not isinstance(enabled, bool):
        raise ConfigurationInvalidError(path, f"{place}.ENABLED must be true or false")
    if isinstance(minutes, bool) or not isinstance(minutes, int) or minutes < 1:
        raise ConfigurationInvalidError(
            path, f"{place}.INTERVAL must be a whole number of minutes, 1 or more"
        )
    return enabled, minutes


def _section(parent: Mapping[str, Any], name: str, path: Path) -> Mapping[str, Any]:
    """Return what stands under a name; one with nothing under it says nothing."""
    found = parent.get(name)
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise ConfigurationInvalidError(path, f"{name} has to consist of settings")
    return {str(key): value for key, value in found.items()}
