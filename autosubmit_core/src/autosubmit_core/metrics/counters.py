"""How many jobs are in each status."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from autosubmit_core.status import Status

__all__ = ["status_counts"]


def status_counts(status: npt.NDArray[np.int8]) -> dict[Status, int]:
    """Count the jobs in each of the thirteen statuses; a code that is none counts as UNKNOWN.

    ``status`` is (n,), status codes. Every status is in the answer, in the order of
    :class:`~autosubmit_core.status.Status`, and the counts add up to n; all are 0 for n = 0.
    These are counted now, unlike the counters of a run, which Autosubmit stored with it.

    >>> counts = status_counts(np.array([5, 5, -1, 42], dtype=np.int8))
    >>> counts[Status.COMPLETED], counts[Status.FAILED], counts[Status.UNKNOWN], len(counts)
    (2, 1, 1, 13)
    """
    counts = {known: int(np.count_nonzero(status == known)) for known in Status}
    counts[Status.UNKNOWN] += len(status) - sum(counts.values())
    return counts
