"""How much time of the climate a chunk of an experiment stands for."""

from __future__ import annotations

import numpy as np

from autosubmit_core.chunks import years_per_chunk
from autosubmit_core.metrics.job_times import JobTimes
from autosubmit_core.tables import FloatColumn, Int32Column, Int64Column, RunTable

__all__ = ["splits_of", "years_of_runs", "years_per_job"]


def years_of_runs(run_id: Int64Column, runs: RunTable) -> FloatColumn:
    """Return the years of a chunk in the run of each, (n,) float64.

    NaN where there is no such run, or it does not know its chunks; 0.0 for a unit that is none.

    >>> runs = RunTable.of(2, run_id=[1, 2], chunk_unit=["month", "NA"], chunk_size=[4, 1])
    >>> years_of_runs(np.array([1, 2, 3]), runs).round(3).tolist()
    [0.333, 0.0, nan]
    """
    known = {
        run: years_per_chunk(unit, size)
        for run, unit, size in zip(
            runs.run_id.tolist(), runs.chunk_unit.tolist(), runs.chunk_size.tolist()
        )
        if unit and size
    }
    asked, which = np.unique(run_id, return_inverse=True)
    return np.array([known.get(run, np.nan) for run in asked.tolist()], dtype=np.float64)[which]


def years_per_job(times: JobTimes, runs: RunTable, unit: str, size: int) -> FloatColumn:
    """Return the years of a chunk for each job, (n,) float64.

    Those of the run that the job's history row names, if they are more than 0, else those of the
    chunk unit and size given, which are the ones configured now.
    """
    years = years_of_runs(times.run_id, runs)
    return np.where(years > 0, years, years_per_chunk(unit, size))


def splits_of(splits: Int32Column) -> Int64Column:
    """Return the number of splits of each job, at least 1, (n,) int64."""
    return np.maximum(splits, 1).astype(np.int64)
