"""Which wrapper each job is in, and how answers show that."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autosubmit_core.archive import Experiment

__all__ = ["wrapper_code", "wrapper_shapes", "wrappers"]


def wrappers(experiment: Experiment) -> list[str | None]:
    """Return the name of the wrapper of each job, None for none."""
    names: list[str | None] = [None] * len(experiment.jobs)
    for row, wrapper in experiment.workflow.wrapper_of.items():
        names[row] = wrapper
    return names


def wrapper_code(wrapper: str | None) -> str | None:
    """Return the third part of a wrapper's name; None if it has fewer.

    >>> wrapper_code("a6zj_ASThread_17128472368642_1_4"), wrapper_code("odd")
    ('17128472368642', None)
    """
    parts = (wrapper or "").split("_", 3)
    return parts[2] if len(parts) > 2 else None


def wrapper_shapes(experiment: Experiment) -> dict[str, Sequence[Any]]:
    """Return how each job is drawn: ``dot``, or alike with the jobs of its wrapper."""
    shapes = {
        wrapper: ("square", "hexagon")[number % 2]
        for number, wrapper in enumerate(experiment.wrappers.wrapper_of().values())
    }
    names = wrappers(experiment)
    return {
        "dashed": [name is not None for name in names],
        "shape": ["dot" if name is None else shapes[name] for name in names],
        "package": names,
    }
