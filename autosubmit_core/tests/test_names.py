"""What the names of experiments and jobs tell, and which of them a filter finds."""

from __future__ import annotations

import time

import pytest

from autosubmit_core.names import name_filter


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("", True),
        ("*", True),
        ("fc0", True),
        ("sim", True),
        ("a003*sim", True),
        ("*1*SIM*", True),
        ("sim*a003", False),
        ("fc0*fc0", False),
        ("fc.", False),
        ("a003**1_sim", True),
    ],
)
def test_a_filter_is_found_anywhere_whatever_the_case(pattern: str, found: bool) -> None:
    name = "a003_20220401_fc0_1_SIM"
    assert (name_filter(pattern).search(name) is not None) is found


@pytest.mark.parametrize("parts", [2, 99, 100, 101, 128])
def test_a_filter_may_have_any_number_of_stars(parts: int) -> None:
    pattern = name_filter("*".join("a" * parts))
    assert pattern.search("a" * parts)
    assert not pattern.search("a" * (parts - 1))


def test_one_star_in_a_very_long_name_takes_no_time() -> None:
    began = time.monotonic()
    assert not name_filter("a*z").search("a" * 100_000)
    assert time.monotonic() - began < 1
