"""Several processes that serve the same sockets, and one that watches over them.

They share what the operating system shares: the listening sockets and the files it has in memory.
What was read and what was answered each of them keeps for itself, and tags of answers are the same
in all, because they name bytes.
"""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from typing import NoReturn

__all__ = ["serve_in_processes"]

log = logging.getLogger(__name__)

_REQUESTS_TO_STOP = {signal.SIGTERM, signal.SIGINT}
_WATCHED = {signal.SIGCHLD, *_REQUESTS_TO_STOP}

#: How long to wait before another process takes the place of one that ended, in seconds: what ends
#: each of them at once must not take all the processor.
RESTART_SECONDS = 1.0


def serve_in_processes(count: int, serve: Callable[[], int]) -> int:
    """Call ``serve`` in so many processes until told to stop; return 0, or 1 if one failed to stop.

    A request to stop is passed on to all of them. One that ends without it is replaced. If this
    process is killed, the others stop.
    """
    signal.signal(signal.SIGCHLD, lambda number, frame: None)  # not ignored, but waited for
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _WATCHED)
    alive, held = os.pipe()

    def start() -> int:
        child = os.fork()
        if not child:
            os.close(held)
            _become(serve, alive, before)
        return child

    children = {start() for _ in range(count)}
    stopping, failed = False, False
    while children:
        number = signal.sigwait(_WATCHED)
        if number in _REQUESTS_TO_STOP:
            stopping = True
            for child in children:
                os.kill(child, number)
        for child, status in _ended():
            children.discard(child)
            if stopping:
                failed = failed or status != 0
                continue
            log.error("process %d ended unexpectedly (%d); another takes its place", child, status)
            time.sleep(RESTART_SECONDS)
            children.add(start())
    return int(failed)


def _become(serve: Callable[[], int], alive: int, mask: set[signal.Signals | int]) -> NoReturn:
    """Be one of the processes; never return."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, mask)
    threading.Thread(target=_stop_when_alone, args=(alive,), daemon=True).start()
    status = 1
    try:
        status = serve()
    except SystemExit as stop:  # told to before its loop took signals
        status = stop.code if isinstance(stop.code, int) else 1
    finally:
        logging.shutdown()
        os._exit(status)


def _stop_when_alone(alive: int) -> None:
    """Wait for the other end of the pipe to close, which is when the watching process is gone."""
    os.read(alive, 1)
    os.kill(os.getpid(), signal.SIGTERM)


def _ended() -> Iterator[tuple[int, int]]:
    """Yield each process that ended, and its exit status, negative if a signal ended it."""
    while True:
        try:
            child, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if not child:
            return
        yield child, os.waitstatus_to_exitcode(status)
