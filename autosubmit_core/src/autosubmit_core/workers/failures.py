"""The failures task: which lines explain the failures of every experiment, to find them again elsewhere."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

import sqlalchemy as sa

from autosubmit_core.archive import Experiment
from autosubmit_core.readers.locations import Locations
from autosubmit_core.store.failures import (
    FoundFailures,
    NotedFailure,
    forget_failures,
    write_failures,
)
from autosubmit_core.workers.passes import Task

__all__ = ["FailuresTask"]

#: How many lines of an experiment are noted, the most frequent.
MOST_NOTED = 100


class FailuresTask(Task[FoundFailures]):
    """Writes what explains the failures of each experiment; of those that cannot be read it stays."""

    name = "failures"
    key = "TASK_FAILURES"
    minutes = 60
    meaning = "which lines of logs explain failures, to find the same elsewhere"

    def examine(self, experiment: Experiment) -> FoundFailures:
        number = int(experiment.registered.id[0])
        noted = tuple(_noted(experiment))[:MOST_NOTED]
        return FoundFailures(number, experiment.expid, noted)

    def write(
        self,
        connection: sa.Connection,
        locations: Locations,
        found: Sequence[FoundFailures],
        *,
        first: bool,
    ) -> None:
        write_failures(connection, found)

    def forget(
        self, connection: sa.Connection, locations: Locations, known: Collection[int]
    ) -> None:
        forget_failures(connection, known)


def _noted(experiment: Experiment) -> Iterator[NotedFailure]:
    finish = experiment.insight.history.finish
    for group in experiment.insight.failures().groups:
        if group.template:
            first, last = int(finish[group.rows[0]]), int(finish[group.rows[-1]])
            yield NotedFailure(group.template, len(group.rows), first, last)
