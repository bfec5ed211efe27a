"""``/v3/performance`` and ``/v3/stats``: how fast an experiment is, and what its jobs took."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from autosubmit_core.answers.v3 import performance, statistics
from autosubmit_core.answers.v3.statistics import ANY_SECTION, statistics_answer
from autosubmit_core.api.handlers import Operation, Route
from autosubmit_core.api.parameters import Text
from autosubmit_core.api.schemas import listed, number, or_null, record, text, whole
from autosubmit_core.api.v3.base import EXPID, V3Handler, whole_number, with_error_keys
from autosubmit_core.archive import Experiment
from autosubmit_core.errors import SourceWarning

__all__ = ["routes"]

_SIMULATIONS = listed(
    record(
        {
            "name": text("a2m9_19611101_fc0_1_SIM"),
            "queue": whole(612, "Seconds."),
            "running": whole(7509, "Seconds."),
            "CHSY": number(1602.0, "Core hours per simulated year."),
            "SYPD": number(11.5, "Simulated years per day."),
            "ASYPD": number(10.6, "The same with queues and postprocessing."),
            "JPSY": number(57_300_000.0, "Joules per simulated year."),
            "energy": number(28_650_000, "Joules."),
            "yps": number(1.0, "Simulated years."),
            "ncpus": whole(768),
            "chunk": or_null(whole(1)),
            "footprint": number(12.5, "Grams of CO2."),
        }
    )
)


class Performance(V3Handler):
    """``GET /v3/performance/{expid}``, and without ``/v3`` as ``autosubmit report`` asks."""

    operations: ClassVar = {
        "get": Operation(
            summary="How fast an experiment simulates, and what that costs",
            path=(EXPID,),
            answer=record(
                {
                    "SY": number(41.0, "Simulated years."),
                    "SY_without_splits": number(41.0, "The same, splits counted as their chunk."),
                    "SYPD": number(11.5, "Simulated years per day."),
                    "ASYPD": number(10.6, "The same with queues and postprocessing."),
                    "RSYPD": number(8.1, "The same over the whole time that the experiment took."),
                    "CHSY": number(1602.0, "Core hours per simulated year."),
                    "JPSY": number(57_300_000.0, "Joules per simulated year."),
                    "Parallelization": whole(768, "Processing elements of a simulation."),
                    "Total_energy": number(28_650_000, "Joules."),
                    "Total_footprint": number(12.5, "Grams of CO2."),
                    "platform_info": record(
                        {
                            "name": text("MARENOSTRUM5"),
                            "CF": number(357_000.0, "Grams of CO2 per megawatt-hour."),
                            "PUE": number(1.35, "Power usage effectiveness."),
                        }
                    ),
                    "considered": _SIMULATIONS,
                    "not_considered": _SIMULATIONS,
                    "warnings_job_data": listed(text(), "What counts for no metric, and why."),
                }
            ),
        )
    }
    empty = performance.EMPTY

    @staticmethod
    def envelope(answer: Any, warnings: Sequence[SourceWarning]) -> object:
        """Leave the warnings out: the answer has them in a list of its own."""
        return with_error_keys(answer, ())

    async def get(self, expid: str) -> None:
        await self.answer(performance.performance_answer, expid)


class PerformanceAlias(Performance):
    """``GET /performance/{expid}``: where the command ``autosubmit report`` looks (E3-02)."""


_HOURS = number(1.5, "Hours.")

_MOST_HOURS = 1_000_000


class Statistics(V3Handler):
    """``GET /v3/stats/{expid}/{filter_period}/{filter_type}``: what attempts of jobs took."""

    operations: ClassVar = {
        "get": Operation(
            summary="What attempts of jobs took, against what they asked for",
            path=(
                EXPID,
                Text(
                    name="filter_period",
                    argument="hours",
                    meaning="How many hours back from now; 0 for ever.",
                    example="0",
                    longest=None,
                ),
                Text(
                    name="filter_type",
                    argument="section",
                    meaning=f"The section of the jobs, or {ANY_SECTION}.",
                    example="SIM",
                    longest=None,
                ),
            ),
            answer=record(
                {
                    "Statistics": record(
                        {
                            "Period": record(
                                {
                                    "From": text("None", "The text None if it is for ever."),
                                    "To": text("2026-11-21 22:11:00+00:00"),
                                }
                            ),
                            "JobStatistics": listed(
                                record(
                                    {
                                        "name": text("a2m9_19611101_fc0_1_SIM"),
                                        "processors": whole(768),
                                        **{
                                            name: _HOURS
                                            for name in (
                                                *("wallclock", "completedQueueTime"),
                                                *("completedRunTime", "failedQueueTime"),
                                                *("failedRunTime", "cpuConsumption"),
                                                *("failedCpuConsumption", "expectedCpuConsumption"),
                                                *("realConsumption", "failedRealConsumption"),
                                                "expectedConsumption",
                                            )
                                        },
                                        **{
                                            name: whole(1)
                                            for name in (
                                                *("retrialCount", "submittedCount"),
                                                *("completedCount", "failedCount"),
                                                "unfinishedCount",
                                            )
                                        },
                                    }
                                )
                            ),
                        }
                    ),
                    "summary": record(
                        {
                            "cpuConsumptionPercentage": number(8.81),
                            "totalQueueTime": _HOURS,
                            **{
                                name: whole(33)
                                for name in (
                                    *("submittedCount", "runCount", "completedCount"),
                                    *("failedCount", "unfinishedCount"),
                                )
                            },
                            **{
                                name: _HOURS
                                for name in (
                                    *("expectedConsumption", "realConsumption"),
                                    *("failedRealConsumption", "expectedCpuConsumption"),
                                    *("cpuConsumption", "failedCpuConsumption"),
                                )
                            },
                        }
                    ),
                }
            ),
        )
    }
    empty = statistics.EMPTY

    async def get(self, **path: str) -> None:
        await self.answer(_statistics, **self.arguments())


def _statistics(experiment: Experiment, *, hours: str, section: str) -> dict[str, Any]:
    # Further back there are no experiments, and in the end no dates.
    back = min(whole_number(hours, "a number of hours"), _MOST_HOURS)
    return statistics_answer(experiment, hours=back, section=section)


routes = [
    Route("/v3/performance/{expid}", Performance),
    Route("/performance/{expid}", PerformanceAlias),
    Route("/v3/stats/{expid}/{filter_period}/{filter_type}", Statistics),
]
