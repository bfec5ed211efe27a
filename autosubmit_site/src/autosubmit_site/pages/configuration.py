"""The configuration on disk beside that of a run: what differs first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from autosubmit_core import Experiment, SourceError
from autosubmit_core.published import Setting, settings_side_by_side
from autosubmit_core.server import Integer, Route, Text

from autosubmit_site.pages.base import ExperimentPage, operation, problem_of

__all__ = ["ConfigurationView", "configuration_of", "routes"]


@dataclass(frozen=True, slots=True)
class ConfigurationView:
    """The settings, and which run they are compared with."""

    #: First on disk, second in the run; those that differ come first.
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
        on_disk, problem = experiment.usable_configuration.data, ""
    except SourceError as error:
        on_disk, problem = {}, problem_of(error)
    settings = settings_side_by_side(on_disk, stored or on_disk)
    wanted = (q or "").casefold()
    shown = [
        one for one in settings if wanted in f"{one.path}\n{one.first}\n{one.second}".casefold()
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
