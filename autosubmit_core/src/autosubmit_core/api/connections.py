"""Connections within bounds: whoever holds many, or takes nothing, keeps nobody from being served.

A connection takes a descriptor, and an answer that its client does not take stays in memory. Both end
here long before the limits of the system are met, where nothing could be accepted or opened any more.
"""

from __future__ import annotations

import errno
import logging
import resource
import socket
from asyncio import Future, TimerHandle, get_running_loop
from collections.abc import Awaitable, Callable
from typing import Any, cast

import tornado.netutil
from tornado.http1connection import HTTP1ServerConnection
from tornado.httpserver import HTTPServer
from tornado.httputil import (
    HTTPConnection,
    HTTPHeaders,
    HTTPMessageDelegate,
    RequestStartLine,
    ResponseStartLine,
)
from tornado.ioloop import IOLoop
from tornado.iostream import IOStream

__all__ = ["Server", "Unsent", "listen", "more_descriptors"]

log = logging.getLogger(__name__)

#: So many connections a process has at most, and so many descriptors are left for all else.
MOST_CONNECTIONS, SPARE_DESCRIPTORS = 8192, 256

#: So many answers may wait for clients that have not taken them, and for so long, in seconds. Of large
#: answers that is each piece of a megabyte: the slowest line that is waited for takes 3.5 kB a second.
MOST_UNSENT, UNSENT_SECONDS = 256, 300.0

#: That there is no descriptor, or no memory, for another connection, and how long to wait then.
_NONE_LEFT = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}
_REST_SECONDS = 1.0


def more_descriptors() -> None:
    """Let this process open as many files as its connections take, as far as it may."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_CONNECTIONS + SPARE_DESCRIPTORS
    if hard != resource.RLIM_INFINITY:
        wanted = min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def most_connections() -> int:
    """Return how many connections this process may have: at least half of its descriptors."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return MOST_CONNECTIONS
    return min(MOST_CONNECTIONS, max(soft // 2, soft - SPARE_DESCRIPTORS))


def listen(port: int, address: str) -> list[socket.socket]:
    """Return sockets that listen; raises :class:`OSError`."""
    bound = tornado.netutil.bind_sockets(port, address)
    return [_Listener(fileno=one.detach()) for one in bound]


class _Listener(socket.socket):
    """Listens, but rests while nothing can be accepted: to try again at once takes all the processor."""

    def accept(self) -> tuple[socket.socket, Any]:
        try:
            return super().accept()
        except OSError as error:
            if error.errno not in _NONE_LEFT:
                raise
            log.error("no connection can be accepted: %s", error.strerror)
            loop = IOLoop.current()
            loop.update_handler(self, 0)
            loop.call_later(_REST_SECONDS, self._listen_again, loop)
            raise BlockingIOError from error

    def _listen_again(self, loop: IOLoop) -> None:
        if self.fileno() >= 0:  # not closed meanwhile
            loop.update_handler(self, IOLoop.READ)


class Server(HTTPServer):
    """A server that has at most so many connections.

    Beyond these the one goes that has been silent for the longest, or has been sending a request for
    the longest; if all are being answered, the new one.
    """

    def initialize(self, *arguments: Any, most: int | None = None, **more: Any) -> None:
        super().initialize(*arguments, **more)
        self._most = most_connections() if most is None else most
        #: Those whose request is not there in full, who began to wait first before the others.
        self._waiting: dict[IOStream, None] = {}
        self._full = False

    def handle_stream(self, stream: IOStream, address: tuple[Any, ...]) -> None:
        if len(self._connections) >= self._most:
            self._tell_full()
            oldest = next(iter(self._waiting), stream)
            self._waiting.pop(oldest, None)
            oldest.close()
        if not stream.closed():
            self._waiting[stream] = None
            super().handle_stream(stream, address)

    def start_request(
        self, server_conn: object, request_conn: HTTPConnection
    ) -> HTTPMessageDelegate:
        stream = cast(HTTP1ServerConnection, server_conn).stream
        self._waiting.pop(stream, None)
        self._waiting[stream] = None
        answering = super().start_request(server_conn, request_conn)
        return _Reading(answering, lambda: self._waiting.pop(stream, None))

    def on_close(self, server_conn: object) -> None:
        self._waiting.pop(cast(HTTP1ServerConnection, server_conn).stream, None)
        super().on_close(server_conn)
        self._full = self._full and len(self._connections) > self._most // 2

    def _tell_full(self) -> None:
        """Log that there are as many connections as there may be: once, until half of them are gone."""
        if not self._full:
            log.warning("there are %d connections, and others go for new ones", self._most)
        self._full = True


class _Reading(HTTPMessageDelegate):
    """Passes a request on, and tells when it is there in full."""

    def __init__(self, answering: HTTPMessageDelegate, read: Callable[[], object]) -> None:
        self._answering = answering
        self._read = read

    def headers_received(
        self, start_line: RequestStartLine | ResponseStartLine, headers: HTTPHeaders
    ) -> Awaitable[None] | None:
        return self._answering.headers_received(start_line, headers)

    def data_received(self, chunk: bytes) -> Awaitable[None] | None:
        return self._answering.data_received(chunk)

    def finish(self) -> None:
        self._read()
        self._answering.finish()

    def on_connection_close(self) -> None:
        self._answering.on_connection_close()


class Unsent:
    """What clients have not taken yet; to be used from the loop alone.

    There is a bound on how much that is, and on how long one may take.
    """

    def __init__(self, most: int = MOST_UNSENT, seconds: float = UNSENT_SECONDS) -> None:
        self._most = most
        self._seconds = seconds
        self._waiting: dict[Future[None], tuple[IOStream, TimerHandle]] = {}

    def __len__(self) -> int:
        return len(self._waiting)

    def watch(self, sent: Future[None], stream: IOStream) -> None:
        """Cut off a client if something is not sent in time, or if too many others wait after it."""
        if not stream.writing():  # the system has all of it
            return
        until = get_running_loop().call_later(self._seconds, stream.close)
        self._waiting[sent] = (stream, until)
        sent.add_done_callback(self._forget)
        if len(self._waiting) > self._most:
            first = next(iter(self._waiting))
            cut, _ = self._waiting[first]
            self._forget(first)
            cut.close()

    def _forget(self, sent: Future[None]) -> None:
        _, until = self._waiting.pop(sent, (None, None))
        if until:
            until.cancel()
