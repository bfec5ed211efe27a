"""The launches of Autosubmit: how far each came, and what it did."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from autosubmit_core import Experiment, Status
from autosubmit_core.server import Integer, Route

from autosubmit_site.pages.base import EXPID, ExperimentPage, counted, operation
from autosubmit_site.pages.overview import Run, runs_of

__all__ = ["OneRun", "RunJob", "RunRow", "Runs", "routes", "run_of", "runs_page_of"]

#: How many attempts the page of a run lists; the others are in the file of the history.
MOST = 1000


@dataclass(frozen=True, slots=True)
class RunRow:
    """One run with its speed; NaN where it cannot be computed."""

    run: Run
    sypd: float
    asypd: float


@dataclass(frozen=True, slots=True)
class Runs:
    """All runs, the newest first."""

    rows: tuple[RunRow, ...]


@dataclass(frozen=True, slots=True)
class RunJob:
    """One attempt of a job in a run."""

    name: str
    status: Status
    submit: int
    start: int
    finish: int
    queue: int
    run: int


@dataclass(frozen=True, slots=True)
class OneRun:
    """One run and its attempts, in the order of their numbers."""

    run: Run
    attempts: tuple[RunJob, ...]
    total: int
    #: Attempts by how they ended.
    outcomes: dict[Status, int]
    #: The runs before and after, 0 for none.
    before: int
    after: int


def runs_page_of(experiment: Experiment) -> Runs:
    """Return all runs with their speeds; none for an experiment that was never run."""
    metrics, numbers = experiment.run_metrics(), experiment.runs.run_id.tolist()
    speeds = dict(
        zip(
            numbers,
            zip(
                metrics.simulated_years_per_day.tolist(),
                metrics.actual_simulated_years_per_day.tolist(),
            ),
        )
    )
    unknown = (math.nan, math.nan)
    return Runs(tuple(RunRow(run, *speeds.get(run.run_id, unknown)) for run in runs_of(experiment)))


def run_of(experiment: Experiment, run_id: int) -> OneRun:
    """Return one run; raises :class:`~autosubmit_core.RunNotFoundError`."""
    experiment.known_run(run_id)
    numbers = sorted(experiment.runs.run_id.tolist())
    place = numbers.index(run_id)
    attempts, times = experiment.run_detail(run_id)
    shown = range(min(len(attempts), MOST))
    codes, counts = np.unique(attempts.status, return_counts=True)
    return OneRun(
        run=next(run for run in runs_of(experiment) if run.run_id == run_id),
        attempts=tuple(
            RunJob(
                name=attempts.job_name[row],
                status=Status.of(int(attempts.status[row])),
                submit=int(times.submit[row]),
                start=int(times.start[row]),
                finish=int(times.finish[row]),
                queue=int(times.queue[row]),
                run=int(times.run[row]),
            )
            for row in shown
        ),
        total=len(attempts),
        outcomes=counted(
            {Status.of(code): count for code, count in zip(codes.tolist(), counts.tolist())}
        ),
        before=numbers[place - 1] if place else 0,
        after=numbers[place + 1] if place + 1 < len(numbers) else 0,
    )


class RunsPage(ExperimentPage):
    """``GET /experiments/{expid}/runs``: the launches of Autosubmit."""

    template = "runs.html.j2"
    view = staticmethod(runs_page_of)
    operations: ClassVar = {"get": operation("The runs of an experiment")}


class RunPage(ExperimentPage):
    """``GET /experiments/{expid}/runs/{run_id}``: one launch."""

    template = "run.html.j2"
    view = staticmethod(run_of)
    operations: ClassVar = {
        "get": operation(
            "One run", path=(EXPID, Integer(name="run_id", meaning="Its number.", example=1))
        )
    }


routes = [
    Route("/experiments/{expid}/runs", RunsPage),
    Route("/experiments/{expid}/runs/{run_id}", RunPage),
]
