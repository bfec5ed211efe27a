"""The failed jobs of the overview, from logs of which it is known what they say."""

from __future__ import annotations

from pathlib import Path

import pytest
from autosubmit_core import AttemptTable, Experiment, JobHistory, Status, open_archive
from autosubmit_core.demo import jobs_named, make_experiment
from autosubmit_core.demo.writing.logs import write_job_log

from autosubmit_site.pages import failures
from autosubmit_site.pages.failures import failures_of

NOW, DAY = 1_780_000_000, 86_400
NAMES = [f"t000_20200101_fc0_{chunk}_SIM" for chunk in range(1, 7)]
#: The chunk of each attempt, the first first, and what its log says.
ATTEMPTS = [
    *((1, "cp: /scratch/1: Disk quota exceeded"), (2, "cp: /scratch/23: Disk quota exceeded")),
    *((3, "cp: /scratch/4: Disk quota exceeded"), (1, "KeyError: 'tas'"), (4, None)),
    (6, "KeyError: 'tas'"),
]


@pytest.fixture
def experiment(tmp_path: Path) -> Experiment:
    """Six failed jobs, the first of which failed twice, and the last of which is done in the end."""
    names = [NAMES[chunk - 1] for chunk, _ in ATTEMPTS]
    begin = [NOW + day * DAY for day in range(len(ATTEMPTS))]
    logs = [f"{name}.2026010{day}000000.err" for day, name in enumerate(names, 1)]
    history = JobHistory.of(
        len(ATTEMPTS),
        id=range(1, len(ATTEMPTS) + 1),
        run_id=[1] * len(ATTEMPTS),
        counter=range(len(ATTEMPTS)),
        job_name=names,
        section=["SIM"] * len(ATTEMPTS),
        status=[Status.FAILED] * len(ATTEMPTS),
        submit=begin,
        start=begin,
        finish=[at + 3600 for at in begin],
        wallclock=["01:00"] * len(ATTEMPTS),
        err=logs,
    )
    status = [*[Status.FAILED] * 5, Status.COMPLETED]
    lines = AttemptTable.of(
        len(ATTEMPTS),
        job=[chunk - 1 for chunk, _ in ATTEMPTS],
        submit=begin,
        start=begin,
        finish=[at + 3600 for at in begin],
        fields=[4] * len(ATTEMPTS),
        outcome=[Status.FAILED] * len(ATTEMPTS),
        has_outcome=[True] * len(ATTEMPTS),
    )
    path = make_experiment(
        tmp_path, jobs=jobs_named(NAMES, status=status), history=history, attempts=lines
    )
    for log, (_, line) in zip(logs, ATTEMPTS):
        if line:
            write_job_log(path, log, [line], modified=NOW)
    return open_archive(tmp_path).experiment("t000")


def test_failed_jobs_are_grouped_by_what_their_last_attempt_says(experiment: Experiment) -> None:
    made = failures_of(experiment)
    told = [(group.line, group.at_wallclock, [job.name for job in group.jobs]) for group in made]
    assert told[0] == ("cp: /scratch/4: Disk quota exceeded", False, [NAMES[2], NAMES[1]])
    assert sorted(told[1:3]) == [
        ("", True, [NAMES[3]]),
        ("KeyError: 'tas'", False, [NAMES[0]]),
    ]
    # Of the fifth no attempt is known.
    assert told[3:] == [("", False, [NAMES[4]])]
    assert made[0].jobs[0].err == f"{NAMES[2]}.20260103000000.err"


def test_of_many_failed_jobs_the_newest_are_named_and_all_counted(
    experiment: Experiment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(failures, "JOBS", 1)
    monkeypatch.setattr(failures, "GROUPS", 2)
    made = failures_of(experiment)
    assert len(made) == 2
    assert (made[0].total, [job.name for job in made[0].jobs]) == (2, [NAMES[2]])
