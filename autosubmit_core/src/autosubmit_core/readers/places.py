"""Where a server drew the jobs of an experiment, as Autosubmit API stores it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autosubmit_core.readers.database import open_readonly
from autosubmit_core.readers.values import text
from autosubmit_core.readers.versions import Location
from autosubmit_core.tables import PlaceTable

__all__ = ["read_places"]

_COLUMNS = ("job_name", "x", "y")


def read_places(location: Location) -> PlaceTable:
    """Read the places of jobs from ``graph_data_<expid>.db``; empty if it holds none.

    Rows without a name or with a place that is no number are left out. Raises
    :class:`SourceMissingError` if there is no file and :class:`SourceUnreadableError` if it is
    damaged or locked.
    """
    with open_readonly(location) as database:
        found = database.columns("experiment_graph_draw", _COLUMNS)
    if len(found) < len(_COLUMNS):
        return PlaceTable.empty()
    names, x, y = (found[name] for name in _COLUMNS)
    usable = [bool(name) and _is_number(a) and _is_number(b) for name, a, b in zip(names, x, y)]
    kept = [row for row, use in enumerate(usable) if use]
    return PlaceTable.of(
        len(kept),
        job_name=[text(names[row]) for row in kept],
        x=np.array([x[row] for row in kept], dtype=np.float64),
        y=np.array([y[row] for row in kept], dtype=np.float64),
    )


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and math.isfinite(value)
