"""Jobs by status."""

from __future__ import annotations

import numpy as np

from autosubmit_core.metrics.counters import status_counts
from autosubmit_core.status import Status


def test_every_status_is_there_and_the_sum_is_the_number_of_jobs() -> None:
    codes = np.array([int(status) for status in Status] + [5, 5], dtype=np.int8)
    counts = status_counts(codes)
    assert counts == {status: 3 if status == Status.COMPLETED else 1 for status in Status}
    assert sum(counts.values()) == len(codes)


def test_a_code_outside_the_table_is_unknown() -> None:
    assert status_counts(np.array([42, -2], dtype=np.int8))[Status.UNKNOWN] == 2


def test_no_jobs_are_thirteen_zeros() -> None:
    counts = status_counts(np.array([], dtype=np.int8))
    assert list(counts.values()) == [0] * 13
