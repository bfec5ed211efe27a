"""``/v4/runners/preview``: what a command would do, before it is run."""

from __future__ import annotations

from typing import Any, ClassVar

from autosubmit_core.api.access.permission import Needs
from autosubmit_core.api.bodies import Body, read_object
from autosubmit_core.api.command_schemas import COMMAND_REFUSALS, PREVIEW, PREVIEW_BODY
from autosubmit_core.api.commanding import CommandHandler
from autosubmit_core.api.encoding import json_bytes
from autosubmit_core.api.handlers import Operation, Route
from autosubmit_core.api.orders import COMMANDS
from autosubmit_core.api.parameters import Choice
from autosubmit_core.api.previews import Preview, preview_of
from autosubmit_core.runners.offers import ACTIONS
from autosubmit_core.runners.touching import Touched

__all__ = ["routes"]


class CommandPreview(CommandHandler):
    """``POST /v4/runners/preview/{action}``: what a command would do; nothing is done.

    The body is that of the command. What could not be run at all is refused as the command would be;
    whether the caller may have it run now, and if not why, is told in ``reason``.
    """

    needs = Needs.READ
    operations: ClassVar = {
        "post": Operation(
            summary="What a command would do",
            path=(
                Choice(
                    name="action",
                    words=tuple(ACTIONS),
                    meaning="The command.",
                    example="set-job-status",
                ),
            ),
            body=PREVIEW_BODY,
            answer=PREVIEW,
            refusals=COMMAND_REFUSALS,
        )
    }

    async def post(self, action: str) -> None:
        self.action = self.arguments()["action"]
        plan = await COMMANDS[self.action].plan(self, Body(read_object(self.body())))
        self.write(json_bytes(_answer(self.action, await preview_of(self, plan))))


def _answer(action: str, preview: Preview) -> dict[str, Any]:
    ordered = preview.plan.ordered
    profile, login = ordered.profile, ordered.profile.login
    return {
        "action": action,
        "expid": ordered.expid,
        "lines": list(preview.lines),
        "arguments": list(map(list, preview.arguments)),
        "profile": profile.name,
        "runner": profile.runner,
        "module_loader": profile.loader,
        "modules": list(profile.modules),
        "host": login.host if login else None,
        "port": login.port if login else None,
        "account": login.username if login else None,
        "jobs": _touched(preview.jobs) if preview.jobs else None,
        "reason": preview.reason or None,
    }


def _touched(jobs: Touched) -> dict[str, Any]:
    return {
        "chosen": sum(jobs.chosen.values()),
        "chosen_by_status": {status.name: number for status, number in jobs.chosen.items()},
        "downstream": sum(jobs.downstream.values()),
        "downstream_by_status": {status.name: number for status, number in jobs.downstream.items()},
    }


routes = [Route("/v4/runners/preview/{action}", CommandPreview)]
