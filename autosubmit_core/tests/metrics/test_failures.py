"""Failed attempts are grouped by what explains them, and what they used up is counted."""

from __future__ import annotations

import numpy as np
import pytest

from autosubmit_core.metrics.failures import (
    LogLine,
    at_wallclock,
    cost,
    failed_attempts,
    failure_groups,
)
from autosubmit_core.metrics.log_lines import Explanation
from autosubmit_core.tables import JobHistory


def said(line: str, rank: int = 0) -> LogLine:
    return LogLine("x.err", Explanation(rank, line))


def test_attempts_that_say_the_same_but_for_numbers_are_one_group() -> None:
    rows = np.array([4, 7, 9, 11])
    lines = {4: said("rank 1 died"), 9: said("rank 22 died"), 11: said("Disk quota exceeded")}
    made = failure_groups(rows, lines, np.zeros(4, dtype=np.bool_))
    assert [(group.template, group.rows.tolist()) for group in made] == [
        ("rank <n> died", [4, 9]),
        ("Disk quota exceeded", [11]),
        (None, [7]),
    ]
    # The newest is shown.
    assert made[0].example == said("rank 22 died")
    assert [group.rank for group in made] == [0, 0, -1]


def test_attempts_without_a_log_are_told_apart_by_their_wall_clock() -> None:
    made = failure_groups(np.array([1, 2, 3]), {}, np.array([True, False, True]))
    assert [(group.at_wallclock, group.rows.tolist()) for group in made] == [
        (True, [1, 3]),
        (False, [2]),
    ]


def test_an_attempt_ended_by_its_wall_clock_ran_as_long_to_two_minutes() -> None:
    history = JobHistory.of(3, start=[1000] * 3, finish=[4480, 4479, 9999])
    wallclock = np.array([3600.0, 3600.0, 0.0])
    assert at_wallclock(history, np.arange(3), wallclock).tolist() == [True, False, False]


@pytest.mark.parametrize(
    ("wallclock", "just", "not_yet"), [(120, 108, 107), (300, 270, 269), (1200, 1080, 1079)]
)
def test_of_a_short_wall_clock_nine_tenths_have_to_be_used_up(
    wallclock: int, just: int, not_yet: int
) -> None:
    ran = [just, not_yet, 1, 0]
    history = JobHistory.of(4, start=[1000] * 4, finish=[1000 + seconds for seconds in ran])
    made = at_wallclock(history, np.arange(4), np.full(4, float(wallclock)))
    assert made.tolist() == [True, False, False, False]


def test_failures_are_told_by_the_time_of_their_end() -> None:
    history = JobHistory.of(
        4, status=[-1, 5, -1, -1], finish=[900, 100, 300, 200], rowtype=[2, 2, 2, 1]
    )
    # The last row is of a kind that counts nowhere.
    assert failed_attempts(history).tolist() == [2, 0]


def test_the_cost_is_that_of_the_processors_and_of_the_measured_energy() -> None:
    history = JobHistory.of(
        3, start=[100, 100, 0], finish=[3700, 1900, 500], energy=[1e6, 0.0, 2e6]
    )
    made = cost(history, np.arange(3), np.array([10, 4, 100]))
    # 10 · 1 h + 4 · 0.5 h; the third never started.
    assert made.core_hours == 12.0
    assert (made.energy, made.measured) == (3e6, 2)


def test_nothing_costs_nothing() -> None:
    empty = np.zeros(0, dtype=np.int64)
    assert cost(JobHistory.empty(), empty, empty) == (0.0, 0.0, 0)
    assert failure_groups(empty, {}, np.zeros(0, dtype=np.bool_)) == []
