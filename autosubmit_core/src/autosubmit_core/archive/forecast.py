"""When an experiment will be done: what the forecast is made from, and how far it can be trusted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from autosubmit_core.metrics.back_test import BackTest, back_test
from autosubmit_core.metrics.forecast import (
    Forecast,
    PastJobs,
    Progress,
    forecast,
    past_jobs,
    pools,
)
from autosubmit_core.metrics.simulation import Graph, finish_times
from autosubmit_core.status import DONE, Status
from autosubmit_core.tables import BoolColumn

if TYPE_CHECKING:
    from autosubmit_core.archive.experiment import Experiment

__all__ = ["Outlook", "outlook"]

_SOURCES = ("job_list", "job_history", "structure")
_STUCK = (Status.FAILED, Status.SUSPENDED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """When the rest of an experiment will be done."""

    #: None if nothing of it was ever completed, if nothing is left, or if no dependencies are known.
    forecast: Forecast | None
    #: Jobs that are not done and can be, and those that wait for failed or suspended ones, these
    #: included.
    remaining: int
    stuck: int
    #: Whether it is known which job waits for which; of one job nothing has to be.
    dependencies_known: bool
    #: Sections of which nothing was ever completed, so that their wall clocks stand for them.
    guessed: tuple[str, ...]
    back_test: BackTest


def outlook(experiment: Experiment, section: str) -> Outlook:
    """Return when the rest will be done; the back-test is also about the end of one section, if there is."""
    jobs, graph = experiment.jobs, _graph(experiment)
    # What is kept must not grow with the names that somebody may think of.
    section = section if (jobs.section == section).any() else ""
    past = experiment.derived(
        "past_jobs",
        _SOURCES,
        lambda: past_jobs(jobs, experiment.history, graph.parent, graph.child),
        PastJobs.memory_bytes,
    )
    left = ~np.isin(jobs.status, DONE)
    stuck = _stuck(experiment, graph)
    rows = np.flatnonzero(left & ~stuck)
    known = pools(jobs.section, past, int(past.finish.max(initial=0)))
    wallclock = experiment.insight.wallclock_seconds
    made = None
    dependencies_known = len(graph.parent) > 0 or len(jobs) == 1
    if len(rows) and known and dependencies_known:
        progress = _progress(experiment, rows, past, graph)
        made = forecast(jobs, graph, progress, known, wallclock, experiment.now)
    sections = dict.fromkeys(jobs.section[rows].tolist())
    return Outlook(
        forecast=made,
        remaining=len(rows),
        stuck=int(stuck.sum()),
        dependencies_known=dependencies_known,
        guessed=tuple(name for name in sections if name and name not in known),
        back_test=experiment.derived(
            f"back_test {section}",
            _SOURCES,
            lambda: back_test(jobs, experiment.history, past, graph, wallclock, section),
            BackTest.memory_bytes,
        ),
    )


def _graph(experiment: Experiment) -> Graph:
    parent, child = experiment.workflow.connected.edges()
    return Graph(parent=parent, child=child, level=experiment.workflow.levels)


def _stuck(experiment: Experiment, graph: Graph) -> BoolColumn:
    """Return which jobs failed or are suspended, or wait for such ones. (n,) bool"""
    status = experiment.jobs.status
    left = np.flatnonzero(~np.isin(status, DONE))
    first = np.isin(status[left], _STUCK).astype(np.float32)[:, None]
    stuck = np.zeros(len(status), dtype=np.bool_)
    stuck[left] = finish_times(graph.of(left), first)[:, 0] > 0
    return stuck


def _progress(experiment: Experiment, rows: np.ndarray, past: PastJobs, graph: Graph) -> Progress:
    """Return how far the jobs are that can be done."""
    _, start, _ = experiment.instants
    runs = experiment.jobs.status[rows] == Status.RUNNING
    left = ~np.isin(experiment.jobs.status, DONE)
    waits = np.zeros(len(left), dtype=np.bool_)
    waits[graph.child[left[graph.parent]]] = True
    return Progress.of(
        len(rows),
        job=rows,
        start=np.where(runs, start[rows], 0),
        ready=np.where(waits[rows], 0, past.ready[rows]),
    )
