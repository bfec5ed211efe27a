"""Which storage of the job list counts."""

from __future__ import annotations

import pytest

from autosubmit_core.readers.job_list import choose_storage


@pytest.mark.parametrize("version", [None, "", "3.13.0", "4.0.101", "4.1.17.1", "4.1"])
def test_versions_before_4_2_have_a_pickle(version: str | None) -> None:
    assert choose_storage(version, True, True) == "pickle"
    assert choose_storage(version, False, False) == "pickle"


@pytest.mark.parametrize("version", ["4.2.0", "4.2.0b1", "4.2", "4.10.1", "5.0", "10.0"])
def test_later_versions_have_a_table(version: str) -> None:
    assert choose_storage(version, True, True) == "table"
    assert choose_storage(version, False, False) == "table"


@pytest.mark.parametrize(
    "version", ["4", "4.2b1", "v4.1.0", "Unknown", ".", "4.", "-4.2", f"4.{'2' * 5000}"]
)
def test_a_version_that_does_not_tell_has_a_table_if_there_is_one(version: str) -> None:
    assert choose_storage(version, True, True) == "table"
    assert choose_storage(version, False, True) == "table"
    assert choose_storage(version, True, False) == "pickle"
    assert choose_storage(version, False, False) == "pickle"


def test_the_storage_that_is_there_counts_when_the_other_is_missing() -> None:
    # An experiment upgraded by hand, or one whose version was noted wrongly.
    assert choose_storage("4.2.0", True, False) == "pickle"
    assert choose_storage("4.1.17.1", False, True) == "table"
