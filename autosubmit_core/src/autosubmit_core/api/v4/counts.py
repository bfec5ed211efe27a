"""``/v4/experiments/{expid}/sections`` and ``counts``: how many jobs there are of which kind."""

from __future__ import annotations

from typing import ClassVar

from autosubmit_core.answers.v4.counts import DIMENSIONS, counts_answer
from autosubmit_core.answers.v4.sections import sections_answer
from autosubmit_core.api.handlers import Operation, Route
from autosubmit_core.api.parameters import Words
from autosubmit_core.api.schemas import COUNTERS, boolean, listed, or_null, record, text, whole
from autosubmit_core.api.v4.base import (
    EXPID,
    JOB_FILTERS,
    NO_EXPERIMENT,
    NO_JOB_LIST,
    NO_JOBS_FOUND,
    V4Handler,
    with_filter,
)
from autosubmit_core.api.v4.job_schemas import LIST_VERSION

__all__ = ["routes"]


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
            refusals=NO_JOBS_FOUND,
        )
    }

    async def get(self, expid: str) -> None:
        await self.answer(counts_answer, **with_filter(self.arguments()))


routes = [
    Route("/v4/experiments/{expid}/sections", Sections),
    Route("/v4/experiments/{expid}/counts", Counts),
]
