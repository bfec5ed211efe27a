"""The experiments of an installation, and what users measured in them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from autosubmit_core.tables.columns import (
    BoolColumn,
    Int64Column,
    Table,
    TextColumn,
    column,
)

__all__ = ["ExperimentTable", "UserMetricTable"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ExperimentTable(Table):
    """The experiments that an installation knows, one row each, by their number."""

    #: The installation's own number of the experiment; not contiguous. (n,) int64
    id: Int64Column = column(np.int64)
    #: The expid: ``a003``. (n,) str
    name: TextColumn = column(object, "")
    #: What its owner wrote about it. (n,) str
    description: TextColumn = column(object, "")
    #: Autosubmit that created or last upgraded it; None if nothing is noted. (n,) str
    autosubmit_version: TextColumn = column(object, None)
    #: Details that Autosubmit noted; None where it noted none. (n,) str
    user: TextColumn = column(object, None)
    created: TextColumn = column(object, None)
    model: TextColumn = column(object, None)
    branch: TextColumn = column(object, None)
    hpc: TextColumn = column(object, None)
    #: Whether the status database says RUNNING, and when that was noted. (n,) bool, str
    running: BoolColumn = column(np.bool_, False)
    status_modified: TextColumn = column(object, None)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class UserMetricTable(Table):
    """Values that jobs of an experiment reported themselves, in the order of the table."""

    #: The run; 0 if not noted. (n,) int64
    run_id: Int64Column = column(np.int64)
    #: Job, name of the metric and its value, always text. (n,) str
    job_name: TextColumn = column(object, "")
    metric_name: TextColumn = column(object, "")
    metric_value: TextColumn = column(object, None)
    #: When it was noted, ISO text. (n,) str
    modified: TextColumn = column(object, None)
