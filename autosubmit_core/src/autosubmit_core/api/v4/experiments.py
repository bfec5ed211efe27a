"""``/v4/experiments`` and ``/v4/experiments/{expid}``: the experiments of the installation."""

from __future__ import annotations

from typing import ClassVar

from autosubmit_core.answers.v4.experiment import experiment_answer
from autosubmit_core.answers.v4.search import FIELDS, ORDERS, experiments_answer
from autosubmit_core.api.handlers import Operation, Route
from autosubmit_core.api.parameters import Boolean, Choice, Integer, Text, Words
from autosubmit_core.api.schemas import INSTANT, listed, one_of, or_null, record, text, whole
from autosubmit_core.api.v4.base import BUSY, EXPID, NO_EXPERIMENT, PAGINATION, WRONG, V4Handler
from autosubmit_core.names import EXPERIMENT_TYPES

__all__ = ["routes"]

_EXPERIMENT = {
    "id": whole(5),
    "name": text("a2m9"),
    "user": or_null(text("ahill")),
    "description": text("EC-Earth3 DCPP-A decadal hindcast"),
    "hpc": or_null(text("MARENOSTRUM5")),
    "version": or_null(text("4.1.17.1")),
    "created": or_null(text("2026-01-08 14:52:35")),
    "modified": INSTANT,
    "status": one_of(("RUNNING", "NOT RUNNING"), "NOT RUNNING"),
    **{
        name: whole()
        for name in (
            *("completed", "total", "submitted", "queuing", "running", "failed", "suspended"),
        )
    },
}
_WHOLE_MATCH = "; * is any text, a leading ! means all others."


class Experiments(V4Handler):
    """``GET /v4/experiments``: searched, sorted and paged."""

    operations: ClassVar = {
        "get": Operation(
            summary="The experiments of the installation",
            query=(
                Text(
                    name="query",
                    meaning="A text in name, description or owner, whatever the case of letters.",
                ),
                Boolean(name="only_active", default=True, meaning="Running experiments alone."),
                Text(name="owner", meaning="The owner" + _WHOLE_MATCH),
                Text(name="hpc", meaning="The main platform" + _WHOLE_MATCH),
                Text(
                    name="autosubmit_version",
                    meaning="The version of Autosubmit" + _WHOLE_MATCH,
                    example="4.*",
                ),
                Choice(
                    name="exp_type",
                    words=EXPERIMENT_TYPES,
                    meaning="By the first letter of the name: t, o, or any other.",
                ),
                Integer(
                    name="modified_since",
                    meaning="Those whose job list changed since, in seconds since 1970 UTC.",
                ),
                Integer(
                    name="after",
                    meaning="Those of a higher number: next_after of the page before.",
                ),
                Choice(name="order_by", words=ORDERS, meaning="What they are sorted by."),
                Boolean(name="order_desc", default=False, meaning="The other way round."),
                Integer(name="page", least=1, default=1, meaning="Which page."),
                Integer(
                    name="page_size",
                    default=12,
                    meaning="Experiments on a page; 0 or less for one page of all.",
                ),
                Words(
                    name="fields",
                    words=FIELDS,
                    commas=True,
                    default=FIELDS,
                    meaning="What to tell of each; by default everything.",
                    example=["name", "status"],
                ),
            ),
            answer=record(
                {
                    "experiments": listed(record({}, _EXPERIMENT)),
                    "pagination": {
                        **PAGINATION,
                        "properties": {
                            **PAGINATION["properties"],
                            "next_after": or_null(whole(5, "Where to go on: see after.")),
                        },
                    },
                }
            ),
            refusals={**WRONG, **BUSY},
        )
    }

    async def get(self) -> None:
        await self.answer(experiments_answer, **self.arguments())


class Experiment(V4Handler):
    """``GET /v4/experiments/{expid}``: what is registered about one."""

    light = True
    operations: ClassVar = {
        "get": Operation(
            summary="What is registered about an experiment",
            path=(EXPID,),
            answer=record(
                {
                    "id": whole(5),
                    "name": text("a2m9"),
                    "description": text("EC-Earth3 DCPP-A decadal hindcast"),
                    "autosubmit_version": or_null(text("4.1.17.1")),
                }
            ),
            refusals={**NO_EXPERIMENT, **BUSY},
        )
    }

    async def get(self, expid: str) -> None:
        await self.answer(experiment_answer, expid)


routes = [
    Route("/v4/experiments", Experiments),
    Route("/v4/experiments/{expid}", Experiment),
]
