"""Arithmetic of chunks."""

from __future__ import annotations

import numpy as np
import pytest

from autosubmit_core.chunks import first_days


@pytest.mark.parametrize(
    ("start", "chunks", "unit", "size", "expected"),
    [
        ("2000-01-31", 1, "month", 1, "2000-02-29"),
        ("2000-01-31", 13, "month", 1, "2001-02-28"),
        ("2000-01-01", -1, "month", 4, "1999-09-01"),
        ("2000-02-29", 1, "year", 1, "2001-02-28"),
        ("2000-02-28", 2, "day", 1, "2000-03-01"),
        # 30 hours are one whole day.
        ("2000-01-01T06", 1, "hour", 30, "2000-01-02"),
        ("2000-01-01", -1, "hour", 30, "1999-12-31"),
        ("2000-01-01", 5, "fortnight", 1, "2000-01-01"),
        ("NaT", 5, "month", 1, "NaT"),
    ],
)
def test_chunks_follow_the_calendar(
    start: str, chunks: int, unit: str, size: int, expected: str
) -> None:
    days = first_days(np.array([start], dtype="datetime64[s]"), np.array([chunks]), unit, size)
    assert days.astype(str).tolist() == [expected]
