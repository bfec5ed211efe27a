"""Every attempt in one past run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from autosubmit_core import demo
from autosubmit_core.answers.v3.rundetail import EMPTY, rundetail_answer
from autosubmit_core.archive import Experiment, open_archive
from autosubmit_core.errors import RunNotFoundError
from autosubmit_core.status import Status
from autosubmit_core.tables import JobHistory, JobTable, RunTable

NOW = 1_780_000_000
SIM, POST = "t000_20000101_fc0_1_SIM", "t000_20000101_fc0_1_POST"
RUNS = RunTable.of(2, run_id=[1, 2], chunk_unit=["month"] * 2, chunk_size=[4, 4])


def rows(names: list[str], **columns: Any) -> JobHistory:
    n = len(names)
    told: dict[str, Any] = {
        "id": list(range(1, n + 1)),
        "job_name": names,
        "section": [name.rpartition("_")[2] for name in names],
        "member": ["fc0" if "fc0" in name else None for name in names],
        "date": ["2000-01-01 00:00:00" if "2000" in name else None for name in names],
        "chunk": [1 if "_1_" in name else 0 for name in names],
        "status": [Status.COMPLETED] * n,
        "run_id": [1] * n,
        "rowtype": [2] * n,
        "last": [True] * n,
    }
    return JobHistory.of(n, **(told | columns))


def made(folder: Path, history: JobHistory, jobs: JobTable | None = None) -> Experiment:
    jobs = demo.jobs_named([SIM]) if jobs is None else jobs
    demo.make_experiment(folder, jobs=jobs, history=history, runs=RUNS)
    return open_archive(folder).experiment("t000", now=NOW)


def detail(folder: Path, history: JobHistory) -> dict[str, Any]:
    return rundetail_answer(made(folder, history), run_id=1)


def test_attempts_are_by_counter_the_later_row_first(tmp_path: Path) -> None:
    history = rows([SIM, POST, "t000_INI"], counter=[2, 1, 1])
    answer = detail(tmp_path, history)
    assert [job["id"] for job in answer["jobs"]] == ["t000_INI", POST, SIM]


def test_repeated_names_are_told_apart_everywhere(tmp_path: Path) -> None:
    answer = detail(tmp_path, rows([SIM, SIM, SIM], counter=[1, 2, 3]))
    names = [SIM, f"{SIM}+", f"{SIM}++"]
    for key in ("id", "internal_id", "label"):
        assert [job[key] for job in answer["jobs"]] == names
    (member,) = answer["tree"][0]["children"]
    assert [leaf["refKey"] for leaf in member["children"]] == names
    assert answer["jobs"][2]["title"].startswith(f"{SIM}++ <span")


def test_sections_and_members_that_were_exchanged_are_put_right_row_by_row(tmp_path: Path) -> None:
    history = rows(
        [SIM, POST, "t000_INI"], section=["fc0", "POST", None], member=["SIM", "fc0", "INI"]
    )
    answer = detail(tmp_path, history)
    found = {job["id"]: (job["section"], job["member"]) for job in answer["jobs"]}
    assert found == {SIM: ("SIM", "fc0"), POST: ("POST", "fc0"), "t000_INI": ("INI", "")}
    (date, keys) = answer["tree"]
    assert [folder["refKey"] for folder in date["children"]] == ["t000_20000101_fc0"]
    assert [leaf["refKey"] for leaf in keys["children"]] == ["t000_INI"]


def test_a_member_that_is_called_like_a_section_is_left_alone(tmp_path: Path) -> None:
    history = rows(["t000_20000101_SIM_1_SIM"], section=["SIM"], member=["SIM"])
    (job,) = detail(tmp_path, history)["jobs"]
    assert (job["section"], job["member"]) == ("SIM", "SIM")


def test_folders_are_flat_and_by_chunk(tmp_path: Path) -> None:
    names = [f"t000_20000101_fc0_{rest}" for rest in ("2_SIM", "1_SIM", "1_POST", "INI")]
    history = rows(names, chunk=[2, 1, 1, 0], status=[5, 5, -1, 4], counter=[1, 2, 3, 4])
    answer = detail(tmp_path, history)
    (member,) = answer["tree"][0]["children"]
    assert [leaf["refKey"] for leaf in member["children"]] == [
        names[3],
        names[1],
        names[2],
        names[0],
    ]
    assert member["title"] == (
        "t000_20000101_fc0 <span class='badge' style='background-color:#ffffb3'>2 / 4 COMPLETED</span>"
        " <span class='badge' style='background-color:red'>1 FAILED</span>"
        " <span class='badge' style='background-color:green; color:white'>1 RUNNING</span>"
    )


def test_wrappers_are_known_by_their_number(tmp_path: Path) -> None:
    code = 17128472368642
    answer = detail(tmp_path, rows([SIM, POST], rowtype=[code, 2], counter=[1, 2]))
    wrapped, single = answer["jobs"]
    assert wrapped["wrapper"] == wrapped["wrapper_code"] == code
    assert single["wrapper"] is None
    assert wrapped["tree_parents"] == ["t000_20000101_fc0", f"Wrapper: {code}"]
    (folder,) = answer["tree"][-1]["children"]
    assert folder["refKey"] == f"Wrapper: {code}"
    assert [leaf["refKey"] for leaf in folder["children"]] == [SIM]
    assert folder["data"] == answer["reference"][f"Wrapper: {code}"]
    assert answer["reference"]["packages"] == [code]


def test_instants_are_local_without_a_zone(tmp_path: Path) -> None:
    # The tests of answers run in UTC.
    history = rows([SIM], submit=[1_700_000_000], start=[1_700_000_060], finish=[1_700_000_660])
    (job,) = detail(tmp_path, history)["jobs"]
    assert job["submit"] == "2023-11-14-22:13:20"
    assert (job["minutes_queue"], job["minutes"]) == (60, 600)
    assert job["title"].endswith(" ~ ( 0:01:00 ) + 0:10:00")
    assert (job["date"], job["date_plus"]) == ("2000 01 01", "2000 05 01")


def test_a_job_without_a_chunk_has_always_shown_the_one_before_the_first(tmp_path: Path) -> None:
    (job,) = detail(tmp_path, rows(["t000_20000101_fc0_INI"]))["jobs"]
    assert (job["date"], job["date_plus"]) == ("1999 09 01", "2000 01 01")


def test_logs_are_those_of_the_row(tmp_path: Path) -> None:
    history = rows([SIM, POST, "t000_INI"], out=["a.out", "NA", None], counter=[1, 2, 3])
    folder = tmp_path / "t000" / "tmp" / "LOG_t000"
    jobs = detail(tmp_path, history)["jobs"]
    assert [job["out"] for job in jobs] == [str(folder / "a.out"), "NA", None]


def test_a_run_without_attempts_is_empty_and_no_error(tmp_path: Path) -> None:
    experiment = made(tmp_path, rows([SIM]))
    answer = rundetail_answer(experiment, run_id=2)
    assert answer == {
        "tree": [],
        "jobs": [],
        "total": 0,
        "reference": {},
        "pkl_timestamp": 10_000_000,
    }


def test_a_run_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(RunNotFoundError):
        rundetail_answer(made(tmp_path, rows([SIM])), run_id=3)


def test_it_needs_no_job_list(tmp_path: Path) -> None:
    experiment = made(tmp_path, rows([SIM]))
    (tmp_path / "t000" / "pkl" / "job_list_t000.pkl").unlink()
    assert rundetail_answer(experiment, run_id=1)["total"] == 1


def test_names_are_escaped_in_html(tmp_path: Path) -> None:
    history = rows(["t000_<b>"], member=["<i>"], date=["2000-01-01 00:00:00"], section=["<b>"])
    answer = detail(tmp_path, history)
    (member,) = answer["tree"][0]["children"]
    assert member["title"].startswith("t000_20000101_&lt;i&gt; <span")
    assert answer["jobs"][0]["title"].startswith("t000_&lt;b&gt; <span")


def test_what_clients_look_up_is_there(tmp_path: Path) -> None:
    answer = detail(tmp_path, rows([SIM, POST, "t000_INI"], rowtype=[99, 99, 2]))
    assert answer.keys() == EMPTY.keys()
    for job in answer["jobs"]:
        for folder in job["tree_parents"]:
            assert answer["reference"][folder]["total"] >= 1
    for tag in (
        "completed_tag",
        "running_tag",
        "queuing_tag",
        "failed_tag",
        "held_tag",
        "checkmark",
    ):
        assert "<span" in answer["reference"][tag]
