"""Answers to what people ask about an experiment all day: is it alive, and the like."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from autosubmit_core.archive.efficiency import Efficiency, efficiency
from autosubmit_core.archive.failures import (
    Elsewhere,
    Failures,
    failures,
    failures_elsewhere,
)
from autosubmit_core.archive.forecast import Outlook, outlook
from autosubmit_core.errors import SourceError
from autosubmit_core.graphs.blocking import Blocking, blocking
from autosubmit_core.graphs.neighbourhoods import CompressedRows
from autosubmit_core.metrics.constants import SECONDS_PER_HOUR
from autosubmit_core.metrics.failures import FailureGroup
from autosubmit_core.metrics.heartbeat import Heartbeat, Pauses, Sign, heartbeat, pauses
from autosubmit_core.metrics.overdue import OverdueJobs, overdue_jobs
from autosubmit_core.metrics.past_times import PastTimes, past_gaps, past_times, with_sections
from autosubmit_core.metrics.platform_load import PlatformLoad, on_platform, platform_load
from autosubmit_core.metrics.statistics import wallclock_hours
from autosubmit_core.readers.logs import CommandLog
from autosubmit_core.status import DONE, Status
from autosubmit_core.tables import BoolColumn, FloatColumn, JobHistory, positions

if TYPE_CHECKING:
    from autosubmit_core.archive.experiment import Experiment

__all__ = ["Insight"]

#: Of a log whose name does not tell when it was begun, the last change does, less what Autosubmit
#: may still have said after it noted the end of the run. Seconds
LAST_WORDS = 60

#: What follows from the history alone, as warnings name it.
_HISTORY = ("job_history",)


class Insight:
    """What the sources of one experiment mean together, at one moment.

    A view: what is worked out is kept by the experiment.
    """

    def __init__(self, experiment: Experiment) -> None:
        self._experiment = experiment

    def heartbeat(self) -> Heartbeat:
        """Return whether the experiment is really running, and what tells so."""
        experiment = self._experiment
        runs, log = experiment.runs, self._latest_log()
        signs = self._signs()
        if log is not None:
            signs.append(Sign("run_log", str(log.path), log.modified))
        return heartbeat(
            experiment.jobs,
            experiment.instants,
            self.wallclock_seconds,
            experiment.history,
            self.past_times,
            self.pauses,
            signs=signs,
            launched=0 if log is None else log.began or log.modified - LAST_WORDS,
            run_finish=int(runs.finish[runs.run_id.argmax()]) if len(runs) else 0,
            now=experiment.now,
        )

    def overdue(self) -> OverdueJobs:
        """Return the jobs that run or queue for longer than they may, or than is usual."""
        experiment = self._experiment
        submit, start, _ = experiment.instants
        return overdue_jobs(
            *(experiment.jobs, submit, start),
            *(self.wallclock_seconds, self.past_times, experiment.now),
        )

    def blocking(self, row: int) -> Blocking:
        """Return what the job of a row waits for."""
        experiment = self._experiment
        workflow = experiment.workflow
        parents = workflow.connected.parents
        return blocking(parents, row, self._done, workflow.levels, self._met(parents))

    def dependents(self, row: int) -> int:
        """Return how many jobs that are not done wait for the job of a row, directly or not."""
        children = self._experiment.workflow.connected.children
        levels = self._experiment.workflow.levels
        return len(blocking(children, row, self._done, -levels, None).ancestors)

    def platform_load(self, section: str) -> PlatformLoad:
        """Return how full the platform of a section is with jobs of this experiment."""
        experiment = self._experiment
        there = experiment.jobs.take(np.flatnonzero(on_platform(experiment.jobs.status)))
        settings = experiment.configuration.section
        of_section = {name: settings(name or "").platform for name in set(there.section)}
        platform = experiment.configuration.platform(settings(section).platform)
        return platform_load(
            there,
            np.array([of_section[name] for name in there.section], dtype=object),
            platform.name,
            most_waiting=platform.max_waiting_jobs,
            most_total=platform.total_jobs,
        )

    def failures(self) -> Failures:
        """Return the failed attempts, by the lines of their logs that explain them."""
        return failures(self._experiment)

    def failures_elsewhere(self, groups: Sequence[FailureGroup]) -> dict[str, Elsewhere] | None:
        """Return in which other experiments the same failed, by the templates of some groups.

        None if no background task ever looked, or what it noted cannot be read.
        """
        return failures_elsewhere(self._experiment, groups)

    def efficiency(self) -> Efficiency:
        """Return what the sections use of what they ask for, and the carbon of all jobs."""
        return efficiency(self._experiment)

    def outlook(self, section: str = "SIM") -> Outlook:
        """Return when the rest will be done, and how well that could be told in the past."""
        return outlook(self._experiment, section)

    @property
    def history(self) -> JobHistory:
        """The history, with section and member put right where old rows have them exchanged."""
        history, jobs = self._experiment.history, self._experiment.jobs
        return self._experiment.once(
            "history_with_sections", lambda: with_sections(history, set(jobs.section.tolist()))
        )

    @property
    def past_times(self) -> PastTimes:
        """How long past attempts of each section ran and queued."""
        return self._experiment.derived(
            "past_times",
            ("job_list", *_HISTORY),
            lambda: past_times(self.history),
            PastTimes.memory_bytes,
        )

    @property
    def pauses(self) -> Pauses | None:
        """How long nothing moved in the past; None without a past."""
        history = self._experiment.history
        return self._experiment.derived(
            "pauses", _HISTORY, lambda: pauses(past_gaps(history)), lambda _: 100
        )

    @property
    def wallclock_seconds(self) -> FloatColumn:
        """How long each job may run, row by row as in the job list; 0 if unknown. (n,) seconds"""
        return self._experiment.once("wallclock_seconds", self._wallclock_seconds)

    @property
    def _done(self) -> BoolColumn:
        done: BoolColumn = np.isin(self._experiment.jobs.status, DONE)
        return done

    def _met(self, parents: CompressedRows) -> BoolColumn | None:
        """Return which dependencies are met though the parent is not done; None if none can be.

        Autosubmit 4.2 and later note of a dependency whether it is met, and whether the parent may
        fail.
        """
        jobs, structure = self._experiment.jobs, self._experiment.structure
        known = np.flatnonzero(structure.fail_ok | (structure.completion_status == "COMPLETED"))
        if not len(known):
            return None
        edges = structure.take(known)
        place = positions(structure.job, jobs.name)
        parent, child = place[edges.parent], place[edges.child]
        met = (edges.completion_status == "COMPLETED") | (jobs.status[parent] == Status.FAILED)
        n = len(jobs)
        keys = np.repeat(np.arange(n), parents.counts()) * n + parents.targets
        wanted = met & (parent >= 0) & (child >= 0)
        found: BoolColumn = np.isin(keys, child[wanted].astype(np.int64) * n + parent[wanted])
        return found

    def _wallclock_seconds(self) -> FloatColumn:
        jobs = self._experiment.jobs
        configured = {
            section: self._experiment.wallclock_hours(section or "")
            for section in dict.fromkeys(jobs.section.tolist())
        }
        noted = {text: wallclock_hours(text).hours for text in dict.fromkeys(jobs.wallclock)}
        hours = [
            configured[section] or noted[text]
            for section, text in zip(jobs.section, jobs.wallclock)
        ]
        return np.array(hours, dtype=np.float64) * SECONDS_PER_HOUR

    def _signs(self) -> list[Sign]:
        """Return when that changed which changes while an experiment runs, but for its log."""
        written = self._experiment.written_while_running()
        return [Sign(what, where, when) for what, (where, when) in written.items() if when]

    def _latest_log(self) -> CommandLog | None:
        try:
            return self._experiment.logs.latest_run_log()
        except SourceError as error:
            said = f"The run log cannot be found ({error.reason})."
            self._experiment.warn("logs", "unreadable", said)
            return None
