"""The lists of experiments of the first generation."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from autosubmit_core import demo
from autosubmit_core.answers.v3.search import owner_search_answer, running_answer, search_answer
from autosubmit_core.archive import Archive, open_archive
from autosubmit_core.demo.writing.catalogues import write_catalogue
from autosubmit_core.tables import ExperimentTable, RunTable

JOBS = demo.jobs_named(["t000_INI"])


def test_each_real_experiment_is_listed_as_recorded(
    reference_archive: Archive, expid: str, recorded: Any, assert_agrees: Any
) -> None:
    recording = recorded(expid, f"v3__search__{expid}")
    assert_agrees(search_answer(reference_archive, text=expid), recording)


def test_searches_over_all_answer_as_recorded(
    reference_archive: Archive, recorded: Any, assert_agrees: Any
) -> None:
    search = search_answer(reference_archive, text="a00")
    assert_agrees(search, recorded("_shared", "v3__search__a00"))
    active = search_answer(
        reference_archive, text="a", experiment_type="experiment", only_active="active"
    )
    assert_agrees(active, recorded("_shared", "v3__search__a__experiment__active"))
    by_root = owner_search_answer(reference_archive, owner="root")
    assert_agrees(by_root, recorded("_shared", "v3__searchowner__root"))
    assert_agrees(running_answer(reference_archive), recorded("_shared", "v3__running"))


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    """Experiments t000, o001 and a002; the first two run."""
    for expid in ("t000", "o001", "a002"):
        jobs = demo.jobs_named([f"{expid}_INI"])
        runs = RunTable.of(2, run_id=[1, 2], total=[9, 4], completed=[9, 3], failed=[0, 1])
        demo.make_experiment(tmp_path, expid, jobs=jobs, runs=runs)
    table = ExperimentTable.of(
        3,
        id=[1, 2, 3],
        name=["t000", "o001", "a002"],
        description=["100% of it", "under_score", "Hello"],
        autosubmit_version=["4.1.17.1"] * 3,
        user=["alice", None, "Bob"],
        hpc=["MN5", "MN5", "MN5"],
        running=[True, True, False],
        status_modified=["2026-01-01 00:00:00"] * 2 + [None],
    )
    write_catalogue(tmp_path, table)
    return open_archive(tmp_path)


def _names(answer: dict[str, Any]) -> list[str]:
    return [element["name"] for element in answer["experiment"]]


def test_text_is_found_anywhere_without_case_and_without_wildcards(archive: Archive) -> None:
    assert _names(search_answer(archive, text="hELLO")) == ["a002"]
    assert _names(search_answer(archive, text="BO")) == ["a002"]
    assert _names(search_answer(archive, text="%")) == ["t000"]
    assert _names(search_answer(archive, text="_")) == ["o001"]
    assert _names(search_answer(archive, text="*")) == []


def test_e3_07_only_the_words_for_it_ask_for_running_experiments(archive: Archive) -> None:
    for word in ("active", "true", "1"):
        assert _names(search_answer(archive, text="0", only_active=word)) == ["t000", "o001"]
    for word in ("all", "false", "", "0"):
        assert len(_names(search_answer(archive, text="0", only_active=word))) == 3


def test_a_type_is_told_by_the_first_letter(archive: Archive) -> None:
    found = {
        kind: _names(search_answer(archive, text="0", experiment_type=kind))
        for kind in ("test", "operational", "experiment", "all")
    }
    assert found == {
        "test": ["t000"],
        "operational": ["o001"],
        "experiment": ["a002"],
        "all": ["t000", "o001", "a002"],
    }


def test_who_has_no_owner_matches_no_filter_of_owners(archive: Archive) -> None:
    assert _names(owner_search_answer(archive, owner="al*")) == ["t000"]
    assert _names(owner_search_answer(archive, owner="!alice")) == ["a002"]
    assert _names(owner_search_answer(archive, owner="*")) == ["t000", "a002"]


def test_the_status_is_null_where_none_is_noted(archive: Archive) -> None:
    elements = search_answer(archive, text="0")["experiment"]
    assert [element["status"] for element in elements] == ["RUNNING", "RUNNING", None]


def test_the_counters_are_those_of_the_last_run(archive: Archive) -> None:
    element = search_answer(archive, text="t000")["experiment"][0]
    assert (element["completed"], element["total"], element["failed"]) == (3, 4, 1)


def test_without_a_run_the_totals_are_a_word(tmp_path: Path) -> None:
    demo.make_experiment(tmp_path, jobs=JOBS)
    element = search_answer(open_archive(tmp_path), text="t000")["experiment"][0]
    assert (element["completed"], element["total"], element["failed"]) == ("NA", "NA", 0)


def test_e3_08_a_broken_configuration_costs_only_what_it_tells(archive: Archive) -> None:
    folder = archive.experiment("o001").path
    for path in (folder / "conf").iterdir():
        path.write_text("A: [1, 2")
    elements = running_answer(archive)["experiment"]
    assert [element["name"] for element in elements] == ["t000", "o001"]
    assert (elements[1]["hpc"], elements[1]["version"]) == ("MN5", "Unknown")
    assert elements[1]["user"] is None
    assert elements[1]["modified"] is not None
