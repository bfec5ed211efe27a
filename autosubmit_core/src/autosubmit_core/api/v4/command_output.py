"""What commands were run, what they printed, and what may be run."""

from __future__ import annotations

import codecs
import re
from datetime import datetime
from typing import Any, ClassVar

from autosubmit_core.api.command_schemas import COMMAND, OUTPUT
from autosubmit_core.api.encoding import json_bytes
from autosubmit_core.api.handlers import ApiHandler, Operation, Route
from autosubmit_core.api.parameters import Integer, Text
from autosubmit_core.api.refusals import RefusedError
from autosubmit_core.api.schemas import listed, mapping, or_null, record, text
from autosubmit_core.api.v4.base import BUSY, EXPID, NO_EXPERIMENT, WRONG
from autosubmit_core.errors import CommandForbiddenError
from autosubmit_core.runners.permissions import read_allow
from autosubmit_core.store.commands import CommandRow, commands_of

__all__ = ["routes"]

_COLOURS = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_MOST_COMMANDS = 100


class CommandOutput(ApiHandler):
    """``GET /v4/runners/commands/{command_id}/output``: what a command has printed, also while it runs.

    Who asks again after ``next`` follows it; when ``ended`` is there and ``output`` empty, that was all.
    """

    operations: ClassVar = {
        "get": Operation(
            summary="What a command has printed",
            path=(
                Text(
                    name="command_id",
                    meaning="The command.",
                    example="0123456789abcdef0123456789abcdef",
                ),
            ),
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
            refusals={
                **WRONG,
                **BUSY,
                404: "There is no such command.",
                500: "The machine that it ran on does not answer.",
            },
        )
    }

    async def get(self, command_id: str) -> None:
        asked = self.arguments()
        runners = self.service.runners
        found = await self.service.machines.run(runners.output, command_id, asked["after"])
        if found is None:
            raise RefusedError(404, "There is no such command.", "command_not_found")
        row, piece = found
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        # Half a character waits for its other half.
        told = decoder.decode(piece, final=row.ended is not None)
        read = len(piece) - len(decoder.getstate()[0])
        answer = {**_told(row), "output": _COLOURS.sub("", told), "next": asked["after"] + read}
        self.write(json_bytes(answer))


class Commands(ApiHandler):
    """``GET /v4/experiments/{expid}/commands``: what was run on an experiment, and what the caller may run.

    Commands are those that were asked for through a server, the newest first.
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
                }
            ),
            refusals={**NO_EXPERIMENT, **BUSY},
        )
    }

    async def get(self, expid: str) -> None:
        user = self.identity.user
        told = await self.service.looks.run(self._told, expid, user.key if user else "")
        self.write(json_bytes(told))

    def _told(self, expid: str, key: str) -> dict[str, Any]:
        runners = self.service.runners
        caller, profiles = runners.caller(key), {}
        self.service.archive.experiment(expid)
        for name, written in runners.profiles_of(caller).items():
            reason = None
            try:
                runners.check(caller, "profile", expid, read_allow(written.get("ALLOW")))
            except CommandForbiddenError as error:
                reason = str(error)
            profiles[name] = reason
        rows = commands_of(runners.database, expid)[:_MOST_COMMANDS]
        return {"commands": list(map(_told, rows)), "profiles": profiles}


def _told(row: CommandRow) -> dict[str, Any]:
    names = ("command_id", "action", "expid", "user", "profile", "result")
    instants = {"created": _instant(row.created), "ended": _instant(row.ended)}
    return {**{name: getattr(row, name) for name in names}, **instants}


def _instant(seconds: float | None) -> str | None:
    if seconds is None:
        return None
    return datetime.fromtimestamp(seconds).astimezone().isoformat(timespec="seconds")


routes = [
    Route("/v4/experiments/{expid}/commands", Commands),
    Route("/v4/runners/commands/{command_id}/output", CommandOutput),
]
