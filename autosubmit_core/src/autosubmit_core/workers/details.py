"""The details task: owner, age, model, branch and platform of every experiment."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from autosubmit_core.archive import Experiment
from autosubmit_core.errors import SourceMissingError
from autosubmit_core.readers.locations import Locations
from autosubmit_core.store.details import Details, write_details
from autosubmit_core.times import epoch_of_text
from autosubmit_core.workers.passes import Task

__all__ = ["DetailsTask"]


class DetailsTask(Task[Details]):
    """Writes ``details``; those of experiments that are archived or cannot be read stay."""

    name = "details"
    key = "TASK_POPDET"
    minutes = 240
    meaning = "owner, age, model, branch and platform of every experiment"

    def examine(self, experiment: Experiment) -> Details | None:
        folder, configuration = experiment.folder, experiment.usable_configuration
        if folder is None:
            raise SourceMissingError(experiment.path)
        registered = experiment.registered
        known = registered.created[0]
        made = Details(
            int(registered.id[0]),
            folder.owner_name,
            # The time that a folder keeps moves when something is put into it: the earliest that was
            # seen is nearest to when it was made.
            known if 0 < epoch_of_text(known) <= folder.created else _iso(folder.created),
            configuration.model,
            configuration.branch,
            configuration.main_platform,
        )
        noted = [getattr(registered, name)[0] for name in Details._fields[1:]]
        return None if list(made[1:]) == noted else made

    def write(
        self,
        connection: sa.Connection,
        locations: Locations,
        found: Sequence[Details],
        *,
        first: bool,
    ) -> None:
        write_details(connection, locations.experiments(), found)


def _iso(seconds: int) -> str:
    return datetime.fromtimestamp(seconds).astimezone().isoformat()
