"""When each task is done: at once, or again and again, and by one process of all."""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Callable, Iterator, Sequence

from autosubmit_core.archive import Archive
from autosubmit_core.errors import AutosubmitError, LeaseLostError
from autosubmit_core.store.leases import acquire
from autosubmit_core.store.places import store_of
from autosubmit_core.workers.ending import Ending
from autosubmit_core.workers.passes import Duty, Made, Progress, Summary, run_pass
from autosubmit_core.workers.settings import Plan

__all__ = ["holder", "run_due", "run_once", "run_until_stopped"]

log = logging.getLogger(__name__)

#: How long a process sleeps between two looks at what is due, in seconds.
SLEEP_SECONDS = 5.0


def run_once(
    task: Duty[Made],
    archive: Archive,
    progress: Progress = lambda done, total: None,
    look: Callable[[], None] = lambda: None,
) -> Made | None:
    """Do a pass of a task now; None if another process is at it.

    ``progress``, ``look`` and what it raises are those of
    :func:`~autosubmit_core.workers.passes.run_pass`.
    """
    lease = acquire(store_of(archive.installation), task.name, holder())
    return run_pass(task, archive, lease, progress, look) if lease else None


def run_due(
    plans: Sequence[Plan], archive: Archive, look: Callable[[], None] = lambda: None
) -> Iterator[Summary]:
    """Do a pass of each task that is due and that no other process does; yield what came of each.

    A pass that fails is logged and tried again when the next one is due. ``look`` is as in
    :func:`~autosubmit_core.workers.passes.run_pass`.
    """
    place = store_of(archive.installation)
    for plan in plans:
        look()
        lease = acquire(place, plan.task.name, holder(), every=plan.every)
        if lease is None:
            continue
        try:
            yield run_pass(plan.task, archive, lease, look=look)
        except LeaseLostError as error:
            log.warning("%s", error)
        except AutosubmitError as error:
            log.error("the task %s failed: %s", plan.task.name, error)


def run_until_stopped(
    plans: Sequence[Plan],
    archive: Archive,
    ending: Ending,
    alive: Callable[[], None] = lambda: None,
) -> None:
    """Do every task whenever it is due, until the process is asked to end; call ``alive`` as it gets on."""

    def look() -> None:
        alive()
        ending.look()

    said = ""
    while True:
        try:
            for summary in run_due(plans, archive, look):
                log.info("%s", summary.sentence())
            said = ""
        except AutosubmitError as error:
            # Where nothing can be written it is said once, and tried again all the same.
            if str(error) != said:
                log.warning("background tasks cannot be done: %s", error)
                said = str(error)
        alive()
        ending.sleep(SLEEP_SECONDS)


def holder() -> str:
    """Return the name under which this process holds a lease."""
    return f"{socket.gethostname()}:{os.getpid()}"
