"""``/v4/experiments/{expid}/jobs/{job_name}`` and below: one job."""

from __future__ import annotations

from typing import ClassVar

from autosubmit_core.answers.v4.job import job_answer
from autosubmit_core.answers.v4.relations import children_answer, parents_answer
from autosubmit_core.api.handlers import Operation, Route
from autosubmit_core.api.parameters import Boolean
from autosubmit_core.api.schemas import (
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
from autosubmit_core.api.v4.job_schemas import JOB

__all__ = ["routes"]

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
