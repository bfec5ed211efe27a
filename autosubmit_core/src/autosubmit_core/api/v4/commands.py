"""``/v4/runners/command``: commands of Autosubmit, each with a profile of the configuration."""

from __future__ import annotations

from abc import abstractmethod
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
from autosubmit_core.api.commanding import (
    CommandHandler,
    Ordered,
    command_id_of,
    new_experiment,
    run_status,
)
from autosubmit_core.api.encoding import json_bytes
from autosubmit_core.api.handlers import ApiHandler, Operation, Route
from autosubmit_core.api.refusals import RefusedError
from autosubmit_core.api.schemas import record, text
from autosubmit_core.runners import command_lines, rules
from autosubmit_core.runners.profiles import Profile, resolved

__all__ = ["routes"]


def _operation(
    summary: str, body: Mapping[str, Any], answer: Mapping[str, Any] = MESSAGE
) -> Mapping[str, Operation]:
    return {"post": Operation(summary=summary, body=body, answer=answer, refusals=COMMAND_REFUSALS)}


class _Command(CommandHandler):
    """A command that a switch of the configuration permits."""

    switch: ClassVar[str]

    async def post(self) -> None:
        await self.carry_out(self.read)

    async def command(self, body: Body, **path: str) -> dict[str, Any]:
        about = body.anything("expid")
        self.note(expid=about if isinstance(about, str) else None)
        return await self.act(body)

    @abstractmethod
    async def act(self, body: Body) -> dict[str, Any]:
        """Do what the body asks for and return the answer."""

    async def ordered(self, body: Body, expid: str | None) -> Ordered:
        """Return what was asked for; raises for what cannot be."""
        name, params = body.text("profile_name"), body.mapping("profile_params")
        command_id = command_id_of(body)
        body.check()
        self.note(profile=name)
        await self.service.light.run(self.check_switch)
        if expid is not None:
            rules.checked_expid(expid)

        def chosen() -> Profile:
            return resolved(self.service.runners.configuration, self.caller, name, params)

        return Ordered(expid, await self.service.light.run(chosen), command_id)

    def check_switch(self) -> None:
        """Raise :class:`RefusedError` (403) if the administrator permits no such command."""
        if not self.service.runners.configuration.enabled(self.switch):
            message = f"The {self.action} endpoint is currently disabled."
            raise RefusedError(403, message, "command_disabled")


class RunExperiment(_Command):
    """``POST /v4/runners/command/run-experiment``: start the run of an experiment.

    The answer comes when it has begun; ``get-runner-run-status`` tells how it goes on.
    """

    operations: ClassVar = _operation(
        "Run an experiment", command_body({}), record({**MESSAGE["properties"], **ID})
    )
    action = "run-experiment"
    switch = "RUNNER_RUN"
    failure = "Failed to run experiment {expid}: "

    async def act(self, body: Body) -> dict[str, Any]:
        ordered = await self.ordered(body, body.text("expid"))
        await self.start_run(ordered)
        message = f"Experiment {ordered.expid} started successfully."
        return {"message": message, "command_id": ordered.command_id}


class StopExperiment(_Command):
    """``POST /v4/runners/command/stop-experiment``: end the run that was started here, as Ctrl-C would."""

    operations: ClassVar = _operation("Stop an experiment", record({"expid": text("a2m9")}))
    action = "stop-experiment"
    switch = "RUNNER_RUN"
    failure = "Failed to stop experiment {expid}: "

    async def act(self, body: Body) -> dict[str, Any]:
        expid = body.text("expid")
        body.check()
        await self.service.light.run(self.check_switch)
        await self.stop_run(expid)
        return {"message": f"Experiment {expid} stopped successfully."}


class CreateExperiment(_Command):
    """``POST /v4/runners/command/create-experiment``: create an experiment; its name is the answer."""

    operations: ClassVar = _operation(
        "Create an experiment",
        command_body({"command_params": CREATE}, about={}),
        record({"expid": text("a2ma"), **MESSAGE["properties"], **ID}),
    )
    action = "create-experiment"
    switch = "CREATE_EXPERIMENT"
    failure = "Failed to create experiment: "

    async def act(self, body: Body) -> dict[str, Any]:
        params = body.part("command_params")
        described = params.maybe("description")
        ordered = await self.ordered(body, None)
        if not described:
            message = "Description is required to create an experiment."
            raise RefusedError(400, message, "description_missing")
        expid = await self.create(ordered, new_experiment(params))
        message = f"Experiment {expid} created successfully."
        return {"expid": expid, "message": message, "command_id": ordered.command_id}


class CreateJobList(_Command):
    """``POST /v4/runners/command/create-job-list``: create the job list of an experiment, or anew."""

    operations: ClassVar = _operation(
        "Create a job list", command_body({}, {"command_params": JOB_LIST})
    )
    action = "create-job-list"
    switch = "RUNNER_RUN"
    failure = "Failed to create job list for experiment {expid}: "

    async def act(self, body: Body) -> dict[str, Any]:
        expid, params = body.text("expid"), body.part("command_params", required=False)
        flags = {name: params.flag(name) for name in ("check_wrapper", "update_version", "force")}
        ordered = await self.ordered(body, expid)
        await self.run_lines(ordered, [command_lines.create_job_list(expid, **flags)])
        return {"message": f"Job list for experiment {expid} created successfully."}


class SetJobStatus(_Command):
    """``POST /v4/runners/command/set-job-status``: set the status of jobs."""

    operations: ClassVar = _operation(
        "Set the status of jobs", command_body({"command_params": SET_STATUS})
    )
    action = "set-job-status"
    switch = "SET_JOB_STATUS"
    failure = "Failed to set job status for experiment {expid}: "

    async def act(self, body: Body) -> dict[str, Any]:
        expid, params = body.text("expid"), body.part("command_params")
        await self.change_status(await self.ordered(body, expid), params)
        return {"message": f"Job status for experiment {expid} set successfully."}


class UpdateDescription(_Command):
    """``POST /v4/runners/command/update-experiment-description``: describe an experiment anew."""

    operations: ClassVar = _operation(
        "Change a description", command_body({"description": text("A test of the new ocean")})
    )
    action = "update-experiment-description"
    switch = "UPDATE_EXPERIMENT_DETAILS"
    failure = "Failed to update description for experiment {expid}: "

    async def act(self, body: Body) -> dict[str, Any]:
        expid, description = body.text("expid"), body.text("description")
        ordered = await self.ordered(body, expid)
        line = rules.checked_description(description, "description")
        await self.run_lines(ordered, [command_lines.describe(expid, line)])
        return {"message": f"Description for experiment {expid} updated successfully."}


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
