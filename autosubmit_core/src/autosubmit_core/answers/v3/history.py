"""``/v3/history/{expid}/{jobname}``: every attempt of one job."""

from __future__ import annotations

from typing import Any

from autosubmit_core.answers.formats import duration, instant, number_or_none
from autosubmit_core.archive import Experiment
from autosubmit_core.metrics.job_metrics import AttemptMetrics
from autosubmit_core.status import Status
from autosubmit_core.tables import JobHistory, RunTable

__all__ = ["EMPTY", "history_answer"]

#: What is answered when the experiment is not known.
EMPTY: dict[str, Any] = {"history": None, "path_to_logs": ""}


def history_answer(experiment: Experiment, *, job_name: str) -> dict[str, Any]:
    """Return the attempts of a job, the newest first; none for a job that has none."""
    rows = experiment.history_rows(job_name)
    history, made = experiment.history.take(rows), experiment.attempt_metrics(rows)
    created = _created_by_run(experiment.runs)
    return {
        "history": [_attempt(history, made, row, created) for row in range(len(history))],
        "path_to_logs": str(experiment.logs.jobs),
    }


def _created_by_run(runs: RunTable) -> dict[int, str | None]:
    return dict(zip(runs.run_id.tolist(), runs.created.tolist()))


def _attempt(
    history: JobHistory, made: AttemptMetrics, row: int, created: dict[int, str | None]
) -> dict[str, Any]:
    run_id, known = int(history.run_id[row]), bool(made.run_known[row])
    splits = int(history.splits[row])
    return {
        "counter": int(history.counter[row]),
        "created": history.created[row],
        "submit": instant(int(made.submit[row])),
        "start": instant(int(made.start[row])),
        "finish": instant(int(made.finish[row])),
        "queue_time": duration(made.queue[row]),
        "run_time": duration(made.run[row]),
        "queue_seconds": int(made.queue[row]),
        "run_seconds": int(made.run[row]),
        "ncpus": int(history.ncpus[row]),
        "wallclock": history.wallclock[row],
        "qos": history.qos[row] or "debug",
        "platform": history.platform[row] or "NA",
        "job_id": int(history.job_id[row]),
        "nodes": int(history.nnodes[row]),
        "energy": _whole(round(float(history.energy[row]), 2)),
        "status": Status(history.status[row]).name,
        # A row of a run that is not known (older than runs, or its run is gone) says so in a word.
        "ASYPD": number_or_none(made.actual_simulated_years_per_day[row]) if known else "NA",
        "SYPD": number_or_none(made.simulated_years_per_day[row]) if known else "NA",
        "splits": splits if splits > 0 else None,
        "SYPD_per_split": number_or_none(made.simulated_years_per_day_per_split[row]),
        "run_id": run_id or None,
        "run_created": created[run_id] if known else "NA",
        "out": history.out[row],
        "err": history.err[row],
    }


def _whole(value: float) -> float | int:
    """Return a number without its point if it is whole, as databases hand out joules."""
    return int(value) if value.is_integer() else value
