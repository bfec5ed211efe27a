"""``/v4/experiments/{expid}/events`` and ``/v4/events``: what happens, told while it does."""

from __future__ import annotations

import asyncio
import logging
from typing import ClassVar, cast

from tornado.http1connection import HTTP1Connection
from tornado.iostream import StreamClosedError

from autosubmit_core.api.access.identity import ANONYMOUS, NotIdentifiedError
from autosubmit_core.api.events.stream import Stream, retry_bytes
from autosubmit_core.api.events.watchers import kept_task
from autosubmit_core.api.handlers import Operation, Route
from autosubmit_core.api.parameters import Boolean, Choice, Text
from autosubmit_core.api.refusals import RefusedError
from autosubmit_core.api.schemas import Schema, text
from autosubmit_core.api.v4.base import BUSY, EXPID, NO_EXPERIMENT, NO_JOB_LIST, WRONG, V4Handler
from autosubmit_core.errors import AutosubmitError

__all__ = ["routes"]

log = logging.getLogger(__name__)

#: After what time a listener who was cut off is to come back, in milliseconds.
_RETRY = 2000
#: For how long one event may take to be taken, in seconds.
SEND_SECONDS = 30.0
#: How often it is looked whether a listener may still listen, in seconds.
CALLER_SECONDS = 30.0

_MEDIA_TYPE = "text/event-stream"
_TOO_MANY = {429: "You listen to as many streams as you may (Retry-After says when to come back)."}
_QUERY = (
    Text(
        name="after",
        meaning="The id of the last event that was heard, for those who cannot send it as "
        "Last-Event-ID; that header counts more.",
    ),
    Choice(
        name="heartbeat",
        words=("comment", "event"),
        default="comment",
        meaning="What a sign of life, every 15 seconds, looks like: scripts of pages cannot see "
        "comments.",
    ),
    Boolean(
        name="follow",
        default=True,
        meaning="Whether to go on listening; without, there is what came after the id, and the end.",
    ),
)
_MEANING = (
    "Lines of server-sent events. `open`: what there is when the stream begins (`list_version`, "
    "`counts`, `run`; of all experiments, a list of these in `experiments`), and in `resumed` whether "
    "what came after the id follows. `jobs`: the jobs that changed, with `was` and `status`, times "
    "and place in the list, and the `counts` after it. `run`: a run `started`, `ended` or `changed`. "
    "`logs`: which logs grew, and by how much. `resync`: read all anew (`list_changed`, "
    "`too_many_changes`, `away_too_long`). `experiments`, of all experiments: which are running, and of "
    "them `began` and `ended`. `heartbeat`: a sign of life, for who asked for it. `bye`: the "
    "stream ends (`stopping`, `unauthorized`)."
)
_EXAMPLE = (
    'retry: 2000\n\nid: 3f9a1c5e.1041\nevent: open\ndata: {"expid":"a2m9",…}\n\n'
    'id: 3f9a1c5e.1042\nevent: jobs\ndata: {"at":1795264496,"expid":"a2m9",…}\n\n: heartbeat\n\n'
)


class _EventStream(V4Handler):
    """A stream of events, which goes on until one of both ends it."""

    packs = False
    endless = True
    # A page that was left open listens, and comes back, by itself.
    uses_session = False
    _stream: Stream | None = None

    @classmethod
    def answer_schema(cls, operation: Operation) -> Schema:
        return dict(operation.answer)

    async def listen(
        self, *, after: str | None, heartbeat: str, follow: bool, expid: str | None = None
    ) -> None:
        """Send the events of an experiment, or of all that run, for as long as there is somebody."""
        user, events = self.identity.user, self.service.events
        after = self.request.headers.get("Last-Event-ID") or after
        with events.admitted(user.key if user else self.address):
            self._stream = stream = await events.subscribe(expid, after, heartbeat)
            stream.cut = cast(HTTP1Connection, self.request.connection).stream.close
            watching = kept_task(self._watch_caller(stream))
            try:
                self._begin()
                if not follow or self.request.method == "HEAD":
                    stream.end()
                await self._send(stream)
            finally:
                watching.cancel()
                events.unsubscribe(stream)

    def on_connection_close(self) -> None:
        super().on_connection_close()
        if self._stream is not None:
            self._stream.end()

    def compute_etag(self) -> None:
        return None

    def _begin(self) -> None:
        self.set_header("Content-Type", f"{_MEDIA_TYPE}; charset=utf-8")
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


class ExperimentEvents(_EventStream):
    """``GET /v4/experiments/{expid}/events``: what happens in one experiment.

    Server-sent events: ``open`` first, then ``jobs``, ``run`` and ``logs`` as they change. Whoever
    comes back with the id of the last event it heard is told what it missed, also by a server that was
    started anew; where that cannot be, ``resync`` says that all has to be read again.
    """

    operations: ClassVar = {
        "get": Operation(
            summary="What happens in an experiment, told while it does",
            path=(EXPID,),
            query=_QUERY,
            answer=text(_EXAMPLE, _MEANING),
            media=(_MEDIA_TYPE,),
            refusals={**NO_EXPERIMENT, **WRONG, **_TOO_MANY, **NO_JOB_LIST},
        )
    }

    async def get(self, expid: str) -> None:
        await self.listen(**self.arguments())


class Events(_EventStream):
    """``GET /v4/events``: what happens in all experiments that are running.

    As of one experiment, and ``experiments`` when others are running than before. An id of one stream
    is good for the other.
    """

    operations: ClassVar = {
        "get": Operation(
            summary="What happens in all running experiments, told while it does",
            query=_QUERY,
            answer=text(_EXAMPLE, _MEANING),
            media=(_MEDIA_TYPE,),
            refusals={**WRONG, **_TOO_MANY, **BUSY},
        )
    }

    async def get(self) -> None:
        await self.listen(**self.arguments())


routes = [
    Route("/v4/experiments/{expid}/events", ExperimentEvents),
    Route("/v4/events", Events),
]
