"""Tree, graph and their polling agree with what was recorded of real experiments."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from autosubmit_core.answers.v3.graph import graph_answer
from autosubmit_core.answers.v3.pklinfo import pklinfo_answer, pkltreeinfo_answer
from autosubmit_core.answers.v3.quick import quick_answer
from autosubmit_core.answers.v3.tree import tree_answer
from autosubmit_core.archive import Experiment

Reader = Callable[[str, str], Any]
Agrees = Callable[..., None]

#: T-06: packed logs are found too.
LOGS = frozenset({"out", "err"})
#: T-03: keys of dates without HTML. T-05: neighbours that are not in the list. T-07: queues.
OF_TREE = LOGS | {"refKey", "children_list", "parent_list", "parents", "queue"}
#: G-01: levels by the longest path.
OF_GRAPH = OF_TREE | {"level", "children", "max_children", "max_parents"}


def test_tree(experiment: Experiment, recorded: Reader, assert_agrees: Agrees, expid: str) -> None:
    recording = recorded(expid, f"v3__tree__{expid}")
    answer = tree_answer(experiment)
    if recording["body"]["error"]:
        assert answer["tree"]  # a1ve: E3-03
        assert answer["jobs"]
    else:
        assert_agrees(answer, recording, passed_over=OF_TREE)


@pytest.mark.parametrize(
    "layout_and_grouping",
    ["standard__none", "standard__status", "standard__date-member", "laplacian__none"],
)
def test_graph(
    experiment: Experiment,
    recorded: Reader,
    assert_agrees: Agrees,
    expid: str,
    layout_and_grouping: str,
) -> None:
    recording = recorded(expid, f"v3__graph__{expid}__{layout_and_grouping}")
    layout, grouped = layout_and_grouping.split("__")
    answer = graph_answer(experiment, layout=layout, grouped=grouped)
    if recording["body"]["error"]:
        assert answer["nodes"]
    else:
        # The recorded order of edges from one job, and of groups, is that of a set of texts.
        for body in (answer, recording["body"]):
            body["edges"].sort(key=lambda edge: edge["id"])
            body["groups"].sort()
        assert_agrees(answer, recording, passed_over=OF_GRAPH)


def test_pklinfo(
    experiment: Experiment, recorded: Reader, assert_agrees: Agrees, expid: str
) -> None:
    recording = recorded(expid, f"v3__pklinfo__{expid}__0")
    answer = pklinfo_answer(experiment)
    if recording["body"]["error"]:
        assert answer["pkl_content"]
    else:
        assert_agrees(answer, recording, passed_over=LOGS)


def test_pkltreeinfo(
    experiment: Experiment, recorded: Reader, assert_agrees: Agrees, expid: str
) -> None:
    recording = recorded(expid, f"v3__pkltreeinfo__{expid}__0")
    answer = pkltreeinfo_answer(experiment)
    if recording["body"]["error"]:
        assert answer["pkl_content"]
    else:
        assert_agrees(answer, recording, passed_over=LOGS)


def test_quick(experiment: Experiment, recorded: Reader, assert_agrees: Agrees, expid: str) -> None:
    assert_agrees(quick_answer(experiment), recorded(expid, f"v3__quick__{expid}"))
