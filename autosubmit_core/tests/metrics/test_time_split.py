"""Where the time went, by hand: the parts never overlap, and add up to the time that passed."""

from __future__ import annotations

import numpy as np
import pytest

from autosubmit_core.metrics.time_split import PARTS, ListedAttempts, split_seconds, time_split
from autosubmit_core.status import Status
from autosubmit_core.tables import JobTable

#: job, status, submit, start, finish
Attempt = tuple[str, Status, int, int, int]


def split(attempts: list[Attempt], **jobs_of: str) -> dict[str, int]:
    """Return the parts of attempts of jobs named like ``fc0_SIM_1``, counted from 1,000,000."""
    names = list(dict.fromkeys(name for name, *_ in attempts))
    members = [name.split("_")[0] for name in names]
    jobs = JobTable.of(
        len(names),
        name=names,
        section=[name.split("_")[1] for name in names],
        member=[None if member == "all" else member for member in members],
        date=[np.datetime64("NaT" if member == "all" else "2020-01-01", "D") for member in members],
    )
    columns = list(zip(*attempts))
    instants = [[at and 1_000_000 + at for at in column] for column in columns[2:]]
    made = time_split(
        jobs,
        ListedAttempts.of(
            len(attempts),
            job=[names.index(name) for name in columns[0]],
            status=[int(status) for status in columns[1]],
            **dict(zip(("submit", "start", "finish"), instants)),
        ),
        1.0,
    )
    assert made.elapsed == sum(made.parts.values())
    return made.parts


def test_a_chain_worked_out_by_hand() -> None:
    parts = split(
        [
            ("fc0_SIM_1", Status.FAILED, 1, 100, 301),
            ("fc0_SIM_1", Status.COMPLETED, 350, 400, 1000),
            ("fc0_POST_1", Status.COMPLETED, 1010, 1020, 1100),
            ("fc0_SIM_2", Status.COMPLETED, 1050, 1200, 1800),
        ]
    )
    # 1…301 fails, …350 nothing, …400 queue, …1000 run, …1010 nothing, …1050 postprocessing, …1200
    # queue (postprocessing ends beside it at 1100), …1800 run: 1799 in all.
    assert parts == {
        "run": 600 + 600,
        "queue": 50 + 150,
        "failures": 300,
        "postprocessing": 40,
        "idle": 49 + 10,
    }
    assert sum(parts.values()) == 1800 - 1


def test_chains_add_up_and_do_not_see_each_other() -> None:
    one = ("fc0_SIM_1", Status.COMPLETED, 10, 20, 120)
    other = ("fc1_SIM_1", Status.COMPLETED, 15, 70, 200)
    together = split([one, other])
    assert together == {
        name: split([one])[name] + split([other])[name] for name in ("run", *PARTS[1:])
    }
    assert sum(together.values()) == (120 - 10) + (200 - 15)


def test_what_belongs_to_no_chain_counts_for_none() -> None:
    sim = ("fc0_SIM_1", Status.COMPLETED, 10, 20, 120)
    setup = ("all_SETUP", Status.COMPLETED, 1, 2, 9_000)
    alone = ("fc9_POST_1", Status.COMPLETED, 1, 2, 9_000)
    assert split([sim, setup, alone]) == split([sim])


@pytest.mark.parametrize(
    ("attempt", "parts"),
    [
        (("fc0_SIM_1", Status.QUEUING, 10, 50, 0), {"queue": 40}),
        (("fc0_SIM_1", Status.RUNNING, 10, 50, 80), {"queue": 40, "run": 30}),
        (("fc0_SIM_1", Status.FAILED, 10, 50, 80), {"failures": 70}),
        (("fc0_SIM_1", Status.WAITING, 0, 0, 0), {}),
        # A clock that went back.
        (("fc0_SIM_1", Status.COMPLETED, 90, 50, 80), {"run": 30}),
    ],
)
def test_one_attempt(attempt: Attempt, parts: dict[str, int]) -> None:
    assert {name: seconds for name, seconds in split([attempt]).items() if seconds} == parts


def test_nothing_comes_to_nothing() -> None:
    none = np.empty(0, dtype=np.int64)
    assert split_seconds(none, none, none, none).tolist() == [0, 0, 0, 0, 0]
