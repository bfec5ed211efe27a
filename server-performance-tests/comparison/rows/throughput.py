"""How many small requests a server answers in a second."""

from __future__ import annotations

import contextlib
import selectors
import socket
import time

from comparison.bench import Bench

__all__ = ["throughput"]

_CONNECTIONS = 8
_SECONDS = 2.0
_PATHS = {
    "light": "/v4/experiments/{expid}",
    "cached": "/v3/expcount/{expid}",
}


def throughput(bench: Bench) -> None:
    """Requests a second over connections that stay open, each asking again when it was answered."""
    for what, template in _PATHS.items():
        path = bench.subject.path(template)
        for side in bench.missing("rate", what):
            size = len(side.ask(path).body)
            rates = [_rate(side.server.port, path) for _ in range(bench.patience.repeats)]
            bench.note("rate", what, side.name, "1/s", rates, size)


def _rate(port: int, path: str) -> float:
    """Return how many answers came in a second.

    Sockets without a library around them: the client must not be what is measured.
    """
    request = (
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept-Encoding: identity\r\n\r\n".encode()
    )
    answered = 0
    with selectors.DefaultSelector() as waiting, contextlib.ExitStack() as opened:
        received: dict[socket.socket, bytes] = {}
        for _ in range(_CONNECTIONS):
            connection = opened.enter_context(socket.create_connection(("127.0.0.1", port)))
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            waiting.register(connection, selectors.EVENT_READ, connection)
            received[connection] = b""
            connection.sendall(request)
        began = time.perf_counter()
        # A slow server gets as long as it needs for one answer on each.
        while time.perf_counter() < began + _SECONDS or answered < _CONNECTIONS:
            for key, _ in waiting.select(1):
                connection = key.data
                received[connection] += connection.recv(65536)
                if _is_whole(received[connection]):
                    answered += 1
                    received[connection] = b""
                    connection.sendall(request)
        return answered / (time.perf_counter() - began)


def _is_whole(received: bytes) -> bool:
    """Tell whether an answer has come to its end."""
    head, parted, body = received.partition(b"\r\n\r\n")
    if not parted:
        return False
    length = head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]
    return len(body) >= int(length)
