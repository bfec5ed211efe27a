"""Arithmetic of chunks: the pieces of simulated time that an experiment runs one after the other."""

from __future__ import annotations

__all__ = ["CHUNKS_PER_YEAR", "years_per_chunk"]

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
