"""``/v3/rundetail/{expid}/{runid}``: every attempt in one past run, in folders."""

from __future__ import annotations

from typing import Any

from autosubmit_core.answers.elements import Elements
from autosubmit_core.answers.v3.attempts import RunAttempts, attempt_columns, run_attempts
from autosubmit_core.answers.v3.badges import (
    TEMPLATES,
    date_title,
    escaped,
    plain_folder_title,
    plain_job_badges,
)
from autosubmit_core.answers.v3.folders import (
    DEFAULT_MEMBER,
    common_status,
    counters,
    folder_dates,
    folder_node,
)
from autosubmit_core.answers.v3.titles import running_texts
from autosubmit_core.archive import Experiment
from autosubmit_core.errors import RunNotFoundError
from autosubmit_core.graphs.tree import Folder, JobTree, job_tree, wrapper_folders
from autosubmit_core.metrics.job_metrics import AttemptMetrics
from autosubmit_core.status import Status

__all__ = ["EMPTY", "rundetail_answer"]

#: What is answered for a run that is not there.
EMPTY: dict[str, Any] = {"tree": [], "jobs": [], "total": 0, "reference": [], "pkl_timestamp": 0}

#: The constant that this answer has always had: a past run does not change, and nobody polls it.
_TIMESTAMP = 10_000_000

_TEMPLATES = {
    **TEMPLATES,
    "running_tag": TEMPLATES["running_tag"].replace("color:#fff", "color:white"),
    "check_mark": TEMPLATES["checkmark"],
}

_Node = dict[str, Any]


def rundetail_answer(experiment: Experiment, *, run_id: int) -> dict[str, Any]:
    """Return the attempts of a run, and their folders of dates, members and wrappers.

    Raises :class:`~autosubmit_core.RunNotFoundError` for a number that no run has.
    """
    rows, metrics = experiment.run_detail(run_id)
    if not len(rows):
        if run_id not in experiment.runs.run_id:
            raise RunNotFoundError(experiment.expid, run_id)
        return {**EMPTY, "reference": {}, "pkl_timestamp": _TIMESTAMP}
    attempts = run_attempts(experiment, rows)
    titles = _titles(attempts, metrics)
    forest = _Forest(experiment.expid, attempts, titles)
    tree = forest.nodes()
    jobs = attempt_columns(experiment, attempts, metrics)
    unit, size = attempts.chunks
    return {
        "tree": tree,
        "jobs": Elements({**jobs, "title": titles, "tree_parents": forest.folders_of_jobs}),
        "total": len(attempts),
        "reference": {
            **forest.reference,
            **_TEMPLATES,
            "packages": sorted({wrapper for wrapper in attempts.wrappers if wrapper}),
            "chunk_unit": unit,
            "chunk_size": size,
        },
        "pkl_timestamp": _TIMESTAMP,
    }


def _titles(attempts: RunAttempts, metrics: AttemptMetrics) -> list[str]:
    badges, status = plain_job_badges(), attempts.rows.status
    texts = running_texts(status, metrics.queue, metrics.run)
    return [
        f"{escaped(name)}{badges[Status.of(code)]} ~ {text}"
        for name, code, text in zip(attempts.names, status.tolist(), texts)
    ]


class _Forest:
    """The nodes of the tree, and what is noted of folders while they are made."""

    def __init__(self, expid: str, attempts: RunAttempts, titles: list[str]) -> None:
        self._expid = expid
        self._attempts = attempts
        self._folder_dates = folder_dates(attempts.date)
        self._status: list[int] = attempts.rows.status.tolist()
        self._chunk: list[int] = attempts.rows.chunk.tolist()
        self._leaves: list[_Node] = [
            {"title": title, "refKey": name, "data": "Empty", "children": []}
            for name, title in zip(attempts.names, titles)
        ]
        #: The counters of the folders of members and wrappers, by their keys.
        self.reference: dict[str, dict[str, int]] = {}
        #: The keys of the folders of each attempt.
        self.folders_of_jobs: list[list[str]] = [[] for _ in self._leaves]

    def nodes(self) -> list[_Node]:
        """Return the top of the tree."""
        attempts, rows = self._attempts, self._attempts.rows
        made = job_tree(attempts.date, attempts.member, rows.status, attempts.section)
        nodes = self._dates(made)
        if made.keys:
            nodes.append(folder_node("Keys", "Keys", self._jobs(made.keys), expanded=True))
        wrapper_of = {row: str(code) for row, code in enumerate(attempts.wrappers) if code}
        folders = wrapper_folders(wrapper_of, rows.chunk, rows.status)
        if folders:
            children = [self._wrapper(folder) for folder in folders]
            nodes.append(folder_node("Wrappers", f"Wrappers_{self._expid}", children))
        return nodes

    def _dates(self, made: JobTree) -> list[_Node]:
        nodes = []
        for date in made.dates:
            jobs = date.jobs
            key = f"{self._expid}_{self._folder_dates[jobs[0]]}"
            title = date_title(key, common_status(jobs, self._status), len(jobs))
            members = [
                self._member_node(f"{key}_{one.member or DEFAULT_MEMBER}", one.jobs)
                for one in date.members
            ]
            nodes.append(folder_node(title, key, members, expanded=True))
        return nodes

    def _member_node(self, key: str, jobs: tuple[int, ...]) -> _Node:
        counts = self._counted(key, jobs)
        by_chunk = tuple(sorted(jobs, key=self._chunk.__getitem__))
        return folder_node(plain_folder_title(key, counts), key, self._jobs(by_chunk))

    def _wrapper(self, folder: Folder) -> _Node:
        key = f"Wrapper: {folder.name}"
        counts = self._counted(key, folder.jobs)
        node = folder_node(plain_folder_title(key, counts), key, self._jobs(folder.jobs))
        return {**node, "data": counts}

    def _counted(self, key: str, jobs: tuple[int, ...]) -> dict[str, int]:
        counts = self.reference[key] = counters(jobs, self._status)
        for job in jobs:
            self.folders_of_jobs[job].append(key)
        return counts

    def _jobs(self, rows: tuple[int, ...]) -> list[_Node]:
        return [self._leaves[row] for row in rows]
