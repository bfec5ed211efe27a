"""``/v4/experiments/{expid}/counts``: how many jobs are in which status, section, member, …"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from autosubmit_core.answers.v4.fields import STATUS_NAMES, numbers_of, words_of
from autosubmit_core.answers.v4.selection import EVERY_JOB, JobFilter, selected_rows
from autosubmit_core.archive import Experiment
from autosubmit_core.errors import RequestError

__all__ = ["DIMENSIONS", "counts_answer"]

#: What jobs can be counted by.
DIMENSIONS = ("status", "date", "member", "section", "chunk", "wrapper", "platform")


def counts_answer(
    experiment: Experiment, *, by: tuple[str, ...] = ("status",), wanted: JobFilter = EVERY_JOB
) -> dict[str, Any]:
    """Return the number of jobs in each status, for each combination of the other dimensions.

    Combinations without jobs, and statuses without jobs in them, are left out. Combinations come in
    the order in which the job list has their values, those of the first dimension first.

    Raises :class:`RequestError` for a dimension that there is not, and
    :class:`~autosubmit_core.SourceError` if the job list cannot be read.
    """
    unknown = [dimension for dimension in by if dimension not in DIMENSIONS]
    if unknown:
        raise RequestError(
            f"Jobs are not counted by {unknown[0]!r}; they are by {', '.join(DIMENSIONS)}."
        )
    rows = selected_rows(experiment, wanted)
    dimensions = [dimension for dimension in dict.fromkeys(by) if dimension != "status"]
    told = {dimension: _values(experiment, dimension) for dimension in dimensions}
    places = [told[dimension][1][rows] for dimension in dimensions]
    _, status = words_of(experiment, "status")
    cells, counts = _cube(places, status[rows])
    return {
        "list_version": experiment.list_version,
        "by": list(dict.fromkeys(by)),
        "total": len(rows),
        "groups": [
            {
                **{name: told[name][0][place] for name, place in zip(dimensions, cell)},
                "total": sum(numbers),
                "counters": {name: number for name, number in zip(STATUS_NAMES, numbers) if number},
            }
            for cell, numbers in zip(cells, counts.tolist())
        ],
    }


def _values(
    experiment: Experiment, dimension: str
) -> tuple[list[Any], npt.NDArray[np.integer[Any]]]:
    """Return the different values of a dimension, and the place of each job's among them, (n,)."""
    if dimension != "chunk":
        return words_of(experiment, dimension)
    chunks, places = np.unique(numbers_of(experiment, "chunk"), return_inverse=True)
    return [chunk or None for chunk in chunks.tolist()], places


def _cube(
    places: list[npt.NDArray[np.integer[Any]]], status: npt.NDArray[np.int32]
) -> tuple[list[list[int]], npt.NDArray[np.int64]]:
    """Return the combinations of places that there are, sorted, and the counts by status of each.

    Counts are (combinations, 13); without dimensions there is one combination of none.
    """
    if not places:
        counts = np.bincount(status, minlength=len(STATUS_NAMES))
        return [[]], counts.reshape(1, -1)
    cell: npt.NDArray[np.int64] = np.zeros(len(status), dtype=np.int64)
    for values in places:
        # Numbered anew each time, so that the numbers stay below jobs times values.
        _, cell = np.unique(cell * (int(values.max(initial=0)) + 1) + values, return_inverse=True)
    _, first = np.unique(cell, return_index=True)
    counts = np.bincount(
        cell * len(STATUS_NAMES) + status, minlength=len(first) * len(STATUS_NAMES)
    )
    cells = np.stack([values[first] for values in places], axis=1)
    return cells.tolist(), counts.reshape(len(first), len(STATUS_NAMES))
