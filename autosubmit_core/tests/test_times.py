"""Instants are read in each of the forms that Autosubmit has written them in."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from autosubmit_core.times import epoch_of_stamp, epoch_of_stamps, epoch_of_text


@pytest.fixture(autouse=True)
def _zone_of_barcelona(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "Europe/Madrid")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def test_a_stamp_is_local_by_the_rule_of_its_date() -> None:
    # 12:00 is 11:00 UTC in winter and 10:00 UTC in summer
    assert epoch_of_stamp("20240112120000") == 1705057200
    assert epoch_of_stamp("20240712120000") == 1720778400


def test_a_stamp_may_be_a_number() -> None:
    assert epoch_of_stamp(20240112120000) == epoch_of_stamp("20240112120000")


@pytest.mark.parametrize("stamp", [1743685600, 1743685600.7032535])
def test_seconds_since_1970_are_kept(stamp: float) -> None:
    assert epoch_of_stamp(stamp) == 1743685600


@pytest.mark.parametrize(
    "stamp",
    [0, None, "", "start", "2024011212000", "20241301120000", "20240230120000", -5, 0.0, True, []],
)
def test_what_is_no_stamp_is_unknown(stamp: object) -> None:
    assert epoch_of_stamp(stamp) == 0


def test_a_column_of_stamps_keeps_its_order() -> None:
    assert epoch_of_stamps(["20240112120000", None, "20240712120000"]).tolist() == [
        1705057200,
        0,
        1720778400,
    ]


@pytest.mark.parametrize("zone", ["UTC", "Europe/Madrid", "America/New_York", "Asia/Kolkata"])
def test_a_column_says_of_each_stamp_what_the_stamp_alone_says(
    monkeypatch: pytest.MonkeyPatch, zone: str
) -> None:
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    # Every 17 minutes around both changes of the clock in 2024, and dates that do not exist.
    stamps = [
        f"2024{month:02}{day:02}{minute // 60:02}{minute % 60:02}59"
        for month, day in ((3, 10), (3, 31), (10, 27), (11, 3), (2, 30), (7, 1))
        for minute in range(0, 1440, 17)
    ]
    assert epoch_of_stamps(stamps).tolist() == [epoch_of_stamp(stamp) for stamp in stamps]


@pytest.mark.parametrize(
    ("text", "epoch"),
    [
        ("2024-01-12-12:00:00", 1705057200),  # Autosubmit up to 4.1.16
        ("2024-01-12T12:00:00+0100", 1705057200),  # 4.1.17
        ("2024-01-12-11:00:00+00:00", 1705057200),  # servers
        ("2024-01-12 12:00:00.123456", 1705057200),  # job_pkl
        ("2024-01-12T11:00:00Z", 1705057200),
        ("2024-01-12T05:30:00-05:30", 1705057200),
        ("", 0),
        (None, 0),
        ("yesterday", 0),
        ("2024-13-01 00:00:00", 0),
        ("2024-13-01T00:00:00+0100", 0),
    ],
)
def test_texts_of_every_generation_are_read(text: str | None, epoch: int) -> None:
    assert epoch_of_text(text) == epoch


def test_a_text_without_a_zone_can_be_utc() -> None:
    assert epoch_of_text("2024-01-12 11:00:00", utc=True) == 1705057200
