"""``/v3/runs/{expid}``: the runs of an experiment, with their metrics."""

from __future__ import annotations

from typing import Any

import numpy as np

from autosubmit_core.answers.formats import instant, rounded_or_none
from autosubmit_core.archive import Experiment
from autosubmit_core.errors import RunNotFoundError

__all__ = ["EMPTY", "runs_answer"]

#: What is answered when there is no run.
EMPTY: dict[str, Any] = {"runs": []}

#: Columns that are answered as they are.
_AS_STORED = (
    "run_id",
    "created",
    "chunk_unit",
    "chunk_size",
    "submitted",
    "queuing",
    "running",
    "completed",
    "failed",
    "total",
    "suspended",
)


def runs_answer(experiment: Experiment, *, run_id: int | None = None) -> dict[str, Any]:
    """Return the runs, the newest first, or the one of a number.

    ``Parallelization`` is that of today's configuration in every run, null where there is none.

    Raises :class:`RunNotFoundError` for a number that no run has.
    """
    runs, metrics = experiment.runs, experiment.run_metrics()
    order = np.argsort(-runs.run_id, kind="stable")
    if run_id is not None:
        order = order[runs.run_id[order] == run_id]
        if not len(order):
            raise RunNotFoundError(experiment.expid, run_id)
    known = experiment.configuration.section("SIM").known
    parallelization = experiment.processing_elements("SIM") if known else None
    stored = {name: getattr(runs, name)[order].tolist() for name in _AS_STORED}
    return {
        "runs": [
            {
                **{name: values[place] for name, values in stored.items()},
                "start": instant(int(runs.start[row])),
                "finish": instant(int(runs.finish[row])),
                "Parallelization": parallelization,
                "SYPD": rounded_or_none(metrics.simulated_years_per_day[row], 2),
                "ASYPD": rounded_or_none(metrics.actual_simulated_years_per_day[row], 2),
                "CHSY": rounded_or_none(metrics.core_hours_per_simulated_year[row], 2),
            }
            for place, row in enumerate(order.tolist())
        ]
    }
