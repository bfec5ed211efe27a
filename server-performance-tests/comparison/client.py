"""One client that asks both servers in the same way and says how long each answer took."""

from __future__ import annotations

import http.client
import time
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType

__all__ = ["Answer", "Client"]

#: A connection that was silent for so long is not used again: the other side may be closing it.
_IDLE_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server sent back."""

    #: From before the request was sent to after the last byte of the body came.
    seconds: float
    status: int
    body: bytes
    etag: str

    @property
    def fault(self) -> str:
        """What is wrong with it, in a word; empty if it is a good answer."""
        if self.status not in (200, 304):
            return f"status {self.status}"
        # The old interface says so with status 200.
        return "error: true" if b'"error":true' in self.body else ""


class Client:
    """A connection that is kept open from one request to the next.

    Answers are asked for unpacked, so that both servers send the same thing. A request in which the
    server is silent for longer than ``timeout`` seconds raises :class:`TimeoutError`, one that is cut
    short :class:`ConnectionError`; a new connection is made for the next one.
    """

    def __init__(self, port: int, timeout: float) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
        self._used = 0.0

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        self._connection.close()

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> Answer:
        """Ask for a path and return the whole answer."""
        if time.perf_counter() > self._used + _IDLE_SECONDS:
            # Not counted: a client that polls has its connection already.
            self._connection.close()
            self._connection.connect()
        began = time.perf_counter()
        try:
            self._connection.request(
                "GET", path, headers={"Accept-Encoding": "identity", **(headers or {})}
            )
            response = self._connection.getresponse()
            body = response.read()
        except (OSError, http.client.HTTPException) as error:
            self._connection.close()
            self._used = 0.0
            if isinstance(error, OSError):
                raise
            raise ConnectionError(f"half an answer: {type(error).__name__}") from error
        self._used = time.perf_counter()
        seconds = self._used - began
        return Answer(seconds, response.status, body, response.headers.get("ETag", ""))
