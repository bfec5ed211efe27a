"""``/v4/experiments/{expid}/jobs.csv``, ``history.csv``, ``performance.csv``: tables to take away."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from autosubmit_core.answers.v4.exports import FORMS, MEDIA_TYPES, export
from autosubmit_core.api.handlers import Operation, Route
from autosubmit_core.api.parameters import Choice, Parameter
from autosubmit_core.api.schemas import Schema, text
from autosubmit_core.api.v4.base import (
    EXPID,
    JOB_FILTERS,
    NO_JOB_LIST,
    ORDER_BY,
    WRONG,
    V4Handler,
    with_filter,
)
from autosubmit_core.errors import SourceWarning

__all__ = ["routes"]

_FORM = Choice(
    name="form", words=FORMS, meaning="The form of the file: Parquet needs pyarrow.", example="csv"
)
_REFUSALS = {
    400: "This server cannot write Parquet, or the query makes no sense.",
    404: "There is no such experiment.",
    **WRONG,
    **NO_JOB_LIST,
}


class _Export(V4Handler):
    """A table of an experiment, as a file."""

    @staticmethod
    def envelope(answer: Any, warnings: Sequence[SourceWarning]) -> object:
        """Return the file as it is: there is no place in it for warnings."""
        return answer

    @classmethod
    def answer_schema(cls, operation: Operation) -> Schema:
        return dict(operation.answer)

    async def write_table(self, table: str, **arguments: Any) -> None:
        """Answer with a table, under a name that says what it is of."""
        form = arguments["form"]
        self.packs = form == "csv"
        encoded = await self.encoded(export, table=table, **arguments)
        name = f"{arguments['expid']}_{table}.{form}"
        self.set_header("Content-Type", MEDIA_TYPES[form])
        self.set_header("Content-Disposition", f'attachment; filename="{name}"')
        await self.send(encoded)


def _operation(summary: str, example: str, query: tuple[Parameter, ...] = ()) -> Operation:
    return Operation(
        summary=summary,
        path=(EXPID, _FORM),
        query=query,
        answer=text(example, "A line of names, then one for each row; further columns follow."),
        media=tuple(MEDIA_TYPES.values()),
        refusals=_REFUSALS,
    )


class JobsFile(_Export):
    """``GET /v4/experiments/{expid}/jobs.csv``: the jobs with their times and speeds."""

    operations: ClassVar = {
        "get": _operation(
            "The jobs of an experiment as a file",
            "name,status,section\r\na2m9_LOCAL_SETUP,COMPLETED,LOCAL_SETUP\r\n",
            (*JOB_FILTERS, ORDER_BY),
        )
    }

    async def get(self, **path: str) -> None:
        await self.write_table("jobs", **with_filter(self.arguments()))


class HistoryFile(_Export):
    """``GET /v4/experiments/{expid}/history.csv``: every attempt of every job."""

    operations: ClassVar = {
        "get": _operation(
            "The attempts of all jobs as a file",
            "run_id,job_name,counter\r\n3,a2m9_LOCAL_SETUP,1\r\n",
        )
    }

    async def get(self, **path: str) -> None:
        await self.write_table("history", **self.arguments())


class PerformanceFile(_Export):
    """``GET /v4/experiments/{expid}/performance.csv``: the completed simulations."""

    operations: ClassVar = {
        "get": _operation(
            "The metrics of the simulations as a file",
            "name,chunk,considered\r\na2m9_19611101_fc0_1_SIM,1,1\r\n",
        )
    }

    async def get(self, **path: str) -> None:
        await self.write_table("performance", **self.arguments())


routes = [
    Route("/v4/experiments/{expid}/jobs.{form}", JobsFile),
    Route("/v4/experiments/{expid}/history.{form}", HistoryFile),
    Route("/v4/experiments/{expid}/performance.{form}", PerformanceFile),
]
