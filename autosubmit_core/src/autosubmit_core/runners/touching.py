"""What a change of jobs touches: themselves, and all that waits for them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from autosubmit_core.archive import Archive, Experiment
from autosubmit_core.graphs.neighbourhoods import downstream
from autosubmit_core.status import Status

__all__ = ["Touched", "touched_jobs"]


@dataclass(frozen=True, slots=True)
class Touched:
    """Jobs by their status: those that are changed, and all others that wait for any of these."""

    chosen: dict[Status, int]
    #: Directly or not.
    downstream: dict[Status, int]


def touched_jobs(archive: Archive, expid: str, names: Sequence[str]) -> Touched:
    """Return what a change of some jobs touches; names that no job has are passed over.

    Raises :class:`~autosubmit_core.SourceError` if the job list cannot be read.
    """
    experiment = archive.experiment(expid)
    chosen = np.flatnonzero(np.isin(experiment.jobs.name, np.array(names, dtype=object)))
    return Touched(
        _by_status(experiment, chosen),
        _by_status(experiment, downstream(experiment.workflow.connected, chosen)),
    )


def _by_status(experiment: Experiment, rows: npt.NDArray[np.integer]) -> dict[Status, int]:
    counted = Counter(experiment.jobs.status[rows].tolist())
    return {Status.of(code): number for code, number in sorted(counted.items())}
