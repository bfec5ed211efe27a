"""Where the jobs of a drawing stand."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from autosubmit_core.tables import FloatColumn, Table
from autosubmit_core.tables.columns import column

__all__ = ["STEP_X", "STEP_Y", "Positions"]

#: How far apart neighbours in a row, and rows, are drawn. Clients draw a job in this room.
STEP_X = 180
STEP_Y = 90


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Positions(Table):
    """A place for each job, row by row as in the job list; ``y`` grows downwards."""

    #: (n,) float64, whole numbers unless they were stored otherwise
    x: FloatColumn = column(np.float64)
    y: FloatColumn = column(np.float64)
