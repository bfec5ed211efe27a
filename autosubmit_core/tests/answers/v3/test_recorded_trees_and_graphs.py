"""Tree, graph, their polling and the details of runs agree with what was recorded of real experiments.

Where they cannot, each test says why, by the mark of the specification.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from autosubmit_core.answers.v3.graph import graph_answer
from autosubmit_core.answers.v3.pklinfo import pklinfo_answer, pkltreeinfo_answer
from autosubmit_core.answers.v3.quick import quick_answer
from autosubmit_core.answers.v3.rundetail import rundetail_answer
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
    as_json: Callable[[object], Any],
    expid: str,
    layout_and_grouping: str,
) -> None:
    recording = recorded(expid, f"v3__graph__{expid}__{layout_and_grouping}")
    layout, grouped = layout_and_grouping.split("__")
    answer = as_json(graph_answer(experiment, layout=layout, grouped=grouped))
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


#: T-08: section and member are exchanged in the recordings, and with them the folders. M-09: ASYPD.
OF_RUNS = frozenset({"section", "member", "ASYPD", "tree_parents"})


def test_rundetail(
    experiment: Experiment,
    recordings: Callable[[str, str], list[Any]],
    assert_agrees: Agrees,
    expid: str,
) -> None:
    found = recordings(expid, rf"/v3/rundetail/{expid}/\d+")
    assert found
    for recording in found:
        run_id = int(recording["path"].rpartition("/")[2])
        answer, body = rundetail_answer(experiment, run_id=run_id), recording["body"]
        for wanted in body["jobs"]:
            for kind in ("out", "err"):
                # A row without a log names none; the recording names the folder.
                wanted[kind] = None if wanted[kind].endswith("/") else wanted[kind]
        recorded_tree, recorded_reference = body.pop("tree"), body.pop("reference")
        assert_agrees(answer, recording, passed_over=OF_RUNS)

        assert leaves(answer["tree"]) == leaves(recorded_tree)
        assert counted(answer["reference"]) == counted(recorded_reference)
        templates = {key: text for key, text in recorded_reference.items() if key.endswith("tag")}
        assert templates.items() <= answer["reference"].items()
        assert [top_of(date) for date in answer["tree"]] == [top_of(date) for date in recorded_tree]


def leaves(tree: list[dict[str, Any]]) -> set[str]:
    """Return the keys of the jobs of a tree."""
    found: set[str] = set()
    for node in tree:
        found |= leaves(node["children"]) if node.get("folder") else {node["refKey"]}
    return found


def counted(reference: dict[str, Any]) -> dict[str, int]:
    """Return the sums of the counters of all folders."""
    folders = [counts for counts in reference.values() if isinstance(counts, dict)]
    keys = ("completed", "running", "queuing", "failed", "total")
    return {key: sum(counts[key] for counts in folders) for key in keys}


def top_of(node: dict[str, Any]) -> tuple[str, str, bool]:
    return node["title"], node["refKey"], node["expanded"]
