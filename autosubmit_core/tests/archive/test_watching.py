"""What is remembered of an experiment to tell what moved, and which experiments are at work."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from autosubmit_core import demo
from autosubmit_core.answers.v4.events import applied, told_events
from autosubmit_core.archive import open_archive
from autosubmit_core.archive.changes import changed_rows
from autosubmit_core.archive.watching import (
    Snapshot,
    running_experiments,
    snapshot_of,
)
from autosubmit_core.errors import SourceUnreadableError
from autosubmit_core.status import Status
from autosubmit_core.tables import RunTable

NAMES = ["t000_INI", "t000_20200101_fc0_1_SIM"]


def snapshot(folder: Path, *status: Status, finish: int = 0) -> Snapshot:
    run = RunTable.of(1, run_id=[1], start=[1_700_000_000], finish=[finish])
    demo.make_experiment(folder, jobs=demo.jobs_named(NAMES, status=status), runs=run)
    for path in folder.glob("**/job_*_t000.*"):
        os.utime(path)
    return snapshot_of(open_archive(folder).experiment("t000"), {"a.log": 7})


def same(one: Snapshot, other: Snapshot) -> bool:
    facts = [(each.list_version, each.run, each.logs) for each in (one, other)]
    return facts[0] == facts[1] and not len(changed_rows(one.columns, other.columns))


def test_a_snapshot_is_stored_whole(tmp_path: Path) -> None:
    made = snapshot(tmp_path, Status.COMPLETED, Status.RUNNING)
    assert made.run is not None
    assert made.run.running
    assert same(Snapshot.from_bytes(made.to_bytes(), Path("events.db")), made)


def test_a_snapshot_that_is_damaged_or_of_another_version_is_refused(tmp_path: Path) -> None:
    made = snapshot(tmp_path, Status.COMPLETED, Status.RUNNING).to_bytes()
    for other in (b"", made[:-1], made.replace(b"snapshot 1", b"snapshot 2"), b"PK" + made):
        with pytest.raises(SourceUnreadableError, match=r"events\.db"):
            Snapshot.from_bytes(other, Path("events.db"))


def test_events_make_of_what_was_what_is(tmp_path: Path) -> None:
    before = snapshot(tmp_path, Status.READY, Status.WAITING)
    after = snapshot(tmp_path, Status.COMPLETED, Status.FAILED, finish=1_700_000_100)
    told = told_events(open_archive(tmp_path).experiment("t000"), before, after)
    assert [name for name, _ in told] == ["jobs", "run"]
    made = before
    for name, data in told:
        made = applied(made, name, data)
    assert same(made, after)
    assert same(
        applied(made, "logs", {"logs": [{"name": "b.log", "size": 1}]}),
        Snapshot(after.list_version, after.columns, after.run, {"a.log": 7, "b.log": 1}),
    )


def test_experiments_run_that_are_noted_so_or_were_written_just_now(tmp_path: Path) -> None:
    jobs = demo.jobs_named(["t000_INI"])
    for expid in ("t000", "t001"):
        demo.make_experiment(tmp_path, expid, jobs=jobs)
    archive, now = open_archive(tmp_path), time.time()
    assert running_experiments(archive, now, 10) == []
    for expid in ("t000", "t001"):
        os.utime(archive.installation.job_list_pickle(expid), (now, now))
        now += 1
    assert running_experiments(archive, now, 10) == ["t000", "t001"]
    assert running_experiments(archive, now, 1) == ["t001"]
    assert running_experiments(archive, now + 3600, 10) == []
