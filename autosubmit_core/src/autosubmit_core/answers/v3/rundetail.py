"""``/v3/rundetail/{expid}/{runid}``: every attempt in one past run, in folders."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import numpy as np

from autosubmit_core.answers.elements import Elements
from autosubmit_core.answers.formats import instants, number_or_none, positive
from autosubmit_core.answers.v3.badges import (
    TEMPLATES,
    date_title,
    escaped,
    plain_folder_title,
    plain_job_badges,
)
from autosubmit_core.answers.v3.chunk_dates import chunk_dates, configured_chunks
from autosubmit_core.answers.v3.folders import (
    DEFAULT_MEMBER,
    common_status,
    counters,
    folder_dates,
    folder_node,
)
from autosubmit_core.answers.v3.job_columns import status_columns
from autosubmit_core.answers.v3.titles import running_texts
from autosubmit_core.archive import Experiment
from autosubmit_core.errors import RunNotFoundError
from autosubmit_core.graphs.tree import Folder, JobTree, job_tree, wrapper_folders
from autosubmit_core.metrics.job_metrics import AttemptMetrics
from autosubmit_core.status import Status
from autosubmit_core.tables import (
    UNWRAPPED,
    InstantColumn,
    JobHistory,
    TextColumn,
    TimeColumn,
    text_column,
)

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
    attempts, metrics = experiment.run_detail(run_id)
    if not len(attempts):
        if run_id not in experiment.runs.run_id:
            raise RunNotFoundError(experiment.expid, run_id)
        return {**EMPTY, "reference": {}, "pkl_timestamp": _TIMESTAMP}
    detail = _Detail(experiment, attempts, metrics)
    tree = detail.tree()
    unit, size = detail.chunks
    return {
        "tree": tree,
        "jobs": Elements(detail.columns()),
        "total": len(attempts),
        "reference": {
            **detail.reference,
            **_TEMPLATES,
            "packages": sorted({code for code in detail.codes if code}),
            "chunk_unit": unit,
            "chunk_size": size,
        },
        "pkl_timestamp": _TIMESTAMP,
    }


class _Detail:
    """The attempts of one run, and what is noted of folders while they are made."""

    def __init__(
        self, experiment: Experiment, attempts: JobHistory, metrics: AttemptMetrics
    ) -> None:
        self._experiment = experiment
        self._attempts = attempts
        self._metrics = metrics
        self._names = _told_apart(attempts.job_name.tolist())
        self._section, self._member = _sections_and_members(attempts)
        self._date = _start_dates(attempts.date)
        self._folder_dates = folder_dates(self._date)
        self._status: list[int] = attempts.status.tolist()
        self._chunk: list[int] = attempts.chunk.tolist()
        self._texts = running_texts(attempts.status, metrics.queue, metrics.run)
        self._titles = self._job_titles()
        #: The code of the wrapper of each attempt, None for none.
        self.codes = [code if code > UNWRAPPED else None for code in attempts.rowtype.tolist()]
        #: Unit and size of the chunks of the run, else as configured.
        self.chunks = _chunks_of(experiment, int(attempts.run_id[0]))
        self.reference: dict[str, dict[str, int]] = {}
        self._folders_of_jobs: list[list[str]] = [[] for _ in self._names]

    def _job_titles(self) -> list[str]:
        badges = plain_job_badges()
        return [
            f"{escaped(name)}{badges[Status.of(status)]} ~ {text}"
            for name, status, text in zip(self._names, self._status, self._texts)
        ]

    # -- the folders ---------------------------------------------------------------------------

    def tree(self) -> list[_Node]:
        """Return the top of the tree, and note the counters of its folders."""
        attempts, expid = self._attempts, self._experiment.expid
        made = job_tree(self._date, self._member, attempts.status, self._section)
        nodes = self._dates(made)
        if made.keys:
            nodes.append(folder_node("Keys", "Keys", self._jobs(made.keys), expanded=True))
        wrapper_of = {row: str(code) for row, code in enumerate(self.codes) if code}
        folders = wrapper_folders(wrapper_of, attempts.chunk, attempts.status)
        if folders:
            children = [self._wrapper(folder) for folder in folders]
            nodes.append(folder_node("Wrappers", f"Wrappers_{expid}", children))
        return nodes

    def _dates(self, made: JobTree) -> list[_Node]:
        nodes = []
        for date in made.dates:
            jobs = date.jobs
            key = f"{self._experiment.expid}_{self._folder_dates[jobs[0]]}"
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
            self._folders_of_jobs[job].append(key)
        return counts

    def _jobs(self, rows: tuple[int, ...]) -> list[_Node]:
        return [
            {
                "title": self._titles[row],
                "refKey": self._names[row],
                "data": "Empty",
                "children": [],
            }
            for row in rows
        ]

    # -- the jobs ------------------------------------------------------------------------------

    def columns(self) -> dict[str, Sequence[Any]]:
        """Return what is said of each attempt; ask for the tree first, which notes the folders."""
        attempts, metrics, n = self._attempts, self._metrics, len(self._attempts)
        unit, size = self.chunks
        begin, end = chunk_dates(self._date, attempts.chunk, [self.chunks] * n, chunkless=True)
        speed = metrics.simulated_years_per_day
        actual_speed = metrics.actual_simulated_years_per_day
        none = [None] * n
        return {
            "id": self._names,
            "internal_id": self._names,
            "label": self._names,
            "title": self._titles,
            **status_columns(attempts.status),
            "platform_name": attempts.platform.tolist(),
            "section": self._section.tolist(),
            "member": [member or "" for member in self._member],
            "chunk": attempts.chunk.tolist(),
            "split": positive(attempts.split),
            "splits": positive(attempts.splits),
            "chunk_unit": [unit] * n,
            "chunk_size": [size] * n,
            "date": [day or "" for day in begin],
            "date_plus": [day or "" for day in end],
            "SYPD": list(map(number_or_none, speed.tolist())),
            "ASYPD": list(map(number_or_none, actual_speed.tolist())),
            "minutes_queue": metrics.queue.tolist(),
            "minutes": metrics.run.tolist(),
            "submit": _local_texts(metrics.submit),
            "start": _local_texts(metrics.start),
            "finish": _local_texts(metrics.finish),
            "queue": attempts.qos.tolist(),
            "processors": attempts.ncpus.tolist(),
            "wallclock": attempts.wallclock.tolist(),
            "wrapper": self.codes,
            "wrapper_code": self.codes,
            "tree_parents": self._folders_of_jobs,
            "out": self._log_paths(attempts.out),
            "err": self._log_paths(attempts.err),
            "rm_id": attempts.job_id.tolist(),
            "workflow_commit": attempts.workflow_commit.tolist(),
            "sync": [False] * n,
            **{key: none for key in ("children", "children_list", "parents", "parent_list")},
            "custom_directives": none,
        }

    def _log_paths(self, names: TextColumn) -> list[str | None]:
        folder = self._experiment.logs.jobs
        return [
            name if name == "NA" else f"{folder}/{name}" if name else None
            for name in names.tolist()
        ]


def _told_apart(names: list[str]) -> list[str]:
    """Return names with a ``+`` for each earlier row of the same name.

    >>> _told_apart(["a", "b", "a", "a"])
    ['a', 'b', 'a+', 'a++']
    """
    seen: dict[str, int] = {}
    made = []
    for name in names:
        times = seen[name] = seen.get(name, -1) + 1
        made.append(name + "+" * times)
    return made


def _sections_and_members(attempts: JobHistory) -> tuple[TextColumn, TextColumn]:
    """Return sections and members; rows in which Autosubmit exchanged them are put right.

    A job's name ends with its section.
    """
    section, member = attempts.section.tolist(), attempts.member.tolist()
    for row, name in enumerate(attempts.job_name.tolist()):
        one, other = section[row] or "", member[row] or ""
        if other and name.endswith(f"_{other}") and not (one and name.endswith(f"_{one}")):
            one, other = other, one
        section[row], member[row] = one, other or None
    return text_column(section), text_column(member)


def _start_dates(texts: TextColumn) -> TimeColumn:
    """Return start dates from their texts, NaT where there is none."""
    known = {text: _start_date(text) for text in dict.fromkeys(texts.tolist())}
    return np.array([known[text] for text in texts.tolist()], dtype="datetime64[s]")


def _start_date(text: str | None) -> np.datetime64:
    try:
        return np.datetime64(datetime.fromisoformat(text or "").replace(tzinfo=None), "s")
    except ValueError:
        return np.datetime64("NaT", "s")


def _chunks_of(experiment: Experiment, run_id: int) -> tuple[str | None, int | None]:
    runs = experiment.runs
    for row in np.flatnonzero(runs.run_id == run_id):
        if runs.chunk_unit[row] and runs.chunk_size[row]:
            return runs.chunk_unit[row], int(runs.chunk_size[row])
    return configured_chunks(experiment)


def _local_texts(seconds: InstantColumn) -> list[str | None]:
    """Return instants in local time without a zone, as this answer always wrote them."""
    return [text and f"{text[:10]}-{text[11:19]}" for text in instants(seconds)]
