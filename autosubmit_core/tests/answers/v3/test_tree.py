"""The tree and what its clients lean on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from autosubmit_core import demo
from autosubmit_core.answers.v3.tree import EMPTY, tree_answer
from autosubmit_core.archive import Archive, Experiment, open_archive
from autosubmit_core.errors import SourceMissingError
from autosubmit_core.status import Status
from autosubmit_core.tables import (
    JobHistory,
    JobTable,
    RunTable,
    Structure,
    WrapperTable,
)

NOW = 1_780_000_000
COUNTERS = {"completed", "running", "queuing", "failed", "held", "total"}


def made(folder: Path, jobs: JobTable, **sources: Any) -> Experiment:
    demo.make_experiment(folder, jobs=jobs, **sources)
    return open_archive(folder).experiment("t000", now=NOW)


def nodes(tree: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for node in tree:
        yield node
        yield from nodes(node["children"])


def job_of(answer: dict[str, Any], name: str) -> dict[str, Any]:
    (job,) = (job for job in answer["jobs"] if job["id"] == name)
    return dict(job)


@pytest.fixture(scope="module")
def demo_archive(tmp_path_factory: pytest.TempPathFactory) -> Archive:
    return open_archive(demo.build(tmp_path_factory.mktemp("demo"), now=NOW))


def test_what_clients_look_up_is_there(demo_archive: Archive) -> None:
    looked_at = 0
    for expid in demo_archive.experiments().name:
        experiment = demo_archive.experiment(expid, now=NOW)
        if not experiment.jobs_modified:
            continue  # archived: its jobs are gone
        answer = tree_answer(experiment)
        folders = Counter(node["refKey"] for node in nodes(answer["tree"]) if node.get("folder"))
        leaves = {node["refKey"] for node in nodes(answer["tree"]) if not node.get("folder")}
        for job in answer["jobs"]:
            assert job["id"] in leaves
            for folder in job["tree_parents"]:
                assert folders[folder] == 1
                assert answer["reference"][folder].keys() == COUNTERS
        for tag, marks in {
            "completed_tag": ("%B", "%C", "%T"),
            "running_tag": ("%R",),
            "queuing_tag": ("%Q",),
            "failed_tag": ("%F",),
            "held_tag": ("%H",),
            "checkmark": (),
        }.items():
            assert all(mark in answer["reference"][tag] for mark in marks)
        assert answer["total"] == len(answer["jobs"])
        looked_at += 1
    assert looked_at >= 5


def test_names_are_escaped_in_html_and_nowhere_else(tmp_path: Path) -> None:
    name, member, wrapper = "t000_<b>'\"&", "<i>fc0", "t000_<u>_1_2"
    jobs = JobTable.of(
        1, name=[name], status=[0], section=["<S>"], member=[member], date=["2000-01-01"]
    )
    wrappers = WrapperTable.of(1, wrapper=[wrapper], job_name=[name])
    answer = tree_answer(made(tmp_path, jobs, wrappers=wrappers))
    for node in nodes(answer["tree"]):
        for mark in ("<b>", "<i>", "<u>", '"&'):
            assert mark not in node["title"]
    assert answer["jobs"][0]["id"] == name
    assert answer["jobs"][0]["title"].startswith("t000_&lt;b&gt;&#x27;&quot;&amp; <span")
    assert answer["jobs"][0]["tree_parents"] == [f"t000_20000101_{member}"]
    assert f"Wrapper: {wrapper}" in answer["reference"]


@pytest.mark.parametrize(
    ("date", "folder"),
    [
        ("2000-01-01", "t000_20000101"),
        ("2000-01-01T01", "t000_2000010101"),
        ("2000-01-01T00:01", "t000_200001010001"),
    ],
)
def test_hours_and_minutes_of_dates_are_in_the_names_of_folders(
    tmp_path: Path, date: str, folder: str
) -> None:
    jobs = demo.jobs_named(["t000_SIM"], date=[date], member=["fc0"])
    (node,) = tree_answer(made(tmp_path, jobs))["tree"]
    # T-03: the key of a date has no HTML, though all its jobs are WAITING.
    assert node["refKey"] == folder
    assert (
        node["title"]
        == f"{folder} <span class='badge' style='background-color:#aaa'> 1 / 1 WAITING </span>"
    )
    assert node["children"][0]["refKey"] == f"{folder}_fc0"


def test_folders_tell_how_far_their_jobs_are(tmp_path: Path) -> None:
    statuses = [Status.COMPLETED, Status.FAILED, Status.RUNNING, Status.QUEUING, Status.HELD]
    jobs = demo.jobs_named([f"t000_20000101_fc0_{section}" for section in "ABCDE"], status=statuses)
    answer = tree_answer(made(tmp_path, jobs))
    (date,) = answer["tree"]
    assert date["title"] == "t000_20000101"
    assert date["children"][0]["title"] == (
        "t000_20000101_fc0"
        " <span class='badge' style='background-color:#ffffb3'> 1 / 5 COMPLETED</span>"
        " <span class='badge' style='background-color:red'>1 FAILED</span>"
        " <span class='badge' style='background-color:green; color:#fff'>1 RUNNING</span>"
        " <span class='badge' style='background-color:pink'>1 QUEUING</span>"
        " <span class='badge' style='background-color:#fa8072; color:#fff'>1 HELD</span>"
    )
    assert answer["reference"]["t000_20000101_fc0"] == {
        "completed": 1,
        "running": 1,
        "queuing": 1,
        "failed": 1,
        "held": 1,
        "total": 5,
    }


def test_of_many_dates_those_that_are_all_alike_are_closed(tmp_path: Path) -> None:
    jobs = demo.jobs_named(
        [f"t000_200{year}0101_fc0_SIM" for year in range(6)],
        status=[Status.WAITING, Status.COMPLETED, Status.SUSPENDED, *[Status.RUNNING] * 3],
    )
    tree = tree_answer(made(tmp_path, jobs))["tree"]
    assert [date["expanded"] for date in tree] == [False] * 3 + [True] * 3


def test_five_dates_are_open(tmp_path: Path) -> None:
    jobs = demo.jobs_named([f"t000_200{year}0101_fc0_SIM" for year in range(5)])
    assert all(date["expanded"] for date in tree_answer(made(tmp_path, jobs))["tree"])


def test_a_wrapped_job_is_in_two_folders_and_names_one(tmp_path: Path) -> None:
    jobs = demo.jobs_named([f"t000_20000101_fc0_{chunk}_SIM" for chunk in (1, 2)])
    wrapper = "t000_ASThread_17_1_2"
    wrappers = WrapperTable.of(
        3, wrapper=[wrapper, wrapper, "gone"], job_name=[jobs.name[1], jobs.name[0], "t000_GONE"]
    )
    answer = tree_answer(made(tmp_path, jobs, wrappers=wrappers))
    (top,) = (node for node in answer["tree"] if node["refKey"] == "Wrappers_t000")
    (folder,) = top["children"]
    assert [leaf["refKey"] for leaf in folder["children"]] == jobs.name.tolist()
    assert folder["data"] == answer["reference"][f"Wrapper: {wrapper}"]
    assert answer["reference"]["packages"] == ["gone", wrapper]
    job = answer["jobs"][0]
    assert (job["wrapper"], job["wrapper_code"]) == (wrapper, "17")
    assert job["tree_parents"] == ["t000_20000101_fc0"]
    assert job["title"].endswith(f"Wrapped {wrapper} </span>")


def test_titles_say_where_the_workflow_begins_ends_and_waits(tmp_path: Path) -> None:
    jobs = demo.jobs_named(["t000_INI", "t000_20000101_fc0_SIM", "t000_20000101_POST"])
    structure = Structure.of_edges(jobs.name[:2].tolist(), jobs.name[1:].tolist())
    answer = tree_answer(made(tmp_path, jobs, structure=structure))
    tags = [
        {tag for tag in ("SOURCE", "TARGET", "SYNC") if f">{tag}<" in job["title"]}
        for job in answer["jobs"]
    ]
    assert tags == [{"SOURCE"}, set(), {"TARGET", "SYNC"}]


def test_neighbours_that_are_not_in_the_list_are_left_out_with_a_warning(tmp_path: Path) -> None:
    jobs = demo.jobs_named(["t000_INI", "t000_POST"])
    structure = Structure.of_edges(["t000_INI", "t000_INI"], ["t000_POST", "t000_GONE"])
    experiment = made(tmp_path, jobs, structure=structure)
    assert job_of(tree_answer(experiment), "t000_INI")["children_list"] == ["t000_POST"]
    assert "1 dependency names a job that is not in the list." in [
        warning.message for warning in experiment.warnings
    ]


def test_times_are_those_of_the_newest_attempt_as_far_as_the_status_lets(tmp_path: Path) -> None:
    jobs = demo.jobs_named(["t000_20000101_fc0_2_SIM"], status=[Status.COMPLETED])
    history = JobHistory.of(
        1,
        id=[1],
        job_name=jobs.name,
        status=jobs.status,
        last=[True],
        submit=[NOW - 1000],
        start=[NOW - 900],
        finish=[NOW - 300],
        run_id=[1],
        chunk=[2],
        workflow_commit=["abc"],
        rowtype=[2],
    )
    runs = RunTable.of(1, run_id=[1], chunk_unit=["month"], chunk_size=[4])
    (job,) = tree_answer(made(tmp_path, jobs, history=history, runs=runs))["jobs"]
    assert (job["minutes_queue"], job["minutes"]) == (100, 600)
    assert " ~ ( 0:01:40 ) + 0:10:00 " in job["title"]
    # The second chunk of four months, as the run had them.
    assert (job["date"], job["date_plus"]) == ("2000 05 01", "2000 09 01")
    assert (job["chunk_unit"], job["chunk_size"]) == ("month", 4)
    # 4/12 year in 600 s, and in 700 s
    assert job["SYPD"] == pytest.approx(86400 / 3 / 600)
    assert job["ASYPD"] == pytest.approx(86400 / 3 / 700)
    assert job["workflow_commit"] == "abc"


CONFIGURATION: dict[str, Any] = {
    "DEFAULT": {"EXPID": "t000", "HPCARCH": "MN5"},
    "EXPERIMENT": {"CHUNKSIZEUNIT": "month", "CHUNKSIZE": 1},
    "PLATFORMS": {
        "MN5": {
            "TYPE": "slurm",
            "QUEUE": "parallel",
            "SERIAL_QUEUE": "serial",
            "MAX_WALLCLOCK": "48:00",
        }
    },
    "JOBS": {
        "OWN": {"QUEUE": "own", "WALLCLOCK": "00:30", "PROCESSORS": "4"},
        "SERIAL": {"PROCESSORS": "1"},
        "WIDE": {"PROCESSORS": "16"},
    },
}


@pytest.mark.parametrize(
    ("section", "queue", "processors", "wallclock"),
    [
        ("OWN", "own", 4, "00:30"),
        ("SERIAL", "serial", 1, "48:00"),
        ("WIDE", "parallel", 16, "48:00"),
    ],
)
def test_what_jobs_ask_for_is_from_their_section_then_from_the_platform(
    tmp_path: Path, section: str, queue: str, processors: int, wallclock: str
) -> None:
    jobs = demo.jobs_named([f"t000_{section}"])
    (job,) = tree_answer(made(tmp_path, jobs, configuration=CONFIGURATION))["jobs"]
    asked = (job["platform_name"], job["queue"], job["processors"], job["wallclock"])
    assert asked == ("MN5", queue, processors, wallclock)


def test_a_section_that_is_gone_from_the_configuration_is_told_by_the_history(
    tmp_path: Path,
) -> None:
    jobs = demo.jobs_named(["t000_GONE", "t000_NEVER"])
    history = JobHistory.of(
        1,
        id=[1],
        job_name=["t000_GONE"],
        last=[True],
        ncpus=[8],
        platform=["LUMI"],
        qos=["small"],
        wallclock=["02:00"],
        rowtype=[2],
    )
    answer = tree_answer(made(tmp_path, jobs, history=history, configuration=CONFIGURATION))
    keys = ("platform_name", "queue", "processors", "wallclock")
    asked = [tuple(job[key] for key in keys) for job in answer["jobs"]]
    assert asked == [("LUMI", "small", 8, "02:00"), ("MN5", "serial", 1, "48:00")]


def test_packed_logs_of_jobs_that_ended_are_named(tmp_path: Path) -> None:
    jobs = demo.jobs_named(["t000_INI", "t000_SIM"], status=[Status.COMPLETED, Status.RUNNING])
    experiment = made(tmp_path, jobs)
    logs = tmp_path / "t000" / "tmp" / "LOG_t000"
    logs.mkdir(parents=True, exist_ok=True)
    for name in ("t000_INI", "t000_SIM"):
        (logs / f"{name}.20260101000000.out.xz").touch()
    answer = tree_answer(experiment)
    assert [job["out"] for job in answer["jobs"]] == [
        str(logs / "t000_INI.20260101000000.out.xz"),
        None,
    ]
    assert [job["err"] for job in answer["jobs"]] == [None, None]


def test_the_timestamp_is_the_last_change_of_the_list(tmp_path: Path) -> None:
    experiment = made(tmp_path, demo.jobs_named(["t000_INI"]), modified=1_700_000_123)
    assert tree_answer(experiment)["pkl_timestamp"] == 1_700_000_123


def test_without_a_job_list_there_is_an_error_and_an_empty_body(tmp_path: Path) -> None:
    experiment = made(tmp_path, demo.jobs_named(["t000_INI"]))
    (tmp_path / "t000" / "pkl" / "job_list_t000.pkl").unlink()
    with pytest.raises(SourceMissingError):
        tree_answer(experiment)
    assert EMPTY["reference"] == []


def test_the_empty_body_has_the_keys_of_an_answer(tmp_path: Path) -> None:
    assert tree_answer(made(tmp_path, demo.jobs_named(["t000_INI"]))).keys() == EMPTY.keys()
