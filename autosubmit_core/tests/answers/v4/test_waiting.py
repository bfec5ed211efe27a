"""Why a job waits, in words and as fields."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from autosubmit_core import demo
from autosubmit_core.answers.v4.waiting import waiting_answer
from autosubmit_core.archive import Experiment, open_archive
from autosubmit_core.errors import JobNotFoundError
from autosubmit_core.status import Status
from autosubmit_core.tables import JobHistory, Structure

NOW = 1_700_000_600
#: INI → SIM 1 → SIM 2 → SIM 3 → POST 3, and SIM 1 → POST 1.
NAMES = [
    "t000_INI",
    *(f"t000_20200101_fc0_{chunk}_SIM" for chunk in (1, 2, 3)),
    *(f"t000_20200101_fc0_{chunk}_POST" for chunk in (1, 3)),
]
STRUCTURE = Structure.of_edges(
    [NAMES[0], NAMES[1], NAMES[2], NAMES[1], NAMES[3]],
    [NAMES[1], NAMES[2], NAMES[3], NAMES[4], NAMES[5]],
)
DONE, RUNS, WAITS, READY = Status.COMPLETED, Status.RUNNING, Status.WAITING, Status.READY


def experiment_with(
    root: Path,
    status: list[Status],
    *,
    config: Mapping[str, Any] | None = None,
    wrappers: Mapping[str, Any] | None = None,
    structure: Structure = STRUCTURE,
    version: str = "4.1.17.1",
    **columns: object,
) -> Experiment:
    began = NOW - 600
    history = JobHistory.of(
        1,
        **{"job_name": NAMES[:1], "section": ["INI"], "status": [DONE], "last": [True]},
        **{"run_id": [1], "id": [1], "submit": [began - 90], "start": [began - 60]},
        finish=[began],
    )
    demo.make_experiment(
        root,
        jobs=demo.jobs_named(
            NAMES,
            status=status,
            submit=[began] * 6,
            start=[began + 10] * 6,
            **columns,
        ),
        history=history,
        structure=structure,
        version=version,
        configuration={
            "CONFIG": {"AUTOSUBMIT_VERSION": version, **(config or {})},
            "DEFAULT": {"EXPID": "t000", "HPCARCH": "MN5"},
            "EXPERIMENT": {"CHUNKSIZEUNIT": "month", "CHUNKSIZE": 1},
            "JOBS": {name: {"SCRIPT": "sleep 1"} for name in ("INI", "SIM", "POST")},
            "PLATFORMS": {"MN5": {"TYPE": "slurm"}},
            **({"WRAPPERS": wrappers} if wrappers else {}),
        },
        modified=NOW - 20,
    )
    return open_archive(root).experiment("t000", now=NOW)


def test_a_waiting_job_names_the_job_that_everything_hangs_on(tmp_path: Path) -> None:
    experiment = experiment_with(tmp_path, [DONE, RUNS, WAITS, WAITS, WAITS, WAITS])
    made = waiting_answer(experiment, job_name=NAMES[5])
    assert (made["waits"], made["needs_action"], made["not_done_before"]) == (True, False, 3)
    assert [job["job_name"] for job in made["parents"]["jobs"]] == [NAMES[3]]
    assert made["frontier"]["by_status"] == {"RUNNING": 1}
    assert made["frontier"]["jobs"][0]["sentence"] == "Running for 9 min 50 s."
    assert [job["job_name"] for job in made["longest_chain"]["jobs"]] == NAMES[1:4]
    assert made["reasons"] == [
        "3 jobs before it are not done; the longest chain of them has 3. What everything hangs on:"
        " t000_20200101_fc0_1_SIM is RUNNING."
    ]


@pytest.mark.parametrize("stuck", [Status.FAILED, Status.SUSPENDED])
def test_what_waits_for_a_failed_or_suspended_job_needs_somebody(
    tmp_path: Path, stuck: Status
) -> None:
    experiment = experiment_with(tmp_path, [DONE, DONE, stuck, WAITS, RUNS, WAITS])
    made = waiting_answer(experiment, job_name=NAMES[5])
    assert made["needs_action"]
    assert made["stuck"]["by_status"] == {stuck.name: 1}
    assert made["set_aside"]["total"] == int(stuck is Status.SUSPENDED)
    assert made["reasons"][0] == (
        f"It cannot start before somebody acts: t000_20200101_fc0_2_SIM is {stuck.name}, and it"
        " waits for that."
    )


def test_a_failed_job_tells_how_many_wait_for_it(tmp_path: Path) -> None:
    experiment = experiment_with(tmp_path, [DONE, DONE, Status.FAILED, WAITS, RUNS, WAITS])
    made = waiting_answer(experiment, job_name=NAMES[2])
    assert (made["needs_action"], made["dependents"], made["not_done_before"]) == (True, 2, 0)


def test_a_ready_job_waits_for_room_on_its_platform(tmp_path: Path) -> None:
    experiment = experiment_with(
        tmp_path,
        [DONE, DONE, READY, WAITS, Status.QUEUING, WAITS],
        config={"MAXWAITINGJOBS": 1, "TOTALJOBS": 20},
        scheduler_id=[0, 0, 0, 0, 77, 0],
    )
    made = waiting_answer(experiment, job_name=NAMES[2])
    assert made["platform"] == {
        "name": "MN5",
        "waiting_jobs": 1,
        "max_waiting_jobs": 1,
        "total_jobs": 1,
        "max_total_jobs": 20,
        "full": True,
    }
    assert made["reasons"][1] == (
        "MN5 is as full as Autosubmit lets it be: waiting there are 1 (MAXWAITINGJOBS is 1), there in"
        " all 1 (TOTALJOBS is 20); a wrapper counts as one."
    )


def test_a_ready_job_waits_for_a_full_wrapper(tmp_path: Path) -> None:
    # Of SIM 2 and SIM 3, one after the other, a wrapper of at least three cannot be made.
    wrappers = {"W": {"TYPE": "vertical", "JOBS_IN_WRAPPER": "SIM", "MIN_WRAPPED": 3}}
    status = [DONE, DONE, READY, WAITS, RUNS, WAITS]
    made = waiting_answer(experiment_with(tmp_path, status, wrappers=wrappers), job_name=NAMES[2])
    assert (made["wrapper"]["candidates"], made["wrapper"]["too_few"]) == (2, True)
    assert made["reasons"][-1] == (
        "Jobs of its section are submitted at least 3 at a time, in one wrapper; there are 2 for it."
    )


def test_a_waiting_job_with_nothing_before_it_has_not_been_looked_at(tmp_path: Path) -> None:
    experiment = experiment_with(tmp_path, [DONE, DONE, WAITS, WAITS, RUNS, WAITS])
    made = waiting_answer(experiment, job_name=NAMES[2])
    assert made["reasons"] == [
        "All that it depends on is done: Autosubmit has not looked at it since."
    ]


def test_without_dependencies_nobody_knows_what_a_job_waits_for(tmp_path: Path) -> None:
    experiment = experiment_with(
        tmp_path, [DONE, DONE, WAITS, WAITS, RUNS, WAITS], structure=Structure.empty()
    )
    made = waiting_answer(experiment, job_name=NAMES[2])
    assert made["reasons"] == [
        "What it depends on is not known: there is no structure database, or it is empty."
    ]


def test_an_experiment_that_does_not_run_says_so(tmp_path: Path) -> None:
    experiment_with(tmp_path, [DONE, RUNS, WAITS, WAITS, WAITS, WAITS])
    later = open_archive(tmp_path).experiment("t000", now=NOW + 400 * 86_400 * 10)
    reason = waiting_answer(later, job_name=NAMES[5])["reasons"][-1]
    assert reason.startswith("Autosubmit may not be running. Dead: nothing has moved for")


def test_a_job_that_runs_or_is_done_waits_for_nothing(tmp_path: Path) -> None:
    experiment = experiment_with(tmp_path, [DONE, RUNS, WAITS, WAITS, WAITS, WAITS])
    runs = waiting_answer(experiment, job_name=NAMES[1])
    assert (runs["waits"], runs["reasons"]) == (False, ["Running for 9 min 50 s."])
    assert waiting_answer(experiment, job_name=NAMES[0])["reasons"] == ["Ended with success."]


def test_a_parent_that_may_fail_holds_up_nothing(tmp_path: Path) -> None:
    # Autosubmit 4.2 notes it with the dependency.
    structure = Structure.of_edges(
        NAMES[2:3],
        NAMES[3:4],
        min_trigger_status=["COMPLETED"],
        completion_status=["WAITING"],
        fail_ok=[True],
    )
    status = [DONE, DONE, Status.FAILED, WAITS, DONE, WAITS]
    experiment = experiment_with(tmp_path, status, structure=structure, version="4.2.0")
    assert waiting_answer(experiment, job_name=NAMES[3])["parents"]["total"] == 0


def test_a_job_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    experiment = experiment_with(tmp_path, [DONE] * 6)
    with pytest.raises(JobNotFoundError):
        waiting_answer(experiment, job_name="t000_NOBODY")


def test_every_job_of_the_recorded_experiments(experiment: Experiment) -> None:
    for row, name in enumerate(experiment.jobs.name.tolist()):
        made = waiting_answer(experiment, job_name=name)
        assert made["reasons"]
        assert made["parents"]["total"] <= made["not_done_before"]
        if experiment.jobs.status[row] == Status.WAITING:
            # What everything hangs on is further along than what waits for it.
            assert "COMPLETED" not in made["frontier"]["by_status"]
            assert made["frontier"]["total"] or not made["parents"]["total"]
