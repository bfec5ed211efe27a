"""The drawing by date, member and chunk."""

from __future__ import annotations

import numpy as np

from autosubmit_core.demo import jobs_named
from autosubmit_core.graphs.lanes import lanes
from autosubmit_core.graphs.positions import STEP_X, STEP_Y
from autosubmit_core.tables import JobTable

JOBS = jobs_named(
    [
        "t000_LOCAL_SETUP",
        *(
            f"t000_{date}_{member}_{rest}"
            for date in (20010101, 20000101)
            for member in ("fc1", "fc0")
            for rest in ("INI", "1_SIM", "1_POST", "2_SIM", "2_POST", "TRANSFER")
        ),
    ],
    priority=[0, *[1, 2, 3, 2, 3, 4] * 4],
)


def test_lanes_are_by_date_and_then_by_first_appearance_of_the_member() -> None:
    made = lanes(JOBS).lanes
    dates = [None if date is None else date.year for date in made.date.tolist()]
    assert list(zip(dates, made.member)) == [
        (None, None),
        (2000, "fc1"),
        (2000, "fc0"),
        (2001, "fc1"),
        (2001, "fc0"),
    ]


def test_columns_are_chunks_between_what_comes_before_and_after() -> None:
    made = lanes(JOBS)
    assert made.columns.chunk.tolist() == [0, 1, 2, 0]
    assert (made.columns.left[1:] > made.columns.right[:-1]).all()
    x = dict(zip(JOBS.name, made.positions.x))
    member = "t000_20000101_fc0"
    order = ["INI", "1_SIM", "1_POST", "2_SIM", "2_POST", "TRANSFER"]
    assert np.diff([x[f"{member}_{rest}"] for rest in order]).min() == STEP_X


def test_equal_coordinates_are_in_line() -> None:
    made = lanes(JOBS)
    for lane, (top, bottom) in enumerate(zip(made.lanes.top, made.lanes.bottom)):
        rows = made.positions.y[1 + 6 * (lane - 1) : 1 + 6 * lane] if lane else None
        assert top == bottom
        if rows is not None:
            assert len(set(rows.tolist())) == 1
    sims = made.positions.x[[name.endswith("_1_SIM") for name in JOBS.name]]
    assert len(set(sims.tolist())) == 1


def test_splits_stand_under_each_other_and_make_the_lane_higher() -> None:
    jobs = JobTable.of(
        5,
        name=["a", "b", "c", "d", "e"],
        section=["SIM"] * 4 + ["POST"],
        member=["fc0"] * 3 + ["fc1"] * 2,
        date=["2000-01-01"] * 5,
        chunk=[1] * 5,
        split=[1, 2, 3, 1, 0],
    )
    made = lanes(jobs)
    assert made.positions.y.tolist() == [0, STEP_Y, 2 * STEP_Y, 4 * STEP_Y, 4 * STEP_Y]
    assert made.positions.x.tolist() == [0, 0, 0, 0, STEP_X]
    assert made.lanes.top.tolist() == [0, 4 * STEP_Y]
    assert made.lanes.bottom.tolist() == [2 * STEP_Y, 4 * STEP_Y]


def test_no_two_jobs_are_in_one_place() -> None:
    places = lanes(JOBS).positions
    assert len(set(zip(places.x.tolist(), places.y.tolist()))) == len(JOBS)


def test_an_experiment_without_chunks_has_one_column() -> None:
    made = lanes(jobs_named(["t000_INI", "t000_POST"], priority=[0, 1]))
    assert made.columns.chunk.tolist() == [0]
    assert made.positions.x.tolist() == [0, STEP_X]


def test_no_jobs_have_no_lanes() -> None:
    assert len(lanes(JobTable.empty()).lanes) == 0
