"""``/v3/search``, ``/v3/searchowner`` and ``/v3/running``: lists of experiments."""

from __future__ import annotations

from typing import Any, ClassVar

from autosubmit_core.answers.v3.search import (
    EMPTY,
    owner_search_answer,
    running_answer,
    search_answer,
)
from autosubmit_core.api.handlers import Operation, Route
from autosubmit_core.api.parameters import Text
from autosubmit_core.api.schemas import INSTANT, listed, one_of, or_null, record, text, whole
from autosubmit_core.api.v3.base import V3Handler

__all__ = ["routes"]

_COUNT = {"type": ["integer", "string"], "examples": [141], "description": "NA without a run."}

_FOUND = record(
    {
        "experiment": listed(
            record(
                {
                    "id": whole(5),
                    "name": text("a2m9"),
                    "user": or_null(text("ahill")),
                    "description": text("EC-Earth3 DCPP-A decadal hindcast"),
                    "hpc": or_null(text("MARENOSTRUM5")),
                    "status": or_null(one_of(("RUNNING", "NOT RUNNING"), "NOT RUNNING")),
                    "completed": _COUNT,
                    "total": _COUNT,
                    "version": text("4.1.17.1"),
                    "wrapper": or_null(text("VERTICAL")),
                    "submitted": whole(),
                    "queuing": whole(),
                    "running": whole(),
                    "failed": whole(4),
                    "suspended": whole(),
                    "modified": INSTANT,
                }
            )
        )
    }
)
_TEXT = Text(
    name="expid",
    argument="text",
    meaning="A text in name, description or owner, whatever the case of letters.",
    example="a2m9",
    longest=None,
)


class _Search(V3Handler):
    empty: ClassVar[dict[str, Any]] = EMPTY


class Search(_Search):
    """``GET /v3/search/{expid}``: the experiments with a text in name, description or owner."""

    operations: ClassVar = {
        "get": Operation(summary="Experiments by a text", path=(_TEXT,), answer=_FOUND)
    }

    async def get(self, **path: str) -> None:
        await self.answer(search_answer, **self.arguments())


class FilteredSearch(_Search):
    """``GET /v3/search/{expid}/{exptype}/{onlyactive}``: the same, of a type, or active alone."""

    operations: ClassVar = {
        "get": Operation(
            summary="Experiments by a text, type and activity",
            path=(
                _TEXT,
                Text(
                    name="exptype",
                    argument="experiment_type",
                    meaning="test, operational or experiment; any other word leaves out nothing.",
                    example="experiment",
                    longest=None,
                ),
                Text(
                    name="onlyactive",
                    argument="only_active",
                    meaning="active for running ones alone; any other word leaves out nothing.",
                    example="all",
                    longest=None,
                ),
            ),
            answer=_FOUND,
        )
    }

    async def get(self, **path: str) -> None:
        await self.answer(search_answer, **self.arguments())


class OwnerSearch(_Search):
    """``GET /v3/searchowner/{owner}``: the experiments of an owner."""

    operations: ClassVar = {
        "get": Operation(
            summary="Experiments of an owner",
            path=(
                Text(
                    name="owner",
                    meaning="The owner; * is any text, a leading ! means all others.",
                    example="*",
                    longest=None,
                ),
            ),
            answer=_FOUND,
        )
    }

    async def get(self, **path: str) -> None:
        await self.answer(owner_search_answer, **self.arguments())


class Running(_Search):
    """``GET /v3/running``: the experiments that run."""

    operations: ClassVar = {"get": Operation(summary="Experiments that run", answer=_FOUND)}

    async def get(self) -> None:
        await self.answer(running_answer)


routes = [
    Route("/v3/search/{expid}", Search),
    Route("/v3/search/{expid}/{exptype}/{onlyactive}", FilteredSearch),
    Route("/v3/searchowner/{owner}", OwnerSearch),
    Route("/v3/running", Running),
]
