"""What is usual is taken from attempts that the history tells whole."""

from __future__ import annotations

import numpy as np

from autosubmit_core.metrics.past_times import past_gaps, past_times
from autosubmit_core.status import Status
from autosubmit_core.tables import JobHistory


def test_only_successful_attempts_tell_how_long_a_section_runs() -> None:
    history = JobHistory.of(
        3,
        section=["SIM", "SIM", "POST"],
        status=[Status.COMPLETED, Status.FAILED, Status.COMPLETED],
        submit=[100, 100, 100],
        start=[200, 200, 0],
        finish=[500, 250, 600],
    )
    made = past_times(history)
    assert {section: values.tolist() for section, values in made.run.items()} == {"SIM": [300]}
    assert {section: values.tolist() for section, values in made.queue.items()} == {
        "SIM": [100, 100]
    }


def test_a_wrapper_queues_until_its_first_job_starts() -> None:
    history = JobHistory.of(
        4,
        section=["SIM"] * 4,
        job_id=[7, 7, 8, 8],
        # The number 8 was given twice, to submissions of different years.
        submit=[100, 100, 100, 5000],
        start=[900, 300, 150, 5010],
        finish=[1000, 900, 200, 6000],
        status=[5] * 4,
    )
    assert past_times(history).queue["SIM"].tolist() == [10, 50, 200]


def test_times_are_sorted_within_their_section() -> None:
    history = JobHistory.of(
        4,
        section=["SIM", "POST", "SIM", "POST"],
        status=[5] * 4,
        start=[100] * 4,
        finish=[400, 120, 300, 110],
    )
    made = past_times(history).run
    assert (made["SIM"].tolist(), made["POST"].tolist()) == ([200, 300], [10, 20])


def test_a_past_of_nothing_is_empty() -> None:
    made = past_times(JobHistory.empty())
    assert (made.run, made.queue, made.memory_bytes()) == ({}, {}, 0)
    assert past_gaps(JobHistory.empty()).tolist() == []


def test_pauses_between_runs_and_unknown_instants_are_no_gaps() -> None:
    history = JobHistory.of(
        3, run_id=[1, 1, 2], submit=[10, 10, 9_000], start=[0, 30, 0], finish=[50, 0, 0]
    )
    # Run 1: 10, 10, 30, 50.
    assert np.sort(past_gaps(history)).tolist() == [20, 20]
