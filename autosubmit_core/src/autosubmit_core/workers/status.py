"""The status task: which experiments are really running, told by their heartbeats."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

import sqlalchemy as sa

from autosubmit_core.archive import Experiment
from autosubmit_core.metrics.heartbeat import Pulse
from autosubmit_core.readers.locations import Locations
from autosubmit_core.store.notes import DELETED, PRESENT, UNREADABLE, Note
from autosubmit_core.store.pulses import PulseRow, write_pulses
from autosubmit_core.store.statuses import FoundStatus, forget_statuses, write_statuses
from autosubmit_core.workers.passes import Task

__all__ = ["StatusTask"]

#: An experiment that cannot be read keeps its status for as long as its job list changes within so
#: many seconds: it is not dead, and may be readable the next time.
UNREADABLE_SECONDS = 3600

#: What may become of an experiment though no file changes: it is silent for longer and longer.
_MOVING = (Pulse.RUNNING.value, Pulse.STALLED.value)


class _Found(NamedTuple):
    pulse: PulseRow
    #: The status to write; None if the one that is noted is right.
    status: FoundStatus | None


class StatusTask(Task[_Found]):
    """Writes RUNNING for the experiments that have a pulse, and NOT RUNNING for the others.

    An experiment that is deleted loses its status, as its number may be given to another.
    """

    name = "status"
    key = "TASK_STTSUPDTR"
    minutes = 5
    meaning = "which experiments are running"

    def examine(self, experiment: Experiment) -> _Found:
        experiment.logs.note_run_log()
        heartbeat = experiment.insight.heartbeat()
        pulse = PulseRow(
            *(int(experiment.registered.id[0]), experiment.expid, _owner(experiment), PRESENT),
            pulse=heartbeat.pulse.value,
            moved=heartbeat.moved,
            jobs=heartbeat.jobs,
            done=heartbeat.done,
            failed=heartbeat.failed,
            on_platform=heartbeat.on_platform,
        )
        return _found(experiment, pulse, heartbeat.pulse is Pulse.RUNNING)

    def without(self, experiment: Experiment, state: str) -> _Found:
        running, pulse = False, Pulse.CREATED.value if state == PRESENT else ""
        if state == UNREADABLE:
            _, changed = experiment.written_while_running()["job_list"]
            running = experiment.is_running and experiment.now - changed < UNREADABLE_SECONDS
        number = int(experiment.registered.id[0])
        row = PulseRow(number, experiment.expid, _owner(experiment), state, pulse)
        return _found(experiment, row, running)

    def deleted(self, note: Note) -> _Found:
        return _Found(PulseRow(note.exp_id, note.name, "", DELETED), None)

    def moves(self, found: _Found) -> bool:
        return found.pulse.pulse in _MOVING

    def doubts(self, experiment: Experiment, note: Note) -> bool:
        # What is not looked at anew does not run.
        return experiment.is_running

    def write(
        self,
        connection: sa.Connection,
        locations: Locations,
        found: Sequence[_Found],
        *,
        first: bool,
    ) -> None:
        changed = [one.status for one in found if one.status is not None]
        if changed:
            write_statuses(connection, locations.statuses(), changed)
        write_pulses(connection, [one.pulse for one in found], first=first)

    def forget(
        self, connection: sa.Connection, locations: Locations, known: Collection[int]
    ) -> None:
        forget_statuses(connection, locations.statuses(), known)


def _found(experiment: Experiment, pulse: PulseRow, running: bool) -> _Found:
    noted = experiment.registered.status_modified[0]
    if running == experiment.is_running and (running or noted is not None):
        return _Found(pulse, None)
    return _Found(pulse, FoundStatus(pulse.exp_id, pulse.name, running, noted))


def _owner(experiment: Experiment) -> str:
    return experiment.registered.user[0] or ""
