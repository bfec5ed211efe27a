"""What stands at the top of every page of one experiment."""

from __future__ import annotations

from dataclasses import dataclass

from autosubmit_core import Experiment

__all__ = ["Heading", "heading_of"]


@dataclass(frozen=True, slots=True)
class Heading:
    """An experiment in a line. Texts are empty where nothing is noted."""

    expid: str
    description: str
    owner: str
    platform: str
    autosubmit_version: str
    running: bool


def heading_of(experiment: Experiment) -> Heading:
    """Return the heading of an experiment; it reads nothing but the list of experiments."""
    registered = experiment.registered
    return Heading(
        expid=experiment.expid,
        description=experiment.description,
        owner=registered.user[0] or "",
        platform=registered.hpc[0] or "",
        autosubmit_version=experiment.autosubmit_version or "",
        running=experiment.is_running,
    )
