"""The door to another process: answers about large experiments are computed there.

They take seconds, in which NumPy, SQLite and JSON hold Python's global lock for tens of milliseconds
at a time. In the process of the loop everybody else would wait for them; in one of their own they
cost the others nothing but their share of the processors.
"""

from __future__ import annotations

import logging
import os
import pickle
import socket
import subprocess
import sys
import threading
import weakref
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from queue import SimpleQueue
from typing import TypeVar, cast

from autosubmit_core.api.crossing import pack, receive, send, unpack
from autosubmit_core.api.refusals import RefusedError
from autosubmit_core.archive import Archive, Tally

__all__ = ["Computing"]

log = logging.getLogger(__name__)

Result = TypeVar("Result")

#: What is run, with the places of modules that are known here, so that both import the same.
_PROGRAM = """import sys
sys.path[:] = sys.argv[2:]
from autosubmit_core.api.computing_process import main
main()
"""

#: How glibc gives memory back, in bytes: large columns at once, however large those were that it saw
#: before. Left alone it keeps room for the largest, in the pool of every thread. Measured: a quarter
#: less after eight lists of 100,000 jobs at once, and no longer more after each round of them.
_ALLOCATOR = {"MALLOC_MMAP_THRESHOLD_": "1048576", "MALLOC_TRIM_THRESHOLD_": "1048576"}

#: How long to wait for a process that was killed, in seconds: one that reads from a file system which
#: does not answer any more ends when it does.
_END_SECONDS = 1.0


class Computing:
    """A process that computes with an archive of its own; to be used from threads, not from the loop.

    It is started when it is first needed, and again if it ended. It ends with this process, however
    that ends, or when it is closed or forgotten.
    """

    def __init__(self, archive: Archive, at_once: int) -> None:
        self._archive = archive
        self._at_once = at_once
        self._mutex = threading.Lock()
        self._process: _Process | None = None
        self._closed = False
        #: What became there of each kind of source until its last answer; of the process that is there.
        self.tallies: Mapping[str, Tally] = {}

    @property
    def pid(self) -> int | None:
        """The number of the process; None if it is not there."""
        process = self._process
        return process.popen.pid if process and process.runs() else None

    def start(self) -> None:
        """Start the process if it is not there, so that nobody waits for its start.

        Raises :class:`RefusedError` (503) if that cannot be.
        """
        self._running()

    def call(self, function: Callable[..., Result], *arguments: object) -> Result:
        """Return what ``function(archive, *arguments)`` returns there; its errors are raised here.

        The function is one of a module, and everything can be pickled. Raises :class:`RefusedError`
        (503) if the process ends meanwhile.
        """
        process = self._running()
        question = pack((function, arguments))
        try:
            reply = process.ask(question)
        except (EOFError, OSError):
            self._ended(process)
            raise _refused("The process that computed the answer has ended.") from None
        error, result, self.tallies = unpack(reply, self._archive, process.changes)
        if error is not None:
            raise error
        return cast(Result, result)

    def close(self) -> None:
        """End the process, whatever it does, and start no other."""
        with self._mutex:
            self._closed = True
            if self._process is not None:
                self._process.end()

    def _running(self) -> _Process:
        with self._mutex:
            if self._closed:
                raise _refused("The server is stopping.")
            if self._process is not None and not self._process.runs():
                self._bury(self._process)
            if self._process is None:
                try:
                    self._process = _Process(self._archive, self._at_once)
                except OSError as error:  # the machine has no memory or no process left
                    log.error("the computing process cannot be started: %s", error)
                    raise _refused("The process that computes cannot be started.") from error
            return self._process

    def _ended(self, process: _Process) -> None:
        with self._mutex:
            if self._process is process and not self._closed:
                self._bury(process)

    def _bury(self, process: _Process) -> None:
        process.end()
        self._process = None
        self.tallies = {}
        log.error(
            "computing process %d ended unexpectedly (%s); another takes its place when it is needed",
            process.popen.pid,
            process.popen.returncode,
        )


class _Changes:
    """Stands for the change log of another process: it knows what it told for as long as it lives.

    It may forget a list that nobody asked for; then who asks with such a cursor reads all anew.
    """

    def __init__(self) -> None:
        self.there = True

    def knows(self, expid: str, cursor: str) -> bool:
        return self.there


class _Process:
    """One life of the computing process."""

    def __init__(self, archive: Archive, at_once: int) -> None:
        self.changes = _Changes()
        begin = [pickle.dumps(archive)]
        pairs = [socket.socketpair() for _ in range(at_once)]
        ours, theirs = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
        numbers = [channel.fileno() for channel in theirs]
        told = ",".join(map(str, numbers))
        try:
            self.popen = subprocess.Popen(
                [sys.executable, "-c", _PROGRAM, told, *sys.path],
                env={**_ALLOCATOR, **os.environ},
                stdin=subprocess.DEVNULL,
                pass_fds=numbers,
                # Ctrl-C in a terminal is for the server, which ends this when it is done.
                start_new_session=True,
            )
        except OSError:
            _close(ours)
            raise
        finally:
            _close(theirs)
        #: The sockets through which nobody asks now; None when it has ended.
        self._idle: SimpleQueue[socket.socket | None] = SimpleQueue()
        for channel in ours:
            self._idle.put(channel)
        self.end = weakref.finalize(self, _end, self.popen, ours, self._idle, self.changes)
        # One that ended already is seen when it is asked.
        with suppress(OSError):
            send(ours[0], begin)

    def runs(self) -> bool:
        return self.popen.poll() is None

    def ask(self, question: Sequence[bytes]) -> list[bytes]:
        """Return the reply to a question; raises :class:`EOFError` or :class:`OSError` at its end."""
        channel, reply = self._idle.get(), []
        try:
            if channel is None:
                raise EOFError("it has ended")
            send(channel, question)
            reply = receive(channel)
        finally:
            if channel is not None and not reply:
                # What is left of a message would be taken for the next one.
                _cut(channel)
            self._idle.put(channel)
        return reply


def _end(
    popen: subprocess.Popen[bytes],
    channels: Sequence[socket.socket],
    idle: SimpleQueue[socket.socket | None],
    changes: _Changes,
) -> None:
    """End a process; whoever waits for an answer of it waits no longer."""
    changes.there = False
    popen.kill()
    with suppress(subprocess.TimeoutExpired):
        popen.wait(_END_SECONDS)
    for channel in channels:
        _cut(channel)
    # Not while somebody reads from it: its number may be that of another file in the next moment.
    for _ in channels:
        idle.get()
    _close(channels)
    idle.put(None)


def _cut(channel: socket.socket) -> None:
    """Let both ends of a socket read that nothing more comes."""
    with suppress(OSError):
        channel.shutdown(socket.SHUT_RDWR)


def _close(channels: Sequence[socket.socket]) -> None:
    for channel in channels:
        channel.close()


def _refused(sentence: str) -> RefusedError:
    again = {"Retry-After": "5"}
    return RefusedError(503, f"{sentence} Ask again.", "computation_ended", headers=again)
