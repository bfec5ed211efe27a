"""What all commands do alike, wherever their requests have their values: checks, record, errors."""

from __future__ import annotations

import secrets
import shlex
import time
from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from autosubmit_core.api.access.permission import Needs
from autosubmit_core.api.bodies import Body, read_object, wrong_field
from autosubmit_core.api.encoding import json_bytes
from autosubmit_core.api.handlers import ApiHandler
from autosubmit_core.api.refusals import RefusedError, refusal_of
from autosubmit_core.api.service import Service
from autosubmit_core.errors import AutosubmitError, CommandInvalidError
from autosubmit_core.runners import rules
from autosubmit_core.runners.command_lines import NewExperiment, StatusChange
from autosubmit_core.runners.permissions import Allow, Caller
from autosubmit_core.runners.profiles import Profile

__all__ = [
    "CommandHandler",
    "Ordered",
    "command_id_of",
    "new_experiment",
    "refused_command",
    "run_status",
    "status_change",
]


#: What may be said of a new experiment: texts with what holds for them, and switches.
_CHECKS: Mapping[str, Callable[[str, str], str]] = {
    "git_repo": rules.checked_repository,
    "git_branch": rules.checked_branch,
    "config_path": rules.checked_path,
    "hpc": rules.checked_platform,
    "copy": rules.checked_expid,
}
_SWITCHES = ("minimal", "use_local_minimal", "operational", "testcase")


@dataclass(frozen=True, slots=True)
class Ordered:
    """What was asked for, as far as all commands have it."""

    #: None for an experiment that is to be created.
    expid: str | None
    profile: Profile
    #: The name under which its output is found.
    command_id: str


class CommandHandler(ApiHandler):
    """The base of the handlers that run a command; each has a record, done or refused (RS-14)."""

    needs = Needs.ACT
    #: The last part of its path, by which records name it.
    action: ClassVar[str]
    #: What its failures begin with, as it is published.
    failure: ClassVar[str]

    def initialize(self) -> None:
        super().initialize()
        self._facts: dict[str, str] = {}

    @property
    def caller(self) -> Caller:
        """What the configuration of commands knows of whoever sends this; to be asked in a worker."""
        user = self.identity.user
        return self.service.runners.caller(user.key if user else "")

    async def carry_out(self, read: Callable[[], Body], **path: str) -> None:
        """Do what a request asks for, answer, and write down what came of it, whatever it reads."""
        began, result = time.monotonic(), "error"
        try:
            self._count()
            answer = await self.command(read(), **path)
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
        self.write(json_bytes(answer))

    @abstractmethod
    async def command(self, body: Body, **path: str) -> dict[str, Any]:
        """Do what the body asks for and return the answer."""

    def read(self) -> Body:
        """Return the body of the request."""
        return Body(read_object(self.body()))

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

        def checked() -> Caller:
            caller = self.caller
            self.service.runners.check(caller, self.action, expid, allow)
            return caller

        return await self.service.light.run(checked)

    async def run_lines(self, ordered: Ordered, lines: Sequence[Sequence[str]]) -> None:
        """Run commands about an experiment to their end."""
        caller = await self.permitted(ordered.expid, ordered.profile.allow)
        self.noted(ordered, lines)
        told = (caller, self.action, ordered.expid, ordered.profile, lines, ordered.command_id)
        await self.service.commands.run(self.service.runners.execute, *told)

    async def start_run(self, ordered: Ordered) -> tuple[int, int]:
        """Start the run of an experiment; return the numbers of the run and of its process."""
        caller = await self.permitted(ordered.expid, ordered.profile.allow)
        self.noted(ordered, [["run", ordered.expid or ""]])
        service, told = self.service, (ordered.expid, ordered.profile, ordered.command_id)
        number = await service.machines.run(service.runners.claim, caller, *told)
        try:
            pid = await service.commands.run(service.runners.run, number, *told)
        except RefusedError:
            # Too many commands begin at the moment.
            await service.light.run(service.runners.give_up, number, ordered.command_id)
            raise
        return number, pid

    async def stop_run(self, expid: str) -> None:
        """End the run of an experiment."""
        runners, service = self.service.runners, self.service
        self.note(expid=rules.checked_expid(expid))
        row = await service.machines.run(runners.status, expid)
        # Of what never ran there is nothing that anybody might not do.
        allow = await service.light.run(runners.allow_of, row) if row else Allow("any")
        await self.permitted(expid, allow)
        self.note(command_id=row.command_id if row else None)
        await service.commands.run(runners.stop, expid)

    async def create(self, ordered: Ordered, wanted: NewExperiment) -> str:
        """Create an experiment and return its name."""
        if wanted.copy:
            # Who may read it may copy it.
            await self.service.looks.run(self.service.archive.experiment, wanted.copy)
        caller = await self.permitted(None, ordered.profile.allow)
        self.noted(ordered, [wanted.arguments()])
        create = self.service.runners.create_experiment
        expid = await self.service.commands.run(
            create, caller, ordered.profile, wanted, ordered.command_id
        )
        self.note(expid=expid)
        return expid

    async def change_status(self, ordered: Ordered, body: Body) -> None:
        """Set the status of jobs, of which all belong to the experiment."""
        caller = await self.permitted(ordered.expid, ordered.profile.allow)
        accepted = await self.service.commands.run(
            self.service.runners.final_statuses, caller, ordered.profile
        )
        change, expid = status_change(body, accepted), ordered.expid or ""
        if change.names:
            unknown = await self.service.share(
                (rules.unknown_jobs, expid, change.names),
                expid,
                rules.unknown_jobs,
                expid,
                change.names,
            )
            if unknown:
                listed = ", ".join(unknown)
                raise CommandInvalidError(
                    body.name("job_names_list"), f"experiment {expid} has no job {listed}"
                )
        await self.run_lines(ordered, change.arguments(expid))

    def _count(self) -> None:
        user = self.identity.user
        keys = [("address", self.address)] + ([("user", user.key)] if user else [])
        self.service.command_tries.count(*keys)


def command_id_of(body: Body) -> str:
    """Return the name of a command: that which the client gave it, or a new one."""
    return body.command_id() or secrets.token_hex(16)


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
    row = await service.machines.run(service.runners.status, expid)
    names = ("runner", "module_loader", "modules", "status", "pid", "created", "modified")
    told = {name: getattr(row, name) if row else None for name in names}
    told["status"] = "ACTIVE" if told["status"] == "STARTING" else told["status"]
    number, command_id = (row.id, row.command_id) if row else (None, None)
    return {"expid": expid, "runner_id": number, **told, "command_id": command_id}


def new_experiment(body: Body) -> NewExperiment:
    """Return the experiment that a body describes; raises for what none can be."""
    told = {name: body.maybe(name) for name in _CHECKS}
    switches: dict[str, Any] = {name: body.flag(name) for name in _SWITCHES}
    description = body.maybe("description") or ""
    body.check()
    if switches["operational"] and switches["testcase"]:
        raise wrong_field(body.name("testcase"), "an operational experiment is no test case")
    checked: dict[str, Any] = {
        name: check(str(told[name]), body.name(name)) if told[name] else None
        for name, check in _CHECKS.items()
    }
    line = rules.checked_description(description, body.name("description"))
    return NewExperiment(description=line, **checked, **switches)


def status_change(body: Body, accepted: Sequence[str]) -> StatusChange:
    """Return the change that a body describes; raises for what none can be."""
    names, status = body.texts("job_names_list"), body.maybe("final_status")
    filters = {name: body.maybe(name) for name in rules.FILTERS}
    check_wrapper, update_version = body.flag("check_wrapper"), body.flag("update_version")
    body.check()
    told = {
        name: rules.checked_filter(value, body.name(name))
        for name, value in filters.items()
        if value
    }
    change = StatusChange(
        status=rules.checked_status(status, accepted, body.name("final_status")),
        names=rules.checked_names(names, body.name("job_names_list")),
        filters=told,
        check_wrapper=check_wrapper,
        update_version=update_version,
    )
    if not change.names and not told:
        raise CommandInvalidError(
            body.name("job_names_list"), "jobs have to be named, or chosen by a filter"
        )
    return change
