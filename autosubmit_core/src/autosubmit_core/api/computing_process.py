"""The computing process: it answers questions about large experiments, and ends with its server.

Started by :mod:`autosubmit_core.api.computing`, as an interpreter of its own that runs :func:`main`.
It reads for itself, from the same installation and within the same bound of memory, and gives way to
its server: that has to answer others meanwhile.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
import traceback
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path
from selectors import EVENT_READ, DefaultSelector
from typing import NoReturn

from autosubmit_core.api.crossing import pack, receive, send, unpack
from autosubmit_core.api.refusals import RefusedError
from autosubmit_core.api.workers import share_time
from autosubmit_core.archive import Archive
from autosubmit_core.errors import AutosubmitError

__all__ = ["ComputationError", "main"]

#: How much this gives way to the other processes of the machine, 0 to 19.
NICENESS = 5

#: How much rather than others this is ended when the machine has no memory left, 0 to 1000.
_RATHER_THAN_OTHERS = 500


class ComputationError(Exception):
    """An answer failed for a reason that is a mistake of ours; the text is its trace."""


def main() -> NoReturn:
    """Answer what comes through some sockets, told by their numbers, until one of them is closed."""
    share_time()
    _give_way()
    # The server ends this; until then requests under way may take their time. Not ignored, but
    # answered with nothing: programs that are started here are to heed them.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda number, frame: None)
    channels = [socket.socket(fileno=int(number)) for number in sys.argv[1].split(",")]
    with suppress(EOFError, OSError):
        _answer(channels, unpack(receive(channels[0])))
    # Not sys.exit, which waits for every thread: nobody waits for what they make.
    os._exit(0)


def _answer(channels: Sequence[socket.socket], archive: Archive) -> NoReturn:
    """Answer each question where it came from; raises :class:`EOFError` when the server is gone."""
    threads = ThreadPoolExecutor(len(channels), thread_name_prefix="compute")
    with DefaultSelector() as selector:
        for channel in channels:
            selector.register(channel, EVENT_READ, channel)
        while True:
            for key, _ in selector.select():
                computing = threads.submit(_computed, archive, receive(key.data))
                computing.add_done_callback(partial(_reply, key.data, archive))


def _computed(archive: Archive, asked: Sequence[bytes]) -> list[bytes]:
    """Return the answer to a question as it crosses: no error, a value, and what was read so far."""
    function, arguments = unpack(asked, archive)
    value = function(archive, *arguments)
    return pack((None, value, archive.tallies()))


def _reply(channel: socket.socket, archive: Archive, computing: Future[list[bytes]]) -> None:
    error = computing.exception()
    if error is not None and not isinstance(error, (AutosubmitError, RefusedError)):
        error = ComputationError("".join(traceback.format_exception(error)))
    # A server that is gone needs no answer.
    with suppress(OSError):
        send(
            channel, computing.result() if error is None else pack((error, None, archive.tallies()))
        )


def _give_way() -> None:
    os.nice(NICENESS)
    # Linux alone has it, and may not let us.
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(str(_RATHER_THAN_OTHERS))
