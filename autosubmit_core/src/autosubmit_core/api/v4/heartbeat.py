"""``/v4/experiments/{expid}/heartbeat``: whether an experiment is really running."""

from __future__ import annotations

from typing import ClassVar

from autosubmit_core.answers.v4.heartbeat import heartbeat_answer
from autosubmit_core.api.handlers import Operation, Route
from autosubmit_core.api.schemas import (
    INSTANT,
    STATUS_NAME,
    boolean,
    listed,
    number,
    one_of,
    or_null,
    record,
    text,
    whole,
)
from autosubmit_core.api.v4.base import EXPID, NO_EXPERIMENT, NO_JOB_LIST, V4Handler
from autosubmit_core.metrics.heartbeat import Pulse

__all__ = ["routes"]


class Heartbeat(V4Handler):
    """``GET /v4/experiments/{expid}/heartbeat``: whether it is really running.

    Told by when its files and its jobs moved last, against what was usual in its past.
    """

    operations: ClassVar = {
        "get": Operation(
            summary="Whether an experiment is really running",
            path=(EXPID,),
            answer=record(
                {
                    "state": one_of([pulse.value for pulse in Pulse], "stopped"),
                    "sentence": text("Running: something moved 25 s ago."),
                    "evidence": listed(text("The job list changed 25 s ago.")),
                    "last_moved": INSTANT,
                    "silent_seconds": whole(25, "For how long nothing has moved."),
                    "limit_seconds": whole(300, "A longer silence is unusual."),
                    "chance_of_silence": or_null(
                        number(0.87, "How likely so long a silence is while all is well.")
                    ),
                    "usual_pause": or_null(
                        record(
                            {
                                "count": whole(812),
                                "median_seconds": whole(35),
                                "p99_seconds": whole(280),
                                "longest_seconds": whole(2400),
                            },
                            meaning="How long nothing moved in the past, while it ran.",
                        )
                    ),
                    "files": listed(
                        record(
                            {
                                "file": one_of(("job_list", "job_history", "run_log"), "job_list"),
                                "path": text("/esarchive/autosubmit/a2m9/pkl/job_list_a2m9.pkl"),
                                "modified": INSTANT,
                                "seconds_ago": whole(25),
                            }
                        )
                    ),
                    "last_event": or_null(
                        record(
                            {
                                "job_name": text("a2m9_19611101_fc0_4_POST"),
                                "event": one_of(("submitted", "started", "finished"), "started"),
                                "at": INSTANT,
                                "seconds_ago": whole(25),
                            }
                        )
                    ),
                    "jobs": record(
                        {
                            "total": whole(156),
                            "done": whole(141),
                            "failed": whole(4),
                            "on_platform": whole(3),
                        }
                    ),
                    "expected_until": INSTANT,
                    "registered_as_running": boolean(True, "What the status database says."),
                    "overdue": listed(
                        record(
                            {
                                "job_name": text("a2m9_19611101_fc0_4_SIM"),
                                "section": or_null(text("SIM")),
                                "status": STATUS_NAME,
                                "seconds": whole(
                                    9000, "For how long it has been running, or queuing."
                                ),
                                "wallclock_seconds": or_null(whole(7200)),
                                "usual_seconds": or_null(
                                    whole(3100, "99 of 100 jobs of its section took no longer.")
                                ),
                                "sentence": text("It has been running for 2 h 30 min; …"),
                            }
                        ),
                        "Jobs beyond their wall clock, or beyond what is usual.",
                    ),
                }
            ),
            refusals={**NO_EXPERIMENT, **NO_JOB_LIST},
        )
    }

    async def get(self, expid: str) -> None:
        await self.answer(heartbeat_answer, expid)


routes = [Route("/v4/experiments/{expid}/heartbeat", Heartbeat)]
