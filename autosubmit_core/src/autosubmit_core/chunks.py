"""Arithmetic of chunks: the pieces of simulated time that an experiment runs one after the other."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

__all__ = ["CHUNKS_PER_YEAR", "first_days", "years_per_chunk"]

Days: TypeAlias = npt.NDArray[np.datetime64]

#: How many chunks of size one make a year. Calendars are ignored on purpose, as Autosubmit's own
#: metrics do: a year has 12 equal months, 365 days and 8760 hours.
CHUNKS_PER_YEAR = {"year": 1, "month": 12, "day": 365, "hour": 8760}


def years_per_chunk(unit: str, size: int) -> float:
    """Return how many years one chunk simulates; 0.0 for a unit that is not known.

    ``unit`` is ``year``, ``month``, ``day`` or ``hour``; ``size`` counts units in a chunk.

    >>> years_per_chunk("month", 4) == 4 / 12, years_per_chunk("fortnight", 1)
    (True, 0.0)
    """
    per_year = CHUNKS_PER_YEAR.get(unit)
    return size / per_year if per_year else 0.0


def first_days(
    start: npt.NDArray[np.datetime64], chunks: npt.NDArray[np.integer], unit: str, size: int
) -> npt.NDArray[np.datetime64]:
    """Return the first day after so many whole chunks from each start date, (n,) datetime64[D].

    Here the calendar counts: the 31st of a month stays within shorter months. Hours make whole
    days only, and of an unknown unit no time passes. NaT stays NaT.

    >>> dates = np.array(["2000-01-31", "2000-05-01"], dtype="datetime64[s]")
    >>> first_days(dates, np.array([1, 2]), "month", 1).astype(str).tolist()
    ['2000-02-29', '2000-07-01']
    """
    day: Days = start.astype("datetime64[D]")
    units = chunks.astype(np.int64) * size
    if unit in ("day", "hour"):
        then: Days = day + (units if unit == "day" else np.trunc(units / 24)).astype(
            "timedelta64[D]"
        )
        return then
    if unit not in ("month", "year"):
        return day
    month = start.astype("datetime64[M]")
    other = month + (units * 12 if unit == "year" else units).astype("timedelta64[M]")
    last = (other + np.timedelta64(1, "M")).astype("datetime64[D]") - np.timedelta64(1, "D")
    same: Days = other.astype("datetime64[D]") + (day - month.astype("datetime64[D]"))
    within: Days = np.minimum(same, last)
    return within
