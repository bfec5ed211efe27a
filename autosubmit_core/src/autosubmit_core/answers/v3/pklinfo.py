"""``/v3/pklinfo/{expid}/…`` and ``/v3/pkltreeinfo/{expid}/…``: what clients of graph and tree poll."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from autosubmit_core.answers.elements import Elements
from autosubmit_core.answers.v3.badges import CHECK_MARK, SOURCE, SYNC, TARGET, wrapper_badge
from autosubmit_core.answers.v3.job_columns import polled_columns
from autosubmit_core.answers.v3.titles import job_titles
from autosubmit_core.answers.v3.wrapped import wrapper_code, wrapper_shapes, wrappers
from autosubmit_core.archive import Experiment

__all__ = ["EMPTY", "EMPTY_TREE", "pklinfo_answer", "pkltreeinfo_answer"]

_TAGS = {
    "source_tag": SOURCE,
    "target_tag": TARGET,
    "sync_tag": SYNC,
    "check_mark": CHECK_MARK,
}

#: What is answered when there is no job list.
EMPTY: dict[str, Any] = {
    "pkl_file_name": "",
    "has_changed": True,
    "pkl_content": [],
    "pkl_timestamp": 0,
    "packages": {},
}
EMPTY_TREE = {**EMPTY, **_TAGS}


def pklinfo_answer(experiment: Experiment) -> dict[str, Any]:
    """Return what may change of every job in the graph.

    Raises :class:`~autosubmit_core.SourceError` if the job list cannot be read.
    """
    return _answer(experiment, {**polled_columns(experiment), **wrapper_shapes(experiment)})


def pkltreeinfo_answer(experiment: Experiment) -> dict[str, Any]:
    """Return what may change of every job in the tree.

    Raises :class:`~autosubmit_core.SourceError` if the job list cannot be read.
    """
    names = wrappers(experiment)
    tags = {name: wrapper_badge(f"{name} ") for name in dict.fromkeys(names) if name}
    columns = {
        **polled_columns(experiment),
        "wrapper": names,
        "wrapper_tag": [tags[name] if name else None for name in names],
        "wrapper_id": list(map(wrapper_code, names)),
        "title": job_titles(experiment),
    }
    return {**_answer(experiment, columns), **_TAGS}


def _answer(experiment: Experiment, columns: Mapping[str, Sequence[Any]]) -> dict[str, Any]:
    return {
        "pkl_file_name": "",
        "has_changed": True,
        "pkl_content": Elements(columns),
        "pkl_timestamp": experiment.jobs_modified or experiment.now,
        "packages": experiment.wrappers.jobs_of(),
    }
