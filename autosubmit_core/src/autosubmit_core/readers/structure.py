"""The dependencies between the jobs of an experiment, both generations of the table."""

from __future__ import annotations

from typing import Any

import numpy as np

from autosubmit_core.readers.database import open_readonly
from autosubmit_core.readers.values import integers, texts
from autosubmit_core.readers.versions import Location
from autosubmit_core.tables import Structure

__all__ = ["read_structure"]

#: The columns that Autosubmit 4.2 added.
_CONDITIONS = ("min_trigger_status", "completion_status", "from_step", "fail_ok")


def read_structure(location: Location) -> Structure:
    """Read which job waits for which; empty if the database has no such table.

    Up to Autosubmit 4.1 the path is ``structure_<expid>.db`` in a folder of the installation, in
    4.2 ``db/job_list.db`` of the experiment. Raises :class:`SourceMissingError` if there is no
    file and :class:`SourceUnreadableError` if it is damaged or locked.
    """
    with open_readonly(location) as database:
        found = database.columns("experiment_structure", ("e_from", "e_to", *_CONDITIONS))
    if not {"e_from", "e_to"} <= found.keys():
        return Structure.empty()
    columns: dict[str, Any] = {name: texts(found[name]) for name in ("e_from", "e_to")}
    for name in ("min_trigger_status", "completion_status"):
        if name in found:
            columns[name] = texts(found[name])
    if "from_step" in found:
        columns["from_step"] = integers(found["from_step"], np.int32)
    if "fail_ok" in found:
        columns["fail_ok"] = np.array(list(map(bool, found["fail_ok"])), dtype=np.bool_)
    named = columns["e_from"].astype(np.bool_) & columns["e_to"].astype(np.bool_)
    if not named.all():
        columns = {name: values[named] for name, values in columns.items()}
    parents, children = (columns.pop(name).tolist() for name in ("e_from", "e_to"))
    return Structure.of_edges(parents, children, **columns)
