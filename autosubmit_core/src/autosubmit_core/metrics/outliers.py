"""Which run times of simulations are too far from the others to say anything about the model."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from autosubmit_core.metrics.constants import (
    MAD_FACTOR,
    MEAN_DEVIATION_FACTOR,
    OUTLIER_THRESHOLD,
)
from autosubmit_core.tables import BoolColumn, TextColumn

__all__ = ["REASONS", "RunTimeRange", "reasons", "run_time_range", "valid_run_times"]

#: Why a simulation counts for the metrics or does not, in the words of answers.
REASONS = ("counts", "did_not_run", "too_short", "too_long")


@dataclass(frozen=True, slots=True)
class RunTimeRange:
    """What run times of simulations are held against; the range is without bounds where they do not vary."""

    #: Seconds; NaN if nothing ran.
    median: float
    #: How far run times are from it, seconds; 0.0 if they are all equal, or there is just one.
    deviation: float

    @property
    def bounds(self) -> tuple[float, float] | None:
        """The shortest and the longest run time that counts; None if any does."""
        away = OUTLIER_THRESHOLD * self.deviation
        return (self.median - away, self.median + away) if away else None


def run_time_range(run: npt.NDArray[np.integer] | npt.NDArray[np.floating]) -> RunTimeRange:
    """Return the range in which run times count, from all that are above 0; ``run`` is (n,) seconds.

    The deviation is 1.4826 · MAD with MAD the median absolute deviation, or where that is 0,
    1.2533 · AD with AD the mean absolute deviation from the mean (Iglewicz and Hoaglin 1993, How to
    Detect and Handle Outliers, ASQC Quality Press).
    """
    times = run[run > 0].astype(np.float64)
    if len(times) <= 1:
        return RunTimeRange(float(times[0]) if len(times) else math.nan, 0.0)
    median = np.median(times)
    scale = MAD_FACTOR * np.median(np.abs(times - median))
    if scale == 0:
        scale = MEAN_DEVIATION_FACTOR * np.mean(np.abs(times - times.mean()))
    return RunTimeRange(float(median), float(scale))


def valid_run_times(run: npt.NDArray[np.integer] | npt.NDArray[np.floating]) -> BoolColumn:
    """Tell which run times count, (n,) bool; a job that did not run at all does not.

    They are judged by their modified z-score, z = (r - median) / deviation
    (:func:`run_time_range`), and count if |z| <= 7, or if they do not vary. ``run`` is (n,) seconds.

    The median is 2850 and the MAD 100, so that 4 seconds are 19 deviations away:

    >>> valid_run_times(np.array([2800, 3000, 2900, 4])).tolist()
    [True, True, True, False]
    """
    valid: BoolColumn = reasons(run) == REASONS[0]
    return valid


def reasons(run: npt.NDArray[np.integer] | npt.NDArray[np.floating]) -> TextColumn:
    """Return why each run time counts or does not, (n,) of :data:`REASONS`.

    >>> reasons(np.array([2800, 3000, 2900, 4, 0])).tolist()
    ['counts', 'counts', 'counts', 'too_short', 'did_not_run']
    """
    kept = run_time_range(run)
    made = np.full(len(run), REASONS[0], dtype=object)
    if kept.deviation:
        scores = (run.astype(np.float64) - kept.median) / kept.deviation
        made[scores < -OUTLIER_THRESHOLD] = REASONS[2]
        made[scores > OUTLIER_THRESHOLD] = REASONS[3]
    made[run <= 0] = REASONS[1]
    return made
