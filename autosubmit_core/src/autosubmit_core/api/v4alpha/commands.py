"""``/v4alpha``: commands without a profile, within what ``RUNNERS`` of the configuration permits."""

from __future__ import annotations

from typing import Any, ClassVar

from autosubmit_core.api.access.permission import Needs
from autosubmit_core.api.bodies import Body, read_object
from autosubmit_core.api.command_bodies import command_id_of
from autosubmit_core.api.command_schemas import (
    COMMAND_REFUSALS,
    CREATE,
    JOB_LIST,
    MESSAGE,
    RUN_STATUS,
    SET_STATUS,
)
from autosubmit_core.api.commanding import Ordered, Plan, PostedCommand, run_status
from autosubmit_core.api.encoding import json_bytes
from autosubmit_core.api.handlers import Operation, Route
from autosubmit_core.api.parameters import Choice, Words
from autosubmit_core.api.schemas import listed, or_null, record, text, whole
from autosubmit_core.api.v4.base import EXPID
from autosubmit_core.errors import CommandForbiddenError
from autosubmit_core.runners import command_lines, rules
from autosubmit_core.runners.loaders import LOADERS
from autosubmit_core.runners.profiles import Profile, free_profile
from autosubmit_core.store.commands import newest_run

__all__ = ["routes"]

_RUNNERS = ("LOCAL", "SSH")
_PLACE = {
    "runner": text("LOCAL"),
    "module_loader": text("VENV"),
    "modules": {
        "description": "A text, a list of texts, or null.",
        "examples": ["/opt/autosubmit"],
    },
}
_SSH = record({}, {"ssh_host": or_null(text()), "ssh_user": or_null(text()), "ssh_port": whole(22)})
_TOLD = {**_PLACE, "modules": listed(text("/opt/autosubmit"))}


def _operation(
    summary: str, answer: dict[str, Any], fields: dict[str, Any] | None = None, **more: Any
) -> dict[str, Operation]:
    known = fields or record({})
    body = record(
        {**_PLACE, **{name: known["properties"][name] for name in known["required"]}},
        {
            "runner_extra_params": or_null(_SSH),
            **{name: known["properties"][name] for name in known["properties"]},
        },
    )
    return {
        "post": Operation(
            summary=summary, body=body, answer=answer, refusals=COMMAND_REFUSALS, **more
        )
    }


class _Command(PostedCommand):
    """A command whose client says where it runs."""

    async def post(self, **path: str) -> None:
        await self.carry_out(self.read, **path)

    async def command(self, body: Body, **path: str) -> dict[str, Any]:
        expid = path.get("expid")
        self.note(expid=expid)
        ordered = await self.ordered(body, expid)
        return await self.act(body, ordered)

    async def act(self, body: Body, ordered: Ordered) -> dict[str, Any]:
        """Do what was asked for and return the answer."""
        raise NotImplementedError

    async def ordered(self, body: Body, expid: str | None) -> Ordered:
        """Return what was asked for; raises for what cannot be."""
        runner = body.choice("runner", _RUNNERS)
        loader = body.choice("module_loader", LOADERS)
        modules, ssh = body.anything("modules"), body.mapping("runner_extra_params")
        command_id = command_id_of(body)
        body.check()
        if expid is not None:
            rules.checked_expid(expid)

        def chosen() -> Profile:
            told = self.service.runners.configuration
            return free_profile(told, self.caller, runner, loader, modules, ssh)

        return Ordered(expid, await self.service.light.run(chosen), command_id)


def _place(profile: Profile) -> dict[str, Any]:
    return {
        "runner": profile.runner,
        "module_loader": profile.loader,
        "modules": list(profile.modules),
    }


class RunFreely(_Command):
    """``POST /v4alpha/experiments/{expid}/run-experiment``: start the run of an experiment."""

    operations: ClassVar = _operation(
        "Run an experiment",
        record({"expid": text("a2m9"), **_TOLD, "runner_id": whole(1), "pid": whole(4711)}),
        path=(EXPID,),
    )
    action = "run-experiment"
    failure = ""

    async def act(self, body: Body, ordered: Ordered) -> dict[str, Any]:
        number, pid = await self.start_run(ordered)
        return {
            "expid": ordered.expid,
            **_place(ordered.profile),
            "runner_id": number,
            "pid": pid,
        }


class _Stored(PostedCommand):
    """A command about the run that is there: where it runs is known."""

    def check_permitted(self, expid: str) -> None:
        """Raise if the configuration does not permit what the newest run was started with.

        Where there is none it has to permit something.
        """
        runners = self.service.runners
        row, free = newest_run(runners.database, expid), runners.configuration.free
        kinds = [free.get(runner) or {} for runner in ([row.runner] if row else _RUNNERS)]
        permitted = any(kind.get("ENABLED") is True for kind in kinds)
        if row and permitted:
            loader = (kinds[0].get("MODULE_LOADERS") or {}).get(row.module_loader) or {}
            permitted = loader.get("ENABLED") is True
        if not permitted:
            message = "Runner or module loader is not enabled in the config file"
            raise CommandForbiddenError(message)


class StopFreely(_Stored):
    """``POST /v4alpha/experiments/{expid}/stop-experiment``: end the run that was started here."""

    operations: ClassVar = {
        "post": Operation(
            summary="Stop an experiment", path=(EXPID,), answer=MESSAGE, refusals=COMMAND_REFUSALS
        )
    }
    action = "stop-experiment"
    failure = "Failed to stop experiment {expid}: "

    async def post(self, expid: str) -> None:
        await self.carry_out(self.read, expid=expid)

    def read(self) -> Body:
        # No page of another site sends such a type without asking first (S-32).
        self.body()
        return Body({})

    async def command(self, body: Body, **path: str) -> dict[str, Any]:
        self.note(expid=path["expid"])
        await self.service.light.run(self.check_permitted, path["expid"])
        await self.stop_run(await self.running(path["expid"], command_id_of(body)))
        return {"message": f"Experiment {path['expid']} stopped successfully."}


class StatusFreely(_Stored):
    """``GET /v4alpha/experiments/{expid}/get-runner-status``: how the newest run is now."""

    needs = Needs.READ
    operations: ClassVar = {
        "get": Operation(
            summary="Whether an experiment runs",
            path=(EXPID,),
            answer=RUN_STATUS,
            refusals={code: COMMAND_REFUSALS[code] for code in (404, 422, 503)},
        )
    }

    async def get(self, expid: str) -> None:
        await self.service.light.run(self.check_permitted, expid)
        self.write(json_bytes(await run_status(self.service, expid)))


class CreateJobListFreely(_Command):
    """``POST /v4alpha/experiments/{expid}/create-job-list``: create a job list."""

    operations: ClassVar = _operation("Create a job list", MESSAGE, JOB_LIST, path=(EXPID,))
    action = "create-job-list"
    failure = "Failed to create job list for experiment {expid}: "

    async def act(self, body: Body, ordered: Ordered) -> dict[str, Any]:
        names, expid = ("check_wrapper", "update_version", "force"), ordered.expid or ""
        flags = {name: body.flag(name, nullable=True) for name in names}
        body.check()
        await self.run_lines(Plan(ordered, [command_lines.create_job_list(expid, **flags)]))
        return {"message": f"Job list for experiment {expid} created successfully."}


class CreateFreely(_Command):
    """``POST /v4alpha/runner-create-experiment``: create an experiment."""

    operations: ClassVar = _operation(
        "Create an experiment",
        record({**MESSAGE["properties"], "expid": text("a2ma"), **_TOLD}),
        CREATE,
    )
    action = "create-experiment"
    failure = "Failed to create experiment: "

    async def act(self, body: Body, ordered: Ordered) -> dict[str, Any]:
        body.text("description")
        expid = await self.create(await self.creation(ordered, body))
        message = "Experiment created successfully."
        return {"message": message, "expid": expid, **_place(ordered.profile)}


class SetStatusFreely(_Command):
    """``POST /v4alpha/experiments/{expid}/set-job-status``: set the status of jobs."""

    operations: ClassVar = _operation("Set the status of jobs", MESSAGE, SET_STATUS, path=(EXPID,))
    action = "set-job-status"
    failure = "Failed to set job status for experiment {expid}: "

    async def act(self, body: Body, ordered: Ordered) -> dict[str, Any]:
        await self.run_lines(await self.changed_status(ordered, body))
        return {"message": f"Job status for experiment {ordered.expid} set successfully."}


class RunnerDetail(_Command):
    """``GET /v4alpha/runner-detail``: which Autosubmit a choice of runner and loader runs."""

    operations: ClassVar = {
        "get": Operation(
            summary="The version of an Autosubmit",
            query=(
                Choice(name="runner", words=_RUNNERS, meaning="Where.", example="LOCAL"),
                Choice(name="module_loader", words=LOADERS, meaning="How.", example="VENV"),
                Words(name="modules", meaning="What is loaded.", example=["/opt/autosubmit"]),
            ),
            answer=record({**_TOLD, "version": text("4.1.17")}),
            refusals={code: COMMAND_REFUSALS[code] for code in (422, 429, 503)},
        )
    }
    action = "runner-detail"
    failure = "Failed to get version from runner: "

    async def get(self) -> None:
        await self.carry_out(self.read)

    def read(self) -> Body:
        asked = self.arguments()
        ssh = read_object(self.body()) if self._received_bytes else {}
        told = {**asked, "modules": list(asked["modules"]), "runner_extra_params": ssh}
        return Body({name: value for name, value in told.items() if value})

    async def act(self, body: Body, ordered: Ordered) -> dict[str, Any]:
        caller = await self.permitted(None, ordered.profile.allow)
        self.noted(ordered, [["-v"]])
        version = await self.service.commands.run(
            self.service.runners.version, caller, ordered.profile
        )
        return {**_place(ordered.profile), "version": version}


_EXPERIMENT = "/v4alpha/experiments/{expid}"
routes = [
    Route("/v4alpha/runner-detail", RunnerDetail),
    Route("/v4alpha/runner-create-experiment", CreateFreely),
    Route(f"{_EXPERIMENT}/run-experiment", RunFreely),
    Route(f"{_EXPERIMENT}/stop-experiment", StopFreely),
    Route(f"{_EXPERIMENT}/get-runner-status", StatusFreely),
    Route(f"{_EXPERIMENT}/create-job-list", CreateJobListFreely),
    Route(f"{_EXPERIMENT}/set-job-status", SetStatusFreely),
]
