"""What every handler does alike, so that a verb is a few lines: limits, errors, headers, encoding."""

from __future__ import annotations

import logging
import re
from asyncio import Future
from collections.abc import Callable, Hashable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, ClassVar, cast

import tornado.web
from tornado.http1connection import HTTP1Connection
from tornado.httputil import HTTPServerRequest
from tornado.iostream import StreamClosedError
from tornado.routing import URLSpec

from autosubmit_core.answers.formats import with_warnings
from autosubmit_core.api.access.callers import CallerHandler
from autosubmit_core.api.access.permission import Needs
from autosubmit_core.api.access.traces import TRACE, read_trace
from autosubmit_core.api.encoding import (
    LARGE_BYTES,
    Asked,
    Encoded,
    Question,
    answered,
    json_bytes,
    pieces_of,
)
from autosubmit_core.api.parameters import Parameter, read_parameters
from autosubmit_core.api.refusals import Refusal, RefusedError, refusal_of
from autosubmit_core.errors import AutosubmitError, SourceWarning

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

_REQUEST_HEADERS = "Accept, Authorization, Content-Type, If-None-Match, Last-Event-ID"
_LENGTH = re.compile(r"\d{1,18}", re.ASCII)
_NO_GZIP = re.compile(r"gzip\s*;\s*q=0(\.0*)?\s*$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """What one verb of a route takes and answers: read by the handler and by the documentation."""

    #: One line.
    summary: str
    #: The parameters in the path, in its order, and those of the query.
    path: tuple[Parameter, ...] = ()
    query: tuple[Parameter, ...] = ()
    #: The JSON schema of the body it takes; None if it takes none.
    body: Mapping[str, Any] | None = None
    #: The JSON schema of the answer 200, and what else than JSON it may be.
    answer: Mapping[str, Any] = field(default_factory=lambda: {"type": "object"})
    media: tuple[str, ...] = ("application/json",)
    #: What else it answers: status and when.
    refusals: Mapping[int, str] = field(default_factory=dict)


@tornado.web.stream_request_body
class ApiHandler(CallerHandler):
    """The base of all handlers.

    A handler declares an :class:`Operation` for each of its verbs. Bodies arrive through
    :meth:`data_received`, so that one over the limit is refused while it comes in.
    """

    operations: ClassVar[Mapping[str, Operation]] = {}
    #: The name of the schema of its refusals.
    error_schema: ClassVar[str] = "Error"
    #: Whether its answers are packed for those who accept it.
    packs: bool = True
    #: Whether its answers are made as quickly about a large experiment as about a small one, because
    #: nothing is read for them that grows with the number of jobs.
    light: ClassVar[bool] = False
    #: Whether its answers go on for as long as somebody listens.
    endless: ClassVar[bool] = False

    def __init__(
        self,
        application: tornado.web.Application,
        request: HTTPServerRequest,
        *,
        route: str = "",
        **more: Any,
    ) -> None:
        #: The path of its route, as it is declared; empty for what no route has.
        self.route = route
        super().__init__(application, request, **more)

    @classmethod
    def answer_schema(cls, operation: Operation) -> Mapping[str, Any]:
        """Return the JSON schema of an answer of one of its verbs."""
        return operation.answer

    @staticmethod
    def envelope(answer: Any, warnings: Sequence[SourceWarning]) -> object:
        """Make the body of an answer and the warnings that belong to it, in a worker."""
        return with_warnings(answer, warnings)

    # -- for the verbs -----------------------------------------------------------------------

    def arguments(self, query: Sequence[Parameter] | None = None) -> dict[str, Any]:
        """Return the declared parameters of this verb; raises :class:`RefusedError` (422).

        ``query`` are those of the query where they depend on each other.
        """
        operation = self.operations["get" if self.request.method == "HEAD" else self._verb()]
        in_path = {name: [text] for name, text in self.path_kwargs.items()}
        in_query = {
            name: [text.decode("utf-8", "replace") for text in texts]
            for name, texts in self.request.query_arguments.items()
        }
        return {
            **read_parameters(operation.path, in_path),
            **read_parameters(operation.query if query is None else query, in_query),
        }

    async def answer(
        self, answer: Callable[..., Any], expid: Asked = None, **arguments: Hashable
    ) -> None:
        """Answer with what :meth:`encoded` returns."""
        await self.send(await self.encoded(answer, expid, **arguments))

    async def encoded(
        self, answer: Callable[..., Any], expid: Asked = None, **arguments: Hashable
    ) -> Encoded:
        """Return the body that ``answer(experiment, **arguments)`` makes, worked out off the loop.

        Asked about several experiments the function gets a tuple of them, and without any the
        archive. Simultaneous requests for the same
        thing share one computation, and an answer that still holds is not made again.
        """
        ordered = tuple(sorted(arguments.items()))
        question = Question(answer, expid, ordered, type(self).envelope, self.packs)
        kept, answers = await self._kept(question), self.service.answers
        if kept:
            answers.hits += 1
            return kept
        answers.made += 1
        return await self._made(question)

    async def send(self, encoded: Encoded) -> None:
        """Send a body with the headers that describe it, or 304 to a client that has it."""
        gzip = self._takes_packed(encoded)
        self._etag = encoded.etag(gzip)
        if gzip:
            self.set_header("Content-Encoding", "gzip")
        body = encoded.packed if gzip else encoded.plain
        if body is not None and len(body) <= LARGE_BYTES:
            self.write(body)
        elif not self._client_has(self._etag):
            await self._send_large(encoded, body)

    def accepts_gzip(self) -> bool:
        """Tell whether the client takes packed bodies."""
        accepted = self.request.headers.get("Accept-Encoding", "").lower().split(",")
        return any(
            part.strip().startswith("gzip") and not _NO_GZIP.match(part.strip())
            for part in accepted
        )

    def body(self, media_type: str = "application/json") -> bytes:
        """Return the body of the request, which was said to be JSON; raises :class:`RefusedError`.

        Pages of a site send forms instead, and say the type of these.
        """
        if self._received_bytes > self.service.settings.body_limit:
            raise self._too_large()
        kind = self.request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        packing = self.request.headers.get("Content-Encoding", "identity").strip().lower()
        if kind != media_type or packing != "identity":
            form = "JSON" if media_type == "application/json" else "a form"
            raise RefusedError(
                415,
                f"The body must be {form}, sent with 'Content-Type: {media_type}'.",
                "unsupported_media_type",
            )
        return bytes(self._received)

    def refusal_status(self, refusal: Refusal) -> int:
        """Return the status of the answer to a refusal."""
        return refusal.status

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
        if "Access-Control-Allow-Origin" not in self._headers:
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
        self._etag = ""

    def set_default_headers(self) -> None:
        self.clear_header("Server")
        self.set_header("Content-Type", "application/json")
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
        self.set_header("Referrer-Policy", "same-origin")
        self.set_header("Cache-Control", "no-cache")
        self.set_header("X-Request-Id", self.request_id)
        self.set_header("Vary", "Accept-Encoding, Authorization, Origin")
        if self.service.stopping:
            self.set_header("Connection", "close")
        if self.service.settings.public_url.startswith("https:"):
            self.set_header("Strict-Transport-Security", "max-age=31536000")
        origin = self._allowed_origin()
        if origin:
            self.set_header("Access-Control-Allow-Origin", origin)
            self.set_header(
                "Access-Control-Expose-Headers",
                "Content-Disposition, ETag, Retry-After, X-Request-Id",
            )

    async def prepare(self) -> None:
        self.service.requests.add(id(self))
        TRACE.set(read_trace(self.request.headers.get("traceparent", "")))
        self.check_host()
        self._check_size()
        verb = "get" if self.request.method == "HEAD" else self._verb()
        answers = getattr(type(self), verb) is not getattr(tornado.web.RequestHandler, verb)
        # A verb that is not answered is a 405 for all, and a browser that asks whether it may send
        # a token does not send it yet.
        if answers and verb != "options":
            await self.check_caller()

    def _check_size(self) -> None:
        announced = self.request.headers.get("Content-Length", "0")
        # What is no such number is refused when the body is read.
        size = int(announced) if _LENGTH.fullmatch(announced) else 0
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
        self._watch_sending(sent)
        sent.add_done_callback(self._ended)
        return sent

    def on_connection_close(self) -> None:
        super().on_connection_close()
        self.service.requests.discard(id(self))

    def compute_etag(self) -> str | None:
        # What was not encoded in a worker is small.
        return self._etag or super().compute_etag()

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        error = kwargs["exc_info"][1] if "exc_info" in kwargs else None
        if error is None:
            error = tornado.web.HTTPError(status_code)
        refusal = refusal_of(error)
        self.set_status(self.refusal_status(refusal))
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
        self._etag = ""
        self.finish(json_bytes(body))

    def log_exception(
        self,
        typ: type[BaseException] | None,
        value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        refusal = refusal_of(value)
        if refusal.status == 500 and typ and value and not _is_foreseen(value):
            log.error("request %s failed", self.request_id, exc_info=(typ, value, tb))
        elif refusal.status in (500, 503):
            log.warning("request %s: %s", self.request_id, value)

    # -- details -----------------------------------------------------------------------------

    async def _made(self, question: Question) -> Encoded:
        """Return the answer to a question, made anew, and keep it."""
        asked = None if self.light else question.expid
        encoded, consulted = await self.service.share(question, asked, answered, question)
        self.service.answers.put(question, encoded, consulted)
        return encoded

    async def _kept(self, question: Question) -> Encoded | None:
        """Return the last answer to a question if it still holds, else None.

        A body that was too large to be kept is not missed by a client that has it.
        """
        kept = self.service.answers.get(question)
        if kept is None:
            return None
        tag = kept.encoded.etag(self._takes_packed(kept.encoded))
        if not kept.has_body and not self._client_has(tag):
            return None
        about = question.expid if isinstance(question.expid, str) else None
        holds = await self.service.looks.share(question, kept.consulted.holds, about=about)
        return kept.encoded if holds else None

    def _takes_packed(self, encoded: Encoded) -> bool:
        return encoded.packed is not None and self.accepts_gzip()

    async def _send_large(self, encoded: Encoded, body: bytes | None) -> None:
        """Send a large body, unpacked unless it is given, no faster than the client takes it."""
        self.set_etag_header()
        self.set_header("Content-Length", str(encoded.size if body is None else len(body)))
        if self.request.method == "HEAD":
            return
        pieces = encoded.unpacked() if body is None else pieces_of(body)
        # However slow the client: of what is sent there is never more in memory than a piece.
        with suppress(StreamClosedError):
            while piece := await self.service.looks.run(next, pieces, b""):
                self.write(piece)
                sent = self.flush()
                self._watch_sending(sent)
                await sent

    def _watch_sending(self, sent: Future[None]) -> None:
        stream = cast(HTTP1Connection, self.request.connection).stream
        self.service.unsent.watch(sent, stream)

    def _client_has(self, etag: str) -> bool:
        self.set_header("Etag", etag)
        has = self.check_etag_header()
        self.clear_header("Etag")
        return has

    def _verb(self) -> str:
        return str(self.request.method).lower()

    def _allowed_origin(self) -> str | None:
        """Return the origin of the page that asks, if its scripts may read the answers (S-16)."""
        origin = self.request.headers.get("Origin", "")
        return origin if origin.lower() in self.service.allowed_origins else None

    def _too_large(self) -> RefusedError:
        limit = self.service.settings.body_limit
        message = f"The body is larger than the {limit} bytes that this server accepts."
        return RefusedError(413, message, "body_too_large")

    def _ended(self, sent: Future[None]) -> None:
        sent.exception()  # A client that went away is no error of ours.
        self.service.requests.discard(id(self))


class RouteNotFound(ApiHandler):
    """Every path that no route has."""

    needs = Needs.NOTHING

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
        return URLSpec(pattern, self.handler, {"route": self.path})


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


def _is_foreseen(error: BaseException) -> bool:
    """Tell whether an error is no mistake of ours: asked for in vain, as a command that there is not."""
    if isinstance(error, RefusedError) and error.__cause__ is not None:
        return isinstance(error.__cause__, (AutosubmitError, RefusedError))
    return isinstance(error, (AutosubmitError, RefusedError))
