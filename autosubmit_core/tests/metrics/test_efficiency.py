"""What jobs used of what they asked for, and the energy of all of them."""

from __future__ import annotations

import math

import numpy as np
import pytest

from autosubmit_core.metrics.efficiency import (
    SectionUse,
    platform_energy,
    section_use,
    suggested_wallclock,
)
from autosubmit_core.status import Status
from autosubmit_core.tables import JobHistory

HOUR = 3600


@pytest.mark.parametrize(
    ("asked", "run", "too_short", "expected"),
    [
        # 3000 s and 20 % are 3600: what is asked for may be up to half as much again.
        (3 * HOUR, 3000, 0, 3600),
        (5400, 3000, 0, 3600),
        (5399, 3000, 0, 0),
        (3600, 3000, 0, 0),
        # Less than that is too near.
        (3500, 3000, 0, 3600),
        # 3100 s and 20 % are 3720, in steps of five minutes 3900.
        (9 * HOUR, 3100, 0, 3900),
        # Ended by the wall clock: at least half as much again.
        (3600, 3000, 3600, 5400),
        (3600, 7000, 3600, 8400),
        # Ended by one that was shorter than that of now, which is enough, or still is not, or too much.
        (5400, 3000, 3600, 0),
        (4000, 3000, 3600, 5400),
        (9000, 3000, 3600, 5400),
        # Nothing was asked for.
        (0, 3000, 0, 0),
    ],
)
def test_a_wall_clock_is_suggested_where_another_would_do(
    asked: int, run: int, too_short: int, expected: int
) -> None:
    assert suggested_wallclock(asked, np.full(40, run), too_short) == expected


def test_a_suggestion_is_never_shorter_than_the_longest_that_ran() -> None:
    runs = np.array([600] * 199 + [4000])
    assert suggested_wallclock(10 * HOUR, runs, 0) == 4200


def test_few_jobs_suggest_nothing() -> None:
    assert suggested_wallclock(10 * HOUR, np.full(19, 60), 0) == 0


def history() -> JobHistory:
    """Two attempts of SIM, an hour and half of one, the second failed, and one that still runs."""
    return JobHistory.of(
        3,
        section=["SIM"] * 3,
        platform=["mn5", "MN5", "mn5"],
        status=[Status.COMPLETED, Status.FAILED, Status.RUNNING],
        submit=[100, 100, 100],
        start=[400, 700, 100],
        finish=[400 + HOUR, 700 + HOUR // 2, 0],
        ncpus=[96, 96, 0],
        nnodes=[2, 2, 0],
        energy=[9e6, 0.0, 0.0],
        max_rss=[0.0, 8e6, 0.0],
    )


def use_of(section: str, *, wallclock: int, allowed: list[float]) -> SectionUse:
    return section_use(
        history(),
        section,
        wallclock=wallclock,
        processors=48,
        per_attempt=np.array([96, 96, 48]),
        wallclocks=np.array(allowed),
    )


def test_an_attempt_is_held_against_the_wall_clock_that_it_had() -> None:
    # The failed one took half an hour: all that it was allowed, of three hours that are asked for now.
    made = use_of("SIM", wallclock=3 * HOUR, allowed=[3600.0, 1800.0, 10800.0])
    assert (made.wallclock, made.at_wallclock) == (3 * HOUR, 1)
    # It had three hours, and half an hour is asked for now.
    assert use_of("SIM", wallclock=1800, allowed=[3600.0, 10800.0, 1800.0]).at_wallclock == 0


def test_a_section_is_summed_over_the_attempts_that_ended() -> None:
    made = use_of("SIM", wallclock=1800, allowed=[1800.0, 1800.0, 1800.0])
    assert (made.completed, made.failed, made.at_wallclock) == (1, 1, 1)
    assert (made.queue, made.run) == (300 + 600, HOUR + HOUR // 2)
    assert (made.core_hours, made.failed_core_hours) == (96 * 1.5, 48.0)
    assert (made.noted_processors, made.noted_nodes, made.largest_memory) == (96, 2, 8e6)
    assert (made.middle_run, made.longest_run) == (HOUR, HOUR)


def test_a_section_that_never_ran_used_nothing() -> None:
    made = use_of("POST", wallclock=0, allowed=[0.0, 0.0, 0.0])
    assert (made.completed, made.core_hours, made.middle_run, made.noted_nodes) == (0, 0.0, 0, 0)


def test_attempts_without_a_measure_use_as_much_per_core_hour_as_others() -> None:
    (made,) = platform_energy(history(), {"mn5": "MN5"}, np.array([96, 96, 48]))
    assert made.platform == "MN5"
    assert (made.core_hours, made.measured) == (96 * 1.5, 9e6)
    # Half as many core hours as the measured one: half its energy.
    assert (made.estimated, made.unmeasured_core_hours) == (4.5e6, 48.0)


def test_without_any_measure_nothing_is_estimated() -> None:
    told = JobHistory.of(1, platform=["LOCAL"], start=[100], finish=[3700])
    (made,) = platform_energy(told, {}, np.array([1]))
    assert math.isnan(made.estimated)
    assert platform_energy(JobHistory.empty(), {}, np.zeros(0, dtype=np.int64)) == []
