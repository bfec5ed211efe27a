"""``/v4/experiments/{expid}/failures``: what failed, and why."""

from __future__ import annotations

from typing import ClassVar

from autosubmit_core.answers.v4.failures import (
    MOST_EXPERIMENTS,
    MOST_NAMED,
    TOLD_BY,
    failures_answer,
)
from autosubmit_core.api.handlers import Operation, Route
from autosubmit_core.api.schemas import (
    INSTANT,
    listed,
    mapping,
    number,
    one_of,
    or_null,
    record,
    text,
    whole,
)
from autosubmit_core.api.v4.base import EXPID, NO_EXPERIMENT, NO_JOB_LIST, V4Handler

__all__ = ["routes"]

_COST = {
    "core_hours": number(310.4),
    "energy_joules": or_null(number(3.1e8, "Of the attempts of which it was measured.")),
    "energy_measured_attempts": whole(12),
}
_COUNTED = mapping(whole(9), "Attempts by name.", example="SIM")

_ELSEWHERE = record(
    {
        "experiments": whole(2, "Other experiments that failed with the same line."),
        "attempts": whole(14),
        "first": INSTANT,
        "last": INSTANT,
        "expids": listed(
            text("a0k2"), f"Up to {MOST_EXPERIMENTS}, that in which it happened last first."
        ),
    },
    meaning="As a background task noted it; null without a line, or if none ever looked.",
)


class Failures(V4Handler):
    """``GET /v4/experiments/{expid}/failures``: what failed, and why.

    Failed attempts in groups that say the same of themselves: of the end of each log the line that
    explains the failure, with numbers, dates, paths and names in it replaced.
    """

    operations: ClassVar = {
        "get": Operation(
            summary="What failed, and why",
            path=(EXPID,),
            answer=record(
                {
                    "failed_jobs": whole(4, "Jobs that are FAILED now."),
                    "failed_attempts": whole(31),
                    "ended_attempts": whole(176, "All attempts that ended, well or not."),
                    "wasted": record(
                        {
                            **_COST,
                            "share_of_core_hours": or_null(
                                number(0.12, "Of what all attempts that ended used up.")
                            ),
                        },
                        meaning="What the failed attempts used up.",
                    ),
                    "logs": record(
                        {
                            "read": whole(31),
                            "missing": whole(0, "Attempts whose logs are not there."),
                            "left_out": whole(0, "Attempts too many to read the logs of."),
                        }
                    ),
                    "groups": listed(
                        record(
                            {
                                "template": or_null(
                                    text("stp_ctl: the zonal velocity is larger than <n> m/s")
                                ),
                                "told_by": one_of(TOLD_BY, "cause", "How well the line explains."),
                                "example": or_null(
                                    text("stp_ctl: the zonal velocity is larger than 20 m/s")
                                ),
                                "log": or_null(
                                    text(
                                        "a2m9_19611101_fc0_4_SIM.20260108155235.err",
                                        "The log with the example.",
                                    )
                                ),
                                "attempts": whole(9),
                                "first": INSTANT,
                                "last": INSTANT,
                                "jobs": whole(5),
                                "failed_now": whole(1, "How many of them are FAILED now."),
                                "completed_now": whole(4, "How many of them are COMPLETED now."),
                                "sections": _COUNTED,
                                "members": _COUNTED,
                                "job_names": listed(
                                    text("a2m9_19611101_fc0_4_SIM"), f"The newest {MOST_NAMED}."
                                ),
                                "wasted": record(_COST),
                                "elsewhere": or_null(_ELSEWHERE),
                            }
                        ),
                        "The largest first.",
                    ),
                }
            ),
            refusals={**NO_EXPERIMENT, **NO_JOB_LIST},
        )
    }

    async def get(self, expid: str) -> None:
        await self.answer(failures_answer, expid)


routes = [Route("/v4/experiments/{expid}/failures", Failures)]
