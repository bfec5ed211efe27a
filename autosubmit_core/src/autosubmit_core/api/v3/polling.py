"""``/v3/pklinfo`` and ``pkltreeinfo``: what clients of graph and tree ask every few seconds."""

from __future__ import annotations

from typing import Any, ClassVar

from autosubmit_core.answers.v3 import pklinfo
from autosubmit_core.api.handlers import Operation, Route
from autosubmit_core.api.parameters import Text
from autosubmit_core.api.schemas import EPOCH, Schema, constant, listed, or_null, record, text
from autosubmit_core.api.v3.base import EXPID, V3Handler
from autosubmit_core.api.v3.jobs import PACKAGES, POLLED_JOB, SHAPE

__all__ = ["routes"]

_TIMESTAMP = Text(
    name="timeStamp", meaning="Accepted and not used any more.", example="0", ignored=True
)
_UNAVAILABLE = {503: "The job list is missing or cannot be read, or the server is busy."}


def _polled(job: dict[str, Schema]) -> dict[str, Any]:
    return {
        "pkl_file_name": constant(""),
        "has_changed": constant(True),
        "pkl_content": listed(record(job)),
        "pkl_timestamp": EPOCH,
        "packages": PACKAGES,
    }


class PklInfo(V3Handler):
    """``GET /v3/pklinfo/{expid}/{timeStamp}``: what may change of every job in the graph."""

    operations: ClassVar = {
        "get": Operation(
            summary="What may change of the jobs in a graph",
            path=(EXPID, _TIMESTAMP),
            answer=record(_polled({**POLLED_JOB, **SHAPE})),
            refusals=_UNAVAILABLE,
        )
    }
    empty = pklinfo.EMPTY
    unavailable_is_503 = True

    async def get(self, **path: str) -> None:
        await self.answer(pklinfo.pklinfo_answer, **self.arguments())


class PklTreeInfo(V3Handler):
    """``GET /v3/pkltreeinfo/{expid}/{timeStamp}``: what may change of every job in the tree."""

    operations: ClassVar = {
        "get": Operation(
            summary="What may change of the jobs in a tree",
            path=(EXPID, _TIMESTAMP),
            answer=record(
                {
                    **_polled(
                        {
                            **POLLED_JOB,
                            "wrapper": or_null(text("a2m9_ASThread_17128472368642_1_4")),
                            "wrapper_tag": or_null(text("Wrapped", "HTML.")),
                            "wrapper_id": or_null(text("17128472368642")),
                            "title": text("a2m9_LOCAL_SETUP", "HTML."),
                        }
                    ),
                    **{
                        name: text(name, "HTML.")
                        for name in ("source_tag", "target_tag", "sync_tag", "check_mark")
                    },
                }
            ),
            refusals=_UNAVAILABLE,
        )
    }
    empty = pklinfo.EMPTY_TREE
    unavailable_is_503 = True

    async def get(self, **path: str) -> None:
        await self.answer(pklinfo.pkltreeinfo_answer, **self.arguments())


routes = [
    Route("/v3/pklinfo/{expid}/{timeStamp}", PklInfo),
    Route("/v3/pkltreeinfo/{expid}/{timeStamp}", PklTreeInfo),
]
