"""``/v3/search``, ``/v3/searchowner`` and ``/v3/running``: lists of experiments."""

from __future__ import annotations

from typing import Any

from autosubmit_core.answers.experiments import holding_text, of_type, whole_matches
from autosubmit_core.answers.formats import instant
from autosubmit_core.archive import Archive, Experiment
from autosubmit_core.tables import ExperimentTable

__all__ = ["EMPTY", "owner_search_answer", "running_answer", "search_answer"]

#: The answer to a search that cannot be made.
EMPTY: dict[str, Any] = {"experiment": []}

#: The words that ask for running experiments alone; an older client says ``all`` for the contrary.
_ONLY_ACTIVE = frozenset({"active", "true", "1"})

#: Counters of the last run that are 0 where there is none.
_COUNTERS = ("submitted", "queuing", "running", "failed", "suspended")


def search_answer(
    archive: Archive, *, text: str, experiment_type: str = "", only_active: str = ""
) -> dict[str, Any]:
    """Return the experiments with a text in name, description or owner, by their number.

    A type that is none, and a word for ``only_active`` that does not ask for it, leave out nothing.
    """
    known = archive.experiments()
    found = holding_text(known, text) & of_type(known, experiment_type)
    if only_active.lower() in _ONLY_ACTIVE:
        found &= known.running
    return _listed(archive, known.take(found))


def owner_search_answer(archive: Archive, *, owner: str) -> dict[str, Any]:
    """Return the experiments of an owner; ``*`` is any text, and a leading ``!`` negates."""
    known = archive.experiments()
    return _listed(archive, known.take(whole_matches(known.user, owner)))


def running_answer(archive: Archive) -> dict[str, Any]:
    """Return the experiments that the status database says are running."""
    known = archive.experiments()
    return _listed(archive, known.take(known.running))


def _listed(archive: Archive, found: ExperimentTable) -> dict[str, Any]:
    return {"experiment": archive.of_each(found, _element)}


def _element(experiment: Experiment) -> dict[str, Any]:
    """Return one experiment; what its configuration does not tell, the details may."""
    registered, configured, counters = (
        experiment.registered,
        experiment.configured_names,
        experiment.last_run,
    )
    return {
        "id": int(registered.id[0]),
        "name": experiment.expid,
        "user": registered.user[0],
        "description": experiment.description,
        "hpc": (configured.main_platform if configured else None) or registered.hpc[0],
        "status": _status(registered),
        "completed": counters.completed if counters else "NA",
        "total": counters.total if counters else "NA",
        "version": configured.version if configured else "Unknown",
        "wrapper": configured.wrapper_type if configured else None,
        **{name: getattr(counters, name) if counters else 0 for name in _COUNTERS},
        "modified": instant(experiment.jobs_modified),
    }


def _status(registered: ExperimentTable) -> str | None:
    """Return the noted status; None where none is noted."""
    if registered.running[0]:
        return "RUNNING"
    return None if registered.status_modified[0] is None else "NOT RUNNING"
