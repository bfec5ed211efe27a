"""How fast an experiment simulates, and what that costs: the CPMIP metrics.

The metrics are those of Balaji et al. 2017, "CPMIP: measurements of real computational performance
of Earth system models in CMIP6", doi:10.5194/gmd-10-19-2017: SYPD, ASYPD, CHSY and JPSY. All of them
count the COMPLETED simulation jobs (section ``SIM``) whose run time is no outlier.

A metric that cannot be computed is NaN. Two are rounded on the way, because the published metrics
of an experiment are made from the rounded ones of its jobs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from autosubmit_core.metrics.formulas import (
    core_hours_per_simulated_year,
    footprint,
    joules_per_simulated_year,
    simulated_years_per_day,
)
from autosubmit_core.metrics.job_times import JobTimes
from autosubmit_core.metrics.outliers import (
    REASONS,
    RunTimeRange,
    reasons,
    run_time_range,
)
from autosubmit_core.metrics.simulated_years import splits_of
from autosubmit_core.status import Status
from autosubmit_core.tables import (
    FloatColumn,
    Int32Column,
    Int64Column,
    JobTable,
    Table,
    TextColumn,
)
from autosubmit_core.tables.columns import column

__all__ = [
    "ExperimentPerformance",
    "SimulationTable",
    "performance",
    "postprocessing_seconds",
]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SimulationTable(Table):
    """The metrics of simulation jobs, one row per job, in the order of the job list."""

    #: Row of the job in the job list. (n,) int32
    job: Int32Column = column(np.int32)
    #: Queue and run time. (n,) seconds
    queue: Int64Column = column(np.int64)
    run: Int64Column = column(np.int64)
    #: Energy, never negative. (n,) joules
    energy: FloatColumn = column(np.float64)
    #: Simulated years. (n,) float64
    years: FloatColumn = column(np.float64)
    #: In how many splits the chunk runs, at least 1. (n,) int64
    splits: Int64Column = column(np.int64)
    #: CHSY and JPSY, rounded to 2 decimals. (n,) float64, NaN if not computable
    core_hours_per_simulated_year: FloatColumn = column(np.float64, np.nan)
    joules_per_simulated_year: FloatColumn = column(np.float64, np.nan)
    #: SYPD and ASYPD. (n,) float64, NaN if not computable
    simulated_years_per_day: FloatColumn = column(np.float64, np.nan)
    actual_simulated_years_per_day: FloatColumn = column(np.float64, np.nan)
    #: Grams of CO2. (n,) float64
    footprint: FloatColumn = column(np.float64)
    #: Why it counts or does not, of :data:`~autosubmit_core.metrics.outliers.REASONS`. (n,) str
    reason: TextColumn = column(object, REASONS[0])


@dataclass(frozen=True, slots=True, kw_only=True)
class ExperimentPerformance:
    """The metrics of an experiment; NaN where one cannot be computed."""

    #: SY: years that the considered jobs simulated, each split counted as a whole chunk.
    simulated_years: float
    #: The same with a split counted as its part of the chunk.
    simulated_years_without_splits: float
    #: SYPD, while simulations run.
    simulated_years_per_day: float
    #: ASYPD, with their time in the queue and one postprocessing.
    actual_simulated_years_per_day: float
    #: RSYPD, from the first start of a simulation to the last finish of a transfer.
    real_simulated_years_per_day: float
    #: CHSY, core hours per simulated year.
    core_hours_per_simulated_year: float
    #: JPSY, joules per simulated year.
    joules_per_simulated_year: float
    #: Processing elements of a simulation job.
    processing_elements: int
    #: Joules.
    total_energy: float
    #: Grams of CO2.
    total_footprint: float
    #: Simulation jobs that count, and those that ran too long or too short to count.
    considered: SimulationTable
    not_considered: SimulationTable
    #: What decided that.
    run_time_range: RunTimeRange
    #: Whether any postprocessing job (section ``POST``) is COMPLETED. ASYPD leaves it out if none.
    has_postprocessing: bool
    #: The section whose last finish RSYPD takes: ``TRANSFER``, else ``CLEAN``, None if neither.
    recovery_section: str | None


def postprocessing_seconds(jobs: JobTable, times: JobTimes) -> float:
    """Return the mean of queue + run of the COMPLETED jobs of section ``POST``; 0.0 if there are none.

    Rounded to 4 decimals, as ASYPD has always used it.
    """
    post = _completed(jobs, "POST")
    took = (times.queue + times.run)[post]
    return round(float(took.mean()), 4) if len(took) else 0.0


def performance(
    jobs: JobTable,
    times: JobTimes,
    years: FloatColumn,
    *,
    processing_elements: int,
    carbon_factor: float = 0.0,
    power_usage_effectiveness: float = 0.0,
) -> ExperimentPerformance:
    """Return the metrics of an experiment and of each of its simulation jobs.

    ``times`` are row by row those of the jobs, queue times corrected for wrappers; ``years`` are
    those of :func:`~autosubmit_core.metrics.simulated_years.years_per_job`; the processing elements are those of section ``SIM``.

    With q, r, e and y the queue and run seconds, joules and years of the considered jobs, and p
    :func:`postprocessing_seconds`: SYPD = 86400 Σy / Σr, ASYPD = 86400 Σy / (Σr + Σq + p), and RSYPD =
    86400 Σy / (last finish - first start), from the first start of the considered jobs to the
    last finish of a COMPLETED ``TRANSFER`` job, or of a ``CLEAN`` job where none is. CHSY is the mean
    of the rounded CHSY of the jobs, JPSY that of the jobs that have energy.

    Splits are ignored, as they have always been, but for the SYPD and ASYPD of a job and the
    additional sum of years without them. Without a simulation job sums are 0 and metrics NaN.
    """
    simulations = np.flatnonzero(_completed(jobs, "SIM"))
    valid = reasons(times.run[simulations]) == REASONS[0]
    post = postprocessing_seconds(jobs, times)
    made = _simulation_table(
        simulations,
        jobs,
        times,
        years,
        np.where(valid, post, 0.0),
        processing_elements,
        (carbon_factor, power_usage_effectiveness),
    )
    considered = made.take(valid)
    total_years, total_energy = float(considered.years.sum()), float(considered.energy.sum())
    ran, queued = int(considered.run.sum()), int(considered.queue.sum())
    section, passed = _recovery(jobs, times, times.start[considered.job])
    return ExperimentPerformance(
        simulated_years=total_years,
        simulated_years_without_splits=float((considered.years / considered.splits).sum()),
        simulated_years_per_day=float(simulated_years_per_day(total_years, ran)),
        actual_simulated_years_per_day=float(
            simulated_years_per_day(total_years, ran + queued + post if len(considered) else 0)
        ),
        real_simulated_years_per_day=float(simulated_years_per_day(total_years, passed)),
        core_hours_per_simulated_year=_mean(
            considered.core_hours_per_simulated_year, len(considered)
        ),
        joules_per_simulated_year=_mean(
            considered.joules_per_simulated_year, int(np.count_nonzero(considered.energy))
        ),
        processing_elements=processing_elements,
        total_energy=total_energy,
        total_footprint=float(footprint(total_energy, carbon_factor, power_usage_effectiveness)),
        considered=considered,
        not_considered=made.take(~valid),
        run_time_range=run_time_range(times.run[simulations]),
        has_postprocessing=bool(_completed(jobs, "POST").any()),
        recovery_section=section,
    )


def _simulation_table(
    rows: npt.NDArray[np.intp],
    jobs: JobTable,
    times: JobTimes,
    years: FloatColumn,
    post: FloatColumn,
    processing_elements: int,
    emission: tuple[float, float],
) -> SimulationTable:
    queue, run, y = times.queue[rows], times.run[rows], years[rows]
    energy, splits = np.maximum(times.energy[rows], 0), splits_of(jobs.splits[rows])
    return SimulationTable.of(
        len(rows),
        job=rows,
        queue=queue,
        run=run,
        energy=energy,
        years=y,
        splits=splits,
        core_hours_per_simulated_year=_rounded(
            core_hours_per_simulated_year(processing_elements, run, y)
        ),
        joules_per_simulated_year=_rounded(joules_per_simulated_year(energy, y)),
        simulated_years_per_day=simulated_years_per_day(y, run) / splits,
        actual_simulated_years_per_day=simulated_years_per_day(y, queue + run + post) / splits,
        footprint=footprint(energy, *emission),
        reason=reasons(run),
    )


def _recovery(jobs: JobTable, times: JobTimes, starts: Int64Column) -> tuple[str | None, int]:
    """Return which section brings results home, and the seconds until it had done so, 0 if unknown."""
    for section in ("TRANSFER", "CLEAN"):
        done = _completed(jobs, section)
        if done.any():
            started = starts[starts > 0]
            last = int(times.finish[done].max())
            return section, max(last - int(started.min()), 0) if len(started) else 0
    return None, 0


def _completed(jobs: JobTable, section: str) -> npt.NDArray[np.bool_]:
    completed: npt.NDArray[np.bool_] = (jobs.section == section) & (jobs.status == Status.COMPLETED)
    return completed


def _mean(values: FloatColumn, count: int) -> float:
    """Return the sum of the values that are computable over a count, NaN if that is 0."""
    return float(np.nansum(values)) / count if count else float("nan")


def _rounded(values: FloatColumn) -> FloatColumn:
    """Round to 2 decimals as Python does, exactly to the binary value, not as NumPy does."""
    return np.array([round(value, 2) for value in values.tolist()], dtype=np.float64)
