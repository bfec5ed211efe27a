"""``/v3/cconfig/{expid}``: the configuration of the last run beside that of the files of now."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from typing import Any

from autosubmit_core.answers.masking import masked
from autosubmit_core.archive import Experiment

__all__ = ["EMPTY", "configurations_answer"]

#: What is answered when the experiment is not known.
EMPTY: dict[str, Any] = {
    "warning": False,
    "warning_message": "",
    "configuration_current_run": {"contains_nones": True},
    "configuration_filesystem": {"contains_nones": True},
    "are_equal": True,
    "differences": [],
}

#: What is kept of INI files.
_INI_SECTIONS = frozenset({"conf", "exp", "jobs", "platforms", "proj"})


def configurations_answer(experiment: Experiment) -> dict[str, Any]:
    """Return both configurations, and where the files differ from what the run began with.

    What cannot be read is empty: ``warning_message`` says so of the files, a warning of the run.
    """
    configuration, runs = experiment.configuration, experiment.runs
    last = int(runs.run_id.max()) if len(runs) else None
    stored = experiment.run_configuration(last, with_secrets=True) if last is not None else None
    of_run = _prepared(stored or {}, ini=configuration.kind == "as3")
    of_files = _prepared(_dates_as_text(configuration.dated), ini=configuration.kind == "as3")
    of_run["contains_nones"] = not stored or None in stored.values()
    of_files["contains_nones"] = configuration.contains_nones
    differences = sorted(_differences(of_files, of_run))
    reason = None if configuration.dated else _reason(experiment)
    return {
        "warning": reason is not None,
        "warning_message": f"The configuration on disk cannot be shown. {reason}" if reason else "",
        "configuration_current_run": masked(of_run),
        "configuration_filesystem": masked(of_files),
        "are_equal": not differences,
        "differences": differences,
    }


def _reason(experiment: Experiment) -> str | None:
    """Return why the files of the configuration cannot be read; None if they can."""
    for warning in experiment.warnings:
        if warning.source == "configuration":
            return warning.message
    return None


def _prepared(configuration: Mapping[str, Any], *, ini: bool) -> dict[str, Any]:
    """Return the parts that are compared, without the expid that INI files repeat in each section."""
    kept = {
        key: value
        for key, value in configuration.items()
        if not ini or str(key).lower() in _INI_SECTIONS
    }
    if isinstance(kept.get("exp"), dict):
        kept["exp"] = {
            name: {key: value for key, value in section.items() if key != "EXPID"}
            if isinstance(section, dict) and name != "experiment"
            else section
            for name, section in kept["exp"].items()
        }
    return kept


def _dates_as_text(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _dates_as_text(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_dates_as_text(item) for item in value]
    return value.isoformat() if isinstance(value, datetime.date) else value


def _differences(files: Mapping[str, Any], run: Mapping[str, Any], path: str = "") -> Iterator[str]:
    """Yield the dotted path of each value of the files that the run has not, and of what holds it.

    What only the run has is not told, and a null there equals nothing at all.
    """
    for key, value in files.items():
        other = run.get(key)
        if isinstance(value, dict) and isinstance(other, dict):
            inside = list(_differences(value, other, f"{path}{key}."))
            yield from inside
            if inside:
                yield f"{path}{key}"
        elif not _equal(value, other):
            yield f"{path}{key}"


def _equal(value: Any, other: Any) -> bool:
    """Tell whether two values are equal; a number may be stored as its text."""
    if {type(value), type(other)} == {str, int}:
        return str(value) == str(other)
    return bool(value == other)
