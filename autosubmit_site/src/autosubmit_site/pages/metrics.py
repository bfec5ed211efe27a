"""What the jobs measured themselves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from autosubmit_core import Experiment
from autosubmit_core.server import Integer, Route

from autosubmit_site.pages.base import ExperimentPage, operation

__all__ = ["UserMetric", "UserMetrics", "routes", "user_metrics_of"]

#: How many values the page shows.
MOST = 2000


@dataclass(frozen=True, slots=True)
class UserMetric:
    """One value that a job reported, as text."""

    job: str
    name: str
    value: str
    noted: str


@dataclass(frozen=True, slots=True)
class UserMetrics:
    """The values of one run, or of none if nothing was ever reported."""

    values: tuple[UserMetric, ...]
    total: int
    run_id: int
    run_ids: tuple[int, ...]


def user_metrics_of(experiment: Experiment, run_id: int | None = None) -> UserMetrics:
    """Return what the jobs of a run measured, by default of the newest that has any."""
    metrics = experiment.user_metrics
    numbers = sorted(set(metrics.run_id.tolist()), reverse=True)
    newest = numbers[0] if numbers else 0
    chosen = run_id if run_id is not None and run_id in numbers else newest
    of_run = metrics.take(metrics.run_id == chosen)
    columns = (of_run.job_name, of_run.metric_name, of_run.metric_value, of_run.modified)
    rows = list(zip(*(column.tolist() for column in columns)))
    return UserMetrics(
        values=tuple(UserMetric(job, name, value or "", at or "") for job, name, value, at in rows)[
            :MOST
        ],
        total=len(rows),
        run_id=chosen,
        run_ids=tuple(numbers),
    )


class UserMetricsPage(ExperimentPage):
    """``GET /experiments/{expid}/metrics``: what the jobs measured themselves."""

    template = "metrics.html.j2"
    view = staticmethod(user_metrics_of)
    operations: ClassVar = {
        "get": operation(
            "What the jobs measured themselves",
            Integer(name="run_id", meaning="The run; by default the newest that has any."),
        )
    }


routes = [Route("/experiments/{expid}/metrics", UserMetricsPage)]
