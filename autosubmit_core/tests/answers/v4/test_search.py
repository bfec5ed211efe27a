"""The search over experiments: filters, orders and pages."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from autosubmit_core import demo
from autosubmit_core.answers.v4.search import FIELDS, experiments_answer
from autosubmit_core.archive import Archive, open_archive
from autosubmit_core.archive.overview import last_run_counters
from autosubmit_core.demo.writing.catalogues import write_catalogue
from autosubmit_core.errors import RequestError
from autosubmit_core.names import whole_filter
from autosubmit_core.tables import ExperimentTable, RunTable

NUMBERS = ("page", "page_size")


def arguments(path: str) -> dict[str, Any]:
    """Return the arguments that the query of a recorded request stands for."""
    made: dict[str, Any] = dict(parse_qsl(urlsplit(path).query))
    for name, text in made.items():
        if name in NUMBERS:
            made[name] = int(text)
        elif text in ("true", "false"):
            made[name] = text == "true"
    return made


def test_recorded_searches_are_answered_alike(
    reference_archive: Archive, recordings: Any, assert_agrees: Any
) -> None:
    found = [
        recording
        for recording in recordings("_shared", r"/v4/experiments(\?.*)?")
        if recording["status"] == 200
    ]
    assert len(found) > 15
    for recording in found:
        assert_agrees(
            experiments_answer(reference_archive, **arguments(recording["path"])), recording
        )


CREATED = {
    "a000": "2024-01-08 14:52:35",
    "a001": "2025-03-12T16:39:10+01:00",
    "t002": None,
    "o003": "2025-03-12T16:39:10+02:00",
    "a004": None,
}


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    """Five experiments with runs, the first of them running; two have no details."""
    for expid in CREATED:
        demo.make_experiment(
            tmp_path,
            expid,
            jobs=demo.jobs_named([f"{expid}_INI"]),
            runs=RunTable.of(2, run_id=[2, 1], total=[4, 9], completed=[3, 9], queuing=[1, 0]),
        )
    write_catalogue(
        tmp_path,
        ExperimentTable.of(
            5,
            id=[7, 3, 11, 5, 2],
            name=list(CREATED),
            description=["zz", "Aa", "100%", "under_score", "aa"],
            autosubmit_version=["4.1.17.1", "4.0.95", "3.13.0", None, "4.1.17.1"],
            user=["alice", "Bob", None, "alice", None],
            hpc=["MN5", "LUMI", None, "mn5", None],
            created=list(CREATED.values()),
            running=[True, False, False, False, False],
        ),
    )
    return open_archive(tmp_path)


@pytest.fixture
def search(archive: Archive) -> Callable[..., list[str]]:
    """Returns the names that a search over all experiments finds."""

    def names(**options: Any) -> list[str]:
        answer = experiments_answer(archive, **{"only_active": False, **options})
        return [element["name"] for element in answer["experiments"]]

    return names


BY_NUMBER = ["a004", "a001", "o003", "a000", "t002"]


def test_running_experiments_alone_are_the_default(archive: Archive) -> None:
    answer = experiments_answer(archive)
    assert [element["name"] for element in answer["experiments"]] == ["a000"]
    assert answer["experiments"][0]["status"] == "RUNNING"


def test_e4_03_experiments_come_by_number(search: Callable[..., list[str]]) -> None:
    assert search() == BY_NUMBER


def test_e4_02_text_is_found_anywhere_without_case_and_wildcards(
    search: Callable[..., list[str]],
) -> None:
    assert search(query="AA") == ["a004", "a001"]
    assert search(query="BO") == ["a001"]
    assert search(query="%") == ["t002"]
    assert search(query="_") == ["o003"]
    assert search(query="*") == []


def test_the_other_filters_match_whole_texts(search: Callable[..., list[str]]) -> None:
    assert search(owner="ALICE") == ["o003", "a000"]
    assert search(owner="al") == []
    assert search(owner="a*e") == ["o003", "a000"]
    assert search(hpc="mn*") == ["o003", "a000"]
    assert search(autosubmit_version="4.*") == ["a004", "a001", "a000"]
    assert search(autosubmit_version="!4.*") == ["t002"]
    assert search(owner="%") == []


def test_who_has_no_owner_matches_no_negated_filter_either(
    search: Callable[..., list[str]],
) -> None:
    assert search(owner="!alice") == ["a001"]
    assert search(owner="!") == ["a001", "o003", "a000"]
    assert search(owner="*") == ["a001", "o003", "a000"]


def test_a_pattern_of_many_stars_costs_no_more_than_its_length(
    search: Callable[..., list[str]],
) -> None:
    assert search(owner="a*" * 60 + "b") == []


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        ("", "", True),
        ("*", "", True),
        ("a*a", "a", False),
        ("a*a", "aa", True),
        ("*b*b", "abb", True),
        ("*b*b", "ab", False),
        ("a**", "a", True),
        ("!", "", False),
    ],
)
def test_stars_are_any_text(pattern: str, text: str, found: bool) -> None:
    assert whole_filter(pattern)(text) is found


def test_types_are_told_by_the_first_letter(search: Callable[..., list[str]]) -> None:
    assert search(exp_type="test") == ["t002"]
    assert search(exp_type="operational") == ["o003"]
    assert search(exp_type="experiment") == ["a004", "a001", "a000"]


def test_orders_have_the_number_as_a_tie_breaker(search: Callable[..., list[str]]) -> None:
    assert search(order_by="expid") == ["a000", "a001", "a004", "o003", "t002"]
    assert search(order_by="expid", order_desc=True) == ["t002", "o003", "a004", "a001", "a000"]
    # As text is stored: upper case comes before lower.
    assert search(order_by="description")[:2] == ["t002", "a001"]
    assert search(order_desc=True) == BY_NUMBER


def test_e4_04_creation_is_compared_as_instants(search: Callable[..., list[str]]) -> None:
    nobody_noted = ["a004", "t002"]
    assert search(order_by="created") == [*nobody_noted, "a000", "o003", "a001"]
    assert search(order_by="created", order_desc=True) == ["a001", "o003", "a000", *nobody_noted]


def test_pages_and_what_is_said_of_them(archive: Archive) -> None:
    answer = experiments_answer(archive, only_active=False, page=2, page_size=2)
    assert [element["name"] for element in answer["experiments"]] == ["o003", "a000"]
    assert answer["pagination"] == {
        "page": 2,
        "page_size": 2,
        "total_pages": 3,
        "page_items": 2,
        "total_items": 5,
        "next_after": 7,
    }
    beyond = experiments_answer(archive, only_active=False, page=9, page_size=2)
    assert beyond["experiments"] == []
    assert beyond["pagination"]["page"] == 9
    nothing = experiments_answer(archive, only_active=False, query="nowhere")
    assert nothing["pagination"]["total_pages"] == 0


@pytest.mark.parametrize("size", [0, -1])
def test_a_size_of_nothing_is_no_paging(archive: Archive, size: int) -> None:
    answer = experiments_answer(archive, only_active=False, page=7, page_size=size)
    assert len(answer["experiments"]) == 5
    told = answer["pagination"]
    assert (told["page"], told["page_size"], told["total_pages"]) == (7, None, 1)


def test_a_search_goes_on_where_it_ended(
    search: Callable[..., list[str]], archive: Archive
) -> None:
    found, after = [], None
    for _ in range(3):
        answer = experiments_answer(archive, only_active=False, page_size=2, after=after)
        found += [element["name"] for element in answer["experiments"]]
        after = answer["pagination"]["next_after"]
    assert (found, after) == (BY_NUMBER, None)


def test_only_what_is_asked_for_is_told(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    def read(path: Path) -> None:
        raise AssertionError(f"{path} was read")

    monkeypatch.setattr("autosubmit_core.archive.sources.last_run_counters", read)
    answer = experiments_answer(archive, only_active=False, fields=("name", "modified"))
    assert [list(element) for element in answer["experiments"]] == [["name", "modified"]] * 5
    with pytest.raises(RequestError, match="no field 'nonsense'"):
        experiments_answer(archive, fields=("nonsense",))


def test_an_element_has_all_its_keys(archive: Archive) -> None:
    answer = experiments_answer(archive)
    (element,) = answer["experiments"]
    assert tuple(element) == FIELDS
    assert (element["completed"], element["total"], element["queuing"]) == (3, 4, 1)
    assert element["modified"] == "2023-11-14T22:13:20+00:00"


def test_experiments_that_changed_since_a_moment(
    archive: Archive, search: Callable[..., list[str]]
) -> None:
    moment = 1_750_000_000
    (pickle,) = (archive.experiment("o003").path / "pkl").glob("job_list*")
    os.utime(pickle, (moment, moment))
    assert search(modified_since=moment) == ["o003"]
    assert search(modified_since=moment + 1) == []


def test_e4_06_the_job_list_of_a_database_is_of_utc(tmp_path: Path) -> None:
    jobs = demo.jobs_named(["t000_INI"])
    demo.make_experiment(tmp_path, jobs=jobs, version="4.2.0", modified=1_750_000_000)
    answer = experiments_answer(open_archive(tmp_path), only_active=False)
    assert answer["experiments"][0]["modified"] == "2025-06-15T15:06:40+00:00"


def test_without_a_history_all_counters_are_0(tmp_path: Path) -> None:
    demo.make_experiment(tmp_path, jobs=demo.jobs_named(["t000_INI"]))
    (element,) = experiments_answer(open_archive(tmp_path), only_active=False)["experiments"]
    assert [element[name] for name in FIELDS[9:]] == [0] * 7


def test_a_history_that_cannot_be_read_is_as_none_until_it_can(tmp_path: Path) -> None:
    jobs, runs = demo.jobs_named(["t000_INI"]), RunTable.of(1, run_id=[1], total=[5])
    demo.make_experiment(tmp_path, jobs=jobs, runs=runs)
    path = tmp_path / "metadata" / "data" / "job_data_t000.db"
    whole = path.read_bytes()
    path.write_bytes(b"no database at all" * 100)
    archive = open_archive(tmp_path)
    (element,) = experiments_answer(archive, only_active=False)["experiments"]
    assert (element["total"], element["modified"]) == (0, "2023-11-14T22:13:20+00:00")
    path.write_bytes(whole)
    (element,) = experiments_answer(archive, only_active=False)["experiments"]
    assert element["total"] == 5


def test_a_page_is_read_alone_and_once(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[Path] = []

    def counted(path: Path) -> Any:
        read.append(path)
        return last_run_counters(path)

    monkeypatch.setattr("autosubmit_core.archive.sources.last_run_counters", counted)
    for _ in range(3):
        experiments_answer(archive, only_active=False, page_size=2)
    assert len(read) == 2
