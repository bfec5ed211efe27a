"""What background tasks noted of all experiments, in tables that nobody would have written so."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from autosubmit_core import demo
from autosubmit_core.errors import SourceUnreadableError
from autosubmit_core.readers.fleet import read_events, read_failures, read_finished, read_fleet


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The database of a demo installation that was looked at for a week."""
    folder = demo.build(tmp_path_factory.mktemp("fleet") / "demo", now=1_705_069_800, noted=True)
    return folder / "autosubmit_api.db"


@pytest.fixture
def noted(tmp_path: Path, sound: Path) -> Path:
    """A copy of it."""
    path = tmp_path / "autosubmit_api.db"
    path.write_bytes(sound.read_bytes())
    return path


def change(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        for statement in statements:
            connection.execute(statement)


def test_values_of_another_kind_cost_only_themselves(noted: Path) -> None:
    before, _ = read_fleet(noted)
    change(
        noted,
        "UPDATE fleet_pulses SET moved = 'long ago', jobs = 'few', owner = x'ff' WHERE exp_id = 5",
        "CREATE TABLE fleet_figures (exp_id, simulated_years_per_day)",
        "INSERT INTO fleet_figures VALUES (5, 'fast')",
        "UPDATE fleet_events SET at = 'then', name = x'ff'",
    )
    after, _ = read_fleet(noted)
    others = before.id != 5
    assert after.id.tolist() == before.id.tolist()
    assert after.moved[~others].tolist() == [0]
    for name, column in before.columns().items():
        np.testing.assert_array_equal(after.columns()[name][others], column[others], name)
    assert set(read_events(noted).at.tolist()) == {0}


@pytest.mark.parametrize("table", ["fleet_pulses", "fleet_events"])
def test_a_table_without_its_key_is_unreadable(noted: Path, table: str) -> None:
    change(noted, f"DROP TABLE {table}", f"CREATE TABLE {table} (owner)")
    with pytest.raises(SourceUnreadableError, match=f"its table '{table}' has no"):
        _ = read_fleet(noted), read_events(noted)


def test_what_an_unknown_experiment_used_is_not_another_ones(noted: Path) -> None:
    change(
        noted,
        "DROP TABLE IF EXISTS fleet_usage",
        "CREATE TABLE fleet_usage (exp_id, platform, core_hours)",
        "INSERT INTO fleet_usage VALUES (5, 'MN5', 2.5), (0, 'MN5', 1e6), (99999, 'MN5', 1e6)",
    )
    experiments, usage = read_fleet(noted)
    assert usage.id.tolist() == [5]
    assert experiments.core_hours.sum() == 2.5


def test_passes_and_failures_of_other_kinds_are_none(noted: Path) -> None:
    change(
        noted,
        "DROP TABLE IF EXISTS worker_passes",
        "CREATE TABLE worker_passes (task, finished)",
        "INSERT INTO worker_passes VALUES ('fleet', 'soon'), ('details', 1700000000), ('x', NULL)",
        "DROP TABLE IF EXISTS fleet_failures",
        "CREATE TABLE fleet_failures (name, template, attempts, first)",
        "INSERT INTO fleet_failures VALUES ('a000', 'killed', 'many', 1e999)",
    )
    assert read_finished(noted) == {"details": 1_700_000_000}
    failures = read_failures(noted, ["killed", "other"])
    assert failures is not None
    assert failures.attempts.tolist() == failures.last.tolist() == [0]
    change(noted, "DROP TABLE worker_passes", "CREATE TABLE worker_passes (task)")
    assert read_finished(noted) == {}
