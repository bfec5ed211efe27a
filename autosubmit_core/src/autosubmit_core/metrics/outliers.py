"""Which run times of simulations are too far from the others to say anything about the model."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from autosubmit_core.metrics.constants import (
    MAD_FACTOR,
    MEAN_DEVIATION_FACTOR,
    OUTLIER_THRESHOLD,
)
from autosubmit_core.tables import BoolColumn

__all__ = ["valid_run_times"]


def valid_run_times(run: npt.NDArray[np.integer] | npt.NDArray[np.floating]) -> BoolColumn:
    """Tell which run times count, (n,) bool; a job that did not run at all does not.

    Run times r > 0 are judged by their modified z-score, z = (r - median) / (1.4826 · MAD) with MAD
    the median absolute deviation; where it is 0, z = (r - median) / (1.2533 · AD) with AD the mean
    absolute deviation from the mean. They count if |z| <= 7, if they are all equal, or if there
    is just one (Iglewicz and Hoaglin 1993, How to Detect and Handle Outliers, ASQC Quality Press).
    ``run`` is (n,) seconds.

    The median is 2850 and the MAD 100, so that 4 seconds are 19 deviations away:

    >>> valid_run_times(np.array([2800, 3000, 2900, 4])).tolist()
    [True, True, True, False]
    """
    ran: BoolColumn = run > 0
    times = run[ran].astype(np.float64)
    if len(times) <= 1:
        return ran
    away = times - np.median(times)
    scale = MAD_FACTOR * np.median(np.abs(away))
    if scale == 0:
        scale = MEAN_DEVIATION_FACTOR * np.mean(np.abs(times - times.mean()))
    if scale == 0:
        return ran
    valid = ran.copy()
    valid[ran] = np.abs(away / scale) <= OUTLIER_THRESHOLD
    return valid
