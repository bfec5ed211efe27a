"""The shapes that everything read ends in: frozen tables, one column per field."""

from autosubmit_core.tables.columns import (
    BoolColumn,
    FloatColumn,
    InstantColumn,
    Int8Column,
    Int32Column,
    Int64Column,
    Table,
    TextColumn,
    TimeColumn,
    text_column,
)
from autosubmit_core.tables.experiments import ExperimentTable, UserMetricTable
from autosubmit_core.tables.fleet import (
    EventTable,
    FleetTable,
    GroupTable,
    NotedFailureTable,
    UsageTable,
)
from autosubmit_core.tables.history import UNWRAPPED, AttemptTable, JobHistory, RunTable
from autosubmit_core.tables.jobs import JobTable
from autosubmit_core.tables.workflow import PlaceTable, Structure, WrapperTable, positions

__all__ = [
    "UNWRAPPED",
    "AttemptTable",
    "BoolColumn",
    "EventTable",
    "ExperimentTable",
    "FleetTable",
    "FloatColumn",
    "GroupTable",
    "InstantColumn",
    "Int8Column",
    "Int32Column",
    "Int64Column",
    "JobHistory",
    "JobTable",
    "NotedFailureTable",
    "PlaceTable",
    "RunTable",
    "Structure",
    "Table",
    "TextColumn",
    "TimeColumn",
    "UsageTable",
    "UserMetricTable",
    "WrapperTable",
    "positions",
    "text_column",
]
