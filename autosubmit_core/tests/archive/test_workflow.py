"""The graph of an experiment, and what of it is kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from autosubmit_core import demo
from autosubmit_core.archive import Archive, open_archive
from autosubmit_core.archive import workflow as module
from autosubmit_core.graphs.layout import layered_layout
from autosubmit_core.status import Status
from autosubmit_core.tables import Structure, WrapperTable

NAMES = ["t000_INI", "t000_SIM", "t000_POST"]


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Notes how many jobs each layered drawing that is really made has."""
    sizes: list[int] = []
    draw = layered_layout

    def noting(*arguments: object) -> object:
        made = draw(*arguments)  # type: ignore[arg-type]  # handed on as they came
        sizes.append(len(made))
        return made

    monkeypatch.setattr(module, "layered_layout", noting)
    return sizes


def write(
    folder: Path, *, edges: int = 2, status: Status = Status.WAITING, wrapped: int = 0
) -> None:
    demo.make_experiment(
        folder,
        jobs=demo.jobs_named(NAMES, status=[status] * 3),
        structure=Structure.of_edges(NAMES[:edges], NAMES[1 : edges + 1]),
        wrappers=WrapperTable.of(wrapped, wrapper=["w"] * wrapped, job_name=NAMES[:wrapped]),
    )


def layered(archive: Archive) -> list[float]:
    places: list[float] = archive.experiment("t000").workflow.layered().y.tolist()
    return places


def test_a_drawing_is_kept_while_only_statuses_change(tmp_path: Path, drawn: list[int]) -> None:
    write(tmp_path)
    archive = open_archive(tmp_path)
    first = layered(archive)
    write(tmp_path, status=Status.RUNNING)
    assert layered(archive) == first
    assert drawn == [3]


def test_a_drawing_is_made_anew_for_other_edges_and_wrappers(
    tmp_path: Path, drawn: list[int]
) -> None:
    write(tmp_path)
    archive = open_archive(tmp_path)
    assert layered(archive) == [-180, -90, 0]
    write(tmp_path, edges=1)
    assert layered(archive) == [-90, 0, -90]
    write(tmp_path, edges=1, wrapped=2)
    layered(archive)
    assert len(drawn) == 3


def test_wrappers_count_only_for_jobs_of_the_list(tmp_path: Path) -> None:
    wrappers = WrapperTable.of(
        4, wrapper=["w1", "w1", "w2", "w2"], job_name=[NAMES[2], "t000_GONE", NAMES[0], NAMES[2]]
    )
    demo.make_experiment(tmp_path, jobs=demo.jobs_named(NAMES), wrappers=wrappers)
    made = open_archive(tmp_path).experiment("t000").workflow
    # POST was submitted again in w2.
    assert made.wrapper_of == {2: "w2", 0: "w2"}
    assert made.wrapper_numbers.tolist() == [0, -1, 0]


def test_unknown_jobs_are_warned_of_once(tmp_path: Path) -> None:
    structure = Structure.of_edges([*NAMES[:2], "t000_X"], ["t000_Y", NAMES[2], NAMES[0]])
    demo.make_experiment(tmp_path, jobs=demo.jobs_named(NAMES), structure=structure)
    experiment = open_archive(tmp_path).experiment("t000")
    assert experiment.workflow.noted is experiment.workflow.connected
    assert [warning.message for warning in experiment.warnings] == [
        "2 dependencies name jobs that are not in the list."
    ]
