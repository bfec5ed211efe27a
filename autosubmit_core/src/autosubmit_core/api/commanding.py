"""What all commands do alike, wherever their requests have their values: checks, record, errors."""

from __future__ import annotations

import asyncio
import shlex
import time
from abc import abstractmethod
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from autosubmit_core.api.access.permission import Needs
from autosubmit_core.api.bodies import Body, read_object
from autosubmit_core.api.command_bodies import new_experiment, status_change
from autosubmit_core.api.encoding import json_bytes
from autosubmit_core.api.handlers import ApiHandler
from autosubmit_core.api.refusals import RefusedError, refusal_of
from autosubmit_core.api.service import Service
from autosubmit_core.errors import (
    AlreadyRunningError,
    AutosubmitError,
    CommandError,
    CommandForbiddenError,
    CommandInvalidError,
)
from autosubmit_core.runners import command_lines, rules
from autosubmit_core.runners.command_lines import NewExperiment
from autosubmit_core.runners.permissions import Allow, Caller
from autosubmit_core.runners.profiles import Profile
from autosubmit_core.store.commands import LIVE

__all__ = [
    "CommandHandler",
    "Ordered",
    "Plan",
    "PostedCommand",
    "refused_command",
    "run_status",
]

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Ordered:
    """What was asked for, as far as all commands have it."""

    #: None for an experiment that is to be created.
    expid: str | None
    profile: Profile
    #: The name under which its output is found.
    command_id: str


@dataclass(frozen=True, slots=True)
class Plan:
    """A command as it would be run."""

    ordered: Ordered
    #: What Autosubmit is told, of each command line the arguments.
    lines: Sequence[Sequence[str]]
    #: The jobs that are named, if it is about jobs.
    names: tuple[str, ...] = ()
    #: What is to be created, if anything is.
    wanted: NewExperiment | None = None


class CommandHandler(ApiHandler):
    """The base of the handlers that run a command; each has a record, done or refused (RS-14)."""

    needs = Needs.ACT
    #: The last part of its published path, by which records name it.
    action: str
    #: What its failures begin with, as it is published.
    failure: str

    def initialize(self) -> None:
        super().initialize()
        self._facts: dict[str, str] = {}
        #: Set when a command is written down, and is about to be run.
        self.begun = asyncio.Event()

    @property
    def caller(self) -> Caller:
        """What the configuration of commands knows of whoever sends this; to be asked in a worker."""
        user = self.identity.user
        return self.service.runners.caller(user.key if user else "")

    async def recorded(self, work: Callable[[], Awaitable[dict[str, Any]]]) -> dict[str, Any]:
        """Do some work and write down what came of it; return its answer."""
        began, result = time.monotonic(), "error"
        try:
            self._count()
            answer = await work()
            result = "done"
        except (RefusedError, AutosubmitError) as error:
            refused = refused_command(
                error, self.failure.format(expid=self._facts.get("expid", ""))
            )
            result, self._facts["reason"] = refused.refusal.code, refused.refusal.message
            raise refused from error
        finally:
            self._facts["seconds"] = f"{time.monotonic() - began:.3f}"
            self.record(self.action, result, **self._facts)
        return answer

    def note(self, **facts: str | None) -> None:
        """Let the record hold some facts."""
        self._facts |= {name: value for name, value in facts.items() if value}

    def noted(self, ordered: Ordered, lines: Sequence[Sequence[str]]) -> Ordered:
        """Let the record hold what was asked for, each command as a shell would be told it."""
        login = ordered.profile.login
        self.note(
            expid=ordered.expid,
            profile=ordered.profile.name,
            account=login.username if login else None,
            host=f"{login.host}:{login.port}" if login else None,
            command_id=ordered.command_id,
            arguments="\n".join(map(shlex.join, lines)),
        )
        return ordered

    async def permitted(self, expid: str | None, allow: Allow) -> Caller:
        """Return the caller; raises if they may not do this, or if there is no such experiment."""
        if not self.service.access.permission.allows(self.identity, Needs.ACT):
            raise CommandForbiddenError("Commands need a login.")

        def checked() -> Caller:
            caller = self.caller
            self.service.runners.check(caller, self.action, expid, allow)
            return caller

        return await self.service.light.run(checked)

    async def refusal(self, ordered: Ordered) -> str:
        """Return why something could not be done now, in a sentence; empty if it could."""
        expid = ordered.expid
        try:
            await self.permitted(expid, ordered.profile.allow)
        except CommandForbiddenError as error:
            return str(error)
        if self.action not in ("run-experiment", "stop-experiment") or expid is None:
            return ""
        row = await self.service.machines.run(self.service.runners.runs.status, expid)
        runs = row is not None and row.status in LIVE
        if self.action == "run-experiment":
            return str(AlreadyRunningError(expid)) if runs else ""
        return "" if runs else f"Experiment {expid} is not running."

    async def run_lines(self, plan: Plan) -> None:
        """Run commands about an experiment to their end."""
        ordered, runners = plan.ordered, self.service.runners
        caller = await self._noted(plan)
        told = (caller, self.action, ordered.expid, ordered.profile, plan.lines)
        await self._run_noted(ordered, runners.execute, *told)

    async def start_run(self, ordered: Ordered) -> tuple[int, int]:
        """Start the run of an experiment; return the numbers of the run and of its process."""
        caller = await self.permitted(ordered.expid, ordered.profile.allow)
        self.noted(ordered, [command_lines.run(ordered.expid or "")])
        service, told = self.service, (ordered.expid, ordered.profile, ordered.command_id)
        number = await service.machines.run(service.runners.runs.claim, caller, *told)
        self.begun.set()
        try:
            pid = await service.commands.run(service.runners.runs.begin, number, *told)
        except RefusedError as error:
            # Too many commands begin at the moment.
            give_up = service.runners.runs.give_up
            await service.light.run(give_up, number, ordered.command_id, str(error))
            raise
        return number, pid

    async def running(self, expid: str, command_id: str) -> Ordered:
        """Return the end of the run of an experiment as something ordered."""
        rules.checked_expid(expid)
        self.note(expid=expid)
        runners, service = self.service.runners, self.service
        await service.light.run(service.archive.experiment, expid)
        row = await service.machines.run(runners.runs.status, expid)
        if row is None:
            raise CommandError(f"No process found for expid {expid}")
        return Ordered(expid, await service.light.run(runners.runs.profile_of, row), command_id)

    async def stop_run(self, ordered: Ordered) -> None:
        """End the run of an experiment."""
        runners, service, expid = self.service.runners, self.service, ordered.expid or ""
        caller = await self.permitted(expid, ordered.profile.allow)
        self.noted(ordered, [command_lines.stop(expid)])
        row = await service.machines.run(runners.runs.claim_stop, caller, expid, ordered.command_id)
        self.begun.set()
        await self._run_noted(ordered, runners.runs.stop, row)

    async def create(self, plan: Plan) -> str:
        """Create the experiment that is planned and return its name."""
        ordered, create = plan.ordered, self.service.runners.create_experiment
        await self._noted(plan)
        expid: str = await self._run_noted(ordered, create, ordered.profile, plan.wanted)
        self.note(expid=expid)
        return expid

    async def creation(self, ordered: Ordered, body: Body) -> Plan:
        """Return how an experiment is created."""
        wanted = new_experiment(body)
        if wanted.copy:
            # Who may read it may copy it.
            await self.service.looks.run(self.service.archive.experiment, wanted.copy)
        return Plan(ordered, [wanted.arguments()], wanted=wanted)

    async def changed_status(self, ordered: Ordered, body: Body) -> Plan:
        """Return how the status of jobs is set, of which all belong to the experiment."""
        change, expid = status_change(body, await self._accepted(ordered)), ordered.expid or ""
        if change.names:
            about = (rules.unknown_jobs, expid, change.names)
            unknown = await self.service.share(about, expid, *about)
            if unknown:
                listed = ", ".join(unknown)
                raise CommandInvalidError(
                    body.name("job_names_list"), f"experiment {expid} has no job {listed}"
                )
        return Plan(ordered, change.arguments(expid), change.names)

    async def _accepted(self, ordered: Ordered) -> tuple[str, ...]:
        """Return the statuses that the installed Autosubmit sets; who may not run it is told the usual."""
        runners = self.service.runners
        try:
            caller = await self.permitted(ordered.expid, ordered.profile.allow)
        except CommandForbiddenError:
            return rules.FINAL_STATUSES
        return await self.service.commands.run(runners.final_statuses, caller, ordered.profile)

    async def _noted(self, plan: Plan) -> Caller:
        """Write down that a command begins that the caller may have run."""
        ordered, service = plan.ordered, self.service
        caller = await self.permitted(ordered.expid, ordered.profile.allow)
        self.noted(ordered, plan.lines)
        told = (ordered.expid, ordered.profile, plan.lines, ordered.command_id)
        await service.machines.run(service.runners.machines.note, caller, self.action, *told)
        self.begun.set()
        return caller

    async def _run_noted(
        self, ordered: Ordered, function: Callable[..., Result], *told: object
    ) -> Result:
        """Do what was noted; of what there is no room for it is noted that it did not begin."""
        service, name = self.service, ordered.command_id
        try:
            return await service.commands.run(function, *told, name)
        except RefusedError as error:
            await service.light.run(service.runners.machines.give_up, name, str(error))
            raise

    def _count(self) -> None:
        user = self.identity.user
        keys = [("address", self.address)] + ([("user", user.key)] if user else [])
        self.service.command_tries.count(*keys)


class PostedCommand(CommandHandler):
    """The base of the handlers whose requests have the command in their bodies, or parameters."""

    async def carry_out(self, read: Callable[[], Body], **path: str) -> None:
        """Do what a request asks for, whatever it reads, and answer."""

        async def work() -> dict[str, Any]:
            return await self.command(read(), **path)

        self.write(json_bytes(await self.recorded(work)))

    def read(self) -> Body:
        """Return the body of the request."""
        return Body(read_object(self.body()))

    @abstractmethod
    async def command(self, body: Body, **path: str) -> dict[str, Any]:
        """Do what the body asks for and return the answer."""


def refused_command(error: RefusedError | AutosubmitError, failure: str) -> RefusedError:
    """Return an error as it is published: what a command itself says stands behind its failure."""
    refusal = refusal_of(error)
    published = refusal.code in ("command_failed", "already_running")
    message = failure + refusal.message if published else refusal.message
    return RefusedError(
        refusal.status, message, refusal.code, fields=refusal.fields, headers=refusal.headers
    )


async def run_status(service: Service, expid: str) -> dict[str, Any]:
    """Return what is published of the newest run of an experiment; nulls where there is none."""
    rules.checked_expid(expid)
    await service.looks.run(service.archive.experiment, expid)
    row = await service.machines.run(service.runners.runs.status, expid)
    names = ("runner", "module_loader", "modules", "status", "pid", "created", "modified")
    told = {name: getattr(row, name) if row else None for name in names}
    told["status"] = "ACTIVE" if told["status"] == "STARTING" else told["status"]
    number, command_id = (row.id, row.command_id) if row else (None, None)
    return {"expid": expid, "runner_id": number, **told, "command_id": command_id}
