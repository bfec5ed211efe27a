"""``/v3/exprun``, ``exp-recovery-logs`` and ``joblog``: the ends of logs."""

from __future__ import annotations

from typing import ClassVar

from autosubmit_core.answers.v3 import job_log, logs
from autosubmit_core.api.handlers import Operation, Route
from autosubmit_core.api.parameters import Text
from autosubmit_core.api.schemas import (
    INSTANT,
    Schema,
    boolean,
    listed,
    or_null,
    record,
    text,
    whole,
)
from autosubmit_core.api.v3.base import EXPID, V3Handler

__all__ = ["routes"]

_LINES = listed(record({"index": whole(), "content": text("finished")}), "The last lines.")


def _log(name: Schema) -> Schema:
    return record(
        {
            "logfile": name,
            "found": boolean(True),
            "lastModified": or_null(text("2026-11-21T12:34:56+00:00", "Empty if there is no log.")),
            "timeStamp": {
                "type": ["integer", "string"],
                "examples": [1_795_264_496],
                "description": "Seconds since 1970 UTC; empty if there is no log.",
            },
            "logcontent": _LINES,
        }
    )


class RunLog(V3Handler):
    """``GET /v3/exprun/{expid}``: the end of the newest run log."""

    light = True
    operations: ClassVar = {
        "get": Operation(
            summary="The end of the newest run log",
            path=(EXPID,),
            answer=_log(text("20261121_090000_run.log", "Empty if there is none.")),
        )
    }
    empty = logs.EMPTY_RUN_LOG
    unknown_is_no_error = True

    async def get(self, expid: str) -> None:
        await self.answer(logs.run_log_answer, expid)


class RecoveryLogs(V3Handler):
    """``GET /v3/exp-recovery-logs/{expid}``: the ends of the newest recovery logs."""

    light = True
    operations: ClassVar = {
        "get": Operation(
            summary="The end of the newest recovery log of each platform",
            path=(EXPID,),
            answer=record(
                {
                    "platform_recovery_logs": listed(
                        record(
                            {
                                "datetime": text("2026-11-21T09:00:00", "Without a zone."),
                                "filename": text("20261121_090000_mn5_log_recovery.log"),
                                "platform": text("mn5"),
                                "modified_date": INSTANT,
                                "content": _LINES,
                            }
                        )
                    )
                }
            ),
        )
    }
    empty = logs.EMPTY_RECOVERY_LOGS

    async def get(self, expid: str) -> None:
        await self.answer(logs.recovery_logs_answer, expid)


class JobLog(V3Handler):
    """``GET /v3/joblog/{logfile}``: the end of a job's log."""

    operations: ClassVar = {
        "get": Operation(
            summary="The end of a job's log",
            path=(
                Text(
                    name="logfile",
                    meaning="The name of the file, which begins with the experiment's.",
                    example="a2m9_19611101_fc0_4_POST.20261119082715.out.xz",
                    longest=None,
                ),
            ),
            answer=_log(text("/esarchive/autosubmit/a2m9/tmp/LOG_a2m9/a2m9_INI.out")),
        )
    }
    empty = job_log.EMPTY

    async def get(self, **path: str) -> None:
        await self.answer(job_log.job_log_answer, **self.arguments())


routes = [
    Route("/v3/exprun/{expid}", RunLog),
    Route("/v3/exp-recovery-logs/{expid}", RecoveryLogs),
    Route("/v3/joblog/{logfile}", JobLog),
]
