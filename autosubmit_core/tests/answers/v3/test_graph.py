"""The graph of the jobs."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autosubmit_core import demo
from autosubmit_core.answers.v3.graph import EMPTY, GROUPINGS, LAYOUTS, graph_answer
from autosubmit_core.answers.v3.pklinfo import pklinfo_answer
from autosubmit_core.archive import Experiment, open_archive
from autosubmit_core.status import Status
from autosubmit_core.tables import JobTable, Structure, WrapperTable

JOBS = demo.jobs_named(
    ["t000_INI", "t000_20000101_fc0_1_SIM", "t000_20000101_fc0_2_SIM", "t000_POST"],
    status=[Status.COMPLETED, Status.RUNNING, Status.WAITING, Status.WAITING],
)
CHAIN = Structure.of_edges(JOBS.name[:3].tolist(), JOBS.name[1:].tolist())


def made(folder: Path, jobs: JobTable = JOBS, **sources: Any) -> Experiment:
    demo.make_experiment(folder, jobs=jobs, **sources)
    return open_archive(folder).experiment("t000", now=1_780_000_000)


def stored_places(folder: Path, rows: list[tuple[str, Any, Any]]) -> Path:
    path = folder / "metadata" / "graph" / "graph_data_t000.db"
    path.parent.mkdir(parents=True)
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("CREATE TABLE experiment_graph_draw (id, job_name, x, y)")
        database.executemany("INSERT INTO experiment_graph_draw VALUES (1, ?, ?, ?)", rows)
    return path


def test_edges_are_in_list_order_and_know_their_wrapper(tmp_path: Path) -> None:
    wrapper = "t000_ASThread_17_1_2"
    wrappers = WrapperTable.of(2, wrapper=[wrapper] * 2, job_name=JOBS.name[1:3])
    answer = graph_answer(made(tmp_path, structure=CHAIN, wrappers=wrappers))
    assert answer["edges"] == [
        {"id": f"{a}-{b}", "from": a, "to": b, "is_wrapper": inside, "dashed": False}
        for a, b, inside in zip(JOBS.name[:3], JOBS.name[1:], (False, True, False))
    ]
    assert answer["packages"] == {wrapper: JOBS.name[1:3].tolist()}
    assert [node["package"] for node in answer["nodes"]] == [None, wrapper, wrapper, None]
    assert (answer["max_children"], answer["max_parents"]) == (1, 1)


def test_shapes_follow_the_number_of_the_last_job_of_a_wrapper(tmp_path: Path) -> None:
    wrappers = WrapperTable.of(3, wrapper=["w1", "w1", "w2"], job_name=JOBS.name[:3])
    answer = graph_answer(made(tmp_path, wrappers=wrappers))
    # The last job of w1 has number 1, that of w2 number 2.
    assert [node["shape"] for node in answer["nodes"]] == ["hexagon", "hexagon", "square", "dot"]
    assert [node["dashed"] for node in answer["nodes"]] == [True, True, True, False]


def test_places_that_a_server_stored_are_used_as_they_are(tmp_path: Path) -> None:
    rows = [(name, 100 * row, -row / 2) for row, name in enumerate(JOBS.name)]
    stored_places(tmp_path, [*rows, ("t000_GONE", 0, 0)])
    answer = graph_answer(made(tmp_path, structure=CHAIN))
    assert [(node["x"], node["y"]) for node in answer["nodes"]] == [row[1:] for row in rows]
    assert isinstance(answer["nodes"][1]["x"], int)
    assert answer["graphviz"] is True


@pytest.mark.parametrize("missing", [("t000_POST", None, 3), ("t000_OTHER", 1, 2)])
def test_places_that_do_not_cover_every_job_are_not_used(
    tmp_path: Path, missing: tuple[str, Any, Any]
) -> None:
    stored_places(tmp_path, [*((name, 7, 7) for name in JOBS.name[:3]), missing])
    answer = graph_answer(made(tmp_path, structure=CHAIN))
    assert answer["graphviz"] is False
    assert [node["y"] for node in answer["nodes"]] == [-270, -180, -90, 0]
    assert [node["level"] for node in answer["nodes"]] == [1, 2, 3, 4]


def test_a_damaged_store_of_places_costs_only_itself(tmp_path: Path) -> None:
    stored_places(tmp_path, []).write_bytes(b"SQLite format 3\0 and then nothing")
    experiment = made(tmp_path, structure=CHAIN)
    assert [node["y"] for node in graph_answer(experiment)["nodes"]] == [-270, -180, -90, 0]
    assert "the graph is laid out anew" in " ".join(one.message for one in experiment.warnings)


def test_nothing_is_written_for_a_graph(tmp_path: Path) -> None:
    experiment = made(tmp_path, structure=CHAIN)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    graph_answer(experiment)
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before


LONG = [f"t000_20000101_fc0_{chunk}_SIM" for chunk in range(1, 1201)]


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize(
    ("jobs", "structure"),
    [
        (JOBS, None),
        (JOBS, Structure.of_edges(["t000_INI"], ["t000_GONE"])),
        (
            JOBS,
            Structure.of_edges(["t000_INI", *JOBS.name[1:3]], ["t000_POST", *JOBS.name[2:0:-1]]),
        ),
        (demo.jobs_named(LONG), Structure.of_edges(LONG[:-1], LONG[1:])),
        (JobTable.empty(), None),
    ],
    ids=["no structure", "unknown job", "cycle apart from the root", "long chain", "no jobs"],
)
def test_no_readable_job_list_is_too_odd_for_a_graph(
    tmp_path: Path, layout: str, jobs: JobTable, structure: Structure | None
) -> None:
    answer = graph_answer(made(tmp_path, jobs, structure=structure), layout=layout)
    assert [node["id"] for node in answer["nodes"]] == jobs.name.tolist()
    assert answer["total_jobs"] == len(jobs)
    assert all(np.isfinite([node["x"], node["y"]]).all() for node in answer["nodes"])


def test_without_a_structure_database_the_jobs_are_shown_with_a_warning(tmp_path: Path) -> None:
    experiment = made(tmp_path)
    (tmp_path / "metadata" / "structures" / "structure_t000.db").unlink()
    answer = graph_answer(experiment)
    assert (len(answer["nodes"]), answer["edges"]) == (4, [])
    assert "structure" in [warning.source for warning in experiment.warnings]


def test_splits_are_joined_where_the_structure_has_none(tmp_path: Path) -> None:
    names = ["t000_INI", "t000_1_1_SIM", "t000_1_2_SIM"]
    jobs = JobTable.of(
        3, name=names, section=["INI", "SIM", "SIM"], chunk=[0, 1, 1], split=[0, 1, 2]
    )
    experiment = made(tmp_path, jobs, structure=Structure.of_edges(["t000_INI"], ["t000_1_SIM"]))
    answer = graph_answer(experiment)
    assert [edge["to"] for edge in answer["edges"]] == names[1:]
    assert answer["nodes"][0]["children_list"] == names[1:]
    assert not [one for one in experiment.warnings if one.code == "unknown_jobs"]


def test_groups_by_status_are_constant(tmp_path: Path) -> None:
    answer = graph_answer(made(tmp_path), grouped="status")
    assert answer["groups"] == ["WAITING", "COMPLETED", "SUSPENDED"]
    assert answer["groups_data"]["WAITING"] == {"color": "#aaaaaa"}


def test_groups_by_date_and_member_are_where_their_jobs_are(tmp_path: Path) -> None:
    answer = graph_answer(made(tmp_path, structure=CHAIN), grouped="date-member")
    assert answer["groups"] == ["t000_20000101_fc0_"]
    # Two jobs at y -180 and -90, one of them running.
    assert answer["groups_data"] == {"t000_20000101_fc0_": {"color": "green", "x": 0, "y": -135}}


def test_nothing_to_group_is_an_empty_answer_with_a_warning(tmp_path: Path) -> None:
    experiment = made(tmp_path, demo.jobs_named(["t000_INI"]))
    answer = graph_answer(experiment, grouped="date-member")
    assert (answer["groups"], answer["groups_data"]) == ([], {})
    assert "no_groups" in [warning.code for warning in experiment.warnings]


def test_polling_names_every_node(tmp_path: Path) -> None:
    experiment = made(tmp_path, structure=CHAIN)
    nodes, polled = graph_answer(experiment)["nodes"], pklinfo_answer(experiment)["pkl_content"]
    assert [node["id"] for node in nodes] == [job["name"] for job in polled]


def test_the_empty_body_has_the_keys_of_an_answer(tmp_path: Path) -> None:
    assert graph_answer(made(tmp_path)).keys() == EMPTY.keys()
    assert (LAYOUTS, GROUPINGS) == (("standard", "laplacian"), ("none", "status", "date-member"))
