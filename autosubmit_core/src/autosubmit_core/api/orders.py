"""The published commands: how the body of each becomes a plan, and how that is carried out.

They are the same wherever the body is from, a request of the API or a form of a site.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

from autosubmit_core.api.bodies import Body
from autosubmit_core.api.command_bodies import command_id_of
from autosubmit_core.api.commanding import CommandHandler, Ordered, Plan
from autosubmit_core.api.refusals import RefusedError
from autosubmit_core.runners import command_lines, rules
from autosubmit_core.runners.offers import ACTIONS
from autosubmit_core.runners.profiles import Profile, resolved

__all__ = ["COMMANDS", "Command"]


class Command(ABC):
    """A command with a profile of the configuration; ``desk`` is who handles the request for it."""

    #: Its published name.
    action: ClassVar[str]
    #: What its failures begin with, as it is published.
    failure: ClassVar[str]

    @abstractmethod
    async def plan(self, desk: CommandHandler, body: Body) -> Plan:
        """Return what a body asks for; raises for what cannot be."""

    @abstractmethod
    async def do(self, desk: CommandHandler, plan: Plan) -> dict[str, Any]:
        """Do what was planned, if the caller may, and return the published answer."""

    async def ordered(self, desk: CommandHandler, body: Body, expid: str | None) -> Ordered:
        """Return what all commands have in their bodies; raises for what cannot be."""
        name, params = body.text("profile_name"), body.mapping("profile_params")
        command_id = command_id_of(body)
        body.check()
        desk.note(profile=name)
        await self.check_switch(desk)
        if expid is not None:
            rules.checked_expid(expid)

        def chosen() -> Profile:
            return resolved(desk.service.runners.configuration, desk.caller, name, params)

        return Ordered(expid, await desk.service.light.run(chosen), command_id)

    async def check_switch(self, desk: CommandHandler) -> None:
        """Raise :class:`RefusedError` (403) if the administrator permits no such command."""
        told = await desk.service.light.run(lambda: desk.service.runners.configuration)
        if not told.enabled(ACTIONS[self.action]):
            message = f"The {self.action} endpoint is currently disabled."
            raise RefusedError(403, message, "command_disabled")


class _Run(Command):
    action = "run-experiment"
    failure = "Failed to run experiment {expid}: "

    async def plan(self, desk: CommandHandler, body: Body) -> Plan:
        ordered = await self.ordered(desk, body, body.text("expid"))
        return Plan(ordered, [command_lines.run(ordered.expid or "")])

    async def do(self, desk: CommandHandler, plan: Plan) -> dict[str, Any]:
        await desk.start_run(plan.ordered)
        message = f"Experiment {plan.ordered.expid} started successfully."
        return {"message": message, "command_id": plan.ordered.command_id}


class _Stop(Command):
    action = "stop-experiment"
    failure = "Failed to stop experiment {expid}: "

    async def plan(self, desk: CommandHandler, body: Body) -> Plan:
        expid, command_id = body.text("expid"), command_id_of(body)
        body.check()
        await self.check_switch(desk)
        ordered = await desk.running(expid, command_id)
        return Plan(ordered, [command_lines.stop(expid)])

    async def do(self, desk: CommandHandler, plan: Plan) -> dict[str, Any]:
        await desk.stop_run(plan.ordered)
        return {"message": f"Experiment {plan.ordered.expid} stopped successfully."}


class _Create(Command):
    action = "create-experiment"
    failure = "Failed to create experiment: "

    async def plan(self, desk: CommandHandler, body: Body) -> Plan:
        params = body.part("command_params")
        described = params.maybe("description")
        ordered = await self.ordered(desk, body, None)
        if not described:
            message = "Description is required to create an experiment."
            raise RefusedError(400, message, "description_missing")
        return await desk.creation(ordered, params)

    async def do(self, desk: CommandHandler, plan: Plan) -> dict[str, Any]:
        expid = await desk.create(plan)
        message = f"Experiment {expid} created successfully."
        return {"expid": expid, "message": message, "command_id": plan.ordered.command_id}


class _CreateJobList(Command):
    action = "create-job-list"
    failure = "Failed to create job list for experiment {expid}: "

    async def plan(self, desk: CommandHandler, body: Body) -> Plan:
        expid, params = body.text("expid"), body.part("command_params", required=False)
        flags = {name: params.flag(name) for name in ("check_wrapper", "update_version", "force")}
        ordered = await self.ordered(desk, body, expid)
        return Plan(ordered, [command_lines.create_job_list(expid, **flags)])

    async def do(self, desk: CommandHandler, plan: Plan) -> dict[str, Any]:
        await desk.run_lines(plan)
        expid = plan.ordered.expid
        return {"message": f"Job list for experiment {expid} created successfully."}


class _SetStatus(Command):
    action = "set-job-status"
    failure = "Failed to set job status for experiment {expid}: "

    async def plan(self, desk: CommandHandler, body: Body) -> Plan:
        expid, params = body.text("expid"), body.part("command_params")
        return await desk.changed_status(await self.ordered(desk, body, expid), params)

    async def do(self, desk: CommandHandler, plan: Plan) -> dict[str, Any]:
        await desk.run_lines(plan)
        return {"message": f"Job status for experiment {plan.ordered.expid} set successfully."}


class _Describe(Command):
    action = "update-experiment-description"
    failure = "Failed to update description for experiment {expid}: "

    async def plan(self, desk: CommandHandler, body: Body) -> Plan:
        expid, description = body.text("expid"), body.text("description")
        ordered = await self.ordered(desk, body, expid)
        line = rules.checked_description(description, "description")
        return Plan(ordered, [command_lines.describe(expid, line)])

    async def do(self, desk: CommandHandler, plan: Plan) -> dict[str, Any]:
        await desk.run_lines(plan)
        expid = plan.ordered.expid
        return {"message": f"Description for experiment {expid} updated successfully."}


#: All of them, by their names.
COMMANDS: Mapping[str, Command] = {
    command.action: command
    for command in (_Run(), _Stop(), _Create(), _CreateJobList(), _SetStatus(), _Describe())
}
