"""Outliers: the examples of the definition, and the formula once more in plain Python."""

from __future__ import annotations

import math
import random
import statistics

import numpy as np
import pytest

from autosubmit_core.metrics.outliers import reasons, run_time_range, valid_run_times


def outliers(run_times: list[int]) -> list[int]:
    run = np.array(run_times, dtype=np.int64)
    found: list[int] = run[~valid_run_times(run)].tolist()
    return found


@pytest.mark.parametrize(
    ("run_times", "expected"),
    [
        # median 2850, MAD 100, z = -2846 / 148.26 = -19.2
        ([2800, 3000, 2900, 4], [4]),
        ([2900, 3000, 2950, 3100, 2930, 2890, 4, 5000], [4, 5000]),
        ([2900, 3000, 2950, 0, 0], [0, 0]),
        ([100], []),
        ([10, 1000], []),
        ([], []),
        ([0], [0]),
        ([5, 5, 5, 0], [0]),
    ],
)
def test_examples(run_times: list[int], expected: list[int]) -> None:
    assert outliers(run_times) == expected


def test_the_band_is_10_3782_mad_around_the_median() -> None:
    around = [900, 1000, 1000, 1100, 900, 1100]  # median 1000, MAD 100 also with one more above
    assert outliers([*around, 2037]) == []
    assert outliers([*around, 2038]) == [2038]


def test_one_deviating_among_equal_ones_is_an_outlier_from_seventeen_on() -> None:
    # MAD 0: |z| = n² / (2.5066 (n - 1)), 6.81 for 16 and 7.21 for 17
    assert outliers([100] * 15 + [900]) == []
    assert outliers([100] * 16 + [900]) == [900]
    assert outliers([100, 100, 100, 900]) == []


def test_the_columns_say_what_plain_python_says() -> None:
    generator = random.Random(7)
    for _ in range(200):
        run = [
            generator.choice([0, 4, 100, 101, 102, 110, 900])
            for _ in range(generator.randint(1, 25))
        ]
        assert outliers(run) == [r for r in run if not _valid(r, [x for x in run if x > 0])], run


def _valid(r: int, ran: list[int]) -> bool:
    if r <= 0 or len(ran) <= 1:
        return r > 0
    median, mean = statistics.median(ran), statistics.fmean(ran)
    mad = statistics.median(abs(x - median) for x in ran)
    deviation = statistics.fmean(abs(x - mean) for x in ran)
    if deviation == 0:
        return True
    return abs((r - median) / (1.4826 * mad if mad else 1.2533 * deviation)) <= 7


def test_each_run_time_has_a_reason() -> None:
    run = np.array([2800, 3000, 2900, 4, 9000, 0])
    assert reasons(run).tolist() == [*["counts"] * 3, "too_short", "too_long", "did_not_run"]
    # Of the five that ran the median is 2900 and the MAD 100.
    kept = run_time_range(run)
    assert kept.median == 2900
    assert kept.deviation == pytest.approx(148.26)
    assert kept.bounds == pytest.approx((2900 - 7 * 148.26, 2900 + 7 * 148.26))


def test_where_run_times_do_not_vary_any_counts() -> None:
    assert run_time_range(np.array([60, 60, 60])).bounds is None
    assert run_time_range(np.array([60])).bounds is None
    assert math.isnan(run_time_range(np.array([0])).median)
