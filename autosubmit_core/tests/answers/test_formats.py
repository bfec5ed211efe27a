"""How answers write instants."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator

import numpy as np
import pytest

from autosubmit_core.answers.formats import instant, instants


@pytest.fixture(params=["UTC", "Europe/Madrid", "Australia/Adelaide", "America/St_Johns"])
def _zone(request: pytest.FixtureRequest) -> Iterator[None]:
    before = os.environ.get("TZ")
    os.environ["TZ"] = request.param
    time.tzset()
    yield
    os.environ["TZ"] = before or "UTC"
    time.tzset()


@pytest.mark.usefixtures("_zone")
def test_a_column_of_instants_is_written_as_each_of_them() -> None:
    # Every 37 minutes of 2024, over both changes of the clocks.
    seconds = np.arange(1_704_067_200, 1_735_689_600, 37 * 60)
    assert instants(seconds) == [instant(one) for one in seconds.tolist()]


@pytest.mark.parametrize("seconds", [0, -5, 2**62, 253_402_300_800])
def test_what_no_date_can_name_is_none(seconds: int) -> None:
    assert instant(seconds) is None
    assert instants(np.array([seconds])) == [None]
