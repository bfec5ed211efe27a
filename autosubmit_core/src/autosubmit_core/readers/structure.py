"""The dependencies between the jobs of an experiment, both generations of the table."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from autosubmit_core.readers.database import open_readonly
from autosubmit_core.readers.values import integers, text, texts
from autosubmit_core.tables import Structure

__all__ = ["read_structure"]

#: The columns that Autosubmit 4.2 added.
_CONDITIONS = ("min_trigger_status", "completion_status", "from_step", "fail_ok")


def read_structure(path: Path) -> Structure:
    """Read which job waits for which; empty if the database has no such table.

    Up to Autosubmit 4.1 the path is ``structure_<expid>.db`` in a folder of the installation, in
    4.2 ``db/job_list.db`` of the experiment. Raises :class:`SourceMissingError` if there is no
    file and :class:`SourceUnreadableError` if it is damaged or locked.
    """
    with open_readonly(path) as database:
        found = database.columns("experiment_structure", ("e_from", "e_to", *_CONDITIONS))
    if not {"e_from", "e_to"} <= found.keys():
        return Structure.empty()
    edges = list(zip(found.pop("e_from"), found.pop("e_to")))
    named = np.array([bool(parent and child) for parent, child in edges], dtype=np.bool_)
    columns: dict[str, object] = dict(found)
    if "from_step" in found:
        columns["from_step"] = integers(found["from_step"], np.int32)
    for name in ("min_trigger_status", "completion_status"):
        if name in found:
            columns[name] = texts(found[name])
    if "fail_ok" in found:
        columns["fail_ok"] = [bool(fail_ok) for fail_ok in found["fail_ok"]]
    structure = Structure.of_edges(
        [text(p) or "" for p, _ in edges], [text(c) or "" for _, c in edges], **columns
    )
    return structure if named.all() else structure.take(np.flatnonzero(named))
