"""The background tasks of a server, in a process of their own beside it."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence

from autosubmit_core.api.processes import run_apart, run_beside
from autosubmit_core.api.settings import Settings
from autosubmit_core.archive import Archive
from autosubmit_core.errors import AutosubmitError
from autosubmit_core.workers.ending import STOPPED, Ending
from autosubmit_core.workers.schedule import run_once, run_until_stopped
from autosubmit_core.workers.settings import Plan, read_plans

__all__ = ["plans_of", "start_background"]

log = logging.getLogger(__name__)

#: How much of what was read the tasks keep: each experiment is looked at once a pass. Bytes
MEMORY_BYTES = 64 * 2**20
#: How much they give way to the other processes of the machine, 0 to 19.
NICENESS = 10


def plans_of(settings: Settings) -> list[Plan]:
    """Return the tasks that a server does: none of a demo, which notes for itself what it does.

    Raises :class:`AutosubmitError` if the file that tells is wrong.
    """
    if settings.disable_bg_tasks or settings.demo:
        return []
    return read_plans(settings.api_file)


def start_background(plans: Sequence[Plan], archive: Archive, *, first: bool) -> None:
    """Let a process beside this one do the tasks; with ``first`` wait until each was done once.

    It ends with this process, and another takes its place if it dies. To be called before this process
    has threads.
    """
    if not plans:
        return
    own = Archive(archive.installation, memory_bytes=MEMORY_BYTES)
    if first:
        run_apart(lambda: _all_once(plans, own))
    run_beside(lambda: _forever(plans, own))


def _all_once(plans: Sequence[Plan], archive: Archive) -> int:
    with Ending(STOPPED) as ending:
        for plan in plans:
            _once(plan, archive, ending)
    return 0


def _once(plan: Plan, archive: Archive, ending: Ending) -> None:
    try:
        made = run_once(plan.task, archive, look=ending.look)
    except AutosubmitError as error:
        log.error("the task %s failed: %s", plan.task.name, error)
    else:
        log.info("%s", made.sentence() if made else f"{plan.task.name}: done by another process")


def _forever(plans: Sequence[Plan], archive: Archive) -> int:
    os.nice(NICENESS)
    with Ending() as ending:
        run_until_stopped(plans, archive, ending)
    return 0
