"""What a configuration says, value by value: the one shape for both generations of Autosubmit.

A value that is missing, empty or of the wrong kind is never an error here but the default that
Autosubmit takes: one bad line does not keep the rest of an experiment from being shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from autosubmit_core.errors import SourceWarning
from autosubmit_core.readers.versions import FileVersion

__all__ = [
    "Configuration",
    "PlatformSettings",
    "SectionSettings",
    "WrapperSettings",
    "empty_configuration",
]


@dataclass(frozen=True, slots=True)
class SectionSettings:
    """What the configuration says about the jobs of one section."""

    #: Whether the configuration has the section at all; if not, all else is the default.
    known: bool
    #: Where its jobs run: the main platform if it names none.
    platform: str
    #: The platform that the section itself names, as written; empty if none.
    own_platform: str
    #: PROCESSORS as written (``"4"``, ``36``, ``"36:10"``), its own or its platform's; None if
    #: neither has any.
    processors: str | int | float | None
    #: NODES, its own or its platform's; None if neither gives a whole number.
    nodes: int | None
    #: TASKS per node, likewise.
    tasks: int | None
    #: PROCESSORS_PER_NODE, likewise.
    processors_per_node: int | None
    #: Whether its jobs have their nodes for themselves: only if EXCLUSIVE is a boolean true.
    exclusive: bool
    #: QUEUE of the section, empty if it names none.
    queue: str
    #: WALLCLOCK of the section, ``HH:MM``, empty if it has none.
    wallclock: str


@dataclass(frozen=True, slots=True)
class PlatformSettings:
    """What the configuration says about one platform."""

    #: Whether the configuration has the platform at all.
    known: bool
    name: str
    #: QUEUE for parallel jobs, empty if none.
    queue: str
    #: SERIAL_QUEUE for jobs of one processor, empty if none.
    serial_queue: str
    #: MAX_WALLCLOCK, ``HH:MM``, empty if none.
    max_wallclock: str
    #: MAX_WAITING_JOBS and TOTAL_JOBS, its own or those of the experiment: how many jobs may be in its
    #: queue, and on it altogether; None if neither says so.
    max_waiting_jobs: int | None
    total_jobs: int | None
    #: CF: grams of CO2 per MWh.
    carbon_factor: float | None
    #: PUE: energy of the whole site over energy of the machine.
    power_usage_effectiveness: float | None


@dataclass(frozen=True, slots=True)
class WrapperSettings:
    """What the configuration says about one kind of wrapper."""

    #: Name of its section; empty for the one wrapper of Autosubmit 3.
    name: str
    #: ``vertical``, ``horizontal``, ``vertical-horizontal`` or ``horizontal-vertical``.
    type: str
    #: The sections whose jobs it wraps.
    sections: tuple[str, ...]
    #: MIN_WRAPPED and MAX_WRAPPED, its own or those of all wrappers; None if not given.
    min_wrapped: int | None
    max_wrapped: int | None


@dataclass(frozen=True, slots=True)
class Configuration:
    """The configuration of one experiment, as its files describe it now."""

    #: ``as3`` for INI files, ``as4`` for YAML files.
    kind: Literal["as3", "as4"]
    #: The resolved dictionary of JSON values; dates, which JSON does not have, are None.
    data: Mapping[str, Any]
    #: The same with dates as :class:`datetime.date` and :class:`datetime.datetime`.
    dated: Mapping[str, Any]
    #: Whether a section is null as written, or there is no configuration; a date does not count.
    contains_nones: bool
    #: Every file and folder whose change can change the data, absent ones too.
    consulted: tuple[FileVersion, ...] = ()
    warnings: tuple[SourceWarning, ...] = ()

    @property
    def version(self) -> str:
        """The version of Autosubmit that the experiment says it runs with, empty if none."""
        if self.kind == "as3":
            return _text(self._value("conf", "config", "AUTOSUBMIT_VERSION"))
        return _text(self._value("CONFIG", "AUTOSUBMIT_VERSION"))

    @property
    def main_platform(self) -> str:
        """The platform of sections that name none, empty if unknown."""
        if self.kind == "as3":
            return _text(self._value("exp", "experiment", "HPCARCH"))
        return _text(self._value("DEFAULT", "HPCARCH")).upper()

    @property
    def chunk_unit(self) -> str:
        """``year``, ``month``, ``day`` or ``hour``; Autosubmit 4 keeps it as written."""
        if self.kind == "as3":
            return _text(self._value("exp", "experiment", "CHUNKSIZEUNIT")).lower()
        return _text(self._value("EXPERIMENT", "CHUNKSIZEUNIT"))

    @property
    def chunk_size(self) -> int:
        """Units in a chunk; 1 if it is not given or no number."""
        if self.kind == "as3":
            return _integer(self._value("exp", "experiment", "CHUNKSIZE")) or 1
        return _integer(self._value("EXPERIMENT", "CHUNKSIZE")) or 1

    @property
    def safety_sleep_seconds(self) -> int:
        """Seconds that Autosubmit rests between two looks at the platforms, 10 by default."""
        parents = ("conf", "config") if self.kind == "as3" else ("CONFIG",)
        seconds = _integer(self._value(*parents, "SAFETYSLEEPTIME"))
        return 10 if seconds is None else seconds

    @property
    def project_type(self) -> str:
        """``git``, ``svn``, ``local`` or ``none``, in lower case; ``na`` for an old one without."""
        if self.kind == "as3":
            return _text(self._value("exp", "project", "PROJECT_TYPE"), "na").lower()
        return _text(self._value("PROJECT", "PROJECT_TYPE"), "none").lower()

    @property
    def model(self) -> str:
        """Where the project comes from: its URL, ``NA`` if it comes from neither git nor svn."""
        if self.project_type == "git":
            return _text(self._project_value("git", "PROJECT_ORIGIN"))
        if self.project_type == "svn":
            missing = "NA" if self.kind == "as3" else ""
            return _text(self._project_value("svn", "PROJECT_URL"), missing)
        return "NA"

    @property
    def branch(self) -> str:
        """The git branch of the project, ``master`` by default; the URL again for svn, else ``NA``."""
        if self.project_type != "git":
            return self.model
        branch = self._project_value("git", "PROJECT_BRANCH")
        # Autosubmit 3 kept an empty branch empty.
        return _text(branch, "master") or ("" if self.kind == "as3" else "master")

    @property
    def workflow_commit(self) -> str | None:
        """The git commit that the project stands at; None if unknown."""
        if self.kind == "as3":
            return None
        return _text(self._value("AUTOSUBMIT", "WORKFLOW_COMMIT")) or None

    def section(self, name: str) -> SectionSettings:
        """Return what is said about a section; the defaults if it is not in the configuration."""
        if self.kind == "as3":
            return _ini_section(self._section("jobs", name), self.main_platform)
        job = self._section("JOBS", name.upper())
        platform_name = _text((job or {}).get("PLATFORM")).upper() or self.main_platform
        return _yaml_section(job, platform_name, self._section("PLATFORMS", platform_name))

    def platform(self, name: str) -> PlatformSettings:
        """Return what is said about a platform; empty values if it is not in the configuration."""
        section = "platforms" if self.kind == "as3" else "PLATFORMS"
        found = self._section(section, name if self.kind == "as3" else name.upper())
        values = found or {}
        return PlatformSettings(
            known=found is not None,
            name=name,
            queue=_text(values.get("QUEUE")),
            serial_queue=_text(values.get("SERIAL_QUEUE")),
            max_wallclock=_text(values.get("MAX_WALLCLOCK")),
            max_waiting_jobs=self._limit(values, "MAX_WAITING_JOBS", "MAXWAITINGJOBS"),
            total_jobs=self._limit(values, "TOTAL_JOBS", "TOTALJOBS"),
            carbon_factor=_number(values.get("CF")),
            power_usage_effectiveness=_number(values.get("PUE")),
        )

    def wrapper(self, section: str) -> WrapperSettings | None:
        """Return the wrapper that the jobs of a section are submitted in; None if in none."""
        wanted = section.upper()
        return next((made for made in self._wrappers() if wanted in made.sections), None)

    def _wrappers(self) -> Iterator[WrapperSettings]:
        common = self._section("WRAPPERS") or {}
        named = {name: value for name, value in common.items() if isinstance(value, Mapping)}
        if self.kind == "as3":
            named = {"": self._section("conf", "wrapper") or {}}
        for name, values in named.items():
            listed = values.get("JOBS_IN_WRAPPER") or ()
            yield WrapperSettings(
                name=name,
                type=_text(values.get("TYPE")).lower(),
                sections=tuple(
                    re.split(r"[\s,&]+", listed.strip().upper())
                    if isinstance(listed, str)
                    else (_text(one).upper() for one in listed)
                ),
                min_wrapped=_integer(values.get("MIN_WRAPPED", common.get("MIN_WRAPPED"))),
                max_wrapped=_integer(values.get("MAX_WRAPPED", common.get("MAX_WRAPPED"))),
            )

    def _limit(self, platform: Mapping[str, Any], own: str, common: str) -> int | None:
        """Return a limit of a platform, else of the experiment; below 0 it means none."""
        parents = ("conf", "config") if self.kind == "as3" else ("CONFIG",)
        for value in (platform.get(own), platform.get(common), self._value(*parents, common)):
            limit = _integer(value)
            if limit is not None:
                return limit if limit >= 0 else None
        return None

    def _value(self, *keys: str) -> Any:
        """Return the value under nested keys, None where there is none."""
        value: Any = self.data
        for key in keys:
            value = value.get(key) if isinstance(value, Mapping) else None
        return value

    def _section(self, *keys: str) -> Mapping[str, Any] | None:
        section = self._value(*keys)
        return section if isinstance(section, Mapping) else None

    def _project_value(self, section: str, key: str) -> Any:
        if self.kind == "as3":
            return self._value("exp", section, key)
        return self._value(section.upper(), key)


def empty_configuration() -> Configuration:
    """Return what stands in for a configuration that cannot be read: defaults for everything."""
    return Configuration(kind="as4", data={}, dated={}, contains_nones=True)


def _ini_section(job: Mapping[str, Any] | None, main_platform: str) -> SectionSettings:
    """Return a section of Autosubmit 3, where a platform gives nothing but its name."""
    values = job or {}
    return SectionSettings(
        known=job is not None,
        platform=_text(values.get("PLATFORM")) or main_platform,
        own_platform=_text(values.get("PLATFORM")),
        processors=values.get("PROCESSORS") or None,
        nodes=None,
        tasks=None,
        processors_per_node=None,
        exclusive=False,
        queue=_text(values.get("QUEUE")),
        wallclock=_text(values.get("WALLCLOCK")),
    )


def _yaml_section(
    job: Mapping[str, Any] | None, platform_name: str, platform: Mapping[str, Any] | None
) -> SectionSettings:
    def own_or_platforms(key: str) -> Any:
        return (job or {}).get(key) or (platform or {}).get(key)

    processors = own_or_platforms("PROCESSORS")
    return SectionSettings(
        known=job is not None,
        platform=platform_name,
        own_platform=_text((job or {}).get("PLATFORM")),
        processors=processors if isinstance(processors, (str, int, float)) else None,
        nodes=_given(own_or_platforms("NODES")),
        tasks=_given(own_or_platforms("TASKS")),
        processors_per_node=_given(own_or_platforms("PROCESSORS_PER_NODE")),
        exclusive=own_or_platforms("EXCLUSIVE") is True,
        queue=_text((job or {}).get("QUEUE")),
        wallclock=_text((job or {}).get("WALLCLOCK")),
    )


def _text(value: Any, missing: str = "") -> str:
    """Return a text or number as text, ``missing`` for what is neither."""
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, (int, float)) else missing


def _integer(value: Any) -> int | None:
    try:
        return int(value)
    except (TypeError, ValueError, OverflowError):
        return None


def _given(value: Any) -> int | None:
    """Return a count that is given: a whole number of at least 0, also as text; a 0 is not.

    >>> _given("48"), _given("0"), _given(0), _given("3+2"), _given(-1)
    (48, 0, None, None, None)
    """
    count = _integer(value) if value and not isinstance(value, (bool, float)) else None
    return count if count is not None and count >= 0 else None


def _number(value: Any) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        return None
