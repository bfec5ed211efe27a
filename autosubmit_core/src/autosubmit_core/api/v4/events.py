"""``/v4/experiments/{expid}/events`` and ``/v4/events``: what happens, told while it does."""

from __future__ import annotations

from typing import ClassVar

from autosubmit_core.api.handlers import Operation, Route
from autosubmit_core.api.parameters import Text
from autosubmit_core.api.schemas import text
from autosubmit_core.api.v4.base import BUSY, EXPID, NO_EXPERIMENT, NO_JOB_LIST, WRONG
from autosubmit_core.api.v4.streams import (
    FOLLOW,
    HEARTBEAT,
    MEDIA_TYPE,
    TOO_MANY,
    StreamHandler,
)

__all__ = ["routes"]

_QUERY = (
    Text(
        name="after",
        meaning="The id of the last event that was heard, for those who cannot send it as "
        "Last-Event-ID; that header counts more.",
    ),
    HEARTBEAT,
    FOLLOW,
)
_MEANING = (
    "Lines of server-sent events. `open`: what there is when the stream begins (`list_version`, null "
    "as long as there is no job list, `counts`, `run`; of all experiments, a list of these in "
    "`experiments`), and in `resumed` whether what came after the id follows. `jobs`: the jobs that "
    "changed, with `was` and `status`, times and place in the list, and the `counts` after it. `run`: "
    "a run `started`, `ended` or `changed`. "
    "`logs`: which logs grew, and by how much. `resync`: read all anew (`list_changed`, "
    "`too_many_changes`, `away_too_long`). `experiments`, of all experiments: which are running, and of "
    "them `began` and `ended`. `heartbeat`: a sign of life, for who asked for it. `bye`: the "
    "stream ends (`stopping`, `unauthorized`)."
)
_EXAMPLE = (
    'retry: 2000\n\nid: 3f9a1c5e.1041\nevent: open\ndata: {"expid":"a2m9",…}\n\n'
    'id: 3f9a1c5e.1042\nevent: jobs\ndata: {"at":1795264496,"expid":"a2m9",…}\n\n: heartbeat\n\n'
)


class _EventStream(StreamHandler):
    """What happens in one experiment or in all."""

    async def listen(
        self, *, after: str | None, heartbeat: str, follow: bool, expid: str | None = None
    ) -> None:
        """Send the events of an experiment, or of all that run, for as long as there is somebody."""
        events = self.service.events
        after = self.request.headers.get("Last-Event-ID") or after
        with events.admitted(self.listener):
            stream = await events.subscribe(expid, after, heartbeat)
            try:
                await self.send_stream(stream, follow=follow)
            finally:
                events.unsubscribe(stream)


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
            media=(MEDIA_TYPE,),
            refusals={**NO_EXPERIMENT, **WRONG, **TOO_MANY, **NO_JOB_LIST},
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
            media=(MEDIA_TYPE,),
            refusals={**WRONG, **TOO_MANY, **BUSY},
        )
    }

    async def get(self) -> None:
        await self.listen(**self.arguments())


routes = [
    Route("/v4/experiments/{expid}/events", ExperimentEvents),
    Route("/v4/events", Events),
]
