"""The metrics that jobs reported themselves are read as they stand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from autosubmit_core.demo.writing.histories import write_user_metrics
from autosubmit_core.errors import SourceUnreadableError
from autosubmit_core.readers.user_metrics import read_user_metrics
from autosubmit_core.tables import UserMetricTable


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    metrics = UserMetricTable.of(
        2,
        run_id=[3, 0],
        job_name=["a000_SIM", "a000_POST"],
        metric_name=["steps", "note"],
        metric_value=["123.45", "foo"],
        modified=["2024-10-01T00:00:00Z", None],
    )
    write_user_metrics(tmp_path / "tmp" / "metrics_a000.db", metrics)
    read = read_user_metrics(tmp_path / "tmp" / "metrics_a000.db")
    for name, column in metrics.columns().items():
        assert read.columns()[name].tolist() == column.tolist(), name


def test_an_experiment_without_the_file_measured_nothing(tmp_path: Path) -> None:
    assert len(read_user_metrics(tmp_path / "metrics_a000.db")) == 0
    assert list(tmp_path.iterdir()) == []


def test_a_file_without_the_table_holds_nothing(tmp_path: Path) -> None:
    (tmp_path / "metrics_a000.db").touch()
    assert len(read_user_metrics(tmp_path / "metrics_a000.db")) == 0


def test_a_file_that_may_not_be_looked_at_is_unreadable(tmp_path: Path) -> None:
    (tmp_path / "metrics_a000.db").symlink_to("metrics_a000.db")
    with pytest.raises(SourceUnreadableError):
        read_user_metrics(tmp_path / "metrics_a000.db")


def test_a_damaged_file_is_unreadable(tmp_path: Path) -> None:
    (tmp_path / "metrics_a000.db").write_bytes(b"garbage" * 100)
    with pytest.raises(SourceUnreadableError):
        read_user_metrics(tmp_path / "metrics_a000.db")


def test_the_recorded_metrics_are_read(
    reference_experiments: Path, reference_answers: Path
) -> None:
    folder = reference_experiments / "a6zj" / "tmp"
    before = sorted(folder.iterdir())
    read = read_user_metrics(folder / "metrics_a6zj.db")
    assert sorted(folder.iterdir()) == before
    file = reference_answers / "a6zj" / "v4__experiments__a6zj__runs__1__user-metrics.json"
    (metric,) = json.loads(file.read_text())["body"]["metrics"]
    row = {name: column.tolist()[0] for name, column in read.columns().items()}
    assert {name: row[name] for name in metric} == metric
    assert read.run_id.tolist() == [1, 3, 3]
