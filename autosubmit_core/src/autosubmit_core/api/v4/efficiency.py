"""``/v4/experiments/{expid}/efficiency``: asked for against used, costs, carbon, and CPMIP."""

from __future__ import annotations

from typing import ClassVar

from autosubmit_core.answers.v4.efficiency import efficiency_answer
from autosubmit_core.api.handlers import Operation, Route
from autosubmit_core.api.schemas import Schema, listed, number, or_null, record, text, whole
from autosubmit_core.api.v4.base import EXPID, NO_EXPERIMENT, NO_JOB_LIST, V4Handler

__all__ = ["routes"]

_SECONDS = or_null(whole(2700))


def _share(meaning: str) -> Schema:
    return or_null(number(0.14, meaning))


_SECTION = record(
    {
        "section": text("SIM"),
        "completed": whole(45),
        "failed": whole(24),
        "ended_by_wallclock": whole(2, "Failed attempts that ran as long as they were allowed to."),
        "wallclock_seconds": or_null(whole(7200, "As configured now.")),
        "run_seconds_median": _SECONDS,
        "run_seconds_p99": _SECONDS,
        "run_seconds_longest": _SECONDS,
        "wallclock_used": _share("The median run time over the wall clock."),
        "suggested_wallclock_seconds": or_null(
            whole(3600, "A wall clock that would do; null if this one is good.")
        ),
        "processors": whole(672, "As configured now."),
        "noted_processors": or_null(whole(672, "By the scheduler, the middle of all attempts.")),
        "noted_nodes": or_null(whole(6)),
        "largest_memory": or_null(
            number(8.1e9, "Largest resident memory, as the scheduler notes it.")
        ),
        "queue_seconds": whole(25000),
        "run_seconds": whole(150000),
        "queue_share": _share("Queue time over queue and run time."),
        "core_hours": number(22000.0),
        "failed_core_hours": number(3000.0),
        "failed_share": _share("Core hours of failed attempts over all."),
    }
)


class Efficiency(V4Handler):
    """``GET /v4/experiments/{expid}/efficiency``: what an experiment uses of what it asks for.

    Wall clocks that would do, as lines of its configuration; the share of queues and of failures; the
    carbon of all its jobs; and the metrics of CPMIP that Autosubmit's data can fill.
    """

    operations: ClassVar = {
        "get": Operation(
            summary="What an experiment uses of what it asks for",
            path=(EXPID,),
            answer=record(
                {
                    "sections": listed(_SECTION),
                    "suggestion": or_null(
                        text('JOBS:\n  SIM:\n    WALLCLOCK: "01:00"\n', "Lines of a configuration.")
                    ),
                    "queue_share": _share("Queue time over queue and run time."),
                    "core_hours": number(25000.0),
                    "failed_core_hours": number(3471.0),
                    "failed_share": _share("Core hours of failed attempts over all."),
                    "carbon": record(
                        {
                            "grams_co2": or_null(number(62000.0)),
                            "platforms": listed(
                                record(
                                    {
                                        "platform": text("MARENOSTRUM5"),
                                        "core_hours": number(25000.0),
                                        "measured_joules": or_null(number(5.8e8)),
                                        "estimated_joules": or_null(
                                            number(0.0, "Of attempts of which none was measured.")
                                        ),
                                        "unmeasured_core_hours": number(0.0),
                                        "carbon_factor": or_null(number(357000.0, "g/MWh")),
                                        "power_usage_effectiveness": or_null(number(1.08)),
                                        "grams_co2": or_null(number(62000.0)),
                                    }
                                )
                            ),
                            "assumptions": listed(text("All runs and all attempts count, …")),
                        },
                        meaning="Of all jobs, not of the simulations alone.",
                    ),
                    "cpmip": listed(
                        record(
                            {
                                "metric": text("Core hours per simulated year"),
                                "abbreviation": or_null(text("CHSY")),
                                "unit": or_null(text("h/a")),
                                "value": {
                                    "type": ["number", "string", "null"],
                                    "examples": [1512.5],
                                },
                                "why_not": or_null(
                                    text("It is a property of the model; …", "Why there is none.")
                                ),
                            }
                        ),
                        "Balaji et al. 2017, doi:10.5194/gmd-10-19-2017, table 1.",
                    ),
                }
            ),
            refusals={**NO_EXPERIMENT, **NO_JOB_LIST},
        )
    }

    async def get(self, expid: str) -> None:
        await self.answer(efficiency_answer, expid)


routes = [Route("/v4/experiments/{expid}/efficiency", Efficiency)]
