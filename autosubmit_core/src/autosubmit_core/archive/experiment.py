"""One experiment at one moment: its sources, and what is computed from them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from autosubmit_core.archive.sources import ExperimentSources
from autosubmit_core.errors import SourceError
from autosubmit_core.metrics.counters import status_counts
from autosubmit_core.metrics.eta import EstimatedTime, estimated_time
from autosubmit_core.metrics.job_times import JobTimes, job_times, jobs_without_matching_row
from autosubmit_core.metrics.parallelization import processing_elements, requested_processors
from autosubmit_core.metrics.performance import ExperimentPerformance, performance
from autosubmit_core.metrics.runs import RunMetrics, run_metrics
from autosubmit_core.metrics.simulated_years import years_per_job
from autosubmit_core.metrics.statistics import (
    JobStatistics,
    job_statistics,
    jobs_active_since,
    wallclock_hours,
)
from autosubmit_core.metrics.summary import Summary, summary
from autosubmit_core.metrics.wrapper_queue import with_wrapper_queues, wrapper_delays
from autosubmit_core.status import Status
from autosubmit_core.tables import FloatColumn, JobTable

__all__ = ["Emissions", "Experiment"]


class Emissions(NamedTuple):
    """What the platform of the simulations says of the carbon its energy costs."""

    #: The platform; empty if the configuration names none.
    platform: str
    #: CF, grams of CO2 per megawatt-hour; None if not configured.
    carbon_factor: float | None
    #: PUE, without unit; None if not configured.
    power_usage_effectiveness: float | None


class Experiment(ExperimentSources):
    """One experiment as it is at one moment: what it is read from, and what that amounts to.

    Ages and running times count to :attr:`now`. Everything that needs the jobs raises
    :class:`~autosubmit_core.SourceError` where there is no readable job list.
    """

    def counters(self) -> dict[Status, int]:
        """Return how many jobs are in each of the thirteen statuses now."""
        return status_counts(self.jobs.status)

    @cached_property
    def times(self) -> JobTimes:
        """When each job was submitted, started and finished, row by row as in :attr:`jobs`.

        Queue times are without the time that jobs of one wrapper waited for each other.
        """
        return with_wrapper_queues(self._raw_times, self.jobs, self.wrappers, self.structure)

    def summary(self) -> Summary:
        """Return how many jobs wait, run and failed, and how long they take on average."""
        return summary(self.jobs, self.times)

    def performance(self) -> ExperimentPerformance:
        """Return SYPD, ASYPD, RSYPD, CHSY, JPSY, energy and footprint of the simulation jobs."""
        configuration, emissions = self.configuration, self.emissions
        return performance(
            self.jobs,
            self.times,
            years_per_job(
                self.times, self.runs, configuration.chunk_unit, configuration.chunk_size
            ),
            processing_elements=self.processing_elements("SIM"),
            carbon_factor=emissions.carbon_factor or 0.0,
            power_usage_effectiveness=emissions.power_usage_effectiveness or 0.0,
        )

    def run_metrics(self) -> RunMetrics:
        """Return SYPD, ASYPD and CHSY of each run, row by row as in :attr:`runs`.

        They need the history alone; a job list is used where it can be read.
        """
        try:
            jobs, times = self.jobs, self._raw_times
        except SourceError:
            jobs, times = JobTable.empty(), JobTimes.empty()
        return run_metrics(self.history, self.runs, jobs, times)

    def eta(self, section: str = "SIM") -> EstimatedTime:
        """Return how long the rest of a section will take if it goes on as before."""
        return estimated_time(self.jobs, self.history, section)

    def statistics(self, section: str | None = None, hours: int = 0) -> JobStatistics:
        """Return what the attempts of jobs took, against what they asked for.

        ``section`` keeps the jobs of one section; ``hours`` (if above 0) those with an attempt that
        started or finished in the last so many hours, counted from the whole minute.
        """
        jobs, selected = self.jobs, self._of_section(section)
        asked = np.flatnonzero(selected)
        attempts = self.attempts(jobs.name[asked].tolist())
        attempts = replace(attempts, job=asked[attempts.job].astype(np.int32))
        if hours > 0:
            since = self.now - self.now % 60 - hours * 3600
            selected = selected & jobs_active_since(attempts, since, len(jobs))
        raw = self._raw_times
        return job_statistics(
            jobs,
            attempts,
            selected=selected,
            processors=self._per_section(self.processing_elements).astype(np.int64),
            wallclock=self._per_section(self.wallclock_hours),
            delays=wrapper_delays(jobs.name, raw.queue, raw.run, self.wrappers, self.structure),
        )

    # -- what a section of the configuration means ---------------------------------------------

    @property
    def emissions(self) -> Emissions:
        """CF and PUE of the platform that the section SIM runs on."""
        name = self.configuration.section("SIM").platform
        platform = self.configuration.platform(name)
        return Emissions(name, platform.carbon_factor, platform.power_usage_effectiveness)

    def processors(self, section: str) -> int:
        """Return how many processors a section asks for; 1 if it does not say."""
        value = self.configuration.section(section).processors
        processors, doubtful = requested_processors(value)
        if doubtful:
            self.warn(
                "configuration",
                "invalid_value",
                f"PROCESSORS of section {section} is {value!r}, no number; 1 stands for it.",
            )
        return processors

    def processing_elements(self, section: str) -> int:
        """Return how many processing elements a job of a section occupies on its platform."""
        settings = self.configuration.section(section)
        return processing_elements(
            self.processors(section),
            tasks=settings.tasks,
            nodes=settings.nodes,
            processors_per_node=settings.processors_per_node,
            exclusive=settings.exclusive,
        )

    def wallclock_hours(self, section: str) -> float:
        """Return the wall clock that a section asks for, else its platform's largest; 0.0 if neither."""
        settings = self.configuration.section(section)
        value = settings.wallclock or self.configuration.platform(settings.platform).max_wallclock
        hours, doubtful = wallclock_hours(value)
        if doubtful:
            self.warn(
                "configuration",
                "invalid_value",
                f"WALLCLOCK of section {section} is {value!r}, no time; 0 stands for it.",
            )
        return hours

    # -- steps ---------------------------------------------------------------------------------

    @cached_property
    def _raw_times(self) -> JobTimes:
        """The times of jobs with queues as they are noted, wrapped or not."""
        jobs, history = self.jobs, self.history
        asked = jobs_without_matching_row(jobs, history)
        lines = self.attempts(jobs.name[asked].tolist())
        return job_times(jobs, history, lines, self.now)

    def _of_section(self, section: str | None) -> npt.NDArray[np.bool_]:
        if section is None:
            return np.ones(len(self.jobs), dtype=np.bool_)
        mask: npt.NDArray[np.bool_] = self.jobs.section == section
        return mask

    def _per_section(self, value_of: Callable[[str], float]) -> FloatColumn:
        """Return a value for each job that depends on its section alone."""
        sections = self.jobs.section.tolist()
        values = {section: value_of(section) for section in dict.fromkeys(sections)}
        return np.array([values[section] for section in sections], dtype=np.float64)
