"""The thirteen states of a job, as Autosubmit numbers, names and colours them."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum

import numpy as np
import numpy.typing as npt

__all__ = ["DONE", "ON_PLATFORM", "QUEUED", "Status", "status_codes"]


class Status(IntEnum):
    """What a job is doing; the number is the code that Autosubmit's pickles hold."""

    SUSPENDED = -3
    UNKNOWN = -2
    FAILED = -1
    WAITING = 0
    READY = 1
    SUBMITTED = 2
    QUEUING = 3
    RUNNING = 4
    COMPLETED = 5
    HELD = 6
    PREPARED = 7
    SKIPPED = 8
    DELAYED = 9

    @classmethod
    def of(cls, code: object) -> Status:
        """Return the status of a code or an upper-case name; anything else is UNKNOWN.

        >>> Status.of(5), Status.of("FAILED"), Status.of(42), Status.of(None)
        (<Status.COMPLETED: 5>, <Status.FAILED: -1>, <Status.UNKNOWN: -2>, <Status.UNKNOWN: -2>)
        """
        if isinstance(code, str):
            return cls.__members__.get(code, cls.UNKNOWN)
        try:
            return cls(code)  # type: ignore[arg-type]  # whatever a file holds
        except ValueError:
            return cls.UNKNOWN

    @property
    def colour(self) -> str:
        """The CSS colour that Autosubmit has always drawn this status in."""
        return _COLOURS[self]

    @property
    def text_colour(self) -> str:
        """The CSS colour of text on :attr:`colour`."""
        return "#fff" if self in (Status.RUNNING, Status.FAILED, Status.HELD) else "#000"

    @property
    def meaning(self) -> str:
        """One sentence for people who meet the word for the first time."""
        return _MEANINGS[self]


#: What nothing waits for any more: ended with success, or left out.
DONE = (Status.COMPLETED, Status.SKIPPED)
#: What was handed to a platform and does not run yet; held ones are in its queue too.
QUEUED = (Status.SUBMITTED, Status.QUEUING, Status.HELD)
#: What was handed to a platform and is not over.
ON_PLATFORM = (*QUEUED, Status.RUNNING)

_COLOURS = {
    Status.SUSPENDED: "orange",
    Status.UNKNOWN: "white",
    Status.FAILED: "red",
    Status.WAITING: "#aaaaaa",
    Status.READY: "lightblue",
    Status.SUBMITTED: "cyan",
    Status.QUEUING: "lightpink",
    Status.RUNNING: "green",
    Status.COMPLETED: "yellow",
    Status.HELD: "salmon",
    Status.PREPARED: "lightsalmon",
    Status.SKIPPED: "lightyellow",
    Status.DELAYED: "lightcyan",
}

_MEANINGS = {
    Status.SUSPENDED: "Set aside by a person; it stays so until somebody changes it.",
    Status.UNKNOWN: "The platform could not say what became of the job.",
    Status.FAILED: "Ended without success, and all its retries are used up.",
    Status.WAITING: "Some of the jobs it depends on have not ended yet.",
    Status.READY: "Everything it depends on is done; it will be submitted next.",
    Status.SUBMITTED: "Handed to the platform, which has not confirmed it yet.",
    Status.QUEUING: "In the queue of the platform.",
    Status.RUNNING: "Running on the platform.",
    Status.COMPLETED: "Ended with success.",
    Status.HELD: "Submitted ahead of time, and held in the queue until its parents end.",
    Status.PREPARED: "Prepared to be submitted and held.",
    Status.SKIPPED: "Left out, because a later job of its kind made it unnecessary.",
    Status.DELAYED: "Held back on purpose for some time.",
}

_CODES = frozenset(Status)


def status_codes(values: Iterable[object]) -> npt.NDArray[np.int8]:
    """Return the codes of a column of codes or names as they stand in a file, (n,) int8.

    >>> status_codes(["RUNNING", "nonsense", 5, None]).tolist()
    [4, -2, 5, -2]
    """
    known: dict[object, int] = {code: code for code in map(int, _CODES)}
    known.update({name: int(code) for name, code in Status.__members__.items()})
    codes = []
    for value in values:
        code = known.get(value) if isinstance(value, (int, str)) else None
        codes.append(int(Status.UNKNOWN) if code is None else code)
    return np.array(codes, dtype=np.int8)
