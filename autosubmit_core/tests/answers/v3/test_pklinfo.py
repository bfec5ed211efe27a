"""What clients of graph and tree ask for every few seconds."""

from __future__ import annotations

from pathlib import Path

from autosubmit_core import demo
from autosubmit_core.answers.v3.pklinfo import (
    EMPTY,
    EMPTY_TREE,
    pklinfo_answer,
    pkltreeinfo_answer,
)
from autosubmit_core.answers.v3.tree import tree_answer
from autosubmit_core.archive import Experiment, open_archive
from autosubmit_core.status import Status
from autosubmit_core.tables import JobHistory, JobTable, RunTable, WrapperTable

NOW = 1_780_000_000
JOBS = demo.jobs_named(
    ["t000_20000101_fc0_1_SIM", "t000_20000101_fc0_2_SIM"],
    status=[Status.COMPLETED, Status.RUNNING],
    priority=[3, 3],
)
HISTORY = JobHistory.of(
    2,
    id=[1, 2],
    job_name=JOBS.name,
    status=JOBS.status,
    last=[True, True],
    submit=[NOW - 2000, NOW - 500],
    start=[NOW - 1900, NOW - 400],
    finish=[NOW - 1000, 0],
    run_id=[1, 1],
    rowtype=[2, 2],
)
RUNS = RunTable.of(1, run_id=[1], chunk_unit=["month"], chunk_size=[4])
WRAPPERS = WrapperTable.of(1, wrapper=["t000_ASThread_17_1_1"], job_name=JOBS.name[1:])


def made(folder: Path, now: int = NOW, jobs: JobTable = JOBS) -> Experiment:
    demo.make_experiment(folder, jobs=jobs, history=HISTORY, runs=RUNS, wrappers=WRAPPERS)
    return open_archive(folder).experiment("t000", now=now)


def test_times_of_what_runs_go_on(tmp_path: Path) -> None:
    for now in (NOW, NOW + 5):
        done, running = pklinfo_answer(made(tmp_path, now))["pkl_content"]
        assert (done["minutes"], done["running_text"]) == (900, "( 0:01:40 ) + 0:15:00")
        assert running["minutes"] == now - (NOW - 400)
        assert (running["submit"] is None, running["finish"]) == (False, None)


def test_speeds_are_told_only_where_the_run_knows_its_chunks(tmp_path: Path) -> None:
    experiment = made(tmp_path)
    assert pklinfo_answer(experiment)["pkl_content"][0]["SYPD"] == 86400 / 3 / 900
    demo.make_experiment(tmp_path, jobs=JOBS, history=HISTORY, runs=RunTable.empty())
    experiment = open_archive(tmp_path).experiment("t000", now=NOW)
    assert pklinfo_answer(experiment)["pkl_content"][0]["SYPD"] is None


def test_the_titles_are_those_of_the_tree(tmp_path: Path) -> None:
    experiment = made(tmp_path)
    polled = pkltreeinfo_answer(experiment)["pkl_content"]
    assert [job["title"] for job in polled] == [
        job["title"] for job in tree_answer(experiment)["jobs"]
    ]
    assert polled[0]["wrapper"] is polled[0]["wrapper_tag"] is polled[0]["wrapper_id"] is None
    assert polled[1]["wrapper_id"] == "17"
    assert polled[1]["title"].endswith(polled[1]["wrapper_tag"])


def test_both_tell_the_rest_alike(tmp_path: Path) -> None:
    experiment = made(tmp_path)
    of_graph, of_tree = pklinfo_answer(experiment), pkltreeinfo_answer(experiment)
    for one, other in zip(of_graph["pkl_content"], of_tree["pkl_content"]):
        shared = one.keys() & other.keys()
        assert one.keys() - shared == {"dashed", "shape", "package"}
        assert other.keys() - shared == {"wrapper", "wrapper_tag", "wrapper_id", "title"}
        assert {key: one[key] for key in shared} == {key: other[key] for key in shared}
    assert of_graph["packages"] == {"t000_ASThread_17_1_1": [JOBS.name[1]]}
    assert of_graph["has_changed"] is True


def test_the_empty_bodies_have_the_keys_of_an_answer(tmp_path: Path) -> None:
    experiment = made(tmp_path)
    assert pklinfo_answer(experiment).keys() == EMPTY.keys()
    assert pkltreeinfo_answer(experiment).keys() == EMPTY_TREE.keys()
    assert EMPTY_TREE["source_tag"].endswith("SOURCE</span>")
