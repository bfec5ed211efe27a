"""``/v4/experiments/{expid}/heartbeat``, ``…/waiting``: what the sources of an experiment mean together."""

from __future__ import annotations

from typing import ClassVar

from autosubmit_core.answers.v4.failures import MOST_NAMED, TOLD_BY, failures_answer
from autosubmit_core.answers.v4.heartbeat import heartbeat_answer
from autosubmit_core.answers.v4.waiting import MOST_LISTED, waiting_answer
from autosubmit_core.api.handlers import Operation, Route
from autosubmit_core.api.schemas import (
    INSTANT,
    STATUS_NAME,
    Schema,
    boolean,
    listed,
    mapping,
    number,
    one_of,
    or_null,
    record,
    text,
    whole,
)
from autosubmit_core.api.v4.base import EXPID, JOB_NAME, NO_EXPERIMENT, NO_JOB_LIST, V4Handler
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


_COST = {
    "core_hours": number(310.4),
    "energy_joules": or_null(number(3.1e8, "Of the attempts of which it was measured.")),
    "energy_measured_attempts": whole(12),
}
_COUNTED = mapping(whole(9), "Attempts by name.", example="SIM")


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


routes = [
    Route("/v4/experiments/{expid}/heartbeat", Heartbeat),
    Route("/v4/experiments/{expid}/jobs/{job_name}/waiting", Waiting),
    Route("/v4/experiments/{expid}/failures", Failures),
]
