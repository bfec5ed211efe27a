"""What is on disk of an experiment's past: history, runs and TOTAL_STATS."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from autosubmit_core.demo.life import Attempts
from autosubmit_core.demo.seen import Seen
from autosubmit_core.status import Status
from autosubmit_core.tables import AttemptTable, JobHistory, RunTable, TextColumn, text_column

__all__ = ["history", "runs", "total_stats"]

#: ``rowstatus``: just inserted; accounting data stored; ended, no accounting data expected.
_INITIAL, _PROCESSED, _PENDING = 0, 2, 5

#: Columns of a run that count its jobs by state.
_COUNTED = {
    "completed": Status.COMPLETED,
    "failed": Status.FAILED,
    "queuing": Status.QUEUING,
    "running": Status.RUNNING,
    "submitted": Status.SUBMITTED,
    "suspended": Status.SUSPENDED,
}


def history(seen: Seen) -> JobHistory:
    """Return the rows of the historical database, in the order they were inserted."""
    rows = seen.told()
    attempts = seen.life.attempts.take(rows)
    written = attempts.finish if seen.generation.told_at_end else attempts.submit
    order = np.lexsort((attempts.job, written))
    rows, attempts, written = rows[order], attempts.take(order), written[order]
    n, counter = len(rows), rows - seen.life.first[attempts.job]
    newest = np.zeros(len(seen.created), dtype=np.int64)
    np.maximum.at(newest, attempts.job, counter)
    ended = attempts.finish <= seen.moment
    logs = {
        kind: [
            name if fetched else None
            for name, fetched in zip(seen.log_names(attempts, ended, kind), ended)
        ]
        for kind in ("out", "err")
    }
    at_4_1_17 = seen.generation.history_schema >= 21
    jobs = seen.created.take(attempts.job)
    return JobHistory.of(
        n,
        id=np.arange(1, n + 1),
        counter=counter,
        job_name=jobs.name,
        created=seen.texts(seen.instants(written) + 1),
        modified=seen.texts(seen.instants(np.where(ended, attempts.finish, written)) + 4),
        submit=seen.instants(attempts.submit),
        start=seen.instants(attempts.start),
        finish=seen.instants(attempts.finish),
        status=seen.life.outcomes(rows, seen.moment),
        rowtype=seen.wrapper_codes(attempts) if seen.generation.wrapper_codes else None,
        date=_date_texts(jobs.date),
        section=jobs.section,
        member=jobs.member,
        chunk=jobs.chunk,
        split=jobs.split if at_4_1_17 else None,
        splits=jobs.splits if at_4_1_17 else None,
        last=counter == newest[attempts.job],
        job_id=attempts.scheduler_id,
        run_id=attempts.run,
        **logs,
        fail_count=attempts.number if at_4_1_17 else None,
        **_accounting(seen, attempts, ended),
    )


def _accounting(
    seen: Seen, attempts: Attempts, ended: npt.NDArray[np.bool_]
) -> dict[str, npt.NDArray[np.generic]]:
    """Return what is told of each attempt's resources: requested, then as the scheduler says."""
    sections = seen.sections(attempts.job)
    queued = np.array([section.platform.has_queue for section in sections], dtype=bool)
    accounted = queued & ended
    processors = np.array([section.processors for section in sections], dtype=np.int64)
    nodes = np.array([section.nodes for section in sections], dtype=np.int64)
    state = np.where(accounted, _PROCESSED, np.where(ended, _PENDING, _INITIAL))
    return {
        "ncpus": np.where(accounted, processors, 0),
        "nnodes": np.where(accounted, nodes, 0),
        "energy": np.where(accounted, attempts.energy, 0.0),
        "rowstatus": state.astype(np.int8),
        "wallclock": text_column(section.wallclock for section in sections),
        "qos": text_column(section.platform.queue or "debug" for section in sections),
        "platform": text_column(section.platform.name for section in sections),
    }


def runs(seen: Seen) -> RunTable:
    """Return the runs that have begun, with the jobs by state at the end of each or now."""
    begun = np.flatnonzero(seen.life.run_begin <= seen.moment)
    end = np.minimum(seen.life.run_end[begun], seen.moment)
    begin = seen.instants(seen.life.run_begin[begun])
    counts: dict[str, list[int]] = {name: [] for name in ("total", *_COUNTED)}
    for run, moment in zip(begun, end):
        planned = seen.created.chunk <= seen.life.run_chunks[run]
        status = seen.life.statuses(int(moment))[planned]
        counts["total"].append(len(status))
        for name, code in _COUNTED.items():
            counts[name].append(int((status == code).sum()))
    n = len(begun)
    return RunTable.of(
        n,
        run_id=begun + 1,
        created=seen.texts(begin),
        modified=seen.texts(seen.instants(end)),
        start=begin,
        finish=seen.instants(seen.life.run_end[begun]),
        chunk_unit=[seen.workflow.chunk_unit] * n,
        chunk_size=np.full(n, seen.workflow.chunk_size),
        **counts,
    )


def total_stats(seen: Seen) -> AttemptTable:
    """Return the lines of the TOTAL_STATS files; ``job`` is a position in the job list."""
    rows = seen.told()
    attempts = seen.life.attempts.take(rows)
    started, ended = attempts.start <= seen.moment, attempts.finish <= seen.moment
    status = seen.life.outcomes(rows, seen.moment)
    return AttemptTable.of(
        len(rows),
        job=attempts.job,
        submit=seen.instants(attempts.submit),
        start=seen.instants(attempts.start),
        finish=seen.instants(attempts.finish),
        fields=np.where(ended, 4, np.where(started, 2, 1)),
        outcome=np.where(ended, status, Status.UNKNOWN),
        has_outcome=ended,
    )


def _date_texts(dates: npt.NDArray[np.datetime64]) -> TextColumn:
    """Return start dates as ``YYYY-MM-DD HH:MM:SS``, None where there is none."""
    texts = np.datetime_as_string(dates, unit="s").tolist()
    return text_column(None if text == "NaT" else text.replace("T", " ") for text in texts)
