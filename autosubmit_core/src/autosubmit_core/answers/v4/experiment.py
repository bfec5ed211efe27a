"""``/v4/experiments/{expid}``: what is registered about an experiment."""

from __future__ import annotations

from typing import Any

from autosubmit_core.archive import Experiment

__all__ = ["experiment_answer"]


def experiment_answer(experiment: Experiment) -> dict[str, Any]:
    """Return what the table of experiments says; nothing of its files is read."""
    return {
        "id": int(experiment.registered.id[0]),
        "name": experiment.expid,
        "description": experiment.description,
        "autosubmit_version": experiment.autosubmit_version,
    }
