"""What there is to know about each job, field by field, for answers that are made of columns."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from autosubmit_core.answers.formats import date_stamps
from autosubmit_core.archive import Experiment
from autosubmit_core.status import Status

__all__ = ["FIELDS", "INSTANTS", "NUMBERS", "STATUS_NAMES", "WORDS", "numbers_of", "words_of"]

#: The names of all statuses, in the order of their codes: the place of a name is its number.
STATUS_NAMES = tuple(status.name for status in Status)

#: Fields of which few different words are in an experiment.
WORDS = ("status", "section", "date", "member", "wrapper", "platform", "queue", "wallclock")
#: Fields of numbers, where 0 means that the job has none; instants are seconds since 1970 UTC.
INSTANTS = ("submit", "start", "finish")
NUMBERS = (
    *("chunk", "split", "splits", "priority", "processors"),
    *INSTANTS,
    *("queue_seconds", "run_seconds", "scheduler_id", "energy_joules"),
)
#: All of them, in the order of answers.
FIELDS = ("name", *WORDS, *NUMBERS)

_NUMBERS_OF: dict[str, Callable[[Experiment], npt.NDArray[Any]]] = {
    "chunk": lambda experiment: experiment.jobs.chunk,
    "split": lambda experiment: experiment.jobs.split,
    "splits": lambda experiment: experiment.jobs.splits,
    "priority": lambda experiment: experiment.jobs.priority,
    "processors": lambda experiment: experiment.requests.processors,
    "submit": lambda experiment: experiment.instants[0],
    "start": lambda experiment: experiment.instants[1],
    "finish": lambda experiment: experiment.instants[2],
    "queue_seconds": lambda experiment: experiment.times.queue,
    "run_seconds": lambda experiment: experiment.times.run,
    "scheduler_id": lambda experiment: experiment.jobs.scheduler_id,
    "energy_joules": lambda experiment: experiment.times.energy.astype(np.int64),
}


def numbers_of(experiment: Experiment, field: str) -> npt.NDArray[Any]:
    """Return a field of :data:`NUMBERS` for each job of the list, (n,)."""
    values = _NUMBERS_OF[field](experiment)
    # Old lists hold -1 for a job without splits.
    return np.maximum(values, 0) if field in ("chunk", "split", "splits") else values


def words_of(experiment: Experiment, field: str) -> tuple[list[str | None], npt.NDArray[np.int32]]:
    """Return the different words of a field, and the place of each job's among them, (n,).

    Statuses are all there, in the order of :data:`STATUS_NAMES`; other words as they are first met.
    None is the word of jobs that have none.
    """
    jobs = experiment.jobs
    if field == "status":
        # Codes are a row without gaps.
        return list(STATUS_NAMES), jobs.status.astype(np.int32) - int(min(Status))
    if field == "date":
        return _places(date_stamps(jobs.date))
    if field == "wrapper":
        return _places(list(map(experiment.wrappers.wrapper_of().get, jobs.name.tolist())))
    if field in ("platform", "queue", "wallclock"):
        return _places([word or None for word in getattr(experiment.requests, field)])
    return _places(getattr(jobs, field).tolist())


def _places(words: list[str | None]) -> tuple[list[str | None], npt.NDArray[np.int32]]:
    place: dict[str | None, int] = {}
    places = [place.setdefault(word, len(place)) for word in words]
    return list(place), np.array(places, dtype=np.int32)
