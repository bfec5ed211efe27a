"""Where the time went, from the files: each attempt counts once, and the parts add up."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from autosubmit_core import demo
from autosubmit_core.archive import Archive, open_archive
from autosubmit_core.status import Status
from autosubmit_core.tables import JobHistory, RunTable

NOW = 1_780_000_000


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Archive:
    return open_archive(demo.build(tmp_path_factory.mktemp("installation"), now=NOW))


@pytest.mark.parametrize("expid", ["a00q", "a0k2", "a07w", "a1p7", "a2m9", "o001", "t0ab"])
def test_the_parts_add_up_to_the_time_that_passed(archive: Archive, expid: str) -> None:
    experiment = archive.experiment(expid, now=NOW)
    made = experiment.time_split()
    jobs, history = experiment.jobs, experiment.history
    elapsed = 0
    pairs = set(zip(jobs.date.astype(str).tolist(), jobs.member.tolist(), strict=True))
    for date, member in pairs:
        of_chain = (jobs.date.astype(str) == date) & (jobs.member == member)
        if not (of_chain & (jobs.section == "SIM")).any():
            continue
        rows = np.isin(history.job_name.astype(str), jobs.name[of_chain].astype(str))
        begins = [history.submit[rows], experiment.times.submit[of_chain]]
        submitted = [at for at in np.concatenate(begins).tolist() if at > 0]
        if not submitted:
            continue
        waits = np.isin(jobs.status[of_chain], (Status.QUEUING, Status.SUBMITTED)).any()
        ends = np.concatenate([history.finish[rows], experiment.times.finish[of_chain]])
        elapsed += (NOW if waits else int(ends.max())) - min(submitted)
    assert made.elapsed == elapsed
    assert (made.elapsed > 0) == bool(len(history))


def test_failures_of_the_demo_are_counted(archive: Archive) -> None:
    assert archive.experiment("a2m9", now=NOW).time_split().failures > 0
    assert archive.experiment("a07w", now=NOW).time_split().failures == 0


def test_an_attempt_that_the_list_and_the_history_know_counts_once(tmp_path: Path) -> None:
    names = ["t000_20200101_fc0_1_SIM", "t000_20200101_fc0_2_SIM"]
    demo.make_experiment(
        tmp_path,
        jobs=demo.jobs_named(
            names,
            status=[Status.COMPLETED, Status.RUNNING],
            submit=[0, NOW - 500],
            start=[0, NOW - 400],
        ),
        history=JobHistory.of(
            2,
            id=[1, 2],
            job_name=[names[0]] * 2,
            counter=[1, 2],
            section=["SIM"] * 2,
            status=[Status.FAILED, Status.COMPLETED],
            submit=[NOW - 2000, NOW - 1500],
            start=[NOW - 1900, NOW - 1400],
            finish=[NOW - 1600, NOW - 700],
            run_id=[1, 1],
            last=[False, True],
        ),
        runs=RunTable.of(1, run_id=[1], chunk_unit=["month"], chunk_size=[1]),
    )
    made = open_archive(tmp_path).experiment("t000", now=NOW).time_split()
    # 2000 … 1600 fails, … 1500 nothing, … 1400 queue, … 700 run, … 500 nothing, … 400 queue, … 0 run.
    assert made.parts == {
        "run": 700 + 400,
        "queue": 100 + 100,
        "failures": 400,
        "postprocessing": 0,
        "idle": 100 + 200,
    }
    assert (made.chains, made.elapsed) == (1, 2000)
    assert made.simulated_years == pytest.approx(1 / 12)
