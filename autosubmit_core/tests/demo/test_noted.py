"""A demo of which background tasks have noted everything: what happened, and what needs a look."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path

import pytest

from autosubmit_core import demo
from autosubmit_core.archive import Archive, open_archive
from autosubmit_core.workers.schedule import run_once
from autosubmit_core.workers.settings import TASKS


def work(archive: Archive) -> None:
    for task in TASKS:
        if task.name in ("status", "fleet"):
            run_once(task, archive)


@pytest.fixture(scope="module")
def noted(tmp_path_factory: pytest.TempPathFactory) -> Archive:
    return open_archive(demo.build(tmp_path_factory.mktemp("noted"), noted=True))


def test_the_week_before_is_told_in_order(noted: Archive) -> None:
    events = noted.fleet().events
    of_decadal = events.event[events.name == "a2m9"].tolist()
    assert of_decadal[0] == "created"
    assert Counter(of_decadal) == {"created": 1, "started": 2, "stopped": 3, "failed": 4}
    assert (events.name[events.event == "stalled"] == ["a3h2"]).all()
    assert 0 < time.time() - events.at.min() < 7 * 86_400
    assert (events.at <= time.time()).all()


def test_what_the_tasks_find_is_what_was_noted(noted: Archive) -> None:
    before = noted.fleet()
    work(noted)
    fleet = noted.fleet()
    assert fleet.events.id.tolist() == before.events.id.tolist()
    known = dict(zip(fleet.experiments.name, fleet.experiments.pulse))
    watched = dict(zip(before.experiments.name, before.experiments.pulse))
    assert watched == {name: known[name] for name in ("a1p7", "a2m9", "o001", "a3h2")}
    assert fleet.stalled().name.tolist() == ["a3h2"]
    assert fleet.abandoned().name.tolist() == ["a2c8"]


def test_equal_seeds_and_moments_give_equal_pasts(tmp_path: Path) -> None:
    made = [
        open_archive(demo.build(tmp_path / name, noted=True, now=1_800_000_000)).fleet().events
        for name in ("one", "two")
    ]
    assert made[0].id.tolist() == made[1].id.tolist()


def test_one_of_which_nothing_was_noted_has_no_database_of_ours(tmp_path: Path) -> None:
    assert not (demo.build(tmp_path) / "autosubmit_api.db").exists()
