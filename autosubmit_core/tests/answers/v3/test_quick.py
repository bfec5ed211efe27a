"""The quick view."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from autosubmit_core import demo
from autosubmit_core.answers.v3.quick import EMPTY, quick_answer
from autosubmit_core.archive import Experiment, open_archive
from autosubmit_core.status import Status
from autosubmit_core.tables import JobTable, WrapperTable


def made(folder: Path, jobs: JobTable, **sources: Any) -> Experiment:
    demo.make_experiment(folder, jobs=jobs, **sources)
    return open_archive(folder).experiment("t000")


def test_what_is_neither_done_nor_waiting_comes_first_in_reverse(tmp_path: Path) -> None:
    statuses = {
        "A": Status.COMPLETED,
        "B": Status.SUSPENDED,
        "C": Status.READY,
        "D": Status.FAILED,
        "E": Status.WAITING,
        "F": Status.RUNNING,
        "G": Status.QUEUING,
    }
    jobs = demo.jobs_named([f"t000_{name}" for name in statuses], status=list(statuses.values()))
    answer = quick_answer(made(tmp_path, jobs))
    assert "".join(job["refKey"][-1] for job in answer["tree_view"]) == "GFDBACE"
    assert [job["name"] for job in answer["view_data"]] == jobs.name.tolist()
    counts = ("total", "completed", "failed", "running", "queuing")
    assert [answer[key] for key in counts] == [7, 1, 1, 1, 1]


@pytest.mark.parametrize(
    ("wrapper", "shown"),
    [("t000_ASThread_17_1_2", "17"), ("odd", "odd"), ("<o>_dd", "&lt;o&gt;_dd")],
)
def test_wrapped_jobs_show_the_code_of_the_wrapper_or_its_whole_name(
    tmp_path: Path, wrapper: str, shown: str
) -> None:
    jobs = demo.jobs_named(["t000_INI", "t000_SIM"])
    wrappers = WrapperTable.of(1, wrapper=[wrapper], job_name=["t000_INI"])
    answer = quick_answer(made(tmp_path, jobs, wrappers=wrappers))
    badge = "<span class='badge' style='background-color: #aaaaaa'>#WAITING</span>"
    tag = f"<span class='badge' style='background-color:#94b8b8'>Wrapped {shown}</span>"
    assert [job["title"] for job in answer["tree_view"]] == [
        f"t000_INI {badge} {tag}",
        f"t000_SIM {badge}",
    ]


def test_logs_are_named_as_the_job_list_has_them(tmp_path: Path) -> None:
    jobs = demo.jobs_named(
        ["t000_INI", "t000_SIM"], local_out=["t000_INI.out", None], local_err=[None, None]
    )
    folder = str(tmp_path / "t000" / "tmp" / "LOG_t000")
    assert quick_answer(made(tmp_path, jobs))["view_data"] == [
        {"name": "t000_INI", "path_log": folder, "out": "/t000_INI.out", "err": "/"},
        {"name": "t000_SIM", "path_log": folder, "out": "/", "err": "/"},
    ]


def test_it_reads_the_job_list_and_wrappers_alone(tmp_path: Path) -> None:
    experiment = made(tmp_path, demo.jobs_named(["t000_INI"]))
    assert quick_answer(experiment).keys() == EMPTY.keys()
    assert experiment.warnings == ()
    read = {Path(str(version[0])).name.partition("_t000")[0] for version in experiment.versions}
    assert read <= {"job_list", "job_list.db", "job_packages"}
