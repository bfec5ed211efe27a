"""Answers to what people ask about an experiment all day: is it alive, and the like."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from autosubmit_core.errors import SourceError
from autosubmit_core.metrics.constants import SECONDS_PER_HOUR
from autosubmit_core.metrics.heartbeat import Heartbeat, Pauses, Sign, heartbeat, pauses
from autosubmit_core.metrics.overdue import OverdueJobs, overdue_jobs
from autosubmit_core.metrics.past_times import PastTimes, past_gaps, past_times
from autosubmit_core.metrics.statistics import wallclock_hours
from autosubmit_core.readers.logs import CommandLog
from autosubmit_core.readers.versions import FileVersion
from autosubmit_core.tables import FloatColumn

if TYPE_CHECKING:
    from autosubmit_core.archive.experiment import Experiment

__all__ = ["Insight"]

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
            launched=0 if log is None else log.began or log.modified,
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

    @property
    def past_times(self) -> PastTimes:
        """How long past attempts of each section ran and queued."""
        history = self._experiment.history
        return self._experiment.derived(
            "past_times", _HISTORY, lambda: past_times(history), PastTimes.memory_bytes
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
        """Return when the files changed that change while an experiment runs, but for its log."""
        written = self._experiment.written_while_running()
        return [
            Sign(what, versions[0].path, max(map(_modified, versions)))
            for what, versions in written.items()
            if any(version.inode for version in versions)
        ]

    def _latest_log(self) -> CommandLog | None:
        try:
            return self._experiment.logs.latest_run_log()
        except SourceError as error:
            said = f"The run log cannot be found ({error.reason})."
            self._experiment.warn("logs", "unreadable", said)
            return None


def _modified(version: FileVersion) -> int:
    return version.modified // 10**9
