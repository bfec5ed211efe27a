from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from autosubmit_core import open_archive

from autosubmit_site.pages.experiments import PAGE_ROWS, Experiments, experiments_of

Make = Callable[..., Path]


def names(index: Experiments) -> list[str]:
    return [row.expid for row in index.rows]


def test_experiments_that_run_come_first_then_the_newest(make_installation: Make) -> None:
    made = make_installation(
        ["a000", "a001", "a002", "a003"], id=[4, 9, 7, 8], running=[True, False, False, True]
    )
    index = experiments_of(open_archive(made))
    assert names(index) == ["a003", "a000", "a001", "a002"]
    assert (index.sum.experiments, index.sum.running, index.matching) == (4, 2, 4)


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("a00", ["a001", "a000"]),
        ("OCEAN", ["a001"]),
        ("alice", ["a000"]),
        ("mare", ["a001", "a000"]),
        ("mare alice", ["a000"]),
        ("alice ocean", []),
        ("4.1.17", ["a001"]),
        ("%", []),
        ("  ", ["a001", "a000"]),
    ],
)
def test_each_word_of_a_search_is_found_somewhere(
    make_installation: Make, search: str, found: list[str]
) -> None:
    made = make_installation(
        ["a000", "a001"],
        description=["Ice and snow", "The ocean"],
        user=["alice", None],
        hpc=["MARENOSTRUM5", "marenostrum5"],
        autosubmit_version=[None, "4.1.17"],
    )
    assert names(experiments_of(open_archive(made), q=search)) == found


def test_a_page_has_fifty_experiments(make_installation: Make) -> None:
    archive = open_archive(make_installation([f"a{i:03}" for i in range(120)]))
    pages = [experiments_of(archive, page=number) for number in (1, 2, 3)]
    assert [len(page.rows) for page in pages] == [PAGE_ROWS, PAGE_ROWS, 20]
    assert [page.pages for page in pages] == [3, 3, 3]
    assert [name for page in pages for name in names(page)] == [
        f"a{i:03}" for i in reversed(range(120))
    ]


@pytest.mark.parametrize(("asked", "given"), [(0, 1), (-5, 1), (3, 2), (10**8, 2)])
def test_a_page_that_is_not_there_gives_the_nearest(
    make_installation: Make, asked: int, given: int
) -> None:
    archive = open_archive(make_installation([f"a{i:03}" for i in range(60)]))
    assert experiments_of(archive, page=asked).page == given


def test_what_nobody_noted_is_an_empty_text(make_installation: Make) -> None:
    row = experiments_of(open_archive(make_installation(["a000"]))).rows[0]
    assert (row.owner, row.platform, row.autosubmit_version, row.created) == ("", "", "", "")


@pytest.mark.parametrize(
    ("noted", "shown"),
    [
        ("2024-01-08 14:52:35", "2024-01-08"),
        ("2025-03-12T16:39:10+01:00", "2025-03-12"),
        ("soon", ""),
    ],
)
def test_the_day_of_creation_is_read_from_what_was_noted(
    make_installation: Make, noted: str, shown: str
) -> None:
    # Only what has details of its own has a day: an owner is part of them.
    made = make_installation(["a000"], user=["alice"], created=[noted])
    assert experiments_of(open_archive(made)).rows[0].created == shown


def test_an_installation_without_experiments_has_one_empty_page(make_installation: Make) -> None:
    index = experiments_of(open_archive(make_installation([])), 7, q="anything")
    assert (index.rows, index.page, index.pages, index.sum.experiments) == ((), 1, 1, 0)


def test_filters_are_those_of_the_api_and_go_together(make_installation: Make) -> None:
    made = make_installation(
        ["a000", "t001", "o002", "a003"],
        user=["alice", "bob", "alice", "alice"],
        hpc=["LUMI", "LUMI", "MARENOSTRUM5", None],
        autosubmit_version=["4.1.17", "4.2.0", "3.14.1", "4.1.10"],
        running=[True, False, True, False],
    )
    archive = open_archive(made)
    assert names(experiments_of(archive, owner="alice", version="4.*")) == ["a000", "a003"]
    assert names(experiments_of(archive, platform="!lumi")) == ["o002"]
    assert names(experiments_of(archive, kind="test")) == ["t001"]
    assert names(experiments_of(archive, active=True, owner="alice")) == ["o002", "a000"]
    chosen = experiments_of(archive, owner="nobody")
    assert (chosen.rows, chosen.owners, chosen.platforms) == (
        (),
        ("alice", "bob"),
        ("LUMI", "MARENOSTRUM5"),
    )


@pytest.mark.parametrize(
    ("sort", "desc", "order"),
    [
        ("name", False, ["a2", "a9", "a10"]),
        ("name", True, ["a10", "a9", "a2"]),
        ("owner", False, ["a10", "a9", "a2"]),
        ("created", True, ["a9", "a2", "a10"]),
    ],
)
def test_a_column_that_is_asked_for_sorts_the_list(
    make_installation: Make, sort: str, desc: bool, order: list[str]
) -> None:
    made = make_installation(
        ["a9", "a10", "a2"],
        user=["mia", "ada", "zoe"],
        created=["2025-01-01", "2023-01-01", "2024-01-01"],
        running=[False, True, False],
    )
    assert names(experiments_of(open_archive(made), sort=sort, desc=desc)) == order


def test_the_jobs_of_all_that_runs_are_summed_up(demo: Path) -> None:
    archive = open_archive(demo)
    index = experiments_of(archive)
    running = [row for row in index.rows if row.running]
    assert len(running) == index.sum.running == 2
    for status, number in index.sum.counters.items():
        assert number == sum(row.counters.get(status, 0) for row in running)
    never_ran = next(row for row in index.rows if row.expid == "t0ab")
    assert never_ran.counters == {}
