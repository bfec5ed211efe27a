"""``/v4/experiments/{expid}/wrappers``, ``dependencies``, ``layout``, ``attempts`` and ``eta``."""

from __future__ import annotations

from typing import ClassVar, get_args

from autosubmit_core.answers.v4.attempts import attempts_answer
from autosubmit_core.answers.v4.dependencies import dependencies_answer
from autosubmit_core.answers.v4.eta import eta_answer
from autosubmit_core.answers.v4.layout import LAYOUTS, layout_answer
from autosubmit_core.answers.v4.wrappers import wrappers_answer
from autosubmit_core.api.handlers import Operation, Route
from autosubmit_core.api.parameters import Boolean, Choice, Integer, Text
from autosubmit_core.api.schemas import listed, number, or_null, record, text, whole
from autosubmit_core.api.v4.base import (
    BUSY,
    EXPID,
    NO_EXPERIMENT,
    NO_JOB_LIST,
    NO_JOBS,
    WRONG,
    V4Handler,
)
from autosubmit_core.api.v4.job_schemas import LIST_VERSION, NUMBERS
from autosubmit_core.graphs.neighbourhoods import Direction

__all__ = ["routes"]


class Wrappers(V4Handler):
    """``GET /v4/experiments/{expid}/wrappers``: which jobs are submitted as one."""

    operations: ClassVar = {
        "get": Operation(
            summary="The wrappers of an experiment",
            path=(EXPID,),
            answer=record(
                {
                    "wrappers": listed(
                        record(
                            {
                                "wrapper_name": text("a1p7_ASThread_17128472368642_1_4"),
                                "job_names": listed(text("a1p7_19931101_fc0_1_SIM")),
                            }
                        )
                    )
                }
            ),
            refusals={**NO_EXPERIMENT, **BUSY},
        )
    }

    async def get(self, expid: str) -> None:
        await self.answer(wrappers_answer, expid)


class Dependencies(V4Handler):
    """``GET /v4/experiments/{expid}/dependencies``: which job waits for which."""

    operations: ClassVar = {
        "get": Operation(
            summary="Which job waits for which, of all jobs or around one",
            path=(EXPID,),
            query=(
                Text(
                    name="of",
                    meaning="The job in the middle; without it all jobs are told.",
                    example="a2m9_19611101_fc0_4_POST",
                ),
                Choice(
                    name="direction",
                    words=get_args(Direction),
                    default="both",
                    meaning="What it waits for, what waits for it, or both.",
                ),
                Integer(
                    name="depth",
                    least=0,
                    meaning="How many steps; without it all there are.",
                    example=2,
                ),
            ),
            answer=record(
                {
                    "list_version": LIST_VERSION,
                    "n": whole(156, "How many jobs the whole list has."),
                    "offsets": listed(whole(0), "Where the targets of each job begin, and end."),
                    "targets": listed(whole(0), "The rows of the jobs that wait, job by job."),
                },
                {
                    "jobs": listed(whole(0), "The rows of the jobs around the one asked for."),
                    "names": listed(text("a2m9_19611101_fc0_4_POST"), "Their names."),
                },
            ),
            refusals={404: "There is no such experiment or job.", **WRONG, **NO_JOB_LIST},
        )
    }

    async def get(self, expid: str) -> None:
        await self.answer(dependencies_answer, **self.arguments())


class Layout(V4Handler):
    """``GET /v4/experiments/{expid}/layout``: where to draw the jobs."""

    operations: ClassVar = {
        "get": Operation(
            summary="Where to draw the jobs",
            path=(EXPID,),
            query=(
                Choice(
                    name="layout",
                    words=LAYOUTS,
                    default=LAYOUTS[0],
                    meaning="In layers; in a lane for each date and member; or by the shape of the "
                    "graph.",
                    example="lanes",
                ),
            ),
            answer=record(
                {
                    "list_version": LIST_VERSION,
                    "layout": text("standard"),
                    "n": whole(156),
                    "x": listed(number(320)),
                    "y": listed(number(80)),
                },
                {
                    "lanes": listed(
                        record(
                            {
                                "date": or_null(text("1961-11-01T00:00:00")),
                                "member": or_null(text("fc0")),
                                "top": number(0),
                                "bottom": number(100),
                            }
                        )
                    ),
                    "columns": listed(
                        record(
                            {"chunk": or_null(whole(1)), "left": number(0), "right": number(100)}
                        )
                    ),
                },
            ),
            refusals={
                400: "The Laplacian layout needs SciPy, which this server does not have.",
                **NO_JOBS,
            },
        )
    }

    async def get(self, expid: str) -> None:
        await self.answer(layout_answer, **self.arguments())


class Attempts(V4Handler):
    """``GET /v4/experiments/{expid}/attempts``: how often jobs were submitted, and how that ended."""

    operations: ClassVar = {
        "get": Operation(
            summary="The attempts of all jobs, as columns",
            path=(EXPID,),
            query=(
                Boolean(
                    name="past",
                    default=False,
                    meaning="Without those that the job list shows: the newest attempt of each job that "
                    "has not been set back to wait since.",
                    example=True,
                ),
            ),
            answer=record(
                {
                    "list_version": LIST_VERSION,
                    "n": whole(43, "How many attempts there are."),
                    "tables": record({"status": listed(text("FAILED"))}),
                    "columns": record(
                        {
                            "job": {
                                **NUMBERS,
                                "description": "Rows of the list.",
                                "examples": [[]],
                            },
                            **{
                                name: {**NUMBERS, "examples": [[]]}
                                for name in ("status", "submit", "start", "finish", "run_id")
                            },
                        }
                    ),
                }
            ),
            refusals=NO_JOBS,
        )
    }

    async def get(self, expid: str) -> None:
        await self.answer(attempts_answer, **self.arguments())


_SECONDS = or_null(number(7509.0))


class TimeToTheEnd(V4Handler):
    """``GET /v4/experiments/{expid}/eta``: how long the rest of a section will take."""

    operations: ClassVar = {
        "get": Operation(
            summary="How long the rest of a section will take",
            path=(EXPID,),
            query=(Text(name="section", default="SIM", meaning="The section.", example="SIM"),),
            answer=record(
                {
                    "eta_seconds": _SECONDS,
                    "chunks_total": whole(5),
                    "chunks_remaining": whole(2),
                    "avg_runtime_per_chunk_seconds": _SECONDS,
                    "instances_total": whole(45),
                    "instances_remaining": whole(2),
                    "avg_runtime_per_instance_seconds": _SECONDS,
                    "concurrency": or_null(number(4.9)),
                    "eta_instances_seconds": _SECONDS,
                }
            ),
            refusals={
                400: "The experiment has no such section, or it has no chunks.",
                **NO_JOBS,
            },
        )
    }

    async def get(self, expid: str) -> None:
        await self.answer(eta_answer, **self.arguments())


routes = [
    Route("/v4/experiments/{expid}/wrappers", Wrappers),
    Route("/v4/experiments/{expid}/dependencies", Dependencies),
    Route("/v4/experiments/{expid}/layout", Layout),
    Route("/v4/experiments/{expid}/attempts", Attempts),
    Route("/v4/experiments/{expid}/eta", TimeToTheEnd),
]
