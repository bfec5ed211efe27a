"""The configuration on disk beside that of a run: what differs first."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from autosubmit_core import Experiment, SourceError
from autosubmit_core.api.encoding import json_bytes
from autosubmit_core.api.handlers import Route
from autosubmit_core.api.parameters import Integer, Text

from autosubmit_site.pages.base import ExperimentPage, operation, problem_of

__all__ = ["ConfigurationView", "Setting", "configuration_of", "routes"]

#: Names of settings whose values are nobody's business.
_SECRET = re.compile(r"PASSW|SECRET|TOKEN|CONN_URL|CREDENTIAL|API_?KEY", re.IGNORECASE)
MASKED = "••••••"


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting, by its path; None where one of the two does not have it."""

    path: str
    on_disk: str | None
    in_run: str | None

    @property
    def differs(self) -> bool:
        """Whether the two say different things."""
        return self.on_disk != self.in_run


@dataclass(frozen=True, slots=True)
class ConfigurationView:
    """The settings, and which run they are compared with."""

    settings: tuple[Setting, ...]
    differing: int
    #: The run; 0 if there is none to compare with, and the runs to choose from.
    run_id: int
    run_ids: tuple[int, ...]
    #: Whether the run stored its configuration.
    compared: bool
    q: str
    problem: str


def configuration_of(
    experiment: Experiment, run_id: int | None = None, q: str | None = None
) -> ConfigurationView:
    """Return the configuration beside that of a run, by default the newest.

    Raises :class:`~autosubmit_core.RunNotFoundError`.
    """
    numbers = sorted(experiment.runs.run_id.tolist(), reverse=True)
    chosen = experiment.known_run(run_id) if run_id else (numbers[0] if numbers else 0)
    stored = experiment.run_configuration(chosen) if chosen else None
    try:
        on_disk, problem = dict(_flat("", experiment.usable_configuration.data)), ""
    except SourceError as error:
        on_disk, problem = {}, problem_of(error)
    in_run = dict(_flat("", stored or {}))
    paths = list(dict.fromkeys([*on_disk, *in_run]))
    wanted = (q or "").casefold()
    settings = [
        Setting(path, on_disk.get(path), in_run.get(path) if stored else on_disk.get(path))
        for path in paths
    ]
    shown = [
        one for one in settings if wanted in f"{one.path}\n{one.on_disk}\n{one.in_run}".casefold()
    ]
    return ConfigurationView(
        settings=tuple(sorted(shown, key=lambda one: not one.differs)),
        differing=sum(one.differs for one in settings),
        run_id=chosen,
        run_ids=tuple(numbers),
        compared=bool(stored),
        q=q or "",
        problem=problem,
    )


def _flat(path: str, value: Any) -> Iterator[tuple[str, str]]:
    """Yield each setting below a value with its path, secrets masked."""
    if isinstance(value, dict) and value:
        for name, inner in value.items():
            yield from _flat(f"{path}.{name}" if path else str(name), inner)
    elif _SECRET.search(path.rpartition(".")[2]):
        yield path, MASKED if value else ""
    else:
        yield path, value if isinstance(value, str) else json_bytes(value).decode()


class ConfigurationPage(ExperimentPage):
    """``GET /experiments/{expid}/configuration``: on disk and in a run."""

    template = "configuration.html.j2"
    view = staticmethod(configuration_of)
    operations: ClassVar = {
        "get": operation(
            "The configuration of an experiment",
            Integer(name="run_id", meaning="The run to compare with; by default the newest."),
            Text(name="q", meaning="Settings with this in their names or values."),
        )
    }


routes = [Route("/experiments/{expid}/configuration", ConfigurationPage)]
