"""``/v4/experiments/{expid}/forecast``: when an experiment will be done."""

from __future__ import annotations

from typing import ClassVar

from autosubmit_core.answers.v4.forecast import MOST_NAMED, forecast_answer
from autosubmit_core.api.handlers import Operation, Route
from autosubmit_core.api.parameters import Text
from autosubmit_core.api.schemas import INSTANT, listed, number, or_null, record, text, whole
from autosubmit_core.api.v4.base import EXPID, NO_JOBS, V4Handler

__all__ = ["routes"]

_SECONDS_LEFT = or_null(number(15018.0))
_END = record(
    {
        "seconds": number(15018.0, "The middle of all simulations, from now."),
        "seconds_low": number(13100.0, "A tenth of them ends before this."),
        "seconds_high": number(18420.0, "A tenth of them ends after this."),
        "at": INSTANT,
        "at_low": INSTANT,
        "at_high": INSTANT,
    }
)


class Forecast(V4Handler):
    """``GET /v4/experiments/{expid}/forecast``: when the experiment will be done, and how sure that is.

    What remains is simulated many times, with members side by side and dependencies kept; each job
    takes as long as some past job of its section did. How far that was off at moments of the past
    stands beside what the estimates of ``eta`` would have said.
    """

    operations: ClassVar = {
        "get": Operation(
            summary="When the experiment will be done, and how sure that is",
            path=(EXPID,),
            query=(
                Text(
                    name="section",
                    default="SIM",
                    meaning="The section whose end the estimates of eta are held against.",
                    example="SIM",
                ),
            ),
            answer=record(
                {
                    "sentence": text("Done in about 4 h 10 min; in 8 of 10 cases in 3 h to 5 h."),
                    "remaining_jobs": whole(42, "Jobs that are not done and can be."),
                    "stuck_jobs": whole(
                        4, "Jobs that failed, are suspended, or wait for such ones."
                    ),
                    "end": or_null(_END),
                    "simulations": whole(400),
                    "members": listed(
                        record(
                            {
                                "date": or_null(text("19611101")),
                                "member": text("fc0"),
                                "remaining_jobs": whole(12),
                                "end": _END,
                                "decides": number(0.4, "How often it is the last of all."),
                                "slack_seconds": number(
                                    1200.0, "How late it could be and not delay the end."
                                ),
                            }
                        )
                    ),
                    "critical_path": or_null(
                        record(
                            {
                                "jobs": whole(5),
                                "seconds": number(15018.0),
                                "sections": listed(
                                    record(
                                        {
                                            "section": or_null(text("SIM")),
                                            "jobs": whole(3),
                                            "seconds": number(12000.0),
                                        }
                                    )
                                ),
                                "job_names": listed(
                                    text("a2m9_19611101_fc0_4_SIM"), f"The first {MOST_NAMED}."
                                ),
                            },
                            meaning="The jobs of which any delay delays the end.",
                        )
                    ),
                    "back_test": or_null(
                        record(
                            {
                                "moments": listed(
                                    record(
                                        {
                                            "at": INSTANT,
                                            "actual_seconds": number(14000.0),
                                            "seconds": number(15018.0),
                                            "seconds_low": number(13100.0),
                                            "seconds_high": number(18420.0),
                                            "section_actual_seconds": _SECONDS_LEFT,
                                            "section_seconds": _SECONDS_LEFT,
                                            "eta_seconds": _SECONDS_LEFT,
                                            "eta_instances_seconds": _SECONDS_LEFT,
                                        }
                                    )
                                ),
                                "within_interval": whole(4, "How many ends came as forecast."),
                                "error": or_null(
                                    number(0.06, "Median of |forecast - actual| / actual.")
                                ),
                                "section_error": or_null(
                                    number(0.05, "The same of the end of the section.")
                                ),
                                "eta_error": or_null(
                                    number(0.94, "The same of eta_seconds of the route eta.")
                                ),
                                "eta_instances_error": or_null(
                                    number(0.07, "The same of its eta_instances_seconds.")
                                ),
                            },
                            meaning="Forecasts made at moments of the past, and what came.",
                        )
                    ),
                    "assumptions": listed(text("Autosubmit goes on now and does not pause; …")),
                }
            ),
            refusals=NO_JOBS,
        )
    }

    async def get(self, **path: str) -> None:
        await self.answer(forecast_answer, **self.arguments())


routes = [Route("/v4/experiments/{expid}/forecast", Forecast)]
