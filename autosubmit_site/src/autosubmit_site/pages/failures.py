"""The failed jobs of an experiment, as the overview lists them: by what their logs say."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath

import numpy as np
from autosubmit_core import Experiment, Status
from autosubmit_core.published import several_jobs_answer

__all__ = ["Failure", "FailureGroup", "failures_of"]

#: How many groups of failed jobs are listed, and how many jobs of each; the others are a link away.
GROUPS, JOBS = 5, 4


@dataclass(frozen=True, slots=True)
class Failure:
    """A failed job and its logs, by their file names; empty where there is none."""

    name: str
    section: str
    finish: str
    out: str
    err: str


@dataclass(frozen=True, slots=True)
class FailureGroup:
    """Failed jobs whose last attempts say the same of themselves."""

    #: The line of a log that explains it, as the newest attempt has it; empty where no log tells.
    line: str
    #: Whether, without such a line, they ran as long as they were allowed to.
    at_wallclock: bool
    total: int
    #: The jobs that ended last.
    jobs: tuple[Failure, ...]


def failures_of(experiment: Experiment) -> tuple[FailureGroup, ...]:
    """Return the failed jobs by what explains their last attempt: what most of them say first."""
    found = experiment.insight.failures().groups
    grouped: dict[int, list[str]] = {}
    explained = _explained(experiment)
    for name in _failed(experiment):
        grouped.setdefault(explained.get(name, -1), []).append(name)
    # Those that nothing explains come last.
    places = sorted(grouped, key=lambda place: (place < 0, -len(grouped[place])))[:GROUPS]
    shown = _shown(experiment, [name for place in places for name in grouped[place][:JOBS]])
    made = []
    for place in places:
        names, group = grouped[place], found[place] if place >= 0 else None
        made.append(
            FailureGroup(
                line=group.example.explanation.line if group and group.example else "",
                at_wallclock=group is not None and group.at_wallclock,
                total=len(names),
                jobs=tuple(shown[name] for name in names[:JOBS]),
            )
        )
    return tuple(made)


def _failed(experiment: Experiment) -> list[str]:
    """Return the names of the failed jobs, that which ended last first."""
    rows = np.flatnonzero(experiment.jobs.status == Status.FAILED)
    finish = experiment.instants[2][rows]
    names: list[str] = experiment.jobs.name[rows[np.argsort(-finish, kind="stable")]].tolist()
    return names


def _explained(experiment: Experiment) -> dict[str, int]:
    """Return which group of failed attempts the last one of each job is in."""
    groups, history = experiment.insight.failures().groups, experiment.insight.history
    rows = [group.rows for group in groups]
    places = np.repeat(np.arange(len(groups)), [len(of_group) for of_group in rows])
    every = np.concatenate([np.empty(0, np.int64), *rows])
    by_end = np.argsort(history.finish[every], kind="stable")
    return dict(zip(history.job_name[every[by_end]].tolist(), places[by_end].tolist()))


def _shown(experiment: Experiment, names: list[str]) -> dict[str, Failure]:
    """Return what is shown of some jobs, by their names."""
    return {
        job["name"]: Failure(
            name=job["name"],
            section=job["section"] or "",
            finish=job["finish"] or "",
            out=PurePath(job["out_path_local"] or "").name,
            err=PurePath(job["err_path_local"] or "").name,
        )
        for job in several_jobs_answer(experiment, names=tuple(names))["jobs"]
    }
