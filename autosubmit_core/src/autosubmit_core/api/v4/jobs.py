"""``/v4/experiments/{expid}/jobs`` and what is told of many jobs at once."""

from __future__ import annotations

from typing import ClassVar

from autosubmit_core.answers.v4.changes import changes_answer
from autosubmit_core.answers.v4.columns import columns_answer
from autosubmit_core.answers.v4.fields import FIELDS, INSTANTS, STATUS_NAMES
from autosubmit_core.answers.v4.job import several_jobs_answer
from autosubmit_core.answers.v4.jobs import VIEWS, jobs_answer
from autosubmit_core.api.handlers import Operation, Route
from autosubmit_core.api.parameters import Choice, Integer, Parameter, Text, Words
from autosubmit_core.api.schemas import COUNTERS, boolean, constant, listed, record, text
from autosubmit_core.api.v4.base import (
    EXPID,
    JOB_FILTERS,
    NO_JOBS,
    NO_JOBS_FOUND,
    ORDER_BY,
    PAGINATION,
    V4Handler,
    with_filter,
)
from autosubmit_core.api.v4.job_schemas import (
    CURSOR,
    JOB,
    JOB_COLUMNS,
    LIST_VERSION,
    LISTED_JOB,
    NUMBERS,
)

__all__ = ["routes"]

#: How many jobs a page may have, in columns and otherwise.
_MOST_IN_COLUMNS, _MOST = 100_000, 1000


def _query(most: int) -> tuple[Parameter, ...]:
    return (
        Choice(
            name="view",
            words=(*VIEWS[::-1], "columns"),
            default="base",
            meaning="Name and status of each job, all that the job list tells of it, or columns, an "
            "array a field.",
        ),
        *JOB_FILTERS,
        Words(
            name="fields",
            words=FIELDS,
            commas=True,
            default=FIELDS,
            meaning="The columns wanted; by default all.",
            example=["name", "status"],
        ),
        ORDER_BY,
        Integer(name="page", least=1, default=1, meaning="Which page."),
        Integer(
            name="page_size",
            least=1,
            most=most,
            meaning=f"Jobs on a page, in other views than columns at most {_MOST}; without it there "
            "is one page of all.",
        ),
    )


class Jobs(V4Handler):
    """``GET /v4/experiments/{expid}/jobs``: the jobs of one experiment."""

    operations: ClassVar = {
        "get": Operation(
            summary="The jobs of an experiment, as a list or as columns",
            path=(EXPID,),
            query=_query(_MOST_IN_COLUMNS),
            answer={
                "anyOf": [
                    record({"jobs": listed(LISTED_JOB), "pagination": PAGINATION}),
                    JOB_COLUMNS,
                ]
            },
            refusals=NO_JOBS_FOUND,
        )
    }

    async def get(self, expid: str) -> None:
        in_columns = self.get_query_argument("view", "") == "columns"
        arguments = with_filter(self.arguments(_query(_MOST_IN_COLUMNS if in_columns else _MOST)))
        fields = arguments.pop("fields")
        if in_columns:
            del arguments["view"]
            await self.answer(columns_answer, **arguments, fields=fields)
        else:
            await self.answer(jobs_answer, **arguments)


class Changes(V4Handler):
    """``GET /v4/experiments/{expid}/jobs/changes``: what changed since somebody last looked."""

    operations: ClassVar = {
        "get": Operation(
            summary="The jobs that changed since a cursor",
            path=(EXPID,),
            query=(
                Text(
                    name="since",
                    meaning="The cursor of an earlier answer; without it there is only a cursor.",
                ),
            ),
            answer=record(
                {
                    "cursor": CURSOR,
                    "list_version": LIST_VERSION,
                    "reset": boolean(False, "Whether all jobs have to be read again."),
                    "tables": record({"status": constant(list(STATUS_NAMES))}),
                    "changed": record(
                        {
                            name: {**NUMBERS, "examples": [[]]}
                            for name in (
                                *("index", "status", *INSTANTS),
                                *("queue_seconds", "run_seconds", "scheduler_id"),
                            )
                        }
                    ),
                    "counts": COUNTERS,
                }
            ),
            refusals=NO_JOBS,
        )
    }

    async def get(self, expid: str) -> None:
        await self.answer(changes_answer, **self.arguments())


class SeveralJobs(V4Handler):
    """``GET /v4/experiments/{expid}/jobs/detail``: all there is to know about some jobs."""

    operations: ClassVar = {
        "get": Operation(
            summary="All there is to know about some jobs",
            path=(EXPID,),
            query=(
                Words(
                    name="name",
                    argument="names",
                    meaning="The names of the jobs: the parameter is repeated.",
                    example=["a2m9_19611101_fc0_4_POST", "a2m9_LOCAL_SETUP"],
                ),
            ),
            answer=record({"jobs": listed(JOB), "missing": listed(text("a2m9_NOPE"))}),
            refusals=NO_JOBS,
        )
    }

    async def get(self, expid: str) -> None:
        await self.answer(several_jobs_answer, **self.arguments())


routes = [
    Route("/v4/experiments/{expid}/jobs", Jobs),
    Route("/v4/experiments/{expid}/jobs/changes", Changes),
    Route("/v4/experiments/{expid}/jobs/detail", SeveralJobs),
]
