"""What every handler does alike, so that a verb is a few lines: limits, errors, headers, encoding."""

from __future__ import annotations

import logging
import re
import secrets
from asyncio import Future
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import TracebackType
from typing import Any, ClassVar, cast

import tornado.web
from tornado.httputil import HTTPServerRequest
from tornado.routing import URLSpec

from autosubmit_core.api.encoding import Encoded, encode, encode_answer, json_bytes
from autosubmit_core.api.parameters import Parameter, read_query
from autosubmit_core.api.refusals import Refusal, RefusedError, refusal_of
from autosubmit_core.api.service import Service

__all__ = [
    "ApiHandler",
    "Operation",
    "Route",
    "RouteNotFound",
    "canonical_path",
    "methods_of",
]

log = logging.getLogger(__name__)

#: The verbs that a handler may implement; HEAD comes with GET.
VERBS = ("get", "post")

#: How much of a body over the limit is read and dropped, in bytes; a larger one is cut off.
DROPPED_BYTES = 64 * 1024 * 1024

_REQUEST_HEADERS = "Accept, Content-Type, If-None-Match"
_NO_GZIP = re.compile(r"gzip\s*;\s*q=0(\.0*)?\s*$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """What one verb of a route takes and answers: read by the handler and by the documentation."""

    #: One line.
    summary: str
    parameters: tuple[Parameter, ...] = ()
    #: The JSON schema of the body it takes; None if it takes none.
    body: Mapping[str, Any] | None = None
    #: The JSON schema of the answer 200.
    answer: Mapping[str, Any] = field(default_factory=lambda: {"type": "object"})
    #: What else it answers: status and when.
    refusals: Mapping[int, str] = field(default_factory=dict)


@tornado.web.stream_request_body
class ApiHandler(tornado.web.RequestHandler):
    """The base of all handlers.

    A handler declares an :class:`Operation` for each of its verbs. Bodies arrive through
    :meth:`data_received`, so that one over the limit is refused while it comes in.
    """

    operations: ClassVar[Mapping[str, Operation]] = {}
    #: The name of the schema of its refusals.
    error_schema: ClassVar[str] = "Error"

    @property
    def service(self) -> Service:
        """What all handlers of this server share."""
        return cast(Service, self.application.settings["service"])

    @cached_property
    def request_id(self) -> str:
        """The name of this request, in the log and in the answer."""
        return secrets.token_hex(8)

    # -- for the verbs -----------------------------------------------------------------------

    def query(self) -> dict[str, Any]:
        """Return the declared parameters of this verb; raises :class:`RefusedError` (422)."""
        verb = "get" if self.request.method == "HEAD" else str(self.request.method).lower()
        return read_query(self.operations[verb].parameters, self.request.query_arguments)

    async def compute(
        self, answer: Callable[..., object], expid: str, **arguments: Hashable
    ) -> bytes:
        """Return the body that ``answer(experiment, **arguments)`` makes, worked out off the loop.

        Simultaneous requests for the same thing share one computation.
        """
        call = (expid, answer, tuple(sorted(arguments.items())), self._accepts_gzip())
        encoded = await self.service.workers.share(call, encode_answer, self.service.archive, *call)
        return self._described(encoded)

    async def encode(self, value: object) -> bytes:
        """Return the body of a large value, encoded off the loop."""
        return self._described(await self.service.workers.run(encode, value, self._accepts_gzip()))

    def body(self) -> bytes:
        """Return the body of the request, which was said to be JSON; raises :class:`RefusedError`."""
        if self._received_bytes > self.service.settings.body_limit:
            raise self._too_large()
        kind = self.request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        packing = self.request.headers.get("Content-Encoding", "identity").strip().lower()
        if kind != "application/json" or packing != "identity":
            raise RefusedError(
                415,
                "The body must be JSON, sent with 'Content-Type: application/json'.",
                "unsupported_media_type",
            )
        return bytes(self._received)

    def refusal_body(self, refusal: Refusal) -> dict[str, Any]:
        """Return the body of a refusal; a handler whose published errors look different has its own."""
        return {"error": True, "error_message": refusal.message, "code": refusal.code}

    # -- verbs that all have -----------------------------------------------------------------

    async def head(self, **path: str) -> None:
        """Answer as GET would; Tornado leaves the body out."""
        await cast(Any, self.get(**path))

    async def options(self, **path: str) -> None:
        """Answer a browser that asks whether a page of another origin may send its request."""
        wanted = self.request.headers.get("Access-Control-Request-Method")
        if not wanted or "Origin" not in self.request.headers:
            raise tornado.web.HTTPError(405)
        if not self._allowed_origin():
            raise RefusedError(400, "Disallowed CORS origin", "origin_not_allowed")
        if wanted not in ("GET", "HEAD", "POST"):
            raise RefusedError(400, "Disallowed CORS method", "method_not_allowed")
        self.set_header("Access-Control-Allow-Methods", "GET, HEAD, OPTIONS, POST")
        self.set_header("Access-Control-Allow-Headers", _REQUEST_HEADERS)
        self.set_header("Access-Control-Max-Age", "600")
        self.set_header("Content-Type", "text/plain")
        self.write("OK")

    # -- the course of a request -------------------------------------------------------------

    def initialize(self) -> None:
        self._received = bytearray()
        self._received_bytes = 0
        self._etag: str | None = None

    def set_default_headers(self) -> None:
        self.clear_header("Server")
        self.set_header("Content-Type", "application/json")
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
        self.set_header("Referrer-Policy", "same-origin")
        self.set_header("Cache-Control", "no-cache")
        self.set_header("X-Request-Id", self.request_id)
        self.set_header("Vary", "Accept-Encoding, Origin")
        if self.service.stopping:
            self.set_header("Connection", "close")
        origin = self._allowed_origin()
        if origin:
            self.set_header("Access-Control-Allow-Origin", origin)
            self.set_header("Access-Control-Expose-Headers", "ETag, X-Request-Id")

    def prepare(self) -> None:
        self.service.requests.add(id(self))
        announced = self.request.headers.get("Content-Length", "0")
        size = int(announced) if announced.isdigit() else 0
        # A client that asks first, or has too much to wait for, is told before it sends.
        most = 0 if self.request.headers.get("Expect") == "100-continue" else DROPPED_BYTES
        if size > max(most, self.service.settings.body_limit):
            raise self._too_large()

    def data_received(self, chunk: bytes) -> None:
        # A body over the limit is read to its end and dropped: a connection that is closed while
        # the client still sends loses the answer on its way.
        self._received_bytes += len(chunk)
        if self._received_bytes <= self.service.settings.body_limit:
            self._received += chunk
        elif self._received_bytes > DROPPED_BYTES and not self._finished:
            self.send_error(413, exc_info=(RefusedError, self._too_large(), None))

    def finish(self, chunk: str | bytes | dict[str, Any] | None = None) -> Future[None]:
        sent = super().finish(chunk)
        sent.add_done_callback(self._ended)
        return sent

    def on_connection_close(self) -> None:
        super().on_connection_close()
        self.service.requests.discard(id(self))

    def compute_etag(self) -> str | None:
        return self._etag

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        error = kwargs["exc_info"][1] if "exc_info" in kwargs else None
        if error is None:
            error = tornado.web.HTTPError(status_code)
        refusal = refusal_of(error)
        self.set_status(refusal.status)
        for name, value in refusal.headers.items():
            self.set_header(name, value)
        if refusal.status == 405:
            self.set_header("Allow", ", ".join(methods_of(type(self))))
        if isinstance(error, tornado.web.HTTPError) and refusal.status in (404, 405):
            body: dict[str, Any] = {"detail": refusal.message}
        else:
            body = self.refusal_body(refusal)
        if refusal.status == 500:
            body["error_id"] = self.request_id
        self._etag = None
        self.finish(json_bytes(body))

    def log_exception(
        self,
        typ: type[BaseException] | None,
        value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        refusal = refusal_of(value)
        if refusal.status == 500 and typ and value:
            log.error("request %s failed", self.request_id, exc_info=(typ, value, tb))
        elif refusal.status == 503:
            log.warning("request %s: %s", self.request_id, value)

    # -- details -----------------------------------------------------------------------------

    def _described(self, encoded: Encoded) -> bytes:
        """Set the headers that describe a body, and return it."""
        self._etag = encoded.etag
        if encoded.gzipped:
            self.set_header("Content-Encoding", "gzip")
        return encoded.body

    def _accepts_gzip(self) -> bool:
        accepted = self.request.headers.get("Accept-Encoding", "").lower().split(",")
        return any(
            part.strip().startswith("gzip") and not _NO_GZIP.match(part.strip())
            for part in accepted
        )

    def _allowed_origin(self) -> str | None:
        """Return the origin of the request as it was sent, if its pages may read the answers."""
        origin = self.request.headers.get("Origin")
        return origin if origin and origin.lower() in self.service.allowed_origins else None

    def _too_large(self) -> RefusedError:
        limit = self.service.settings.body_limit
        message = f"The body is larger than the {limit} bytes that this server accepts."
        return RefusedError(413, message, "body_too_large")

    def _ended(self, sent: Future[None]) -> None:
        sent.exception()  # A client that went away is no error of ours.
        self.service.requests.discard(id(self))


class RouteNotFound(ApiHandler):
    """Every path that no route has."""

    async def get(self) -> None:
        raise tornado.web.HTTPError(404)

    post = put = patch = delete = get


@dataclass(frozen=True, slots=True)
class Route:
    """A path and who answers it; ``{name}`` in the path is one segment, given to the verbs."""

    path: str
    handler: type[ApiHandler]

    def spec(self) -> URLSpec:
        """Return the route as Tornado wants it."""
        pattern = re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(self.path))
        return URLSpec(pattern, self.handler)


def methods_of(handler: type[ApiHandler]) -> list[str]:
    """Return the HTTP methods that a handler answers.

    >>> methods_of(RouteNotFound)
    []
    """
    verbs = [verb.upper() for verb in VERBS if verb in handler.operations]
    return [*verbs, "HEAD"] if "GET" in verbs else verbs


def canonical_path(request: HTTPServerRequest, root_path: str) -> str:
    """Return the path of a request as the routes spell it.

    Runs of slashes count as one, a slash at the end as none, and the path under which a proxy
    publishes the server is left out. A percent-encoded slash is a slash.
    """
    path = re.sub(r"(?:/|%2[fF])+", "/", request.path)
    if root_path and (path + "/").startswith(root_path + "/"):
        path = path[len(root_path) :]
    return path.rstrip("/") or "/"
