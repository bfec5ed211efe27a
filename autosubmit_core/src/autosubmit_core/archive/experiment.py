"""One experiment at one moment: its sources, and what is computed from them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from hashlib import blake2b
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from autosubmit_core.archive.changes import JobChanges, State
from autosubmit_core.archive.details import JobDetails, job_details
from autosubmit_core.archive.insight import Insight
from autosubmit_core.archive.properties import cached_property
from autosubmit_core.archive.requests import JobRequests, job_requests
from autosubmit_core.archive.sources import ExperimentSources
from autosubmit_core.archive.workflow import Workflow
from autosubmit_core.errors import SourceError
from autosubmit_core.metrics.counters import status_counts
from autosubmit_core.metrics.eta import EstimatedTime, estimated_time
from autosubmit_core.metrics.job_metrics import (
    AttemptMetrics,
    JobSpeeds,
    attempt_metrics,
    job_speeds,
    run_detail,
)
from autosubmit_core.metrics.job_times import (
    JobTimes,
    going_on,
    job_times,
    jobs_without_matching_row,
    shown_instants,
    unsettled_jobs,
)
from autosubmit_core.metrics.parallelization import processing_elements, requested_processors
from autosubmit_core.metrics.performance import (
    ExperimentPerformance,
    performance,
    postprocessing_seconds,
)
from autosubmit_core.metrics.runs import RunMetrics, run_metrics
from autosubmit_core.metrics.simulated_years import years_per_job
from autosubmit_core.metrics.statistics import (
    JobStatistics,
    job_statistics,
    jobs_active_since,
    wallclock_hours,
)
from autosubmit_core.metrics.summary import Summary, summary
from autosubmit_core.metrics.time_split import ListedAttempts, TimeSplit, time_split
from autosubmit_core.metrics.wrapper_queue import with_wrapper_queues, wrapper_delays
from autosubmit_core.status import Status
from autosubmit_core.tables import (
    UNWRAPPED,
    FloatColumn,
    InstantColumn,
    Int32Column,
    JobHistory,
    JobTable,
    positions,
)

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

    @cached_property
    def list_version(self) -> str:
        """Names the list of jobs, without their states.

        As long as it is the same, a job has the same row.
        """
        names = "\n".join(self.jobs.name.tolist())
        return blake2b(names.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()

    @cached_property
    def rows_by_name(self) -> npt.NDArray[np.intp]:
        """The rows of :attr:`jobs` sorted by name, of whatever case, letter by letter."""
        names = self.jobs.name.tolist()

        def order() -> npt.NDArray[np.intp]:
            # One text is compared faster than two; no name holds a zero byte.
            keys = [f"{name.lower()}\0{name}" for name in names]
            return np.array(sorted(range(len(keys)), key=keys.__getitem__), dtype=np.intp)

        return self.derived("rows_by_name", ("job_list",), order, lambda made: made.nbytes)

    @property
    def workflow(self) -> Workflow:
        """How the jobs hang together, and where they are drawn."""
        return Workflow(self, self._shelf)

    @property
    def insight(self) -> Insight:
        """Whether it really runs, why its jobs wait, and the like."""
        return Insight(self)

    def speeds(self) -> JobSpeeds:
        """Return SYPD and ASYPD of each job, row by row as in :attr:`jobs`."""
        configuration = self.configuration
        return job_speeds(
            self.jobs,
            self.times,
            self.runs,
            configuration.chunk_unit,
            configuration.chunk_size,
            postprocessing_seconds(self.jobs, self.times),
        )

    @cached_property
    def requests(self) -> JobRequests:
        """Platform, queue, wall clock and processors of each job, row by row as in :attr:`jobs`."""
        rows = np.arange(len(self.jobs))
        return self.job_requests(rows, self.history, self.times.history_row)

    @cached_property
    def instants(self) -> tuple[InstantColumn, InstantColumn, InstantColumn]:
        """Submit, start and finish of each job as far as its status lets them be shown, else 0."""
        return shown_instants(self.times, self.jobs.status)

    def job_requests(
        self, rows: npt.NDArray[np.integer], history: JobHistory, newest: Int32Column
    ) -> JobRequests:
        """Return what a few jobs ask for; ``newest`` are the rows of their last attempts, or -1."""
        jobs = self.jobs.take(rows)
        return job_requests(jobs, self.configuration, self.processors, history, newest)

    def job_details(self, rows: npt.NDArray[np.integer], history: JobHistory) -> JobDetails:
        """Return the newest attempts and times of a few jobs, asked for by their rows.

        ``history`` is :meth:`history_of` them. Their rules differ a little from those of :attr:`times`,
        which are for whole lists.
        """
        jobs = self.jobs.take(rows)
        return job_details(jobs, history, self.attempts, self._now_for(going_on(jobs.status)))

    @property
    def watched(self) -> State:
        """What of each job counts as a change of it, row by row as in :attr:`jobs`."""
        submit, start, finish = self.instants
        return {
            "status": self.jobs.status,
            "submit": submit,
            "start": start,
            "finish": finish,
            "scheduler_id": self.jobs.scheduler_id,
        }

    def changes(self, since: str | None = None) -> JobChanges:
        """Return which jobs changed their status, times or number in the scheduler since a cursor.

        A cursor is what an earlier call returned; without one, only a cursor is returned.
        """
        made = self._changes.changes(self.expid, self.list_version, self.watched, since)
        # A cursor that nobody knows any more must not be handed out again.
        self._consulted.look(self._changes.knows, self.expid, made.cursor)
        return made

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

    def time_split(self) -> TimeSplit:
        """Return where the time of the simulations went: run, queue, failures, postprocessing, idle."""
        made = self.performance()
        years = [
            float((table.years / table.splits).sum())
            for table in (made.considered, made.not_considered)
        ]
        return time_split(self.jobs, self._listed_attempts(), sum(years))

    def run_metrics(self) -> RunMetrics:
        """Return SYPD, ASYPD and CHSY of each run, row by row as in :attr:`runs`.

        They need the history alone; a job list is used where it can be read.
        """
        try:
            jobs, times = self.jobs, self._raw_times
        except SourceError:
            jobs, times = JobTable.empty(), JobTimes.empty()
        return run_metrics(self.history, self.runs, jobs, times)

    def history_rows(self, job_name: str) -> npt.NDArray[np.int64]:
        """Return the rows of :attr:`history` that are attempts of a job, the newest first."""
        rows = np.flatnonzero(self.history.job_name == job_name)
        newest_first: npt.NDArray[np.int64] = rows[np.lexsort((-rows, -self.history.counter[rows]))]
        return newest_first

    def attempt_metrics(self, rows: npt.NDArray[np.integer]) -> AttemptMetrics:
        """Return times, SYPD and ASYPD of some rows of :attr:`history`, in the order given."""
        now = self._now_for(going_on(self.history.status[rows]))
        return attempt_metrics(self.history, rows, self.runs, now)

    def run_detail(self, run_id: int) -> tuple[JobHistory, AttemptMetrics]:
        """Return every attempt in a run, by counter, with its times, SYPD and ASYPD.

        Both tables are empty for a run that is not there.
        """
        of_run = (self.history.run_id == run_id) & (self.history.rowtype >= UNWRAPPED)
        rows = np.flatnonzero(of_run)
        order = np.lexsort((-self.history.id[rows], self.history.counter[rows]))
        attempts = self.history.take(rows[order])
        # Here a row that was never ended in the database goes on, whatever its status.
        unended = (attempts.start <= 0) | (attempts.finish <= 0)
        return attempts, run_detail(attempts, self.runs, self._now_for(bool(unended.any())))

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
        section = self.configuration.section("SIM")
        # Of Autosubmit 3 the metrics take the section's own word, as they always have.
        name = section.own_platform if self.configuration.kind == "as3" else section.platform
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
        settled = self.derived(
            "times",
            ("job_list", "job_history"),
            lambda: job_times(jobs, history, None, 0),
            JobTimes.memory_bytes,
        )
        rows = unsettled_jobs(jobs, history, settled.history_row)
        return settled.with_rows(rows, self._times_of(jobs.take(rows), settled.take(rows)))

    def _times_of(self, jobs: JobTable, settled: JobTimes) -> JobTimes:
        """Return the times of a few jobs by all sources; ``settled`` knows their rows in one."""
        rows = settled.history_row[settled.history_row >= 0]
        history = self.history.take(rows)
        asked = jobs_without_matching_row(jobs, history)
        lines = self.attempts(jobs.name[asked].tolist())
        made = job_times(jobs, history, lines, self._now_for(going_on(jobs.status)))
        return replace(made, history_row=settled.history_row)

    def _listed_attempts(self) -> ListedAttempts:
        """Return every attempt of the jobs of the list: those of now as :attr:`times` has them.

        An attempt of the history that these are from counts once.
        """
        jobs, times, history = self.jobs, self._raw_times, self.history
        job = positions(history.job_name, jobs.name)
        of_now = np.zeros(len(history), dtype=np.bool_)
        newest = np.flatnonzero(times.history_row >= 0)
        same = newest[history.status[times.history_row[newest]] == jobs.status[newest]]
        of_now[times.history_row[same]] = True
        past = history.take(np.flatnonzero((job >= 0) & ~of_now & (history.rowtype >= UNWRAPPED)))
        waits = np.isin(jobs.status, (Status.SUBMITTED, Status.QUEUING)) & (times.start <= 0)
        start = np.where(waits, self._now_for(bool(waits.any())), times.start)
        return ListedAttempts(
            job=np.concatenate([positions(past.job_name, jobs.name), np.arange(len(jobs))]).astype(
                np.int32
            ),
            # What goes on is in the list; a row that says so of the past was never ended.
            status=np.concatenate(
                [
                    np.where(past.status == Status.COMPLETED, past.status, Status.FAILED),
                    jobs.status,
                ]
            ).astype(np.int8),
            submit=np.concatenate([past.submit, times.submit]),
            start=np.concatenate([past.start, start]),
            finish=np.concatenate([past.finish, times.finish]),
        )

    def _now_for(self, any_going_on: bool) -> int:
        """Return the present moment; it does not count for what is over."""
        return self.now if any_going_on else self._now

    def _of_section(self, section: str | None) -> npt.NDArray[np.bool_]:
        if section is None:
            return np.ones(len(self.jobs), dtype=np.bool_)
        mask: npt.NDArray[np.bool_] = self.jobs.section == section
        return mask

    def _per_section(self, value_of: Callable[[str], float]) -> FloatColumn:
        """Return a value for each job that depends on its section alone."""
        sections = self.jobs.section.tolist()
        values = {section: value_of(section or "") for section in dict.fromkeys(sections)}
        return np.array([values[section] for section in sections], dtype=np.float64)
