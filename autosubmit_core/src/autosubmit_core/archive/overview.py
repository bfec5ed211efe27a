"""What a list of experiments says about each: small facts, so that 10,000 experiments can be kept."""

from __future__ import annotations

from typing import NamedTuple

from autosubmit_core.readers.configuration import Configuration
from autosubmit_core.readers.job_history import read_runs
from autosubmit_core.readers.versions import Location, is_missing

__all__ = ["ConfiguredNames", "RunCounters", "configured_names", "last_run_counters"]


class RunCounters(NamedTuple):
    """Jobs by state as Autosubmit counted them at the last update of a run."""

    completed: int
    total: int
    submitted: int
    queuing: int
    running: int
    failed: int
    suspended: int


class ConfiguredNames(NamedTuple):
    """What the configuration of an experiment calls things."""

    #: The platform of sections that name none; empty if unknown.
    main_platform: str
    #: The version of Autosubmit that the experiment says it runs with; empty if it says none.
    version: str
    #: Type of the wrapper in upper case, which only INI files name; else None.
    wrapper_type: str | None


def last_run_counters(location: Location) -> RunCounters | None:
    """Read the counters of the run with the highest number from a historical database.

    None if there is no file, no run, or if that run counted no jobs at all. Raises
    :class:`SourceUnreadableError` if the database is damaged or locked.
    """
    # An experiment that never ran has no file.
    if is_missing(location):
        return None
    runs = read_runs(location)
    if not len(runs):
        return None
    last = int(runs.run_id.argmax())
    counters = RunCounters(*(int(getattr(runs, name)[last]) for name in RunCounters._fields))
    return counters if counters.total > 0 else None


def configured_names(configuration: Configuration) -> ConfiguredNames:
    """Return the names that a configuration gives."""
    # The wrapper of an INI experiment stands beside its other settings; the sections WRAPPERS of YAML
    # files have always been passed over here.
    sections = configuration.data.get("conf") or {}
    wrapper = sections.get("wrapper") if configuration.kind == "as3" else None
    kind = wrapper.get("TYPE") if isinstance(wrapper, dict) else None
    return ConfiguredNames(
        main_platform=configuration.main_platform,
        version=configuration.version,
        wrapper_type=str(kind).upper() if kind else None,
    )
