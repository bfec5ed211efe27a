"""What commands were run, what they printed, and what may be run."""

from __future__ import annotations

import asyncio
import codecs
import logging
import re
from collections.abc import Mapping
from contextvars import copy_context
from datetime import datetime
from typing import Any, ClassVar

from autosubmit_core.api.access.permission import Needs
from autosubmit_core.api.command_schemas import COMMAND, OUTPUT
from autosubmit_core.api.encoding import json_bytes
from autosubmit_core.api.events.stream import Stream, event_bytes
from autosubmit_core.api.handlers import ApiHandler, Operation, Route
from autosubmit_core.api.parameters import Integer, Text
from autosubmit_core.api.refusals import RefusedError
from autosubmit_core.api.schemas import listed, mapping, or_null, record, text
from autosubmit_core.api.tasks import kept_task
from autosubmit_core.api.v4.base import BUSY, EXPID, NO_EXPERIMENT, WRONG
from autosubmit_core.api.v4.streams import (
    FOLLOW,
    HEARTBEAT,
    MEDIA_TYPE,
    TOO_MANY,
    StreamHandler,
)
from autosubmit_core.errors import AutosubmitError
from autosubmit_core.runners.commands import OUTPUT_BYTES
from autosubmit_core.runners.offers import ACTIONS, offers_of, unavailable_actions
from autosubmit_core.store.commands import CommandRow, commands_of

__all__ = ["command_answer", "output_text", "routes"]

log = logging.getLogger(__name__)

_COLOURS = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_HALF_COLOUR = re.compile(r"\x1b(\[[0-9;]*)?\Z")
_MOST_COMMANDS = 100

#: How often it is looked whether a command has printed more, in seconds.
FOLLOW_SECONDS = 1.0

_MEANING = (
    "Lines of server-sent events. `output`: what the command printed, without colours, and `next`, the "
    "bytes that are known with it, which is the id too. `end`: it is over; the record of the command "
    "with `result` and `exit_status`. `heartbeat`: a sign of life, for who asked for it. `bye`: the "
    "stream ends for another reason (`stopping`, `unauthorized`, `unreachable`)."
)
_EXAMPLE = (
    'retry: 2000\n\nid: 17\nevent: output\ndata: {"output":"[INFO] Preparing\\n","next":17}\n\n'
    'event: end\ndata: {"result":"done","exit_status":0,…}\n\n'
)


_COMMAND_ID = Text(
    name="command_id", meaning="The command.", example="0123456789abcdef0123456789abcdef"
)
_NONE: Mapping[int, str] = {404: "There is no such command."}
_REFUSALS: Mapping[int, str] = {
    **WRONG,
    **BUSY,
    **_NONE,
    500: "The machine that it ran on does not answer.",
}


def _not_found() -> RefusedError:
    return RefusedError(404, "There is no such command.", "command_not_found")


class CommandRecord(ApiHandler):
    """``GET /v4/runners/commands/{command_id}``: the record of a command: who, when, what, and its end."""

    operations: ClassVar = {
        "get": Operation(
            summary="The record of a command",
            path=(_COMMAND_ID,),
            answer=record(COMMAND),
            refusals={**BUSY, **_NONE},
        )
    }

    async def get(self, command_id: str) -> None:
        row = await self.service.machines.run(self.service.runners.command, command_id)
        if row is None:
            raise _not_found()
        self.write(json_bytes(command_answer(row)))


class CommandOutput(ApiHandler):
    """``GET /v4/runners/commands/{command_id}/output``: what a command has printed, also while it runs.

    Who asks again after ``next`` follows it; when ``ended`` is there and ``output`` empty, that was all.
    """

    operations: ClassVar = {
        "get": Operation(
            summary="What a command has printed",
            path=(_COMMAND_ID,),
            query=(
                Integer(
                    name="after",
                    default=0,
                    least=0,
                    most=2**53,
                    meaning="Bytes that are known already: the last answer's next.",
                ),
            ),
            answer=OUTPUT,
            refusals=_REFUSALS,
        )
    }

    async def get(self, command_id: str) -> None:
        asked = self.arguments()
        runners = self.service.runners
        found = await self.service.machines.run(runners.output, command_id, asked["after"])
        if found is None:
            raise _not_found()
        row, piece = found
        told, read = output_text(piece, ended=row.ended is not None)
        answer = {**command_answer(row), "output": told, "next": asked["after"] + read}
        self.write(json_bytes(answer))


class CommandEvents(StreamHandler):
    """``GET /v4/runners/commands/{command_id}/events``: what a command prints, told while it does.

    Server-sent events: ``output`` with the text, and ``next``, which is the id of the event too;
    ``end`` with the record of the command when it is over. Whoever comes back with the last id is told
    the rest, by any server of the installation: it is read where it was written.
    """

    operations: ClassVar = {
        "get": Operation(
            summary="What a command prints, told while it does",
            path=(_COMMAND_ID,),
            query=(
                Integer(
                    name="after",
                    default=0,
                    least=0,
                    meaning="The id of the last event that was heard, for those who cannot send it as "
                    "Last-Event-ID; that header counts more.",
                ),
                HEARTBEAT,
                FOLLOW,
            ),
            answer=text(_EXAMPLE, _MEANING),
            media=(MEDIA_TYPE,),
            refusals={**_REFUSALS, **TOO_MANY},
        )
    }

    async def get(self, command_id: str) -> None:
        asked, events = self.arguments(), self.service.events
        last = self.request.headers.get("Last-Event-ID", "")
        at = int(last) if re.fullmatch("[0-9]{1,9}", last, re.ASCII) else asked["after"]
        with events.admitted(self.listener):
            stream = Stream(None, asked["heartbeat"])
            goes_on, at = await self._tell(stream, command_id, at)
            events.attach(stream)
            following = None
            if goes_on:
                following = kept_task(self._follow(stream, command_id, at), copy_context())
            try:
                await self.send_stream(stream, follow=goes_on and asked["follow"])
            finally:
                events.unsubscribe(stream)
                if following:
                    following.cancel()

    async def _follow(self, stream: Stream, command_id: str, at: int) -> None:
        """Tell what comes, to the end."""
        goes_on = True
        try:
            while goes_on:
                await asyncio.sleep(FOLLOW_SECONDS)
                goes_on, at = await self._tell(stream, command_id, at)
        except (AutosubmitError, RefusedError) as error:
            log.warning("request %s ends, the command cannot be asked: %s", self.request_id, error)
            stream.bye("unreachable")
        stream.end()

    async def _tell(self, stream: Stream, command_id: str, at: int) -> tuple[bool, int]:
        """Tell all there is after so many bytes; return whether it goes on, and how many there are.

        It is never too much for a listener who waits: no more is kept of a command.
        """
        while True:
            about = (command_id, at)
            found = await self.service.machines.share(about, self.service.runners.output, *about)
            if found is None:
                raise _not_found()
            row, piece = found
            told, read = output_text(piece, ended=row.ended is not None)
            at += read
            if told:
                sent = {"output": told, "next": at}
                stream.put(event_bytes("output", sent, str(at)))
            if len(piece) < OUTPUT_BYTES:
                break
        if row.ended is not None:
            stream.put(event_bytes("end", command_answer(row)))
        return row.ended is None, at


class Commands(ApiHandler):
    """``GET /v4/experiments/{expid}/commands``: what was run on an experiment, and what the caller may run.

    Commands are those that were asked for through a server, the newest first; ``actions`` tells of each
    why the caller may not have it run now, null if they may.
    """

    operations: ClassVar = {
        "get": Operation(
            summary="The commands about an experiment",
            path=(EXPID,),
            answer=record(
                {
                    "commands": listed(record(COMMAND)),
                    "profiles": mapping(
                        or_null(text("Only its owner may do this to experiment a2m9.")),
                        "By profile that the caller may use at all, why not on this experiment; null if they may.",
                        example="local",
                    ),
                    "actions": record(
                        {
                            name: or_null(text("The experiment runs already."))
                            for name in ACTIONS
                            if name != "create-experiment"
                        },
                    ),
                }
            ),
            refusals={**NO_EXPERIMENT, **BUSY},
        )
    }

    async def get(self, expid: str) -> None:
        user = self.identity.user
        may_act = self.service.access.permission.allows(self.identity, Needs.ACT)
        told = await self.service.looks.run(self._told, expid, user.key if user else "", may_act)
        self.write(json_bytes(told))

    def _told(self, expid: str, key: str, may_act: bool) -> dict[str, Any]:
        runners = self.service.runners
        self.service.archive.experiment(expid)
        caller, rows = runners.caller(key), commands_of(runners.database, expid)
        actions = unavailable_actions(runners, caller, may_act, expid)
        return {
            "commands": list(map(command_answer, rows[:_MOST_COMMANDS])),
            "profiles": {
                offer.name: offer.reason or None for offer in offers_of(runners, caller, expid)
            },
            "actions": {name: why and why.sentence for name, why in actions.items()},
        }


def command_answer(row: CommandRow) -> dict[str, Any]:
    """Return the published record of a command."""
    names = ("command_id", "action", "expid", "user", "profile", "result", "reason", "exit_status")
    instants = {"created": _instant(row.created), "ended": _instant(row.ended)}
    told = {name: getattr(row, name) for name in names}
    return {**told, "arguments": row.arguments, **instants}


def output_text(piece: bytes, *, ended: bool) -> tuple[str, int]:
    """Return some output as text without colours, and how many bytes of it that took.

    Half a character, or half a colour, waits for its other half unless that cannot come any more.

    >>> output_text("\x1b[32mé\x1b[0m\x1b[3".encode(), ended=False)
    ('é', 11)
    """
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    told = decoder.decode(piece, final=ended)
    read = len(piece) - len(decoder.getstate()[0])
    half = None if ended else _HALF_COLOUR.search(told)
    if half:
        told, read = told[: half.start()], read - len(half[0])
    return _COLOURS.sub("", told), read


def _instant(seconds: float | None) -> str | None:
    if seconds is None:
        return None
    return datetime.fromtimestamp(seconds).astimezone().isoformat(timespec="seconds")


routes = [
    Route("/v4/experiments/{expid}/commands", Commands),
    Route("/v4/runners/commands/{command_id}", CommandRecord),
    Route("/v4/runners/commands/{command_id}/output", CommandOutput),
    Route("/v4/runners/commands/{command_id}/events", CommandEvents),
]
