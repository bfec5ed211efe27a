"""Several processes that serve the same sockets, and one that watches over them.

They share what the operating system shares: the listening sockets and the files it has in memory.
What was read and what was answered each of them keeps for itself, and tags of answers are the same
in all, because they name bytes.
"""

from __future__ import annotations

import logging
import os
import select
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import NoReturn

__all__ = ["run_apart", "run_beside", "serve_in_processes"]

log = logging.getLogger(__name__)

_REQUESTS_TO_STOP = {signal.SIGTERM, signal.SIGINT}
_WATCHED = {signal.SIGCHLD, *_REQUESTS_TO_STOP}

#: How long to wait before another process takes the place of one that ended, in seconds: what ends
#: each of them at once must not take all the processor.
RESTART_SECONDS = 1.0


def serve_in_processes(count: int, serve: Callable[[int], int]) -> int:
    """Call ``serve`` with 0, 1 … in so many processes until told to stop; return 0, or 1 if one failed to stop.

    A request to stop is passed on to all of them. One that ends without it is replaced. If this
    process is killed, the others stop.
    """
    signal.signal(signal.SIGCHLD, lambda number, frame: None)  # not ignored, but waited for
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _WATCHED)
    alive, held = os.pipe()

    def start(place: int) -> int:
        child = os.fork()
        if not child:
            os.close(held)
            _become(partial(serve, place), alive, before)
        return child

    children = {start(place): place for place in range(count)}
    stopping, failed = False, False
    while children:
        number = signal.sigwait(_WATCHED)
        if number in _REQUESTS_TO_STOP:
            stopping = True
            for child in children:
                os.kill(child, number)
        for child, status in _ended():
            if child not in children:  # what runs beside is watched by its own
                continue
            place = children.pop(child)
            if stopping:
                failed = failed or status != 0
                continue
            log.error("process %d ended unexpectedly (%d); another takes its place", child, status)
            time.sleep(RESTART_SECONDS)
            children[start(place)] = place
    return int(failed)


def run_apart(work: Callable[[], int]) -> int:
    """Call ``work`` in a process of its own and wait for its end; return its exit status."""
    alive, held = os.pipe()
    child = os.fork()
    if not child:
        os.close(held)
        _become(work, alive, signal.pthread_sigmask(signal.SIG_BLOCK, ()))
    _, status = os.waitpid(child, 0)
    os.close(alive)
    os.close(held)
    return os.waitstatus_to_exitcode(status)


def run_beside(work: Callable[[], int]) -> None:
    """Call ``work`` in a process beside this one, and again if that dies, until this one ends.

    A second process watches over the first. Neither hears a Ctrl-C, which is for this one.
    """
    alive, held = os.pipe()
    if os.fork():
        # The other end stays open for as long as this process lives.
        os.close(alive)
        return
    os.close(held)
    os.setsid()
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    while True:
        child = os.fork()
        if not child:
            _become(work, alive, mask)
        os.waitpid(child, 0)
        # The pipe can be read once nobody can write into it any more.
        if select.select([alive], [], [], RESTART_SECONDS)[0]:
            os._exit(0)
        log.error("process %d ended unexpectedly; another takes its place", child)


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
        kind, error, trace = sys.exc_info()
        if kind is not None and error is not None:  # nobody above would tell of a mistake of ours
            sys.excepthook(kind, error, trace)
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
