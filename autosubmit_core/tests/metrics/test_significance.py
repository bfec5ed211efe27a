"""The rank test against SciPy's, and against numbers worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from autosubmit_core.metrics.significance import FEWEST, difference, holm, size_of


@pytest.mark.parametrize(
    ("n", "m", "shift", "digits"), [(8, 8, 3, 0), (40, 25, 1, 1), (300, 5000, 0.1, 2)]
)
def test_it_is_the_test_that_scipy_makes(n: int, m: int, shift: float, digits: int) -> None:
    """Rounded samples have ties; SciPy is among the tests' requirements."""
    stats = pytest.importorskip("scipy.stats")
    random = np.random.default_rng(7)
    first = random.normal(10, 3, n).round(digits)
    second = random.normal(10 + shift, 4, m).round(digits)
    theirs = stats.mannwhitneyu(second, first, method="asymptotic")
    ours = difference(first, second)
    assert ours is not None
    assert ours.p_value == pytest.approx(theirs.pvalue, rel=1e-9)
    assert ours.delta == pytest.approx(2 * theirs.statistic / (n * m) - 1)


def test_of_pairs_delta_counts_the_larger_less_the_smaller() -> None:
    first, second = [1, 2, 3, 4, 5, 6, 7, 8], [2, 2, 3, 9, 9, 9, 9, 9]
    # By hand: 5 nines are above all 8 (40); 3 is above 2 and below 5 (-3), each 2 above 1 and
    # below 6 (-10): 27 of 64 pairs.
    made = difference(first, second)
    assert made is not None
    assert made.delta == pytest.approx(27 / 64)


def test_with_few_values_nothing_is_said() -> None:
    assert difference(range(FEWEST - 1), range(1000)) is None
    assert difference([], []) is None


def test_values_that_are_all_equal_do_not_differ() -> None:
    made = difference([60] * 10, [60] * 12)
    assert made is not None
    assert (made.p_value, made.delta, size_of(made.delta)) == (1.0, 0.0, "negligible")


def test_of_many_tests_each_counts_for_more() -> None:
    # 4 · 0.01; then 3 · 0.015 = 0.045; then 2 · 0.02 = 0.04, which is no less than the one before.
    assert holm([0.02, 0.5, 0.01, 0.015]) == pytest.approx([0.045, 0.5, 0.04, 0.045])
    assert holm([]) == []
