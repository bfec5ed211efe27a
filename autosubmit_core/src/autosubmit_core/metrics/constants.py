"""Numbers with a name and a unit that the metrics share."""

from __future__ import annotations

__all__ = [
    "JOULES_PER_MEGAWATT_HOUR",
    "MAD_FACTOR",
    "MEAN_DEVIATION_FACTOR",
    "NODE_SIZE_OF_HETEROGENEOUS_JOBS",
    "OUTLIER_THRESHOLD",
    "SAME_START_SECONDS",
    "SECONDS_PER_DAY",
    "SECONDS_PER_HOUR",
]

SECONDS_PER_HOUR = 3600
SECONDS_PER_DAY = 86_400
JOULES_PER_MEGAWATT_HOUR = 3.6e9

#: A run time is an outlier if its modified z-score is farther from 0 than this.
OUTLIER_THRESHOLD = 7.0
#: Makes the median absolute deviation of normal data an estimate of their standard deviation …
MAD_FACTOR = 1.4826
#: … and this the mean absolute deviation.
MEAN_DEVIATION_FACTOR = 1.2533

#: Processors of a node of the machine for which heterogeneous jobs (``4:8``) were first written;
#: each of their parts is rounded up to whole nodes of it.
NODE_SIZE_OF_HETEROGENEOUS_JOBS = 36

#: Jobs of a wrapper that start no more than this apart started together. Seconds
SAME_START_SECONDS = 20
