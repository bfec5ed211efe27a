"""What failed, and why: failed attempts in groups that say the same of themselves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from autosubmit_core import Experiment
from autosubmit_core.published import failures_answer
from autosubmit_core.server import Route

from autosubmit_site.pages.base import ExperimentPage, operation

__all__ = ["Failures", "failures_of", "routes"]


@dataclass(frozen=True, slots=True)
class Failures:
    """The failed attempts of an experiment, as the API answers them."""

    found: dict[str, Any]


def failures_of(experiment: Experiment) -> Failures:
    """Return what failed; raises :class:`~autosubmit_core.SourceError` without a job list."""
    return Failures(failures_answer(experiment))


class FailuresPage(ExperimentPage):
    """``GET /experiments/{expid}/failures``: what failed, and why."""

    template = "failures.html.j2"
    view = staticmethod(failures_of)
    operations: ClassVar = {"get": operation("What failed in an experiment, and why")}


routes = [Route("/experiments/{expid}/failures", FailuresPage)]
