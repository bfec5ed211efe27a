from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from autosubmit_core import open_archive

from autosubmit_site.index import PAGE_ROWS, Index, index_of

Make = Callable[..., Path]


def names(index: Index) -> list[str]:
    return [row.expid for row in index.rows]


def test_experiments_that_run_come_first_then_the_newest(make_installation: Make) -> None:
    made = make_installation(
        ["a000", "a001", "a002", "a003"], id=[4, 9, 7, 8], running=[True, False, False, True]
    )
    index = index_of(open_archive(made))
    assert names(index) == ["a003", "a000", "a001", "a002"]
    assert (index.total, index.running, index.matching) == (4, 2, 4)


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
    assert names(index_of(open_archive(made), search)) == found


def test_a_page_has_fifty_experiments(make_installation: Make) -> None:
    archive = open_archive(make_installation([f"a{i:03}" for i in range(120)]))
    pages = [index_of(archive, page=number) for number in (1, 2, 3)]
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
    assert index_of(archive, page=asked).page == given


def test_what_nobody_noted_is_an_empty_text(make_installation: Make) -> None:
    row = index_of(open_archive(make_installation(["a000"]))).rows[0]
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
    assert index_of(open_archive(made)).rows[0].created == shown


def test_an_installation_without_experiments_has_one_empty_page(make_installation: Make) -> None:
    index = index_of(open_archive(make_installation([])), "anything", 7)
    assert (index.rows, index.page, index.pages, index.total) == ((), 1, 1, 0)
