"""``/v4/experiments/{expid}/filesystem-config`` and the configuration of a run."""

from __future__ import annotations

from typing import Any

from autosubmit_core.answers.masking import masked
from autosubmit_core.archive import Experiment
from autosubmit_core.errors import SourceMissingError, SourceUnreadableError

__all__ = ["configuration_answer", "file_configuration_answer", "run_configuration_answer"]


def configuration_answer(experiment: Experiment) -> dict[str, Any]:
    """Return the configuration as Autosubmit would resolve it from the files of now.

    ``contains_nones`` tells whether it is empty or a value at its top is null.
    """
    configuration = experiment.configuration
    return {
        "config": {**masked(configuration.data), "contains_nones": configuration.contains_nones}
    }


def file_configuration_answer(experiment: Experiment) -> dict[str, Any]:
    """Return the same; empty only for an experiment that has no files.

    Raises :class:`~autosubmit_core.SourceUnreadableError` for files that are no configuration.
    """
    try:
        usable = experiment.usable_configuration
    except SourceMissingError:
        usable = experiment.configuration
    except SourceUnreadableError as error:
        reason = f"The configuration cannot be read ({error.path.name}: {error.reason})."
        raise type(error)(error.path, reason) from error
    return {"config": {**masked(usable.data), "contains_nones": usable.contains_nones}}


def run_configuration_answer(experiment: Experiment, run_id: int) -> dict[str, Any]:
    """Return the configuration that a run started with; ``run_id`` null for a run that is not there."""
    known = bool((experiment.runs.run_id == run_id).any())
    stored = (experiment.run_configuration(run_id) if known else None) or {}
    nones = not stored or any(value is None for value in stored.values())
    return {
        "run_id": run_id if known else None,
        "config": {**masked(stored), "contains_nones": nones},
    }
