"""``/v3/tree``, ``graph`` and ``quick``: all jobs and how they hang together."""

from __future__ import annotations

from typing import ClassVar

from autosubmit_core.answers.v3 import graph, quick, tree
from autosubmit_core.api.handlers import Operation, Route
from autosubmit_core.api.parameters import Choice
from autosubmit_core.api.schemas import (
    EPOCH,
    STATUS_NAME,
    boolean,
    constant,
    listed,
    mapping,
    number,
    or_null,
    record,
    text,
    whole,
)
from autosubmit_core.api.v3.base import EXPID, LOGGED_USER, V3Handler
from autosubmit_core.api.v3.jobs import CHUNKS, JOB, PACKAGES, REFERENCE, SHAPE, TREE

__all__ = ["routes"]


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
                    "packages": PACKAGES,
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


routes = [
    Route("/v3/tree/{expid}", Tree),
    Route("/v3/graph/{expid}/{layout}/{grouped}", Graph),
    Route("/v3/quick/{expid}", Quick),
]
