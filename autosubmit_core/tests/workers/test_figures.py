"""What every experiment used is noted when its files change, and is there when they are gone."""

from __future__ import annotations

import os
import pwd
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autosubmit_core import demo
from autosubmit_core.archive import Fleet, open_archive
from autosubmit_core.errors import SourceUnreadableError
from autosubmit_core.status import Status
from autosubmit_core.tables import JobHistory
from autosubmit_core.workers.figures import FiguresTask
from autosubmit_core.workers.passes import PassSummary, Task
from autosubmit_core.workers.status import StatusTask

Work = Callable[[Task[Any], Path], PassSummary]
Rows = Callable[..., list[tuple[Any, ...]]]


@pytest.fixture
def fleet(installation: Path, work: Work) -> Fleet:
    """What was noted of the demo installation."""
    for task in (StatusTask(), FiguresTask()):
        work(task, installation)
    return open_archive(installation).fleet()


def test_the_sums_of_a_small_experiment_are_those_by_hand(tmp_path: Path, work: Work) -> None:
    names = ["t000_20200101_fc0_1_SIM", "t000_20200101_fc0_2_SIM", "t000_20200101_fc0_1_POST"]
    hour = 3600
    history = JobHistory.of(
        4,
        job_name=[*names, names[0]],
        section=["SIM", "SIM", "POST", "SIM"],
        status=[Status.COMPLETED, Status.COMPLETED, Status.COMPLETED, Status.FAILED],
        submit=[1000, 1000, 1000, 500],
        start=[1000, 1000, 1000, 500],
        finish=[1000 + hour, 1000 + 3 * hour, 1000 + hour, 500 + hour],
        ncpus=[10, 10, 2, 10],
        energy=[1e6, 3e6, 0.0, 0.0],
        platform=["mn5", "MN5", "local", "mn5"],
        last=[True, True, True, False],
        rowtype=[2] * 4,
        counter=[2, 1, 1, 1],
        id=[2, 3, 4, 1],
        run_id=[1] * 4,
    )
    configuration = {
        "DEFAULT": {"EXPID": "t000", "HPCARCH": "MN5"},
        "EXPERIMENT": {"CHUNKSIZEUNIT": "month", "CHUNKSIZE": 6},
        "JOBS": {"SIM": {"PROCESSORS": 10}, "POST": {"PLATFORM": "LOCAL"}},
        "PLATFORMS": {"MN5": {"TYPE": "slurm"}},
    }
    jobs = demo.jobs_named(names, status=[5, 5, 5])
    demo.make_experiment(tmp_path, jobs=jobs, history=history, configuration=configuration)
    work(FiguresTask(), tmp_path)
    by = open_archive(tmp_path).fleet().by("platform")
    assert by.name.tolist() == ["MN5", "LOCAL"]
    assert by.jobs.tolist() == [2, 1]
    assert by.attempts.tolist() == [3, 1]
    # 10 processors for 1 + 3 + 1 hours, of which the last failed; 2 for 1 hour
    assert by.core_hours.tolist() == [50.0, 2.0]
    assert by.failed_core_hours.tolist() == [10.0, 0.0]
    assert by.energy.tolist() == [4e6, 0.0]
    # 4e6 joules in 40 core hours: 1e6 for the 10 of the attempt without a measure
    assert by.estimated_energy.tolist() == pytest.approx([1e6, 0.0])


def test_the_groups_add_up_to_the_whole(fleet: Fleet) -> None:
    total = fleet.total()
    assert total.experiments.tolist() == [8]
    for what in ("owner", "model", "platform"):
        made = fleet.by(what)
        for name in ("core_hours", "attempts", "energy", "simulated_years"):
            assert getattr(made, name).sum() == pytest.approx(getattr(total, name)[0]), (what, name)
    experiment = fleet.experiments
    (row,) = np.flatnonzero(experiment.name == "a0k2")
    assert experiment.simulated_years_per_day[row] == pytest.approx(14.0, abs=0.01)


def test_a_part_of_the_fleet_is_a_fleet(fleet: Fleet) -> None:
    known = fleet.experiments
    of_nadia = fleet.where(known.owner == "nadia")
    assert of_nadia.experiments.name.tolist() == ["a0k2", "a07w"]
    (row,) = np.flatnonzero(fleet.by("owner").name == "nadia")
    assert of_nadia.total().core_hours[0] == pytest.approx(fleet.by("owner").core_hours[row])
    assert of_nadia.by("platform").core_hours.sum() == pytest.approx(of_nadia.total().core_hours)


def test_what_was_used_on_a_platform_is_told_by_owner_too(fleet: Fleet) -> None:
    on = fleet.on("LUMI-C")
    assert on.experiments.name.tolist() == ["a1p7", "t0ab"]
    platforms = fleet.by("platform")
    (row,) = np.flatnonzero(platforms.name == "LUMI-C")
    for name in ("jobs", "attempts", "core_hours", "energy", "simulated_years"):
        told = getattr(on.by("owner"), name).sum()
        assert told == pytest.approx(getattr(platforms, name)[row]), name
    # The whole of these experiments is more: what they did on other platforms.
    assert on.total().jobs[0] < fleet.where(fleet.experiments.owner == "tomas").total().jobs[0]
    assert len(fleet.on("NOWHERE").experiments) == 0


def test_unchanged_experiments_are_not_read_again(
    fleet: Fleet, installation: Path, work: Work
) -> None:
    assert work(FiguresTask(), installation).examined == 0


def test_what_an_experiment_used_stays_when_it_is_archived_or_deleted(
    fleet: Fleet,
    installation: Path,
    work: Work,
    rows: Rows,
    archive_away: Callable[[Path, str], None],
) -> None:
    archive_away(installation, "a0k2")
    rows(installation / "autosubmit.db", "DELETE FROM experiment WHERE name = 'a2m9'")
    for task in (StatusTask(), FiguresTask()):
        work(task, installation)
    later = open_archive(installation).fleet()
    assert later.total().core_hours.tolist() == fleet.total().core_hours.tolist()
    states = dict(zip(later.experiments.name, later.experiments.state))
    assert (states["a0k2"], states["a2m9"], states["a1p7"]) == ("archived", "deleted", "present")


def test_what_stopped_long_ago_is_abandoned(fleet: Fleet, installation: Path) -> None:
    assert fleet.abandoned().name.tolist() == []
    archive = open_archive(installation)
    later = archive.fleet(now=fleet.now + 31 * 86_400)
    assert later.abandoned().name.tolist() == ["a2m9"]


def test_what_died_needs_a_look_until_it_counts_as_abandoned(fleet: Fleet) -> None:
    known = fleet.experiments
    pulse = np.where(known.name == "a2m9", "dead", known.pulse)
    died = replace(fleet, experiments=replace(known, pulse=pulse))
    assert died.stalled().name.tolist() == ["a2m9"]
    later = replace(died, now=fleet.now + 31 * 86_400)
    assert (later.stalled().name.tolist(), later.abandoned().name.tolist()) == ([], ["a2m9"])


def test_an_installation_that_nobody_looked_at_has_an_empty_fleet(installation: Path) -> None:
    fleet = open_archive(installation).fleet()
    assert (len(fleet.experiments), len(fleet.total()), fleet.figures_updated) == (0, 0, 0)
    assert len(fleet.by("owner")) == 0


def test_what_another_user_noted_is_said_to_be_another_users(fleet: Fleet, in_files: Path) -> None:
    archive, own = open_archive(in_files), in_files / "autosubmit_api.db"
    assert own.stat().st_mode & 0o077 == 0
    with as_another_user(own), pytest.raises(SourceUnreadableError) as raised:
        archive.fleet()
    assert "may not be read" in raised.value.reason
    assert raised.value.reason.endswith("let both run as one.")


@contextmanager
def as_another_user(path: Path) -> Iterator[None]:
    """Be somebody who may not read a file."""
    if os.geteuid():
        path.chmod(0)
        yield
        return
    os.seteuid(pwd.getpwnam("nobody").pw_uid)
    try:
        yield
    finally:
        os.seteuid(0)
