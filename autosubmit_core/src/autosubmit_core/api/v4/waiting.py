"""``/v4/experiments/{expid}/jobs/{job_name}/waiting``: why a job does not run yet."""

from __future__ import annotations

from typing import ClassVar

from autosubmit_core.answers.v4.waiting import MOST_LISTED, waiting_answer
from autosubmit_core.api.handlers import Operation, Route
from autosubmit_core.api.schemas import (
    STATUS_NAME,
    Schema,
    boolean,
    listed,
    mapping,
    or_null,
    record,
    text,
    whole,
)
from autosubmit_core.api.v4.base import EXPID, JOB_NAME, NO_JOB_LIST, V4Handler

__all__ = ["routes"]

_JOBS = record(
    {
        "total": whole(2),
        "by_status": mapping(whole(2), example="FAILED"),
        "jobs": listed(
            record(
                {
                    "job_name": text("a2m9_19611101_fc0_4_SIM"),
                    "section": or_null(text("SIM")),
                    "status": STATUS_NAME,
                    "sentence": text("Running for 20 min."),
                }
            ),
            f"The first {MOST_LISTED} of them.",
        ),
    }
)


def _jobs(meaning: str) -> Schema:
    return {**_JOBS, "description": meaning}


class Waiting(V4Handler):
    """``GET /v4/experiments/{expid}/jobs/{job_name}/waiting``: why a job does not run yet.

    What it waits for, down to the jobs that hold up all others, and what else keeps it: limits of
    its platform, a wrapper that is not full, an Autosubmit that does not run.
    """

    operations: ClassVar = {
        "get": Operation(
            summary="Why a job does not run yet",
            path=(EXPID, JOB_NAME),
            answer=record(
                {
                    "job_name": text("a2m9_19611101_fc0_4_POST"),
                    "status": STATUS_NAME,
                    "waits": boolean(True),
                    "needs_action": boolean(
                        False, "Whether it cannot start before somebody does something."
                    ),
                    "reasons": listed(
                        text(
                            "2 jobs before it are not done; the longest chain of them has 2. What "
                            "everything hangs on: a2m9_19611101_fc0_4_SIM is RUNNING."
                        ),
                        "Why it does not run, a sentence each, the most important first.",
                    ),
                    "parents": _jobs("The jobs it waits for directly that are not done."),
                    "not_done_before": whole(2, "How many jobs before it are not done."),
                    "frontier": _jobs("Those of them that wait for nothing themselves."),
                    "stuck": _jobs("Those of them that go on only when somebody acts."),
                    "set_aside": _jobs("Those of them that are held or suspended."),
                    "longest_chain": _jobs("The longest chain of them, first to last."),
                    "platform": or_null(
                        record(
                            {
                                "name": text("MARENOSTRUM5"),
                                "waiting_jobs": whole(20, "Submissions in its queue."),
                                "max_waiting_jobs": or_null(whole(20, "MAXWAITINGJOBS.")),
                                "total_jobs": whole(20, "Submissions on it altogether."),
                                "max_total_jobs": or_null(whole(20, "TOTALJOBS.")),
                                "full": boolean(True),
                            }
                        )
                    ),
                    "wrapper": or_null(
                        record(
                            {
                                "name": or_null(text("a1p7_ASThread_17128472368642_1_4")),
                                "type": text("vertical"),
                                "min_wrapped": or_null(whole(2)),
                                "max_wrapped": or_null(whole(4)),
                                "candidates": whole(3, "Jobs that could go into one now."),
                                "too_few": boolean(False),
                            }
                        )
                    ),
                    "dependents": whole(12, "How many jobs that are not done wait for it."),
                }
            ),
            refusals={404: "There is no such experiment or job.", **NO_JOB_LIST},
        )
    }

    async def get(self, **path: str) -> None:
        await self.answer(waiting_answer, **self.arguments())


routes = [Route("/v4/experiments/{expid}/jobs/{job_name}/waiting", Waiting)]
