"""``/v3/tree``, ``graph``, ``quick``, ``pklinfo``, ``pkltreeinfo``: all jobs and how they hang together."""

from __future__ import annotations

from typing import Any, ClassVar

from autosubmit_core.answers.v3 import graph, pklinfo, quick, tree
from autosubmit_core.api.handlers import Operation, Route
from autosubmit_core.api.parameters import Choice, Text
from autosubmit_core.api.schemas import (
    EPOCH,
    STATUS_NAME,
    Schema,
    boolean,
    constant,
    example_of,
    listed,
    mapping,
    number,
    or_null,
    record,
    text,
    whole,
)
from autosubmit_core.api.v3.base import EXPID, LOGGED_USER, V3Handler
from autosubmit_core.api.v3.jobs import CHUNKS, JOB, NAMES, POLLED_JOB, SHAPE

__all__ = ["REFERENCE", "TREE", "TREE_NODE", "routes"]

_FOLDER_COUNTERS = record(
    {name: whole() for name in ("completed", "running", "queuing", "failed", "held", "total")}
)
_LEAF = {
    "title": text("a2m9_LOCAL_SETUP", "HTML."),
    "refKey": text("a2m9_LOCAL_SETUP", "The name of the job, or of the folder."),
    "data": {"anyOf": [constant("Empty"), _FOLDER_COUNTERS]},
    "children": {
        "type": "array",
        "items": {"$ref": "#/components/schemas/TreeNode"},
        "examples": [[]],
    },
}
_FOLDER = {"folder": boolean(True), "expanded": boolean()}

#: What a tree is made of; it holds others of its kind.
TREE_NODE = record(_LEAF, _FOLDER)

TREE: Schema = {
    "type": "array",
    "items": {"$ref": "#/components/schemas/TreeNode"},
    "examples": [[example_of(TREE_NODE)]],
}

#: Templates of tags by name, counters by folder, and the wrappers.
REFERENCE = {
    "type": "object",
    "properties": {
        **{
            f"{name}_tag": text(f"%{name}", "HTML with places for numbers.")
            for name in ("completed", "running", "queuing", "failed", "held")
        },
        "checkmark": text("&#10004;"),
        "check_mark": text("&#10004;"),
        "packages": listed({"type": ["string", "integer"], "examples": ["a2m9_1"]}),
        **CHUNKS,
    },
    "additionalProperties": _FOLDER_COUNTERS,
    "examples": [{"packages": [], "chunk_unit": "month", "chunk_size": 12}],
}

_PACKAGES = mapping(NAMES, "The jobs of each wrapper.", example="a2m9_ASThread_17128472368642_1_4")


class Tree(V3Handler):
    """``GET /v3/tree/{expid}``: the jobs in folders, and everything about each of them."""

    operations: ClassVar = {
        "get": Operation(
            summary="The jobs of an experiment in folders",
            path=(EXPID,),
            query=(LOGGED_USER,),
            answer=record(
                {
                    "tree": TREE,
                    "jobs": listed(
                        record(
                            {
                                **JOB,
                                "title": text("a2m9_LOCAL_SETUP", "HTML."),
                                "wrapper_code": or_null(text("17128472368642")),
                                "tree_parents": listed(text("a2m9_19611101_fc0")),
                            }
                        )
                    ),
                    "total": whole(156),
                    "reference": REFERENCE,
                    "pkl_timestamp": EPOCH,
                }
            ),
        )
    }
    empty = tree.EMPTY

    async def get(self, expid: str) -> None:
        await self.answer(tree.tree_answer, expid)


class Graph(V3Handler):
    """``GET /v3/graph/{expid}/{layout}/{grouped}``: jobs, dependencies and where to draw them."""

    operations: ClassVar = {
        "get": Operation(
            summary="The jobs of an experiment as a graph",
            path=(
                EXPID,
                Choice(
                    name="layout",
                    words=graph.LAYOUTS,
                    meaning="In layers, or by the shape of the graph.",
                    example="standard",
                ),
                Choice(
                    name="grouped",
                    words=graph.GROUPINGS,
                    meaning="Which jobs may be shown as one.",
                    example="none",
                ),
            ),
            query=(LOGGED_USER,),
            answer=record(
                {
                    "nodes": listed(
                        record(
                            {**JOB, **SHAPE, "level": whole(1), "x": number(320), "y": number(80)}
                        )
                    ),
                    "edges": listed(
                        record(
                            {
                                "id": text("a2m9_LOCAL_SETUP-a2m9_SYNCHRONIZE"),
                                "from": text("a2m9_LOCAL_SETUP"),
                                "to": text("a2m9_SYNCHRONIZE"),
                                "is_wrapper": boolean(),
                                "dashed": boolean(),
                            }
                        )
                    ),
                    "packages": _PACKAGES,
                    "fake_edges": {"type": "array", "maxItems": 0, "items": {}, "examples": [[]]},
                    "groups": listed(text("a2m9_19611101_fc0_")),
                    "groups_data": mapping(
                        record({"color": text("yellow")}, {"x": number(320), "y": number(80)}),
                        example="a2m9_19611101_fc0_",
                    ),
                    "graphviz": boolean(
                        False, "Whether the places are those that a server stored."
                    ),
                    "max_children": whole(3),
                    "max_parents": whole(3),
                    **CHUNKS,
                    "total_jobs": whole(156),
                    "pkl_timestamp": EPOCH,
                }
            ),
            refusals={422: "There is no such layout or grouping."},
        )
    }
    empty = graph.EMPTY

    async def get(self, **path: str) -> None:
        await self.answer(graph.graph_answer, **self.arguments())


class Quick(V3Handler):
    """``GET /v3/quick/{expid}``: name and status of every job."""

    operations: ClassVar = {
        "get": Operation(
            summary="Name and status of every job",
            path=(EXPID,),
            answer=record(
                {
                    "view_data": listed(
                        record(
                            {
                                "name": text("a2m9_LOCAL_SETUP"),
                                "path_log": text("/esarchive/autosubmit/a2m9/tmp/LOG_a2m9"),
                                "out": text("/a2m9_LOCAL_SETUP.20261119060301.out"),
                                "err": text("/a2m9_LOCAL_SETUP.20261119060301.err"),
                            }
                        )
                    ),
                    "tree_view": listed(
                        record(
                            {
                                "title": text("a2m9_LOCAL_SETUP", "HTML."),
                                "refKey": text("a2m9_LOCAL_SETUP"),
                                "data": constant("Empty"),
                                "children": {"type": "array", "maxItems": 0, "examples": [[]]},
                                "status": STATUS_NAME,
                            }
                        )
                    ),
                    **{name: whole() for name in ("total", "completed", "failed")},
                    **{name: whole() for name in ("running", "queuing")},
                }
            ),
        )
    }
    empty = quick.EMPTY

    async def get(self, expid: str) -> None:
        await self.answer(quick.quick_answer, expid)


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
        "packages": _PACKAGES,
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
    Route("/v3/tree/{expid}", Tree),
    Route("/v3/graph/{expid}/{layout}/{grouped}", Graph),
    Route("/v3/quick/{expid}", Quick),
    Route("/v3/pklinfo/{expid}/{timeStamp}", PklInfo),
    Route("/v3/pkltreeinfo/{expid}/{timeStamp}", PklTreeInfo),
]
