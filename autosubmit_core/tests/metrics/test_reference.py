"""The metrics of nine recorded experiments are those that Autosubmit API 4.2.0 answered.

What the configuration says (processing elements, wall clocks, chunk unit and size) is taken from the
recorded answers, so that only the metrics are at stake here. Times that run with the clock are left
out. Where a better number is wanted than the recorded one, the test names its id.
"""

from __future__ import annotations

import json
import math
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pytest

from autosubmit_core.errors import SourceMissingError
from autosubmit_core.metrics.counters import status_counts
from autosubmit_core.metrics.eta import estimated_time
from autosubmit_core.metrics.job_metrics import attempt_metrics, job_speeds, run_detail
from autosubmit_core.metrics.job_times import (
    JobTimes,
    job_times,
    jobs_without_matching_row,
    newest_attempt,
    shown_instants,
)
from autosubmit_core.metrics.performance import performance, postprocessing_seconds
from autosubmit_core.metrics.runs import run_metrics
from autosubmit_core.metrics.simulated_years import years_per_job
from autosubmit_core.metrics.statistics import job_statistics, jobs_active_since, summarized
from autosubmit_core.metrics.summary import summary
from autosubmit_core.metrics.wrapper_queue import with_wrapper_queues, wrapper_delays
from autosubmit_core.readers.job_history import read_job_history, read_runs
from autosubmit_core.readers.job_list import read_job_list
from autosubmit_core.readers.job_times import read_attempts
from autosubmit_core.readers.structure import read_structure
from autosubmit_core.readers.wrappers import read_wrappers
from autosubmit_core.status import Status
from autosubmit_core.tables import (
    AttemptTable,
    JobHistory,
    JobTable,
    RunTable,
    Structure,
    Table,
    WrapperTable,
)

EXPIDS = ("a003", "a007", "a1ve", "a1vj", "a1vx", "a3tb", "a6zj", "a8qc", "aa6f")
#: Their times go on with the clock.
_CLOCKED = ("SUBMITTED", "QUEUING", "RUNNING")
NOW = int(datetime(2026, 11, 21, 22, 9, tzinfo=timezone.utc).timestamp())

SomeTable = TypeVar("SomeTable", bound=Table)


@dataclass(frozen=True)
class Real:
    """A recorded experiment: what is on disk, and what was answered."""

    expid: str
    answers: Path
    tmp: Path
    jobs: JobTable
    history: JobHistory
    runs: RunTable
    structure: Structure
    wrappers: WrapperTable
    #: Without and with the correction for wrappers.
    plain_times: JobTimes
    times: JobTimes

    def answer(self, name: str) -> Any:
        """Return a recorded body."""
        return json.loads((self.answers / f"{name}.json").read_text())["body"]

    def answered(self, pattern: str) -> list[tuple[str, Any]]:
        """Return recorded paths and bodies."""
        records = [json.loads(file.read_text()) for file in sorted(self.answers.glob(pattern))]
        return [(record["path"], record["body"]) for record in records]


@pytest.fixture(scope="module", autouse=True)
def _utc() -> Iterator[None]:
    """The zone in which the answers were recorded."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", "UTC")
        time.tzset()
        yield
    time.tzset()


@pytest.fixture(scope="module", params=EXPIDS)
def real(
    request: pytest.FixtureRequest, reference_experiments: Path, reference_answers: Path
) -> Real:
    expid, root = str(request.param), reference_experiments
    tmp, metadata = root / expid / "tmp", root / "metadata"
    jobs = read_job_list(root / expid / "pkl" / f"job_list_{expid}.pkl")
    history = read_job_history(metadata / "data" / f"job_data_{expid}.db")
    structure = _if_there(
        read_structure, metadata / "structures" / f"structure_{expid}.db", Structure
    )
    wrappers = _if_there(
        read_wrappers, root / expid / "pkl" / f"job_packages_{expid}.db", WrapperTable
    )
    asked = jobs.name[jobs_without_matching_row(jobs, history)]
    plain = job_times(jobs, history, read_attempts(tmp, asked.tolist()), NOW)
    return Real(
        expid=expid,
        answers=reference_answers / expid,
        tmp=tmp,
        jobs=jobs,
        history=history,
        runs=read_runs(metadata / "data" / f"job_data_{expid}.db"),
        structure=structure,
        wrappers=wrappers,
        plain_times=plain,
        times=with_wrapper_queues(plain, jobs, wrappers, structure),
    )


def _if_there(reader: Any, path: Path, table: type[SomeTable]) -> SomeTable:
    try:
        read: SomeTable = reader(path)
    except SourceMissingError:
        return table.empty()
    return read


def _number(value: float, digits: int) -> float:
    """Return a metric as answers give it: rounded, and 0 where it cannot be computed."""
    return 0 if math.isnan(value) else round(value, digits)


def _or_null(value: float, digits: int = 6) -> float | None:
    return None if math.isnan(value) else round(value, digits)


def test_jobs_are_counted_by_status(real: Real) -> None:
    counts = {status.name: n for status, n in status_counts(real.jobs.status).items()}
    assert counts == real.answer(f"v3__expcount__{real.expid}")["counters"]


def test_times_of_the_jobs_are_those_of_the_tree(real: Real) -> None:
    """The four queuing and the one running job of a3tb are compared without the clock."""
    body = real.answer(f"v3__tree__{real.expid}")
    row = {name: index for index, name in enumerate(real.jobs.name)}
    instants = shown_instants(real.times, real.jobs.status)
    for job in body["jobs"]:
        index = row[job["id"]]
        texts = (job["submit"], job["start"], job["finish"])
        assert [int(column[index]) for column in instants] == [
            int(datetime.fromisoformat(text).timestamp()) if text else 0 for text in texts
        ]
        if job["status"] not in _CLOCKED:
            assert real.times.queue[index] == job["minutes_queue"], job["id"]
            assert real.times.run[index] == job["minutes"], job["id"]
        assert real.times.workflow_commit[index] == job["workflow_commit"]


def test_speeds_of_the_jobs_are_those_of_the_tree(real: Real) -> None:
    row = {name: index for index, name in enumerate(real.jobs.name)}
    for job in real.answer(f"v3__tree__{real.expid}")["jobs"]:
        post = postprocessing_seconds(real.jobs, real.times)
        speeds = job_speeds(
            real.jobs, real.times, real.runs, job["chunk_unit"], job["chunk_size"], post
        )
        found = speeds.take(np.array([row[job["id"]]]))
        for got, want in (
            (found.simulated_years_per_day[0], job["SYPD"]),
            (found.actual_simulated_years_per_day[0], job["ASYPD"]),
        ):
            assert _or_null(got) == (None if want is None else round(want, 6))


def test_the_newest_row_of_one_job_is_that_of_its_detail(real: Real) -> None:
    for _, body in real.answered(f"v4__experiments__{real.expid}__jobs__*.json"):
        if "submit" not in body:
            continue
        row = newest_attempt(body["name"], real.history)
        job = np.flatnonzero(real.jobs.name == body["name"])
        if row.status.tolist() == real.jobs.status[job].tolist():
            for instant, text in ((row.submit[0], body["submit"]), (row.finish[0], body["finish"])):
                assert instant == (datetime.fromisoformat(text).timestamp() if text else 0)


def test_performance(real: Real) -> None:
    """M-05: RSYPD is compared where first and last in time are first and last in the list."""
    body = real.answer(f"v3__performance__{real.expid}")
    job = real.answer(f"v3__tree__{real.expid}")["jobs"] or [
        {"chunk_unit": "month", "chunk_size": 4}
    ]
    years = years_per_job(real.times, real.runs, job[0]["chunk_unit"], job[0]["chunk_size"])
    made = performance(
        real.jobs,
        real.times,
        years,
        processing_elements=body["Parallelization"],
        carbon_factor=body["platform_info"]["CF"],
        power_usage_effectiveness=body["platform_info"]["PUE"],
    )
    assert made.simulated_years == pytest.approx(body["SY"])
    assert _number(made.simulated_years_per_day, 4) == body["SYPD"]
    assert _number(made.actual_simulated_years_per_day, 4) == body["ASYPD"]
    assert _number(made.core_hours_per_simulated_year, 4) == body["CHSY"]
    assert _number(made.joules_per_simulated_year, 4) == body["JPSY"]
    assert made.total_energy == body["Total_energy"]
    assert made.total_footprint == pytest.approx(body["Total_footprint"])
    better = {"a8qc": 0.3581}
    assert _number(made.real_simulated_years_per_day, 4) == better.get(real.expid, body["RSYPD"])
    for table, listed in (
        (made.considered, body["considered"]),
        (made.not_considered, body["not_considered"]),
    ):
        columns = zip(
            real.jobs.name[table.job],
            table.queue.tolist(),
            table.run.tolist(),
            table.core_hours_per_simulated_year.tolist(),
            table.simulated_years_per_day.tolist(),
            table.actual_simulated_years_per_day.tolist(),
            table.joules_per_simulated_year.tolist(),
            table.energy.tolist(),
            table.years.tolist(),
        )
        assert [
            (*row[:3], *(_number(value, 2) for value in row[3:8]), row[8]) for row in columns
        ] == [
            (
                *(one[key] for key in ("name", "queue", "running")),
                *(one[key] for key in ("CHSY", "SYPD", "ASYPD", "JPSY", "energy", "yps")),
            )
            for one in listed
        ]
        assert table.footprint.tolist() == pytest.approx([one["footprint"] for one in listed])
    said = " ".join(body["warnings_job_data"])
    assert made.has_postprocessing == ("COMPLETED POST jobs" not in said)
    assert (made.recovery_section is None) == ("no TRANSFER nor CLEAN" in said)


def test_metrics_of_runs(real: Real) -> None:
    """E3-12: the reference answered nothing about the run of a1ve."""
    body = real.answer(f"v3__runs__{real.expid}")
    made = run_metrics(real.history, real.runs, real.jobs, real.times)
    wanted = {run["run_id"]: (run["SYPD"], run["ASYPD"], run["CHSY"]) for run in body["runs"]}
    if real.expid == "a1ve":
        wanted = {1: (5760.0, 2880.0, 0.0)}
    found = {
        run_id: tuple(_or_null(float(values[place]), 2) for values in made.columns().values())
        for place, run_id in enumerate(real.runs.run_id.tolist())
    }
    assert found == wanted


def test_attempts_of_a_job(real: Real) -> None:
    asked = 0
    for path, body in real.answered(f"v3__history__{real.expid}__*.json"):
        name = path.rsplit("/", 1)[-1]
        rows = np.flatnonzero(real.history.job_name == name)
        rows = rows[np.argsort(-real.history.counter[rows], kind="stable")]
        made = attempt_metrics(real.history, rows, real.runs, NOW)
        assert [str(timedelta(seconds=queue)) for queue in made.queue.tolist()] == [
            row["queue_time"] for row in body["history"]
        ]
        assert [str(timedelta(seconds=run)) for run in made.run.tolist()] == [
            row["run_time"] for row in body["history"]
        ]
        for key, values in (
            ("SYPD", made.simulated_years_per_day),
            ("ASYPD", made.actual_simulated_years_per_day),
        ):
            wanted = [row[key] for row in body["history"]]
            assert [_or_null(value) for value in values.tolist()] == [
                None if value is None else round(value, 6) for value in wanted
            ]
        asked += len(rows)
    assert asked or not len(real.history)


def test_jobs_of_a_run(real: Real) -> None:
    for path, body in real.answered(f"v3__rundetail__{real.expid}__*.json"):
        run_id = int(path.rsplit("/", 1)[-1])
        of_run = (real.history.run_id == run_id) & (real.history.rowtype >= 2)
        rows = real.history.take(np.flatnonzero(of_run))
        made = run_detail(rows, real.runs, NOW)
        found = Counter(
            zip(rows.job_name, _stamps(made.submit), made.run.tolist(), _waited(rows, made.queue))
        )
        assert found == Counter(
            (
                job["id"].rstrip("+"),
                job["submit"] or "",
                job["minutes"],
                "" if job["status"] in _CLOCKED else job["minutes_queue"],
            )
            for job in body["jobs"]
        )


def _stamps(instants: Any) -> list[str]:
    return [
        datetime.fromtimestamp(instant, timezone.utc).strftime("%Y-%m-%d-%H:%M:%S")
        if instant
        else ""
        for instant in instants.tolist()
    ]


def _waited(rows: JobHistory, queue: Any) -> list[int | str]:
    clocked = np.isin(rows.status, [Status[name] for name in _CLOCKED])
    return ["" if clock else seconds for clock, seconds in zip(clocked, queue.tolist())]


def test_summary(real: Real) -> None:
    body = real.answer(f"v3__summary__{real.expid}")
    made = summary(real.jobs, real.times)
    assert (made.running, made.suspended, made.queuing, made.failed, made.submitted) == tuple(
        body[f"n_{status}"] for status in ("running", "suspended", "queuing", "failed", "submitted")
    )
    assert list(made.failed_jobs) == body["failed_jobs"]
    assert made.simulations == body["n_sim"]
    assert made.simulations_queue_considered == body["sim_queue_considered"]
    assert made.simulations_run_considered == body["sim_run_considered"]
    means = {
        "avg_queue_time": made.mean_queue_seconds,
        "avg_run_time": made.mean_run_seconds,
        "avg_sim_queue_time": made.mean_simulation_queue_seconds,
        "avg_sim_run_time": made.mean_simulation_run_seconds,
    }
    if real.expid == "a3tb":  # four jobs have been queuing since 2022
        del means["avg_queue_time"]
    assert {key: str(timedelta(seconds=int(mean))) for key, mean in means.items()} == {
        key: body[key] for key in means
    }


def test_estimated_time(real: Real) -> None:
    for path, body in real.answered(f"v4__experiments__{real.expid}__eta*.json"):
        made = estimated_time(real.jobs, real.history, path.partition("section=")[2] or "SIM")
        if body.get("error"):
            assert (made.jobs > 0, made.chunks_total) == (True, 0)
            continue
        assert (made.chunks_total, made.chunks_remaining) == (
            body["chunks_total"],
            body["chunks_remaining"],
        )
        mean, left = body["avg_runtime_per_chunk_seconds"], body["eta_seconds"]
        assert _or_null(made.chunk_seconds) == (None if mean is None else round(mean, 6))
        assert _or_null(made.seconds) == (None if left is None else round(left, 6))


def test_statistics(real: Real) -> None:
    """E3-03: of a1ve, which has no structure, nothing was answered. The recorded order of jobs without
    a start date is that of a set, so orders are not compared."""
    attempts = read_attempts(real.tmp, real.jobs.name.tolist())
    for path, body in real.answered(f"v3__stats__{real.expid}__*.json"):
        hours, section = path.split("/")[-2:]
        if body["Statistics"] is None:
            if int(hours):
                since = NOW - int(hours) * 3600
                assert not jobs_active_since(attempts, since, len(real.jobs)).any()
            continue
        listed = {job["name"]: job for job in body["Statistics"]["JobStatistics"]}
        assert sorted(_statistics(real, attempts, section, listed)) == sorted(
            (
                job["name"],
                job["retrialCount"],
                job["completedCount"],
                job["failedCount"],
                *(round(job[key], 9) for key in _HOURS),
            )
            for job in listed.values()
        )


_HOURS = {
    "completedQueueTime": "completed_queue",
    "completedRunTime": "completed_run",
    "failedQueueTime": "failed_queue",
    "failedRunTime": "failed_run",
    "realConsumption": "run",
    "cpuConsumption": "core_hours",
    "failedCpuConsumption": "failed_core_hours",
    "expectedCpuConsumption": "expected_core_hours",
}


def _statistics(
    real: Real, attempts: AttemptTable, section: str, listed: dict[str, Any]
) -> list[tuple[Any, ...]]:
    """Return the statistics with what the answer says about processors and wall clocks."""
    jobs, times = real.jobs, real.plain_times
    made = job_statistics(
        jobs,
        attempts,
        selected=np.ones(len(jobs), np.bool_) if section == "Any" else jobs.section == section,
        processors=np.array(
            [listed.get(name, {"processors": 0})["processors"] for name in jobs.name]
        ),
        wallclock=np.array(
            [float(listed.get(name, {"wallclock": 0})["wallclock"]) for name in jobs.name]
        ),
        delays=wrapper_delays(jobs.name, times.queue, times.run, real.wrappers, real.structure),
    )
    columns = (getattr(made, name).round(9).tolist() for name in _HOURS.values())
    counts = (made.attempts.tolist(), made.completed.tolist(), made.failed.tolist())
    return list(zip(jobs.name[made.job], *counts, *columns))


def test_sums_of_statistics(real: Real) -> None:
    for path, body in real.answered(f"v3__stats__{real.expid}__0__*.json"):
        if body["Statistics"] is None:
            continue
        listed = {job["name"]: job for job in body["Statistics"]["JobStatistics"]}
        section, jobs = path.split("/")[-1], real.jobs
        made = summarized(
            job_statistics(
                jobs,
                read_attempts(real.tmp, jobs.name.tolist()),
                selected=np.ones(len(jobs), np.bool_)
                if section == "Any"
                else jobs.section == section,
                processors=np.array(
                    [listed.get(n, {"processors": 0})["processors"] for n in jobs.name]
                ),
                wallclock=np.array(
                    [float(listed.get(n, {"wallclock": 0})["wallclock"]) for n in jobs.name]
                ),
            )
        )
        assert body["summary"] == {
            "cpuConsumptionPercentage": round(made.core_hours_percentage, 2),
            "totalQueueTime": round(made.queue, 2),
            "submittedCount": made.attempts,
            "runCount": made.attempts,
            "completedCount": made.completed,
            "failedCount": made.failed,
            "expectedConsumption": round(made.expected_run, 4),
            "realConsumption": round(made.run, 4),
            "failedRealConsumption": round(made.failed_run, 4),
            "expectedCpuConsumption": round(made.expected_core_hours, 4),
            "cpuConsumption": round(made.core_hours, 4),
            "failedCpuConsumption": round(made.failed_core_hours, 4),
        }
