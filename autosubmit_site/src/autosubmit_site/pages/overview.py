"""One experiment at a glance: what it is, how far it is, what failed, and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from autosubmit_core import Experiment, SourceError, Status
from autosubmit_core.published import heartbeat_answer, sections_answer
from autosubmit_core.server import Route

from autosubmit_site.acting import OfferedAction, offered_actions
from autosubmit_site.pages.base import ExperimentPage, counted, operation, problem_of
from autosubmit_site.pages.failures import FailureGroup, failures_of
from autosubmit_site.pages.forecast import published_eta

__all__ = ["Overview", "Run", "State", "overview_of", "routes"]

#: How many runs the page lists; the others are a link away.
RUNS = 5


@dataclass(frozen=True, slots=True)
class Section:
    """The jobs of one section, by status."""

    name: str
    total: int
    counters: dict[Status, int]


@dataclass(frozen=True, slots=True)
class State:
    """How far an experiment is."""

    total: int
    counters: dict[Status, int]
    #: Whether it is really running, as the API answers.
    heartbeat: dict[str, Any]
    sections: tuple[Section, ...]
    failures: tuple[FailureGroup, ...]
    members: int
    dates: int
    chunks: int
    #: Seconds that the simulations still take, by both estimates; None where nothing was measured.
    eta: float | None
    eta_instances: float | None
    #: SYPD, ASYPD, RSYPD, CHSY, JPSY, of the simulations; NaN where they cannot be computed.
    sypd: float
    asypd: float
    rsypd: float
    chsy: float
    jpsy: float
    #: Means over the jobs that ran, in seconds.
    mean_queue: float
    mean_run: float


@dataclass(frozen=True, slots=True)
class Run:
    """One launch of Autosubmit."""

    run_id: int
    start: int
    finish: int
    counters: dict[Status, int]


@dataclass(frozen=True, slots=True)
class Overview:
    """The overview of an experiment."""

    #: None if the job list cannot be read, and then the reason.
    state: State | None
    problem: str
    runs: tuple[Run, ...]
    runs_total: int
    modified: int | None
    created: str
    folder: str
    chunk: str
    model: str
    branch: str
    commands: tuple[tuple[str, str], ...]
    #: What the visitor can have done from here.
    actions: tuple[OfferedAction, ...]


def overview_of(experiment: Experiment, actions: tuple[OfferedAction, ...] = ()) -> Overview:
    """Return the overview of an experiment; whatever cannot be read costs only itself."""
    try:
        state, problem = _state(experiment), ""
    except SourceError as error:
        state, problem = None, problem_of(error)
    registered, configuration = experiment.registered, experiment.configuration
    unit = configuration.chunk_unit
    return Overview(
        state=state,
        problem=problem,
        runs=runs_of(experiment)[:RUNS],
        runs_total=len(experiment.runs),
        modified=experiment.jobs_modified,
        created=registered.created[0] or "",
        folder=str(experiment.path),
        chunk=f"{configuration.chunk_size} {unit}" if unit else "",
        model=registered.model[0] or "",
        branch=registered.branch[0] or "",
        commands=_commands(experiment, state),
        actions=actions,
    )


def runs_of(experiment: Experiment) -> tuple[Run, ...]:
    """Return the runs of an experiment, the newest first."""
    runs = experiment.runs
    made = []
    for row in np.argsort(-runs.run_id, kind="stable").tolist():
        counters = {
            Status.COMPLETED: int(runs.completed[row]),
            Status.RUNNING: int(runs.running[row]),
            Status.QUEUING: int(runs.queuing[row]),
            Status.SUBMITTED: int(runs.submitted[row]),
            Status.SUSPENDED: int(runs.suspended[row]),
            Status.FAILED: int(runs.failed[row]),
        }
        counters[Status.WAITING] = max(0, int(runs.total[row]) - sum(counters.values()))
        made.append(
            Run(
                run_id=int(runs.run_id[row]),
                start=int(runs.start[row]),
                finish=int(runs.finish[row]),
                counters=counted(counters),
            )
        )
    return tuple(made)


def _state(experiment: Experiment) -> State:
    jobs, summary, made = experiment.jobs, experiment.summary(), experiment.performance()
    sections = sections_answer(experiment)["sections"]
    _, eta = published_eta(experiment)
    return State(
        total=len(jobs),
        counters=counted(experiment.counters()),
        heartbeat=heartbeat_answer(experiment),
        sections=tuple(
            Section(
                section["name"] or "",
                section["total"],
                {Status[name]: number for name, number in section["counters"].items()},
            )
            for section in sections
        ),
        failures=failures_of(experiment),
        members=len({member for member in jobs.member.tolist() if member}),
        dates=len(np.unique(jobs.date[~np.isnat(jobs.date)])),
        chunks=int(jobs.chunk.max(initial=0)),
        eta=eta.get("eta_seconds"),
        eta_instances=eta.get("eta_instances_seconds"),
        sypd=made.simulated_years_per_day,
        asypd=made.actual_simulated_years_per_day,
        rsypd=made.real_simulated_years_per_day,
        chsy=made.core_hours_per_simulated_year,
        jpsy=made.joules_per_simulated_year,
        mean_queue=summary.mean_queue_seconds,
        mean_run=summary.mean_run_seconds,
    )


def _commands(experiment: Experiment, state: State | None) -> tuple[tuple[str, str], ...]:
    """Return what one would type now, with a key that says why."""
    expid = experiment.expid
    lines = []
    if state is None or not state.total:
        lines.append(("create", f"autosubmit create {expid} -np"))
    elif experiment.is_running:
        lines.append(("stop", f"autosubmit stop {expid}"))
    else:
        if state.failures:
            lines.append(("retry", f"autosubmit setstatus {expid} -fs FAILED -t WAITING -s -np"))
        lines.append(("run", f"nohup autosubmit run {expid} >& {expid}_run.out &"))
        lines.append(("recover", f"autosubmit recovery {expid} -s -np"))
    lines.append(("inspect", f"autosubmit inspect {expid} -cw"))
    lines.append(("archive", f"autosubmit cat-log {expid} -f o"))
    return tuple(lines)


class OverviewPage(ExperimentPage):
    """``GET /experiments/{expid}``: one experiment at a glance."""

    template = "overview.html.j2"
    view = staticmethod(overview_of)
    operations: ClassVar = {"get": operation("One experiment at a glance")}

    async def get(self, **path: str) -> None:
        actions = await offered_actions(self, path["expid"])
        await self.show(self.template, overview_of, **self.arguments(), actions=actions)


routes = [Route("/experiments/{expid}", OverviewPage)]
