"""``/v4/experiments/{expid}/performance``: how fast it simulates, what counts, and where time goes."""

from __future__ import annotations

from typing import ClassVar

from autosubmit_core.answers.v4.performance import performance_answer
from autosubmit_core.api.handlers import Operation, Route
from autosubmit_core.api.schemas import (
    COUNTERS,
    listed,
    number,
    one_of,
    or_null,
    record,
    text,
    whole,
)
from autosubmit_core.api.v4.base import EXPID, NO_EXPERIMENT, NO_JOB_LIST, V4Handler
from autosubmit_core.metrics.outliers import REASONS
from autosubmit_core.metrics.time_split import PARTS

__all__ = ["routes"]

_SIMULATIONS = listed(
    record(
        {
            "name": text("a2m9_19611101_fc0_1_SIM"),
            "queue_seconds": whole(101),
            "run_seconds": whole(2476),
            "energy_joules": number(10_621_000.0),
            "SYPD": or_null(number(11.63)),
            "ASYPD": or_null(number(7.7)),
            "reason": one_of(REASONS, "counts", "Why it counts for the metrics or does not."),
        }
    )
)


class Performance(V4Handler):
    """``GET /v4/experiments/{expid}/performance``: the metrics, and what they are made of.

    They count the COMPLETED jobs of section SIM whose run time is no outlier. Energy and footprint are
    those of these jobs alone, of no other section, idle node or storage: joules as the scheduler
    reported them, times carbon factor and PUE that are configured for their platform.
    """

    operations: ClassVar = {
        "get": Operation(
            summary="The metrics of an experiment, why each simulation counts, and where time went",
            path=(EXPID,),
            answer=record(
                {
                    "metrics": record(
                        {
                            **{
                                name: or_null(number(example))
                                for name, example in (
                                    ("SYPD", 10.78),
                                    ("ASYPD", 8.63),
                                    ("RSYPD", 47.38),
                                    ("CHSY", 1496.62),
                                    ("JPSY", 32_772_069.77),
                                    ("simulated_years", 14.33),
                                    ("energy_joules", 469_733_000.0),
                                    ("footprint_grams", 50_308.4),
                                )
                            },
                            "processing_elements": whole(672),
                        }
                    ),
                    "emissions": record(
                        {
                            "platform": or_null(text("MARENOSTRUM5")),
                            "carbon_factor": or_null(
                                number(357_000.0, "Grams of CO2 per megawatt-hour.")
                            ),
                            "power_usage_effectiveness": or_null(number(1.08)),
                        }
                    ),
                    "simulations": record(
                        {
                            "by_status": COUNTERS,
                            "run_time_range": record(
                                {
                                    "median_seconds": or_null(number(2674.0)),
                                    "deviation_seconds": number(
                                        140.0, "Times outside of median ± 7 of these do not count."
                                    ),
                                    "shortest_seconds": or_null(number(1694.0)),
                                    "longest_seconds": or_null(number(3654.0)),
                                }
                            ),
                            "considered": _SIMULATIONS,
                            "not_considered": _SIMULATIONS,
                        }
                    ),
                    "time_split": record(
                        {
                            "chains": whole(9, "Start dates and members that have simulations."),
                            "simulated_years": or_null(number(14.67)),
                            "elapsed_seconds": whole(900_000, "The sum of all seconds below."),
                            "seconds": record({name: whole(100_000) for name in PARTS}),
                            "days_per_year": record({name: or_null(number(0.1)) for name in PARTS}),
                        },
                        meaning="The time that passed for each chain, from its first submission to "
                        "its last finish. A moment counts for the first that holds: a simulation "
                        "runs; one waits in the queue; a failed attempt waits or runs; another job "
                        "of the chain does; nothing of it is under way.",
                    ),
                }
            ),
            refusals={**NO_EXPERIMENT, **NO_JOB_LIST},
        )
    }

    async def get(self, expid: str) -> None:
        await self.answer(performance_answer, expid)


routes = [Route("/v4/experiments/{expid}/performance", Performance)]
