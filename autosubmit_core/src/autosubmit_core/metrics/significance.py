"""Whether two samples of times differ by more than chance, and by how much.

Run and queue times are skewed and have outliers, so ranks are compared, not means.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt

__all__ = ["FEWEST", "LEVEL", "Difference", "Size", "difference", "holm", "size_of"]

#: With fewer values than this in either sample the normal approximation of the test does not hold,
#: and nothing is said.
FEWEST = 8
#: The probability of calling any difference real that is chance.
LEVEL = 0.05

#: How large an effect is.
Size: TypeAlias = Literal["negligible", "small", "medium", "large"]
#: From which |delta| on an effect is called so (Romano et al. 2006, Annual meeting of the Florida
#: Association of Institutional Research).
_SIZES: tuple[tuple[float, Size], ...] = ((0.474, "large"), (0.33, "medium"), (0.147, "small"))


@dataclass(frozen=True, slots=True)
class Difference:
    """How a second sample differs from a first one."""

    #: The probability of a difference in ranks at least as large by chance alone, two-sided.
    p_value: float
    #: Cliff's delta: how much more often a value of the second sample is larger than one of the
    #: first than smaller, from -1 to 1.
    delta: float


def difference(first: npt.ArrayLike, second: npt.ArrayLike) -> Difference | None:
    """Return how two samples differ by the test of Mann and Whitney; None if one has too few values.

    With n and m values, R the sum of the ranks of the second among all N = n + m (equal values share
    the mean of theirs) and U = R - m (m + 1) / 2: delta = 2 U / (n m) - 1, and p is two-sided from
    the normal distribution with mean n m / 2, variance n m / 12 · (N + 1 - Σ (t³ - t) / (N (N - 1)))
    for groups of t equal values, and a correction of 1/2 for continuity (Mann and Whitney 1947,
    doi:10.1214/aoms/1177730491; Cliff 1993, doi:10.1037/0033-2909.114.3.494). Both are (n,) numbers.

    Every value of the second is larger than all of the first: U = 64, mean 32, variance 90.67,
    z = 31.5 / 9.52.

    >>> made = difference(range(8), range(8, 16))
    >>> made.delta, round(made.p_value, 5)
    (1.0, 0.00094)
    """
    one, other = np.asarray(first, np.float64), np.asarray(second, np.float64)
    n, m = len(one), len(other)
    if min(n, m) < FEWEST:
        return None
    _, which, tied = np.unique(
        np.concatenate([one, other]), return_inverse=True, return_counts=True
    )
    ranks = np.cumsum(tied) - (tied - 1) / 2
    greater = float(ranks[which[n:]].sum()) - m * (m + 1) / 2
    ties = float((tied.astype(np.float64) ** 3 - tied).sum()) / ((n + m) * (n + m - 1))
    variance = n * m / 12 * (n + m + 1 - ties)
    distance = max(abs(greater - n * m / 2) - 0.5, 0.0)
    # All values equal: no difference at all.
    p_value = math.erfc(distance / math.sqrt(2 * variance)) if variance > 0 else 1.0
    return Difference(p_value, 2 * greater / (n * m) - 1)


def size_of(delta: float) -> Size:
    """Return the word for the size of an effect.

    >>> size_of(-0.4), size_of(0.1)
    ('medium', 'negligible')
    """
    return next((word for least, word in _SIZES if abs(delta) >= least), "negligible")


def holm(p_values: Sequence[float]) -> list[float]:
    """Return probabilities put right for there being several tests, in their order.

    The smallest of k counts k times, the next k - 1 times, none less than the one before (Holm 1979,
    Scandinavian Journal of Statistics 6), so that all findings together are chance with no more than
    the probability that each is held against.

    >>> holm([0.04, 0.01])
    [0.04, 0.02]
    """
    adjusted, largest = [1.0] * len(p_values), 0.0
    for place, index in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        largest = max(largest, min(1.0, (len(p_values) - place) * p_values[index]))
        adjusted[index] = largest
    return adjusted
