"""``/v4/experiments/{expid}/jobs`` and what is told of many jobs at once."""

from __future__ import annotations

from typing import ClassVar

from autosubmit_core.answers.v4.changes import changes_answer
from autosubmit_core.answers.v4.columns import columns_answer
from autosubmit_core.answers.v4.counts import DIMENSIONS, counts_answer
from autosubmit_core.answers.v4.fields import FIELDS, INSTANTS, STATUS_NAMES, WORDS
from autosubmit_core.answers.v4.job import several_jobs_answer
from autosubmit_core.answers.v4.jobs import VIEWS, jobs_answer
from autosubmit_core.answers.v4.sections import sections_answer
from autosubmit_core.api.handlers import Operation, Route
from autosubmit_core.api.parameters import Choice, Integer, Parameter, Text, Words
from autosubmit_core.api.schemas import (
    COUNTERS,
    STATUS_NAME,
    boolean,
    constant,
    listed,
    or_null,
    record,
    text,
    whole,
)
from autosubmit_core.api.v4.base import (
    EXPID,
    JOB_FILTERS,
    NO_EXPERIMENT,
    NO_JOB_LIST,
    ORDER_BY,
    PAGINATION,
    WRONG,
    V4Handler,
    with_filter,
)
from autosubmit_core.api.v4.job import JOB

__all__ = ["routes"]

_REFUSALS = {400: "The query makes no sense.", **NO_EXPERIMENT, **WRONG, **NO_JOB_LIST}
LIST_VERSION = text("9f1c0d4e5a6b7c8d", "As long as it is the same, each job has the same row.")
_CURSOR = text("5f0c1d2e3a4b.7", "What to ask with next time for what has changed.")

_BASE = record(
    {"name": text("a2m9_19611101_fc0_4_POST"), "status": STATUS_NAME},
    {
        "priority": whole(),
        "section": or_null(text("POST")),
        "date": or_null(text("1961-11-01")),
        "member": or_null(text("fc0")),
        "chunk": or_null(whole(4)),
        "split": or_null(whole(1)),
        "splits": or_null(whole(1)),
        **{
            name: or_null(text(""))
            for name in (
                *("out_path_local", "err_path_local", "out_path_remote", "err_path_remote"),
            )
        },
    },
)
_NUMBERS = {"type": "array", "items": {"type": "integer"}}
#: A column: a number for each job, one number for all of them, or null if no job has any.
_COLUMN = {
    "anyOf": [_NUMBERS, record({"const": whole(4)}), {"type": "null"}],
    "examples": [[0, 1, 2]],
}
_TABLES = {
    "type": "object",
    "properties": {name: listed(or_null(text())) for name in WORDS},
    "description": "The words that the numbers of these columns stand for.",
    "examples": [{"status": ["COMPLETED", "FAILED"], "section": ["SIM", "POST"]}],
}
_COLUMNS = record(
    {
        "list_version": LIST_VERSION,
        "cursor": _CURSOR,
        "n": whole(156, "How many jobs are shown."),
        "chunk_unit": or_null(text("month")),
        "chunk_size": or_null(whole(12)),
        "tables": _TABLES,
        "columns": {
            "type": "object",
            "properties": {
                "index": {
                    "anyOf": [_NUMBERS, {"type": "null"}],
                    "description": "The row of each job in the list; null for all in order.",
                    "examples": [None],
                },
                "name": listed(text("a2m9_LOCAL_SETUP")),
                **{field: _COLUMN for field in FIELDS if field != "name"},
            },
            "required": ["index"],
            "examples": [{"index": None, "name": ["a2m9_LOCAL_SETUP"], "status": [0]}],
        },
        "pagination": PAGINATION,
    }
)


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
            answer={"anyOf": [record({"jobs": listed(_BASE), "pagination": PAGINATION}), _COLUMNS]},
            refusals=_REFUSALS,
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
                    "cursor": _CURSOR,
                    "list_version": LIST_VERSION,
                    "reset": boolean(False, "Whether all jobs have to be read again."),
                    "tables": record({"status": constant(list(STATUS_NAMES))}),
                    "changed": record(
                        {
                            name: {**_NUMBERS, "examples": [[]]}
                            for name in (
                                *("index", "status", *INSTANTS),
                                *("queue_seconds", "run_seconds", "scheduler_id"),
                            )
                        }
                    ),
                    "counts": COUNTERS,
                }
            ),
            refusals=_REFUSALS,
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
            refusals=_REFUSALS,
        )
    }

    async def get(self, expid: str) -> None:
        await self.answer(several_jobs_answer, **self.arguments())


class Sections(V4Handler):
    """``GET /v4/experiments/{expid}/sections``: the sections that the jobs are of."""

    operations: ClassVar = {
        "get": Operation(
            summary="The sections of the jobs",
            path=(EXPID,),
            answer=record(
                {
                    "sections": listed(
                        record(
                            {
                                "name": or_null(text("SIM")),
                                "total": whole(45),
                                "counters": COUNTERS,
                                "has_chunks": boolean(True, "Whether an ETA can be asked for."),
                            }
                        )
                    )
                }
            ),
            refusals={**NO_EXPERIMENT, **NO_JOB_LIST},
        )
    }

    async def get(self, expid: str) -> None:
        await self.answer(sections_answer, expid)


class Counts(V4Handler):
    """``GET /v4/experiments/{expid}/counts``: how many jobs are in which status, section, …"""

    operations: ClassVar = {
        "get": Operation(
            summary="Jobs counted by status and more",
            path=(EXPID,),
            query=(
                Words(
                    name="by",
                    words=DIMENSIONS,
                    commas=True,
                    default=("status",),
                    meaning="What to count by besides the status.",
                    example=["section", "member"],
                ),
                *JOB_FILTERS,
            ),
            answer=record(
                {
                    "list_version": LIST_VERSION,
                    "by": listed(text("section")),
                    "total": whole(156),
                    "groups": listed(
                        record(
                            {"total": whole(45), "counters": COUNTERS},
                            {
                                **{
                                    name: or_null(text())
                                    for name in DIMENSIONS
                                    if name not in ("status", "chunk")
                                },
                                "chunk": or_null(whole(1)),
                            },
                        )
                    ),
                }
            ),
            refusals=_REFUSALS,
        )
    }

    async def get(self, expid: str) -> None:
        await self.answer(counts_answer, **with_filter(self.arguments()))


routes = [
    Route("/v4/experiments/{expid}/jobs", Jobs),
    Route("/v4/experiments/{expid}/jobs/changes", Changes),
    Route("/v4/experiments/{expid}/jobs/detail", SeveralJobs),
    Route("/v4/experiments/{expid}/sections", Sections),
    Route("/v4/experiments/{expid}/counts", Counts),
]
