"""``/v4/experiments/{expid}/jobs/{job_name}`` and below: one job."""

from __future__ import annotations

from typing import ClassVar

from autosubmit_core.answers.v4.job import job_answer
from autosubmit_core.answers.v4.relations import children_answer, parents_answer
from autosubmit_core.api.handlers import Operation, Route
from autosubmit_core.api.parameters import Boolean
from autosubmit_core.api.schemas import (
    INSTANT,
    STATUS_NAME,
    boolean,
    listed,
    or_null,
    record,
    text,
    whole,
)
from autosubmit_core.api.v4.base import (
    BUSY,
    EXPID,
    JOB_NAME,
    NO_EXPERIMENT,
    NO_JOB_LIST,
    WRONG,
    V4Handler,
)

__all__ = ["JOB", "routes"]

JOB = record(
    {
        "name": text("a2m9_19611101_fc0_4_POST"),
        "status": STATUS_NAME,
        "section": or_null(text("POST")),
        "date": or_null(text("19611101")),
        "member": or_null(text("fc0")),
        "chunk": or_null(whole(4)),
        "split": or_null(whole(1)),
        "splits": or_null(whole(1)),
        "out_path_local": or_null(text("/esarchive/autosubmit/a2m9/tmp/LOG_a2m9/a2m9_INI.out")),
        "err_path_local": or_null(text("/esarchive/autosubmit/a2m9/tmp/LOG_a2m9/a2m9_INI.err")),
        "chunk_size": or_null(whole(12)),
        "chunk_unit": or_null(text("month")),
        "platform": or_null(text("MARENOSTRUM5")),
        "remote_id": or_null(whole(1_884_782)),
        "qos": or_null(text("gp_bsces")),
        "workflow_commit": or_null(text("947903ff8b58")),
        "processors": or_null(whole(768)),
        "submit": INSTANT,
        "start": INSTANT,
        "finish": INSTANT,
        "wallclock": or_null(text("04:00")),
        "last_wrapper": or_null(text("a2m9_ASThread_17128472368642_1_4")),
    }
)
_NEIGHBOURS = listed(
    record(
        {"job_name": text("a2m9_19611101_fc0_4_SIM")},
        {
            "status": or_null(STATUS_NAME),
            "edge": record(
                {
                    "min_trigger_status": or_null(text("COMPLETED")),
                    "completion_status": or_null(text("WAITING")),
                    "from_step": or_null(whole(1)),
                    "fail_ok": boolean(),
                },
                meaning="What Autosubmit 4.2 and later note of the dependency.",
            ),
        },
    )
)
_INCLUDE_STATUS = Boolean(
    name="include_status", default=False, meaning="Whether their statuses are told.", example=True
)


class Job(V4Handler):
    """``GET /v4/experiments/{expid}/jobs/{job_name}``: all there is to know about a job."""

    operations: ClassVar = {
        "get": Operation(
            summary="All there is to know about a job",
            path=(EXPID, JOB_NAME),
            answer=JOB,
            refusals={404: "There is no such experiment or job.", **NO_JOB_LIST},
        )
    }

    async def get(self, **path: str) -> None:
        await self.answer(job_answer, **self.arguments())


class Parents(V4Handler):
    """``GET /v4/experiments/{expid}/jobs/{job_name}/parents``: the jobs that it waits for."""

    operations: ClassVar = {
        "get": Operation(
            summary="The jobs that a job waits for",
            path=(EXPID, JOB_NAME),
            query=(_INCLUDE_STATUS,),
            answer=record({"parents": _NEIGHBOURS}),
            refusals={**NO_EXPERIMENT, **WRONG, **BUSY},
        )
    }

    async def get(self, **path: str) -> None:
        await self.answer(parents_answer, **self.arguments())


class Children(V4Handler):
    """``GET /v4/experiments/{expid}/jobs/{job_name}/children``: the jobs that wait for it."""

    operations: ClassVar = {
        "get": Operation(
            summary="The jobs that wait for a job",
            path=(EXPID, JOB_NAME),
            query=(_INCLUDE_STATUS,),
            answer=record({"children": _NEIGHBOURS}),
            refusals={**NO_EXPERIMENT, **WRONG, **BUSY},
        )
    }

    async def get(self, **path: str) -> None:
        await self.answer(children_answer, **self.arguments())


routes = [
    Route("/v4/experiments/{expid}/jobs/{job_name}", Job),
    Route("/v4/experiments/{expid}/jobs/{job_name}/parents", Parents),
    Route("/v4/experiments/{expid}/jobs/{job_name}/children", Children),
]
