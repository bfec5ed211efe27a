"""``/v4/experiments/{expid}/compare``: two runs of an experiment, or two experiments."""

from __future__ import annotations

from typing import ClassVar

from autosubmit_core.answers.v4.comparison import comparison_answer
from autosubmit_core.api.handlers import Operation, Route
from autosubmit_core.api.parameters import Integer, Text
from autosubmit_core.api.schemas import (
    COUNTERS,
    STATUS_NAME,
    Schema,
    listed,
    number,
    one_of,
    or_null,
    record,
    text,
    whole,
)
from autosubmit_core.api.v4.base import EXPID, NO_JOB_LIST, WRONG, V4Handler

__all__ = ["routes"]


def _both(value: Schema) -> dict[str, Schema]:
    return {"first": value, "second": value}


_JOBS = record({"total": whole(2), "names": listed(text("19611101_fc0_4_POST"))})
_SIDE = record(
    {
        "expid": text("a2m9"),
        "run_id": or_null(whole(3, "The run; null for the experiment as it is now.")),
        "description": text("EC-Earth3 decadal hindcast"),
        "jobs": whole(156),
        "counters": COUNTERS,
    }
)
_SAMPLE = record({"jobs": whole(43), "median_seconds": or_null(number(2690.0))})
_TIMES = record(
    {
        "section": text("SIM"),
        "what": one_of(("run", "queue"), "run", "The time running, or in the queue."),
        **_both(_SAMPLE),
        "difference_seconds": or_null(number(120.0, "That of the second less that of the first.")),
        "ratio": or_null(number(1.04)),
        "p_value": or_null(number(0.003, "Two-sided, put right for all tests by Holm's method.")),
        "delta": or_null(
            number(0.41, "Cliff's delta: above 0 where the second takes longer, from -1 to 1.")
        ),
        "effect": or_null(one_of(("negligible", "small", "medium", "large"), "medium")),
        "verdict": one_of(
            ("too_few", "not_shown", "negligible", "longer", "shorter"),
            "longer",
            "Whether the second differs: too few values to tell, chance may have made it, real and "
            "of no size, longer, or shorter.",
        ),
    }
)


class Comparison(V4Handler):
    """``GET /v4/experiments/{expid}/compare``: how a second run or experiment differs from this one.

    Jobs are known by their names without the expid, and settings that differ in the expid alone are
    the same. Times are those of COMPLETED jobs; they are compared by the rank test of Mann and
    Whitney.
    """

    operations: ClassVar = {
        "get": Operation(
            summary="What is different between two runs, or two experiments",
            path=(EXPID,),
            query=(
                Integer(
                    name="run_id",
                    least=1,
                    meaning="The run of this experiment; without it the experiment as it is now.",
                    example=1,
                ),
                Text(
                    name="with",
                    argument="other",
                    meaning="The other experiment; without it, this one too.",
                    example="a2m9",
                ),
                Integer(
                    name="with_run_id",
                    least=1,
                    meaning="The run of the other experiment; without it as it is now.",
                    example=3,
                ),
                Integer(
                    name="limit",
                    least=0,
                    most=100_000,
                    default=200,
                    meaning="How many jobs and settings each list may have.",
                ),
            ),
            answer=record(
                {
                    "sides": listed(_SIDE, "The first and the second."),
                    "jobs": record(
                        {
                            "in_both": whole(150),
                            "only_first": _JOBS,
                            "only_second": _JOBS,
                            "status_differs": record(
                                {
                                    "total": whole(1),
                                    "jobs": listed(
                                        record(
                                            {
                                                "name": text("19611101_fc0_4_POST"),
                                                **_both(STATUS_NAME),
                                            }
                                        )
                                    ),
                                }
                            ),
                        }
                    ),
                    "structure": record(
                        {
                            "sections": listed(
                                record({"section": text("SIM"), **_both(whole(45))})
                            ),
                            "dependencies": or_null(
                                record(
                                    {
                                        **_both(whole(200)),
                                        "only_first": whole(0),
                                        "only_second": whole(0),
                                        "sections": listed(
                                            record(
                                                {
                                                    "parent": text("SIM"),
                                                    "child": text("POST"),
                                                    **_both(whole(45)),
                                                }
                                            )
                                        ),
                                    },
                                    meaning="null where a run is compared: none keeps its own.",
                                )
                            ),
                        }
                    ),
                    "times": record(
                        {
                            "fewest": whole(8, "With fewer values on a side nothing is said."),
                            "level": number(0.05, "What p_value is held against."),
                            "sections": listed(_TIMES),
                        }
                    ),
                    "metrics": listed(
                        record(
                            {
                                "name": text("SYPD"),
                                **_both(or_null(number(10.78))),
                                "difference": or_null(number(-0.5)),
                                "ratio": or_null(number(0.95)),
                            }
                        )
                    ),
                    "configuration": or_null(
                        record(
                            {
                                "total": whole(1),
                                "same": whole(120),
                                "settings": listed(
                                    record(
                                        {
                                            "setting": text("JOBS.SIM.WALLCLOCK"),
                                            **_both(or_null(text("02:00"))),
                                        }
                                    )
                                ),
                            },
                            meaning="null where a side has no configuration.",
                        )
                    ),
                }
            ),
            refusals={404: "There is no such experiment or run.", **WRONG, **NO_JOB_LIST},
        )
    }

    async def get(self, **path: str) -> None:
        asked = self.arguments()
        expid = asked["expid"]
        await self.answer(
            comparison_answer,
            (expid, asked["other"] or expid),
            run_ids=(asked["run_id"], asked["with_run_id"]),
            limit=asked["limit"],
        )


routes = [Route("/v4/experiments/{expid}/compare", Comparison)]
