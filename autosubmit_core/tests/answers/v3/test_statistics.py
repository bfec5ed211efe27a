"""The statistics of a period."""

from __future__ import annotations

from pathlib import Path

import pytest

from autosubmit_core.answers.v3.statistics import statistics_answer
from autosubmit_core.archive import open_archive
from autosubmit_core.demo.hand_made import jobs_named, make_experiment
from autosubmit_core.tables import AttemptTable

BEGIN = 1_700_000_000


@pytest.mark.parametrize("hours", [10**6, 10**10, 2**53])
def test_a_period_longer_than_all_dates_holds_every_attempt(tmp_path: Path, hours: int) -> None:
    line = AttemptTable.of(1, submit=[BEGIN], start=[BEGIN], finish=[BEGIN + 60], fields=[4])
    make_experiment(tmp_path, "a000", jobs=jobs_named(["a000_INI"], status=[5]), attempts=line)
    experiment = open_archive(tmp_path).experiment("a000", now=BEGIN + 120)
    answer = statistics_answer(experiment, hours=hours)["Statistics"]
    assert answer["Period"]["From"].startswith(("1970-01-01", "1969-12-31"))
    assert [job["name"] for job in answer["JobStatistics"]] == ["a000_INI"]
