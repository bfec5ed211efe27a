"""The jobs as folders: dates, members, sections, jobs, each with its counters and opened when asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from autosubmit_core import Experiment, Status
from autosubmit_core.published import NONE, JobFilter, counts_answer, selected_rows
from autosubmit_core.server import Boolean, Route, Text

from autosubmit_site.pages.base import EXPID, ExperimentPage, operation

__all__ = ["Branch", "Leaf", "Tree", "routes", "tree_of"]

#: What the folders are of, from the outermost.
LEVELS = ("date", "member", "section")

#: How many jobs one folder lists; the others are in the table.
LEAVES = 1000


@dataclass(frozen=True, slots=True)
class Branch:
    """A folder: the jobs of a date, a member of it, a section of that, or a wrapper."""

    #: What it is of, and which: None for the jobs that have none.
    level: str
    name: str | None
    total: int
    counters: dict[Status, int]
    #: What leads into it, as the query of a link, and to its jobs in the table.
    into: tuple[tuple[str, str], ...]
    q: str


@dataclass(frozen=True, slots=True)
class Leaf:
    """A job."""

    name: str
    status: Status
    chunk: int
    split: int


@dataclass(frozen=True, slots=True)
class Tree:
    """What is inside a folder, or the outermost folders."""

    total: int
    branches: tuple[Branch, ...]
    wrappers: tuple[Branch, ...]
    leaves: tuple[Leaf, ...]
    #: How many jobs there are beside the leaves.
    more: int
    #: The folder itself, from the outermost.
    path: tuple[tuple[str, str], ...]
    #: Whether only the inside is wanted, without the page around it.
    inside: bool


def tree_of(
    experiment: Experiment,
    date: str | None = None,
    member: str | None = None,
    section: str | None = None,
    wrapper: str | None = None,
    inside: bool = False,
) -> Tree:
    """Return what is inside a folder.

    Raises :class:`~autosubmit_core.SourceError` if the job list cannot be read.
    """
    asked = {"date": date, "member": member, "section": section, "wrapper": wrapper}
    path = tuple((level, name) for level, name in asked.items() if name)
    inner = next((level for level in LEVELS if not asked[level]), None)
    leaves: tuple[Leaf, ...] = ()
    branches: tuple[Branch, ...] = ()
    more = 0
    if wrapper or inner is None:
        leaves, more = _leaves(experiment, path)
    else:
        branches = _branches(experiment, inner, path)
    return Tree(
        total=len(experiment.jobs),
        branches=branches,
        wrappers=_branches(experiment, "wrapper", ()) if not path else (),
        leaves=leaves,
        more=more,
        path=path,
        inside=inside,
    )


def _branches(
    experiment: Experiment, level: str, path: tuple[tuple[str, str], ...]
) -> tuple[Branch, ...]:
    groups = counts_answer(experiment, by=(level,), wanted=_filter(path))["groups"]
    made = []
    for group in groups:
        if level == "wrapper" and group["wrapper"] is None:
            continue
        into = (*path, (level, group[level] or NONE))
        made.append(
            Branch(
                level=level,
                name=group[level],
                total=group["total"],
                counters={Status[name]: number for name, number in group["counters"].items()},
                into=into,
                q=" ".join(f'{name}:"{value}"' for name, value in into),
            )
        )
    return tuple(made)


def _leaves(
    experiment: Experiment, path: tuple[tuple[str, str], ...]
) -> tuple[tuple[Leaf, ...], int]:
    rows = selected_rows(experiment, _filter(path))
    jobs = experiment.jobs.take(rows[:LEAVES])
    columns = (jobs.name, jobs.status, jobs.chunk, jobs.split)
    return (
        tuple(
            Leaf(name, Status.of(status), chunk, max(split, 0))
            for name, status, chunk, split in zip(*(column.tolist() for column in columns))
        ),
        max(0, len(rows) - LEAVES),
    )


def _filter(path: tuple[tuple[str, str], ...]) -> JobFilter:
    wanted: dict[str, Any] = {level: (name,) for level, name in path}
    return JobFilter(**wanted)


class TreePage(ExperimentPage):
    """``GET /experiments/{expid}/tree``: the jobs as folders."""

    template = "tree.html.j2"
    view = staticmethod(tree_of)
    operations: ClassVar = {
        "get": operation(
            "The jobs as folders",
            Text(name="date", meaning="Into a start date, YYYYMMDD, or null."),
            Text(name="member", meaning="Into a member, or null."),
            Text(name="section", meaning="Into a section, or null."),
            Text(name="wrapper", meaning="Into a wrapper."),
            Boolean(name="inside", default=False, meaning="The inside alone, for a script."),
            path=(EXPID,),
        )
    }


routes = [Route("/experiments/{expid}/tree", TreePage)]
