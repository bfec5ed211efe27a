"""Streams of server-sent events: what all of them do alike, whatever they tell."""

from __future__ import annotations

import asyncio
import logging
from contextvars import copy_context
from typing import cast

from tornado.http1connection import HTTP1Connection
from tornado.iostream import StreamClosedError

from autosubmit_core.api.access.identity import ANONYMOUS, NotIdentifiedError
from autosubmit_core.api.events.stream import Stream, retry_bytes
from autosubmit_core.api.handlers import Operation
from autosubmit_core.api.parameters import Boolean, Choice
from autosubmit_core.api.refusals import RefusedError
from autosubmit_core.api.schemas import Schema
from autosubmit_core.api.tasks import kept_task
from autosubmit_core.api.v4.base import V4Handler
from autosubmit_core.errors import AutosubmitError

__all__ = ["FOLLOW", "HEARTBEAT", "MEDIA_TYPE", "TOO_MANY", "StreamHandler"]

log = logging.getLogger(__name__)

#: After what time a listener who was cut off is to come back, in milliseconds.
_RETRY = 2000
#: For how long one event may take to be taken, in seconds.
SEND_SECONDS = 30.0
#: How often it is looked whether a listener may still listen, in seconds.
CALLER_SECONDS = 30.0

MEDIA_TYPE = "text/event-stream"
TOO_MANY = {429: "You listen to as many streams as you may (Retry-After says when to come back)."}
HEARTBEAT = Choice(
    name="heartbeat",
    words=("comment", "event"),
    default="comment",
    meaning="What a sign of life, every 15 seconds, looks like: scripts of pages cannot see "
    "comments.",
)
FOLLOW = Boolean(
    name="follow",
    default=True,
    meaning="Whether to go on listening; without, there is what came after the id, and the end.",
)


class StreamHandler(V4Handler):
    """A stream of events, which goes on until one of both ends it."""

    packs = False
    endless = True
    # A page that was left open listens, and comes back, by itself.
    uses_session = False
    _stream: Stream | None = None

    @classmethod
    def answer_schema(cls, operation: Operation) -> Schema:
        return dict(operation.answer)

    @property
    def listener(self) -> str:
        """Who listens, as they are counted."""
        user = self.identity.user
        return user.key if user else self.address

    async def send_stream(self, stream: Stream, *, follow: bool) -> None:
        """Send what is put into a stream for as long as there is somebody; else what it holds."""
        self._stream = stream
        stream.cut = cast(HTTP1Connection, self.request.connection).stream.close
        watching = kept_task(self._watch_caller(stream), copy_context())
        try:
            self._begin()
            if not follow or self.request.method == "HEAD":
                stream.end()
            await self._send(stream)
        finally:
            watching.cancel()

    def on_connection_close(self) -> None:
        super().on_connection_close()
        if self._stream is not None:
            self._stream.end()

    def compute_etag(self) -> None:
        return None

    def _begin(self) -> None:
        self.set_header("Content-Type", f"{MEDIA_TYPE}; charset=utf-8")
        self.set_header("Cache-Control", "no-store")
        # Proxies would hold back what is sent until there is more of it.
        self.set_header("X-Accel-Buffering", "no")
        self.write(retry_bytes(_RETRY))

    async def _send(self, stream: Stream) -> None:
        """Send what comes; who does not take it is cut off, and comes back with the last id."""
        while sent := await stream.next():
            self.write(sent)
            try:
                await asyncio.wait_for(self.flush(), SEND_SECONDS)
            except StreamClosedError:
                return
            except asyncio.TimeoutError:
                stream.cut()
                return

    async def _watch_caller(self, stream: Stream) -> None:
        """End the stream soon after its listener's token, or session, is no good any more."""
        try:
            await asyncio.sleep(CALLER_SECONDS)
            while await self._may_listen():
                await asyncio.sleep(CALLER_SECONDS)
            stream.bye("unauthorized")
        except (AutosubmitError, RefusedError) as error:
            log.warning("request %s ends, its sender cannot be told: %s", self.request_id, error)
        finally:
            # Whatever went wrong: whoever comes back is judged anew.
            stream.end()

    async def _may_listen(self) -> bool:
        """Tell whether who listens still may, as :meth:`check_caller` does before they begin."""
        access, identity = self.service.access, ANONYMOUS
        try:
            identity = await access.identities.identify(self.request, use=self.uses_session)
        except NotIdentifiedError:
            pass
        except RefusedError:
            if not access.permission.allows(ANONYMOUS, self.needs):
                raise
        return access.permission.allows(identity, self.needs)
