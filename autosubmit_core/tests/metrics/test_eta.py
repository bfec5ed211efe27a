"""How long the rest of a section will take."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from autosubmit_core.metrics.eta import EstimatedTime, concurrency, estimated_time
from autosubmit_core.status import Status
from autosubmit_core.tables import JobHistory, JobTable

DONE = int(Status.COMPLETED)
LEFT = int(Status.WAITING)


def estimated(*jobs: dict[str, Any], section: str = "SIM") -> EstimatedTime:
    """Return the estimate for jobs with chunk, start and finish; without a finish one is left."""
    made = [
        {
            "name": f"a_{number}_SIM",
            "section": "SIM",
            "chunk": 1,
            "member": "fc0",
            "date": "1993-01-01",
            "start": 0,
            "finish": 0,
            "status": DONE if job.get("finish") else LEFT,
            **job,
        }
        for number, job in enumerate(jobs)
    ]
    table = JobTable.of(
        len(made),
        name=[job["name"] for job in made],
        **{key: [job[key] for job in made] for key in ("section", "status", "chunk", "member")},
        date=np.array([job["date"] for job in made], dtype="datetime64[s]"),
    )
    history = JobHistory.of(
        len(made),
        job_name=[job["name"] for job in made],
        start=[job["start"] for job in made],
        finish=[job["finish"] for job in made],
        last=[True] * len(made),
    )
    return estimated_time(table, history, section)


def test_worked_example_a3tb_and_m14_instances() -> None:
    """Two start dates ran one after the other: chunk numbers span both, instances do not."""
    made = estimated(
        {"chunk": 1, "date": "1993-05-01", "start": 1000, "finish": 1431},
        {"chunk": 1, "date": "1993-01-01", "start": 5453, "finish": 5937},
        {"chunk": 2, "date": "1993-05-01", "start": 1431, "finish": 1850},
        {"chunk": 2, "date": "1993-01-01", "start": 5937, "finish": 6396},
        {"chunk": 3, "date": "1993-05-01"},
        {"chunk": 3, "date": "1993-01-01"},
    )
    assert (made.chunks_total, made.chunks_remaining) == (3, 1)
    # 5937 - 1000 = 4937 and 6396 - 1431 = 4965
    assert made.chunk_seconds == 4951
    assert made.seconds == 4951
    assert (made.instances_total, made.instances_remaining) == (6, 2)
    # 431, 484, 419 and 459
    assert made.instance_seconds == pytest.approx(448.25)
    # one at a time, the pause between left out
    assert made.concurrency == pytest.approx(1)
    assert made.instances_seconds == pytest.approx(2 * 448.25)


def test_m14_members_side_by_side_are_done_sooner() -> None:
    done = [{"member": f"fc{m}", "chunk": 1, "start": 1000, "finish": 1600} for m in range(4)]
    left = [{"member": f"fc{m}", "chunk": 2} for m in range(4)]
    made = estimated(*done, *left)
    assert made.seconds == 600
    assert made.concurrency == pytest.approx(4)
    # 600 · 4 / 4
    assert made.instances_seconds == pytest.approx(600)


def test_a_chunk_is_complete_when_all_its_splits_are() -> None:
    made = estimated(
        {"chunk": 1, "start": 1000, "finish": 1005},
        {"chunk": 1, "start": 1010, "finish": 1020},
        {"chunk": 2, "start": 1030, "finish": 1040},
        {"chunk": 2, "start": 1040},
    )
    assert (made.chunks_total, made.chunks_remaining, made.chunk_seconds) == (2, 1, 20)


def test_nothing_remains_is_zero_and_nothing_measured_is_unknown() -> None:
    finished = estimated({"start": 1000, "finish": 1300})
    assert (finished.seconds, finished.instances_seconds) == (0, 0)
    untouched = estimated({"chunk": 1}, {"chunk": 2})
    assert (untouched.chunks_total, untouched.chunks_remaining) == (2, 2)
    assert math.isnan(untouched.chunk_seconds)
    assert math.isnan(untouched.seconds)
    assert math.isnan(untouched.instances_seconds)


def test_chunks_without_a_start_or_ended_before_it_are_not_measured() -> None:
    made = estimated(
        {"chunk": 1, "start": 0, "finish": 1300},
        {"chunk": 2, "start": 2000, "finish": 1300},
        {"chunk": 3, "start": 0, "finish": 0, "status": DONE},
        {"chunk": 4, "start": 1000, "finish": 1300},
        {"chunk": 5},
        {"chunk": 6},
    )
    assert made.chunk_seconds == 300
    assert made.seconds == 600


def test_a_missing_instant_of_one_job_leaves_those_of_the_others() -> None:
    made = estimated(
        {"chunk": 1, "start": 0, "finish": 1300},
        {"chunk": 1, "start": 1000, "finish": 0, "status": DONE},
    )
    assert made.chunk_seconds == 300


def test_a_chunk_that_took_no_time_is_measured() -> None:
    made = estimated({"chunk": 1, "start": 1000, "finish": 1000}, {"chunk": 2})
    assert (made.chunk_seconds, made.seconds) == (0, 0)


def test_other_sections_and_jobs_without_a_chunk_are_left_out() -> None:
    made = estimated({"chunk": 0, "start": 1, "finish": 2}, {"section": "POST", "chunk": 1})
    assert (made.jobs, made.chunks_total) == (1, 0)
    none = estimated({"chunk": 1}, section="NOPE")
    assert (none.jobs, none.chunks_total, none.instances_total) == (0, 0, 0)


def test_without_a_history_the_chunks_are_counted() -> None:
    jobs = JobTable.of(1, name=["a"], section=["SIM"], chunk=[1], status=[DONE])
    made = estimated_time(jobs, JobHistory.empty(), "SIM")
    assert (made.chunks_total, made.chunks_remaining, made.seconds) == (1, 0, 0)
    assert math.isnan(made.chunk_seconds)


def test_concurrency_looks_at_the_last_five_run_times() -> None:
    # long ago one at a time, for 1000 s each; lately three at a time
    alone = np.arange(0, 10) * 1000 + 1000
    together = np.repeat(np.arange(0, 6) * 1000 + 100_000, 3)
    start = np.concatenate([alone, together])
    assert concurrency(start, start + 1000) == pytest.approx(3)
    assert concurrency(alone, alone + 1000) == pytest.approx(1)


def test_concurrency_is_at_least_one() -> None:
    assert concurrency(np.array([100, 100]), np.array([100, 100])) == 1
    assert math.isnan(concurrency(np.array([], np.int64), np.array([], np.int64)))
