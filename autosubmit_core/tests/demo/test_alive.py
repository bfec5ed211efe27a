"""The experiment of the demo that runs while one looks."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest

from autosubmit_core import demo
from autosubmit_core.archive import open_archive
from autosubmit_core.demo.alive import _life, _records, _show
from autosubmit_core.demo.stories import LIVING
from autosubmit_core.status import Status


def test_it_moves_and_is_whole_whenever_one_looks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("autosubmit_core.demo.alive._STEP_SECONDS", 0.05)
    demo.make_experiment(tmp_path, "t000", jobs=demo.jobs_named(["t000_SIM"]))
    states: set[bytes] = set()
    with demo.living(tmp_path) as expid:
        archive = open_archive(tmp_path)
        assert set(archive.experiments().name) == {"t000", expid}
        end = time.monotonic() + 120
        while len(states) < 3 and time.monotonic() < end:
            experiment = archive.experiment(expid)
            states.add(experiment.jobs.status.tobytes())
            assert len(experiment.runs) == 1
            assert experiment.warnings == ()
            time.sleep(0.05)
        assert experiment.is_running
    assert len(states) >= 3
    assert not list(tmp_path.glob(".a_moment_*"))


def test_what_all_experiments_do_and_use_and_why_they_fail_is_noted_meanwhile(
    tmp_path: Path,
) -> None:
    demo.make_experiment(tmp_path, "t000", jobs=demo.jobs_named(["t000_SIM"]))
    with demo.living(tmp_path, noted=True) as expid:
        fleet, end = open_archive(tmp_path).fleet(), time.monotonic() + 40
        while not (fleet.figures_updated and _failures_noted(tmp_path)):
            assert time.monotonic() < end
            time.sleep(0.05)
            fleet = open_archive(tmp_path).fleet()
    assert dict(zip(fleet.experiments.name, fleet.experiments.pulse)) == {
        "t000": "created",
        expid: "running",
    }


def _failures_noted(folder: Path) -> bool:
    # None where nothing is known of other experiments.
    return open_archive(folder).experiment("t000").insight.failures_elsewhere([]) is not None


def test_something_happens_every_few_seconds_and_every_run_ends() -> None:
    life = _life(seed=1)
    attempts = life.attempts
    moments = np.unique(
        np.concatenate([attempts.ready, attempts.submit, attempts.start, attempts.finish])
    )
    inside = [
        moments[(moments >= begin) & (moments <= end)]
        for begin, end in zip(life.run_begin, life.run_end)
    ]
    assert all(np.diff(one).mean() < 5 for one in inside)
    assert all(60 < end - begin < 900 for begin, end in zip(life.run_begin, life.run_end))
    done = life.statuses(int(life.run_end[-1]))
    assert set(done.tolist()) == {int(Status.COMPLETED)}


def test_only_what_is_different_is_put_in_place(tmp_path: Path) -> None:
    life = _life(seed=1)
    begin = int(time.time()) - 60
    records = _records(life, 1, begin, begin + 60)
    (tmp_path / LIVING.expid / "tmp" / f"LOG_{LIVING.expid}").mkdir(parents=True)

    def files() -> dict[Path, int]:
        return {path: path.stat().st_ino for path in tmp_path.rglob("*") if path.is_file()}

    _show(tmp_path, records)
    before = files()
    _show(tmp_path, records)
    assert files() == before
