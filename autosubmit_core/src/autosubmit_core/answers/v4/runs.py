"""``/v4/experiments/{expid}/runs``: the launches of Autosubmit."""

from __future__ import annotations

from typing import Any

from autosubmit_core.answers.formats import instant_utc
from autosubmit_core.archive import Experiment

__all__ = ["runs_answer"]

#: Columns that are answered as they are.
_AS_STORED = (
    *("created", "modified", "chunk_unit", "chunk_size"),
    *("total", "completed", "failed", "queuing", "running", "submitted", "suspended"),
)


def runs_answer(experiment: Experiment) -> dict[str, Any]:
    """Return the runs in the order of the table, the oldest first; none without a history."""
    runs = experiment.runs
    stored = {name: getattr(runs, name).tolist() for name in _AS_STORED}
    return {
        "runs": [
            {
                "run_id": run_id,
                "start": instant_utc(start),
                "finish": instant_utc(finish),
                **{name: values[row] for name, values in stored.items()},
            }
            for row, (run_id, start, finish) in enumerate(
                zip(runs.run_id.tolist(), runs.start.tolist(), runs.finish.tolist())
            )
        ]
    }
