"""The thirteen statuses have the codes, colours and words that clients know."""

from __future__ import annotations

import numpy as np
import pytest

from autosubmit_core.status import DONE, ON_PLATFORM, QUEUED, Status, status_codes


def test_codes_run_from_suspended_to_delayed() -> None:
    assert [int(status) for status in Status] == list(range(-3, 10))


@pytest.mark.parametrize(
    ("status", "colour", "text"),
    [
        (Status.RUNNING, "green", "#fff"),
        (Status.FAILED, "red", "#fff"),
        (Status.HELD, "salmon", "#fff"),
        (Status.COMPLETED, "yellow", "#000"),
        (Status.WAITING, "#aaaaaa", "#000"),
    ],
)
def test_colours_are_those_of_autosubmit(status: Status, colour: str, text: str) -> None:
    assert (status.colour, status.text_colour) == (colour, text)


def test_every_status_has_a_colour_and_a_sentence() -> None:
    for status in Status:
        assert status.colour
        assert status.meaning.endswith(".")


@pytest.mark.parametrize("value", [42, -9, None, "", "completed", 1.5, [], True and "X"])
def test_what_is_no_status_is_unknown(value: object) -> None:
    assert Status.of(value) is Status.UNKNOWN


def test_a_column_of_names_and_codes_becomes_codes() -> None:
    codes = status_codes(["COMPLETED", -1, 99, None, [1], "SKIPPED"])
    assert codes.dtype == np.int8
    assert codes.tolist() == [5, -1, -2, -2, -2, 8]


def test_what_queues_or_runs_is_on_a_platform_and_is_not_done() -> None:
    assert Status.HELD in QUEUED
    assert set(ON_PLATFORM) - set(QUEUED) == {Status.RUNNING}
    assert set(DONE) == {Status.COMPLETED, Status.SKIPPED}
