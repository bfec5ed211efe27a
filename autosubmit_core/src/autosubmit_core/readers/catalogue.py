"""The main database and ``as_times.db``: which experiments there are, and which are running."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from autosubmit_core.errors import (
    SourceError,
    SourceMissingError,
    SourceUnreadableError,
    SourceWarning,
)
from autosubmit_core.names import is_expid
from autosubmit_core.readers.database import Database, open_readonly
from autosubmit_core.readers.locations import Locations
from autosubmit_core.readers.values import integer, integers, text, texts
from autosubmit_core.readers.versions import Location
from autosubmit_core.tables import ExperimentTable
from autosubmit_core.times import epoch_of_text

__all__ = ["RunningStatus", "read_catalogue", "read_experiments", "read_statuses"]

_DETAILS = ("user", "created", "model", "branch", "hpc")


class RunningStatus(NamedTuple):
    """What the status database notes about an experiment."""

    #: Whether it says RUNNING: Autosubmit notes that at the start of a run, nobody notes the end
    #: but the background task of a server.
    running: bool
    #: When that was noted, as text in any of three formats; None if not noted.
    modified: str | None


def read_catalogue(
    locations: Locations,
) -> tuple[ExperimentTable, tuple[SourceWarning, ...]]:
    """Read all experiments of an installation with their details and noted statuses, by number.

    A status database that cannot be read costs only the statuses, and a warning; that there is
    none is usual before the first run. Raises as :func:`read_experiments`.
    """
    known = read_experiments(locations.experiments())
    try:
        running = read_statuses(locations.statuses())
    except SourceMissingError:
        return known, ()
    except SourceError as error:
        message = f"Which experiments are running is not known: {error.reason}."
        return known, (SourceWarning("statuses", "unreadable", message),)
    noted = [running.get(number, RunningStatus(False, None)) for number in known.id.tolist()]
    table = replace(
        known,
        running=np.array([status.running for status in noted], dtype=np.bool_),
        status_modified=texts([status.modified for status in noted]),
    )
    return table, ()


def read_experiments(location: Location) -> ExperimentTable:
    """Read the experiments of the main database with their details, by number.

    An experiment without details has None there; of several details of one experiment the last
    counts. None of them says RUNNING: that is in another database. A row whose name is no expid is
    no experiment: it has no folder, and nobody can ask for it.

    Raises :class:`SourceMissingError` without a file, :class:`SourceUnreadableError` if the
    database is damaged or locked, or its table lacks numbers or names.
    """
    with open_readonly(location) as database:
        names = ("id", "name", "description", "autosubmit_version")
        stored = database.columns("experiment", names, order_by=["id"])
        details = _details(database)
    for column in ("id", "name"):
        if stored and column not in stored:
            raise SourceUnreadableError(
                str(location), f"its table of experiments has no column '{column}'"
            )
    numbers = integers(stored.get("id", []))
    columns = {name: texts(values) for name, values in stored.items() if name != "id"}
    if "description" in columns:
        columns["description"] = texts([value or "" for value in columns["description"]])
    for name, noted in details.items():
        columns[name] = texts([noted.get(number) for number in numbers.tolist()])
    table = ExperimentTable.of(len(numbers), id=numbers, **columns)
    return table.take(np.array([is_expid(name or "") for name in table.name], dtype=np.bool_))


def _details(database: Database) -> dict[str, dict[int, object]]:
    """Return each detail by the number of its experiment.

    The table has no key when Autosubmit 4.1.17 or later made it, so numbers can repeat.
    """
    stored = database.columns("details", ("exp_id", *_DETAILS))
    numbers = [integer(number) for number in stored.pop("exp_id", [])]
    return {name: dict(zip(numbers, values)) for name, values in stored.items()}


def read_statuses(location: Location) -> Mapping[int, RunningStatus]:
    """Read what the status database notes, by number of experiment.

    Of several rows of one experiment, possible in old files, the one noted last counts.

    Raises as :func:`read_experiments`.
    """
    with open_readonly(location) as database:
        stored = database.columns("experiment_status", ("exp_id", "status", "modified"))
    if not {"exp_id", "status"} <= stored.keys():
        return {}
    numbers = [integer(number) for number in stored["exp_id"]]
    modified = [text(value) for value in stored.get("modified", [None] * len(numbers))]
    noted = zip(numbers, stored["status"], modified)
    # Sorting is stable: of rows noted in the same second the last in the table counts.
    rows = sorted(noted, key=lambda row: epoch_of_text(row[2]))
    return {number: RunningStatus(status == "RUNNING", when) for number, status, when in rows}
