"""What jobs asked of the machine, what they used, and what failures cost, by section."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from autosubmit_core import Experiment
from autosubmit_core.published import StatisticsSummary, summarized
from autosubmit_core.server import Integer, Route, Text

from autosubmit_site.pages.base import ExperimentPage, operation

__all__ = ["SectionStatistics", "Statistics", "routes", "statistics_of"]


@dataclass(frozen=True, slots=True)
class SectionStatistics:
    """The jobs of one section that have attempts; times are in hours."""

    name: str
    jobs: int
    attempts: int
    failed: int
    queue: float
    run: float
    failed_run: float
    core_hours: float
    expected_core_hours: float

    @property
    def used(self) -> float:
        """Core hours used, of those asked for; 0.0 if none were."""
        return self.core_hours / self.expected_core_hours if self.expected_core_hours else 0.0


@dataclass(frozen=True, slots=True)
class Statistics:
    """The sections, and all of them together."""

    sections: tuple[SectionStatistics, ...]
    summary: StatisticsSummary
    hours: int
    #: The sections to choose from, and the chosen one.
    names: tuple[str, ...]
    section: str


def statistics_of(experiment: Experiment, section: str | None = None, hours: int = 0) -> Statistics:
    """Return the statistics of jobs that were active in the last hours (0: ever).

    Raises :class:`~autosubmit_core.SourceError` if the job list cannot be read.
    """
    made = experiment.statistics(section, hours)
    of_job = experiment.jobs.section[made.job]
    rows = []
    for name in dict.fromkeys(of_job.tolist()):
        part = made.take(np.flatnonzero(of_job == name))
        rows.append(
            SectionStatistics(
                name=name or "",
                jobs=len(part),
                attempts=int(part.attempts.sum()),
                failed=int((part.failed - part.unfinished).sum()),
                queue=float((part.completed_queue + part.failed_queue).sum()),
                run=float(part.run.sum()),
                failed_run=float(part.failed_run.sum()),
                core_hours=float(part.core_hours.sum()),
                expected_core_hours=float(part.expected_core_hours.sum()),
            )
        )
    names = dict.fromkeys(experiment.jobs.section.tolist())
    return Statistics(
        sections=tuple(rows),
        summary=summarized(made),
        hours=hours,
        names=tuple(name for name in names if name),
        section=section or "",
    )


class StatisticsPage(ExperimentPage):
    """``GET /experiments/{expid}/statistics``: asked for and used."""

    template = "statistics.html.j2"
    view = staticmethod(statistics_of)
    operations: ClassVar = {
        "get": operation(
            "What jobs asked for and used",
            Text(name="section", meaning="The jobs of one section."),
            Integer(name="hours", least=0, default=0, meaning="Active in the last hours; 0: ever."),
        )
    }


routes = [Route("/experiments/{expid}/statistics", StatisticsPage)]
