"""Where to draw the jobs."""

from __future__ import annotations

from pathlib import Path

import pytest

from autosubmit_core import demo
from autosubmit_core.answers.v4.layout import LAYOUTS, layout_answer
from autosubmit_core.archive import Experiment, open_archive
from autosubmit_core.status import Status
from autosubmit_core.tables import JobTable, Structure

NAMES = ["t000_INI", "t000_20000101_fc0_1_SIM", "t000_20000101_fc0_2_SIM", "t000_POST"]


def made(folder: Path, jobs: JobTable | None = None) -> Experiment:
    jobs = demo.jobs_named(NAMES, priority=[0, 1, 1, 2]) if jobs is None else jobs
    structure = Structure.of_edges(NAMES[:3], NAMES[1:])
    demo.make_experiment(folder, jobs=jobs, structure=structure)
    return open_archive(folder).experiment("t000")


def test_places_are_whole_numbers_in_the_order_of_the_list(tmp_path: Path) -> None:
    experiment = made(tmp_path)
    assert layout_answer(experiment) == {
        "list_version": experiment.list_version,
        "layout": "standard",
        "n": 4,
        "x": [0, 0, 0, 0],
        "y": [-270, -180, -90, 0],
    }


def test_lanes_say_where_lanes_and_columns_are(tmp_path: Path) -> None:
    answer = layout_answer(made(tmp_path), layout="lanes")
    assert answer["lanes"] == [
        {"date": None, "member": None, "top": 0, "bottom": 0},
        {"date": "2000-01-01T00:00:00", "member": "fc0", "top": 180, "bottom": 180},
    ]
    assert [column["chunk"] for column in answer["columns"]] == [None, 1, 2, None]
    assert answer["x"] == [0, 360, 720, 1080]
    assert answer["y"] == [0, 180, 180, 0]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_places_do_not_depend_on_statuses(tmp_path: Path, layout: str) -> None:
    waiting = layout_answer(made(tmp_path), layout=layout)
    running = demo.jobs_named(NAMES, priority=[0, 1, 1, 2], status=[Status.RUNNING] * 4)
    assert layout_answer(made(tmp_path, running), layout=layout) == waiting
