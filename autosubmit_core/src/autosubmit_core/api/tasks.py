"""Work that goes on beside requests, and that nobody waits for."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from contextvars import Context
from typing import Any

__all__ = ["kept_task"]

log = logging.getLogger(__name__)


def kept_task(
    work: Coroutine[Any, Any, None], context: Context | None = None
) -> asyncio.Task[None]:
    """Return work as a task; if it ends by a mistake of ours, the log says so.

    Without a ``context`` it has an empty one: it outlives the request in which it was begun, and is no
    part of its trace.
    """
    task = (context or Context()).run(asyncio.get_running_loop().create_task, work)
    task.add_done_callback(_tell_mistake)
    return task


def _tell_mistake(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and task.exception() is not None:
        log.error("what goes on beside requests has failed", exc_info=task.exception())
