"""``/v4/experiments/{expid}/runs/{run_id}/user-metrics``: values that jobs reported themselves."""

from __future__ import annotations

from typing import Any

import numpy as np

from autosubmit_core.archive import Experiment

__all__ = ["user_metrics_answer", "user_metrics_runs_answer"]

_COLUMNS = ("job_name", "metric_name", "metric_value", "modified")


def user_metrics_answer(experiment: Experiment, *, run_id: int) -> dict[str, Any]:
    """Return the metrics of a run in the order they were noted; none if it has none."""
    metrics = experiment.user_metrics
    of_run = metrics.take(metrics.run_id == run_id)
    rows = zip(*(getattr(of_run, name).tolist() for name in _COLUMNS))
    return {"run_id": run_id, "metrics": [dict(zip(_COLUMNS, row)) for row in rows]}


def user_metrics_runs_answer(experiment: Experiment) -> dict[str, Any]:
    """Return the runs that have metrics, the newest first."""
    numbers = np.unique(experiment.user_metrics.run_id)[::-1]
    return {"runs": [{"run_id": number} for number in numbers.tolist()]}
