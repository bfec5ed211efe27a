"""``/v4/runners/command``: commands of Autosubmit, each with a profile of the configuration."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from autosubmit_core.api.access.permission import Needs
from autosubmit_core.api.bodies import Body, read_object
from autosubmit_core.api.command_schemas import (
    COMMAND_REFUSALS,
    CREATE,
    ID,
    JOB_LIST,
    MESSAGE,
    RUN_STATUS,
    SET_STATUS,
    command_body,
)
from autosubmit_core.api.commanding import PostedCommand, run_status
from autosubmit_core.api.encoding import json_bytes
from autosubmit_core.api.handlers import ApiHandler, Operation, Route
from autosubmit_core.api.orders import COMMANDS
from autosubmit_core.api.schemas import or_null, record, text

__all__ = ["routes"]


def _operation(
    summary: str, body: Mapping[str, Any], answer: Mapping[str, Any] = MESSAGE
) -> Mapping[str, Operation]:
    return {"post": Operation(summary=summary, body=body, answer=answer, refusals=COMMAND_REFUSALS)}


class _Command(PostedCommand):
    """A command that a switch of the configuration permits; ``action`` says which."""

    def initialize(self) -> None:
        super().initialize()
        self.failure = COMMANDS[self.action].failure

    async def post(self) -> None:
        await self.carry_out(self.read)

    async def command(self, body: Body, **path: str) -> dict[str, Any]:
        about = body.anything("expid")
        self.note(expid=about if isinstance(about, str) else None)
        command = COMMANDS[self.action]
        return await command.do(self, await command.plan(self, body))


class RunExperiment(_Command):
    """``POST /v4/runners/command/run-experiment``: start the run of an experiment.

    The answer comes when it has begun; ``get-runner-run-status`` tells how it goes on.
    """

    action = "run-experiment"
    operations: ClassVar = _operation(
        "Run an experiment", command_body({}), record({**MESSAGE["properties"], **ID})
    )


class StopExperiment(_Command):
    """``POST /v4/runners/command/stop-experiment``: end the run that was started here, as Ctrl-C would."""

    action = "stop-experiment"
    operations: ClassVar = _operation(
        "Stop an experiment",
        record({"expid": text("a2m9")}, {"command_id": or_null(ID["command_id"])}),
    )


class CreateExperiment(_Command):
    """``POST /v4/runners/command/create-experiment``: create an experiment; its name is the answer."""

    action = "create-experiment"
    operations: ClassVar = _operation(
        "Create an experiment",
        command_body({"command_params": CREATE}, about={}),
        record({"expid": text("a2ma"), **MESSAGE["properties"], **ID}),
    )


class CreateJobList(_Command):
    """``POST /v4/runners/command/create-job-list``: create the job list of an experiment, or anew."""

    action = "create-job-list"
    operations: ClassVar = _operation(
        "Create a job list", command_body({}, {"command_params": JOB_LIST})
    )


class SetJobStatus(_Command):
    """``POST /v4/runners/command/set-job-status``: set the status of jobs."""

    action = "set-job-status"
    operations: ClassVar = _operation(
        "Set the status of jobs", command_body({"command_params": SET_STATUS})
    )


class UpdateDescription(_Command):
    """``POST /v4/runners/command/update-experiment-description``: describe an experiment anew."""

    action = "update-experiment-description"
    operations: ClassVar = _operation(
        "Change a description", command_body({"description": text("A test of the new ocean")})
    )


class RunStatus(ApiHandler):
    """``POST /v4/runners/command/get-runner-run-status``: how the newest run that was started here is now.

    Its machine is asked; all fields are null for an experiment that no server ever ran.
    """

    needs = Needs.READ
    operations: ClassVar = {
        "post": Operation(
            summary="Whether an experiment runs",
            body=record({"expid": text("a2m9")}),
            answer=RUN_STATUS,
            refusals={code: COMMAND_REFUSALS[code] for code in (404, 413, 415, 422, 503)},
        )
    }

    async def post(self) -> None:
        body = Body(read_object(self.body()))
        expid = body.text("expid")
        body.check()
        self.write(json_bytes(await run_status(self.service, expid)))


routes = [
    Route(f"/v4/runners/command/{handler.action}", handler)
    for handler in (
        *(RunExperiment, StopExperiment, CreateExperiment, CreateJobList, SetJobStatus),
        UpdateDescription,
    )
]
routes.append(Route("/v4/runners/command/get-runner-run-status", RunStatus))
