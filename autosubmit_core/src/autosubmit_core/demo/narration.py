"""The logs of an experiment, told from its tables: what its commands and its jobs printed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from autosubmit_core.demo.last_words import last_words
from autosubmit_core.demo.records import Records
from autosubmit_core.demo.writing.instants import local_stamp, local_text
from autosubmit_core.demo.writing.logs import (
    write_command_log,
    write_job_log,
    write_lines,
    write_recovery_log,
)
from autosubmit_core.status import Status
from autosubmit_core.tables import JobHistory

__all__ = ["write_logs"]

_ACTIVE = (Status.SUBMITTED, Status.QUEUING, Status.RUNNING)


def write_logs(folder: Path, records: Records, *, newest: int) -> None:
    """Write the logs of an experiment's commands, and those of its newest attempts and failures.

    ``folder`` is the experiment's. Administrators have compressed the older half of the job logs,
    as Autosubmit 4.1.13 and later can do itself: the outputs with xz, the errors with gzip.
    """
    history, runs = records.history, records.runs
    created = records.created or records.modified
    write_command_log(folder, "create", created, _create_log(records), modified=created)
    if history is None or runs is None or not len(runs):
        return
    for run_id, start, finish in zip(runs.run_id, runs.start.tolist(), runs.finish.tolist()):
        rows = history.take(np.flatnonzero(history.run_id == run_id))
        changed = finish or records.modified
        write_command_log(
            folder, "run", start, list(_run_log(records, rows, start, finish)), modified=changed
        )
        if records.generation.recovery_logs:
            for platform in dict.fromkeys(rows.platform):
                told = rows.take(np.flatnonzero(rows.platform == platform))
                lines = [_line(done + 6, f"{name}: log fetched") for done, name in _ends(told)]
                write_recovery_log(folder, platform, start, lines, modified=changed)
    _write_job_logs(folder, records, history, newest)
    _write_status_logs(folder, records)


def _create_log(records: Records) -> list[str]:
    at = records.created or records.modified
    sections = list(dict.fromkeys(records.jobs.section))
    return [
        _line(at, f"Autosubmit {records.version}: create {records.expid}"),
        *(_line(at + 1, f"section {section}: jobs created") for section in sections),
        _line(at + 2, f"{len(records.jobs)} jobs, {len(records.structure)} dependencies"),
    ]


def _run_log(records: Records, rows: JobHistory, start: int, finish: int) -> Iterator[str]:
    """Yield the lines of a run's log, by time: the newest few hundred of a long run."""
    yield _line(start, f"Autosubmit {records.version}: run {records.expid}")
    yield _line(start + 2, f"job list loaded: {len(records.jobs)} jobs")
    events = []
    told = rows.take(np.arange(max(0, len(rows) - 400), len(rows)))
    for name, platform, number, submit, end, code in zip(
        told.job_name,
        told.platform,
        told.job_id.tolist(),
        told.submit.tolist(),
        told.finish.tolist(),
        told.status.tolist(),
    ):
        events.append((submit, f"{name} submitted to {platform} as {number}"))
        if end:
            warning = "" if code == Status.COMPLETED else "[WARNING] "
            events.append((end + 5, f"{warning}{name} {Status(code).name}"))
    for instant, text in sorted(events):
        yield _line(instant, text)
    if finish:
        yield _line(finish, "no more jobs can run: run finished")


def _ends(rows: JobHistory) -> list[tuple[int, str]]:
    ended = rows.finish > 0
    return sorted(zip(rows.finish[ended].tolist(), rows.job_name[ended].tolist()))[-400:]


def _write_job_logs(folder: Path, records: Records, history: JobHistory, newest: int) -> None:
    ended = np.flatnonzero(history.finish > 0)
    failed = ended[history.status[ended] == Status.FAILED]
    chosen = np.union1d(ended[-newest:], failed[-newest:]) if newest else ended[:0]
    compressed = (
        set(chosen[: len(chosen) // 2].tolist()) if records.generation.recovery_logs else ()
    )
    for row in chosen.tolist():
        at, old = int(history.finish[row]), row in compressed
        out, err = history.out[row], history.err[row]
        write_job_log(folder, f"{out}{'.xz' if old else ''}", _output(history, row), modified=at)
        write_job_log(folder, f"{err}{'.gz' if old else ''}", _errors(history, row), modified=at)
    jobs = records.jobs
    for row in np.flatnonzero(jobs.status == Status.RUNNING)[:newest].tolist():
        lines = [
            _line(at, f"{jobs.name[row]}: still running")
            for at in _moments(int(jobs.start[row]), records.modified)
        ]
        name = f"{jobs.name[row]}.cmd.out.{max(int(jobs.fail_count[row]), 0)}"
        write_job_log(folder, name, lines, modified=records.modified)


def _write_status_logs(folder: Path, records: Records) -> None:
    """Write the two tables of current jobs that Autosubmit rewrites all the time."""
    jobs, logs = records.jobs, folder / "tmp" / "ASLOGS"
    for name, codes in (("active", _ACTIVE), ("failed", (Status.FAILED,))):
        rows = np.flatnonzero(np.isin(jobs.status, codes))
        lines = ["Job Name".ljust(40) + "Job Id".ljust(12) + "Job Status"]
        for job, number, code in zip(
            jobs.name[rows], jobs.scheduler_id[rows].tolist(), jobs.status[rows].tolist()
        ):
            lines.append(job.ljust(40) + str(number).ljust(12) + Status(code).name)
        write_lines(logs / f"jobs_{name}_status.log", lines, modified=records.modified)


def _moments(start: int, now: int) -> range:
    """Return when a job that began at ``start`` told that it runs: lately, every few seconds."""
    return range(max(start + 2, now - 600) if start else now, now + 1, 3)


def _output(history: JobHistory, row: int) -> list[str]:
    """Return what a job printed: a line for each step that it took until it ended."""
    start, finish = int(history.start[row]), int(history.finish[row])
    steps = 240 if history.section[row] == "SIM" else 12
    lines = [
        f"[INFO] JOBID={history.job_id[row]}",
        f"[INFO] {history.job_name[row]} on {history.platform[row]}, {history.ncpus[row]} processors",
    ]
    for step in range(steps):
        lines.append(_line(start + (finish - start) * step // steps, f"step {step + 1}"))
    ending = (
        "completed" if history.status[row] == Status.COMPLETED else "aborted, see the error log"
    )
    return [*lines, _line(finish, f"{history.section[row]} {ending}")]


def _errors(history: JobHistory, row: int) -> list[str]:
    """Return a job's error log: empty, or how it came to its end."""
    if history.status[row] == Status.COMPLETED:
        return []
    ended = int(history.finish[row])
    day = local_text(ended, offset=False)[:10]
    words = last_words(history.job_name[row], int(history.job_id[row]), day)
    return [*words, f"exit status 1 at {local_stamp(ended)}"]


def _line(instant: int, text: str) -> str:
    day, clock = local_text(instant, offset=False).rsplit("-", 1)
    return f"{day} {clock},000 {text}"
