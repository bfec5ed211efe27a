"""``/v4/experiments/{expid}/compare``: what is different between two runs, or two experiments."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autosubmit_core.answers.formats import number_or_none
from autosubmit_core.answers.v4.settings import settings_side_by_side
from autosubmit_core.archive import Experiment
from autosubmit_core.archive.comparison import compared_jobs, compared_metrics, compared_settings
from autosubmit_core.metrics.comparison import (
    ComparedJobs,
    SectionTimes,
    dependency_counts,
    different_edges,
    job_differences,
    section_times,
)
from autosubmit_core.metrics.significance import FEWEST, LEVEL, size_of
from autosubmit_core.status import Status

__all__ = ["comparison_answer"]

_NAMES = {int(status): status.name for status in Status}


def comparison_answer(
    experiments: tuple[Experiment, Experiment],
    *,
    run_ids: tuple[int | None, int | None] = (None, None),
    limit: int = 200,
) -> dict[str, Any]:
    """Return how the second of two experiments, or of two runs, differs from the first.

    A side without a number of a run is an experiment as it is now. Lists of jobs and settings stop
    at ``limit``; their totals do not.

    Raises :class:`~autosubmit_core.RunNotFoundError`, and :class:`~autosubmit_core.SourceError` for
    a side without a readable job list that is no run.
    """
    sides = tuple(zip(experiments, run_ids))
    first, second = (compared_jobs(experiment, run_id) for experiment, run_id in sides)
    return {
        "sides": [
            _side(experiment, run_id, jobs)
            for (experiment, run_id), jobs in zip(sides, (first, second))
        ],
        "jobs": _jobs(first, second, limit),
        "structure": {
            "sections": _sections(first, second),
            "dependencies": _dependencies(experiments, run_ids),
        },
        "times": {
            "fewest": FEWEST,
            "level": LEVEL,
            "sections": list(map(_times, section_times(first, second))),
        },
        "metrics": _metrics(*(compared_metrics(*side) for side in sides)),
        "configuration": _configuration(experiments, run_ids, limit),
    }


def _side(experiment: Experiment, run_id: int | None, jobs: ComparedJobs) -> dict[str, Any]:
    codes, counts = np.unique(jobs.status, return_counts=True)
    return {
        "expid": experiment.expid,
        "run_id": run_id,
        "description": experiment.description,
        "jobs": len(jobs),
        "counters": {_NAMES[code]: count for code, count in zip(codes.tolist(), counts.tolist())},
    }


def _jobs(first: ComparedJobs, second: ComparedJobs, limit: int) -> dict[str, Any]:
    made = job_differences(first, second)
    differing = zip(made.first_differing[:limit].tolist(), made.second_differing[:limit].tolist())
    return {
        "in_both": made.shared,
        "only_first": {
            "total": len(made.only_first),
            "names": first.name[made.only_first[:limit]].tolist(),
        },
        "only_second": {
            "total": len(made.only_second),
            "names": second.name[made.only_second[:limit]].tolist(),
        },
        "status_differs": {
            "total": len(made.first_differing),
            "jobs": [
                {
                    "name": first.name[one],
                    "first": _NAMES[int(first.status[one])],
                    "second": _NAMES[int(second.status[other])],
                }
                for one, other in differing
            ],
        },
    }


def _sections(first: ComparedJobs, second: ComparedJobs) -> list[dict[str, Any]]:
    names = dict.fromkeys([*first.section.tolist(), *second.section.tolist()])
    return [
        {
            "section": name or "",
            "first": int(np.count_nonzero(first.section == name)),
            "second": int(np.count_nonzero(second.section == name)),
        }
        for name in names
    ]


def _dependencies(
    experiments: Sequence[Experiment], run_ids: Sequence[int | None]
) -> dict[str, Any] | None:
    """Return how the workflows differ; None where a run is compared: none keeps its own."""
    if any(run_id is not None for run_id in run_ids):
        return None
    sides, counts = [], []
    for experiment in experiments:
        jobs, (parents, children) = experiment.jobs, experiment.workflow.noted.edges()
        sides.append((compared_jobs(experiment, None).name, parents, children))
        counts.append(dependency_counts(jobs.section, parents, children))
    only_first, only_second = different_edges(*sides)
    first, second = counts
    return {
        "first": sum(first.values()),
        "second": sum(second.values()),
        "only_first": only_first,
        "only_second": only_second,
        "sections": [
            {
                "parent": pair[0],
                "child": pair[1],
                "first": first.get(pair, 0),
                "second": second.get(pair, 0),
            }
            for pair in dict.fromkeys([*first, *second])
        ],
    }


def _times(row: SectionTimes) -> dict[str, Any]:
    first, second = row.medians
    return {
        "section": row.section,
        "what": row.what,
        "first": {"jobs": row.counts[0], "median_seconds": number_or_none(first)},
        "second": {"jobs": row.counts[1], "median_seconds": number_or_none(second)},
        "difference_seconds": number_or_none(second - first),
        "ratio": _ratio(first, second),
        "p_value": number_or_none(row.p_value),
        "delta": row.test.delta if row.test else None,
        "effect": size_of(row.test.delta) if row.test else None,
        "verdict": row.verdict,
    }


def _metrics(first: dict[str, float], second: dict[str, float]) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "first": number_or_none(value),
            "second": number_or_none(second[name]),
            "difference": number_or_none(second[name] - value),
            "ratio": _ratio(value, second[name]),
        }
        for name, value in first.items()
    ]


def _ratio(first: float, second: float) -> float | None:
    return number_or_none(second / first) if first > 0 else None


def _configuration(
    experiments: Sequence[Experiment], run_ids: Sequence[int | None], limit: int
) -> dict[str, Any] | None:
    """Return the settings that differ; None where a side has no configuration."""
    first, second = (compared_settings(*side) for side in zip(experiments, run_ids))
    if first is None or second is None:
        return None
    expids = tuple(experiment.expid for experiment in experiments)
    names = (expids[0], expids[1]) if expids[0] != expids[1] else ("", "")
    made = settings_side_by_side(first, second, names)
    differing = [one for one in made if one.differs]
    return {
        "total": len(differing),
        "same": len(made) - len(differing),
        "settings": [
            {"setting": one.path, "first": one.first, "second": one.second}
            for one in differing[:limit]
        ],
    }
