"""All there is to know about one job."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from autosubmit_core import demo
from autosubmit_core.answers.v4.job import job_answer, several_jobs_answer
from autosubmit_core.archive import Experiment, open_archive
from autosubmit_core.errors import JobNotFoundError
from autosubmit_core.status import Status
from autosubmit_core.tables import AttemptTable, JobHistory, JobTable, RunTable, WrapperTable

NOW = 1_780_000_000
INI = "t000_INI"

#: E4-08 logs; E4-09 platform, queue and wall clock.
BETTER = frozenset(
    {"out_path_local", "err_path_local", "platform", "qos", "wallclock", "processors"}
)


def test_real_jobs_answer_as_recorded(
    experiment: Experiment, expid: str, recordings: Any, assert_agrees: Any
) -> None:
    found = recordings(expid, r".*/jobs/[^/?]+")
    assert found
    for recording in found:
        answer = job_answer(experiment, job_name=recording["body"]["name"])
        # a1ve: the reference overlooks the splits of its graph pickle (job-list.md 2.2).
        splits = {"split", "splits"} if expid == "a1ve" else set()
        assert_agrees(answer, recording, passed_over=BETTER | splits)
        for name in BETTER:
            # What the reference found we find too.
            assert answer[name] == (recording["body"][name] or answer[name])


def test_logs_of_real_jobs_are_found_packed_or_not(
    experiment: Experiment, expid: str, recordings: Any
) -> None:
    for recording in recordings(expid, r".*/jobs/[^/?]+"):
        answer = job_answer(experiment, job_name=recording["body"]["name"])
        for key in ("out_path_local", "err_path_local"):
            assert answer[key] is None or Path(answer[key]).exists()


def _made(folder: Path, jobs: JobTable, **options: Any) -> Experiment:
    demo.make_experiment(folder, jobs=jobs, **options)
    return open_archive(folder).experiment("t000", now=NOW)


def _row(status: Status, **columns: Any) -> JobHistory:
    told = {"job_name": [INI], "section": ["INI"], "last": [True], "status": [status]}
    return JobHistory.of(1, **(told | columns))


INSTANTS = {"submit": [NOW - 300], "start": [NOW - 200], "finish": [NOW - 100]}


@pytest.mark.parametrize("status", [Status.COMPLETED, Status.FAILED, Status.HELD, Status.WAITING])
def test_the_newest_attempt_tells_if_it_is_of_the_same_status(
    tmp_path: Path, status: Status
) -> None:
    jobs = demo.jobs_named([INI], status=[status])
    job = job_answer(_made(tmp_path, jobs, history=_row(status, **INSTANTS)), job_name=INI)
    assert None not in (job["submit"], job["start"], job["finish"])


def test_a_running_row_has_no_finish(tmp_path: Path) -> None:
    history = _row(Status.RUNNING, submit=[NOW - 300], start=[NOW - 200])
    jobs = demo.jobs_named([INI], status=[Status.RUNNING])
    job = job_answer(_made(tmp_path, jobs, history=history), job_name=INI)
    assert job["start"] is not None
    assert job["finish"] is None


def test_a_suspended_job_has_no_times(tmp_path: Path) -> None:
    jobs = demo.jobs_named([INI], status=[Status.SUSPENDED])
    history = _row(Status.SUSPENDED, **INSTANTS)
    job = job_answer(_made(tmp_path, jobs, history=history), job_name=INI)
    assert (job["submit"], job["start"], job["finish"]) == (None, None, None)


def test_a_row_of_another_status_tells_nothing_of_a_waiting_job(tmp_path: Path) -> None:
    history = _row(Status.FAILED, **INSTANTS, job_id=[4711])
    job = job_answer(_made(tmp_path, demo.jobs_named([INI]), history=history), job_name=INI)
    assert (job["submit"], job["start"], job["finish"]) == (None, None, None)
    assert job["remote_id"] == 4711


def test_of_two_marked_rows_the_one_of_the_highest_counter_counts(tmp_path: Path) -> None:
    history = JobHistory.of(
        2,
        job_name=[INI] * 2,
        last=[True] * 2,
        counter=[9, 4],
        status=[Status.COMPLETED] * 2,
        finish=[NOW - 9, NOW - 4],
        job_id=[9, 4],
    )
    jobs = demo.jobs_named([INI], status=[Status.COMPLETED])
    assert job_answer(_made(tmp_path, jobs, history=history), job_name=INI)["remote_id"] == 9


def test_a_failed_job_without_a_row_is_told_by_its_last_line(tmp_path: Path) -> None:
    jobs = demo.jobs_named([INI], status=[Status.FAILED])
    line = AttemptTable.of(
        1,
        job=[0],
        **INSTANTS,
        fields=[4],
        outcome=[Status.FAILED],
        has_outcome=[True],
    )
    job = job_answer(_made(tmp_path, jobs, attempts=line), job_name=INI)
    assert None not in (job["submit"], job["start"], job["finish"])


def test_e4_08_a_log_is_of_the_job_and_not_of_one_whose_name_begins_alike(
    tmp_path: Path,
) -> None:
    jobs = demo.jobs_named([INI, "t000_INI_EXTRA"], status=[Status.COMPLETED] * 2)
    experiment = _made(tmp_path, jobs)
    logs = experiment.logs.jobs
    logs.mkdir(parents=True, exist_ok=True)
    for name in (
        "t000_INI.20260101000000.out.xz",
        "t000_INI.20250101000000.out",
        "t000_INI_EXTRA.20270101000000.out",
        "t000_INI.cmd.out.0",
    ):
        (logs / name).write_bytes(b"")
    job = job_answer(experiment, job_name=INI)
    assert job["out_path_local"] == str(logs / "t000_INI.20260101000000.out.xz")
    assert job["err_path_local"] is None


def test_a_running_job_has_the_log_that_it_writes(tmp_path: Path) -> None:
    experiment = _made(tmp_path, demo.jobs_named([INI], status=[Status.RUNNING]))
    logs = experiment.logs.jobs
    logs.mkdir(parents=True, exist_ok=True)
    (logs / "t000_INI.cmd.out.0").write_bytes(b"")
    (logs / "t000_INI.cmd.out.1").write_bytes(b"")
    assert job_answer(experiment, job_name=INI)["out_path_local"].endswith("INI.cmd.out.1")


CONFIGURATION = {
    "DEFAULT": {"EXPID": "t000", "HPCARCH": "MN5"},
    "EXPERIMENT": {"CHUNKSIZEUNIT": "month", "CHUNKSIZE": 4},
    "JOBS": {"INI": {"SCRIPT": "sleep 1"}},
    "PLATFORMS": {
        "MN5": {"TYPE": "slurm", "QUEUE": "gp", "SERIAL_QUEUE": "one", "MAX_WALLCLOCK": "48:00"}
    },
}


def test_e4_09_what_the_section_does_not_say_others_do(tmp_path: Path) -> None:
    jobs = demo.jobs_named([INI])
    job = job_answer(_made(tmp_path / "a", jobs, configuration=CONFIGURATION), job_name=INI)
    assert (job["platform"], job["qos"], job["wallclock"]) == ("MN5", "one", "48:00")
    history = _row(Status.COMPLETED, qos=["debug"], wallclock=["00:30"], platform=["OLD"])
    experiment = _made(tmp_path / "b", jobs, configuration=CONFIGURATION, history=history)
    job = job_answer(experiment, job_name=INI)
    assert (job["platform"], job["qos"], job["wallclock"]) == ("MN5", "debug", "00:30")


def test_e4_10_a_section_that_is_gone_is_told_by_the_history(tmp_path: Path) -> None:
    history = _row(Status.COMPLETED, qos=["debug"], wallclock=["00:30"], ncpus=[48])
    configuration = {**CONFIGURATION, "JOBS": {"OTHER": {"SCRIPT": "x"}}}
    experiment = _made(
        tmp_path / "a", demo.jobs_named([INI]), configuration=configuration, history=history
    )
    assert job_answer(experiment, job_name=INI)["processors"] == 48
    alone = _made(tmp_path / "b", demo.jobs_named([INI]), configuration=configuration)
    assert job_answer(alone, job_name=INI)["processors"] is None


def test_e4_10_without_a_configuration_the_last_run_tells_the_chunks(tmp_path: Path) -> None:
    runs = RunTable.of(2, run_id=[2, 1], chunk_unit=["day", "month"], chunk_size=[5, 1])
    path = demo.make_experiment(tmp_path, jobs=demo.jobs_named([INI]), runs=runs)
    for file in (path / "conf").iterdir():
        file.unlink()
    job = job_answer(open_archive(tmp_path).experiment("t000"), job_name=INI)
    assert (job["chunk_size"], job["chunk_unit"]) == (5, "day")
    assert job["platform"] is None


def test_a_job_is_in_the_last_wrapper_that_names_it(tmp_path: Path) -> None:
    wrappers = WrapperTable.of(2, wrapper=["one", "two"], job_name=[INI, INI])
    experiment = _made(tmp_path, demo.jobs_named([INI]), wrappers=wrappers)
    assert job_answer(experiment, job_name=INI)["last_wrapper"] == "two"


def test_a_date_is_written_without_dashes(tmp_path: Path) -> None:
    name = "t000_20200101_fc0_2_SIM"
    job = job_answer(_made(tmp_path, demo.jobs_named([name])), job_name=name)
    assert (job["date"], job["chunk"], job["split"]) == ("20200101", 2, None)


def test_several_jobs_come_in_the_order_asked_for(tmp_path: Path) -> None:
    jobs = demo.jobs_named([INI, "t000_POST", "t000_CLEAN"])
    experiment = _made(tmp_path, jobs)
    answer = several_jobs_answer(experiment, names=("t000_CLEAN", "nobody", INI, INI))
    assert [job["name"] for job in answer["jobs"]] == ["t000_CLEAN", INI]
    assert answer["missing"] == ["nobody"]
    assert answer["jobs"][1] == job_answer(experiment, job_name=INI)


def test_one_job_is_told_of_as_among_others(tmp_path: Path) -> None:
    archive = open_archive(demo.build(tmp_path, now=NOW))
    names = tuple(archive.experiment("a2m9", now=NOW).jobs.name.tolist())
    together = several_jobs_answer(archive.experiment("a2m9", now=NOW), names=names)["jobs"]
    assert len(together) > 100
    for job in together[::9]:
        assert job_answer(archive.experiment("a2m9", now=NOW), job_name=job["name"]) == job


def test_an_unknown_job_is_not_found(tmp_path: Path) -> None:
    experiment = _made(tmp_path, demo.jobs_named([INI]))
    with pytest.raises(JobNotFoundError, match="Job with name 'nope' not found"):
        job_answer(experiment, job_name="nope")
