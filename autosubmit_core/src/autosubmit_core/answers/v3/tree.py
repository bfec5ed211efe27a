"""``/v3/tree/{expid}``: the jobs in folders, and everything about each of them."""

from __future__ import annotations

from typing import Any

from autosubmit_core.answers.elements import Always, Elements, Neighbours
from autosubmit_core.answers.v3.badges import (
    DATE_COLOURS,
    TEMPLATES,
    date_title,
    escaped,
    folder_title,
)
from autosubmit_core.answers.v3.chunk_dates import configured_chunks
from autosubmit_core.answers.v3.folders import (
    DEFAULT_MEMBER,
    common_status,
    counters,
    folder_dates,
    folder_node,
)
from autosubmit_core.answers.v3.job_columns import job_columns
from autosubmit_core.answers.v3.titles import job_titles
from autosubmit_core.answers.v3.wrapped import wrapper_code
from autosubmit_core.archive import Experiment
from autosubmit_core.graphs.tree import DateFolder, Folder, MemberFolder, job_tree, wrapper_folders

__all__ = ["EMPTY", "tree_answer"]

#: What is answered when there is no job list.
EMPTY: dict[str, Any] = {"tree": [], "jobs": [], "total": 0, "reference": [], "pkl_timestamp": 0}

#: With more dates than this, those of which all jobs are alike are shown closed.
_OPEN_DATES = 5

_Node = dict[str, Any]


def tree_answer(experiment: Experiment) -> dict[str, Any]:
    """Return the folders, the jobs and the counters of folders.

    Raises :class:`~autosubmit_core.SourceError` if the job list cannot be read.
    """
    jobs, noted = experiment.jobs, experiment.workflow.noted
    names = jobs.name.tolist()
    titles = job_titles(experiment)
    forest = _Forest(experiment, titles)
    tree = forest.nodes()
    columns = job_columns(experiment)
    chunk_unit, chunk_size = configured_chunks(experiment)
    return {
        "tree": tree,
        "jobs": Elements(
            {
                **columns,
                "title": titles,
                "wrapper_code": list(map(wrapper_code, columns["wrapper"])),
                "children": noted.noted_children.tolist(),
                "children_list": Neighbours(names, noted.children),
                "parents": noted.parents.counts().tolist(),
                "parent_list": Neighbours(names, noted.parents),
                "tree_parents": forest.folders_of_jobs,
            }
        ),
        "total": len(jobs),
        "reference": {
            **forest.reference,
            **TEMPLATES,
            "packages": sorted(set(experiment.wrappers.wrapper.tolist())),
            "chunk_unit": chunk_unit,
            "chunk_size": chunk_size,
        },
        "pkl_timestamp": experiment.jobs_modified or experiment.now,
    }


class _Forest:
    """The nodes of the tree, and what is noted of folders while they are made."""

    def __init__(self, experiment: Experiment, titles: list[str]) -> None:
        jobs = experiment.jobs
        self._experiment = experiment
        self._status: list[int] = jobs.status.tolist()
        self._dates = folder_dates(jobs.date)
        self._names: list[str] = jobs.name.tolist()
        self._titles = titles
        #: The counters of the folders of members and wrappers, by their keys.
        self.reference: dict[str, dict[str, int]] = {}
        #: The keys of the folders of each job: that of its member, or none.
        self.folders_of_jobs: list[list[str]] = [[] for _ in titles]

    def nodes(self) -> list[_Node]:
        """Return the top of the tree."""
        jobs, workflow = self._experiment.jobs, self._experiment.workflow
        made = job_tree(jobs.date, jobs.member, jobs.status, jobs.section)
        many = len(made.dates) > _OPEN_DATES
        nodes = [self._date(folder, many) for folder in made.dates]
        if made.keys:
            nodes.append(folder_node("Keys", "Keys", self._jobs(made.keys), expanded=True))
        if len(self._experiment.wrappers):
            folders = wrapper_folders(workflow.wrapper_of, jobs.chunk, jobs.status)
            children = [self._wrapper(folder) for folder in folders]
            key = f"Wrappers_{self._experiment.expid}"
            nodes.append(folder_node("Wrappers", key, children))
        return nodes

    def _jobs(self, rows: tuple[int, ...]) -> Elements:
        """Return the leaves of some jobs."""
        return Elements(
            {
                "title": [self._titles[row] for row in rows],
                "refKey": [self._names[row] for row in rows],
                "data": Always("Empty", len(rows)),
                "children": Always([], len(rows)),
            }
        )

    def _date(self, folder: DateFolder, many: bool) -> _Node:
        jobs = folder.jobs
        key = f"{self._experiment.expid}_{self._dates[jobs[0]]}"
        status = common_status(jobs, self._status)
        title = date_title(key, status, len(jobs))
        children = [self._member(member, key) for member in folder.members]
        return folder_node(title, key, children, expanded=not (many and status in DATE_COLOURS))

    def _member(self, folder: MemberFolder, date_key: str) -> _Node:
        key = f"{date_key}_{folder.member or DEFAULT_MEMBER}"
        counts = self.reference[key] = counters(folder.jobs, self._status)
        for job in folder.jobs:
            self.folders_of_jobs[job].append(key)
        singles = self._jobs(folder.singles)
        sections = [
            folder_node(
                escaped(one.name), f"{key}_{one.name}", self._jobs(one.jobs), expanded=one.abnormal
            )
            for one in folder.sections
        ]
        return folder_node(folder_title(key, counts), key, [*singles[:], *sections])

    def _wrapper(self, folder: Folder) -> _Node:
        key = f"Wrapper: {folder.name}"
        counts = self.reference[key] = counters(folder.jobs, self._status)
        node = folder_node(folder_title(key, counts), key, self._jobs(folder.jobs))
        return {**node, "data": counts}
