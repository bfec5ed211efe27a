"""Commands of Autosubmit about an experiment: what can be done, forms, what each would do, and its begin."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any, ClassVar

from autosubmit_core import Archive, AutosubmitError, JobQueryError, find_jobs
from autosubmit_core.access import preference_of
from autosubmit_core.commands import (
    ACTIONS,
    COMMANDS,
    FINAL_STATUSES,
    Body,
    command_answer,
    commands_of,
    preview_of,
)
from autosubmit_core.server import Choice, Operation, RefusedError, Route, Text, refusal_of

from autosubmit_site.acting import ActingHandler, offered_actions
from autosubmit_site.heading import heading_of
from autosubmit_site.pages.base import EXPID, operation

__all__ = ["routes"]

#: The command that is about no experiment yet.
CREATE = "create-experiment"

#: How many commands the page lists, how many lines and names it shows, and how many jobs one form is for.
COMMANDS_LISTED, LINES_SHOWN, NAMES_SHOWN, MOST_NAMES = 100, 3, 12, 20_000

#: The fields of each form that say what the command takes; those that are ticked or not.
_TEXTS = ("description", "hpc", "copy", "git_repo", "git_branch", "config_path", "final_status")
_SWITCHES = ("check_wrapper", "update_version", "force", "minimal", "use_local_minimal")
#: What begins the names of the fields that a profile leaves to the visitor: then its name, and theirs.
_OPEN = "open"

_ACTION = Choice(
    name="action",
    words=tuple(name for name in ACTIONS if name != CREATE),
    meaning="The command.",
    example="set-job-status",
)
_FORM_REFUSALS: Mapping[int, str] = {
    401: "Nobody is logged in.",
    403: "The caller may not, or the form is of another session.",
    409: "The experiment runs already.",
    422: "Something in the form is wrong.",
}


def body_of(action: str, expid: str | None, fields: Mapping[str, str]) -> dict[str, Any]:
    """Return what a form says as the body of the published command.

    >>> sent = {"profile": "hub", "open:hub:SSH.HOST": "x", "open:other:SSH.HOST": "y", "description": "d"}
    >>> body_of("update-experiment-description", "a003", sent)["profile_params"]
    {'SSH': {'HOST': 'x'}}
    """
    profile = fields.get("profile", "")
    params: dict[str, Any] = {name: fields[name].strip() for name in _TEXTS if fields.get(name)}
    params |= {name: name in fields for name in _SWITCHES}
    if action == CREATE:
        params |= {kind: fields.get("kind") == kind for kind in ("operational", "testcase")}
    if action == "set-job-status":
        params["job_names_list"] = fields.get("job_names", "").split()
    return {
        "expid": expid,
        "profile_name": profile,
        "profile_params": _filled(profile, fields),
        "command_params": params,
        "description": fields.get("description", "").strip(),
        "command_id": fields.get("command_id"),
    }


def _filled(profile: str, fields: Mapping[str, str]) -> dict[str, Any]:
    """Return what the visitor filled in of a profile."""
    filled: dict[str, Any] = {}
    for name, value in fields.items():
        begin, _, rest = name.partition(":")
        of, _, key = rest.rpartition(":")
        if begin == _OPEN and of == profile and value:
            part, _, last = key.rpartition(".")
            (filled.setdefault(part, {}) if part else filled)[last] = value
    return filled


def job_names(archive: Archive, expid: str, q: str) -> str:
    """Return the names of the jobs that a query means, one a line; none if it makes no sense."""
    experiment = archive.experiment(expid)
    try:
        rows = find_jobs(experiment, q)[:MOST_NAMES]
    except JobQueryError:
        return ""
    return "\n".join(experiment.jobs.name[rows].tolist())


class FormHandler(ActingHandler):
    """The base of the pages that have a form for a command, what it would do, and its begin."""

    async def show_form(
        self, expid: str | None, values: Mapping[str, str], error: Exception | None = None
    ) -> None:
        """Answer with the form, filled in, and with what is wrong with it."""
        if error:
            self.set_status(refusal_of(error).status)
        offered = {one.action: one for one in await offered_actions(self, expid)}
        self.show_now(
            "action.html.j2",
            **await self.about(expid),
            offered=offered[self.action],
            offers=await self.offers(expid) if self.identity.user else (),
            preferred=await self.preferred_account(),
            values=values,
            problem=refusal_of(error).message if error else "",
            final_statuses=FINAL_STATUSES,
            most_names=MOST_NAMES,
            xsrf=self.xsrf(),
        )

    async def preferred_account(self) -> str:
        """Return the Linux account that the visitor wants commands to be run as; empty for none."""
        if self.identity.user is None:
            return ""
        database = self.service.access.database
        found = await self.service.light.run(preference_of, database, self.identity.user.key)
        return found.username if found else ""

    async def about(self, expid: str | None) -> dict[str, Any]:
        """Return what all pages of a command say of it; raises if there is no such experiment."""
        heading = None
        if expid is not None:
            archive = self.service.archive
            heading = await self.service.looks.run(
                lambda: heading_of(archive.experiment(expid)), about=expid
            )
        at = f"actions/{self.action}"
        link = self.urls.experiment(expid, at) if expid else self.urls.page("new-experiment")
        return {"heading": heading, "expid": expid, "action": self.action, "link": link}

    async def answer_form(self, expid: str | None) -> None:
        """Show what a command would do that a form asks for, or have it begin."""
        if self.fields().get("step") == "choose":
            await self.show_form(expid, self.fields())
            return
        self.check_session()
        fields = self.form()
        confirmed = fields.pop("step", "") == "confirm"
        if not confirmed:
            fields["command_id"] = secrets.token_hex(16)
        try:
            if confirmed:
                await self.have_begun(expid, fields)
            else:
                await self.show_preview(expid, fields)
        except (RefusedError, AutosubmitError) as error:
            await self.show_form(expid, fields, error)

    async def show_preview(self, expid: str | None, fields: Mapping[str, str]) -> None:
        """Answer with what a command would do."""
        plan = await COMMANDS[self.action].plan(self, Body(body_of(self.action, expid, fields)))
        preview = await preview_of(self, plan)
        self.show_now(
            "preview.html.j2",
            **await self.about(expid),
            preview=preview,
            profile=plan.ordered.profile,
            names=plan.names,
            lines_shown=LINES_SHOWN,
            names_shown=NAMES_SHOWN,
            fields=fields,
            xsrf=self.xsrf(),
        )

    async def have_begun(self, expid: str | None, fields: Mapping[str, str]) -> None:
        """Have a command begin, and go on to its page; one that was sent twice is there already."""
        body = Body(body_of(self.action, expid, fields))
        name = body.command_id() or secrets.token_hex(16)
        body.check()
        there = await self.service.machines.run(self.service.runners.command, name)
        if there is None or there.user != self.user.key:
            self.note(expid=expid)
            self.failure = COMMANDS[self.action].failure
            await self.begin(COMMANDS[self.action], body)
        self.redirect(self.urls.page(f"commands/{name}"), status=303)


class Actions(FormHandler):
    """``GET /experiments/{expid}/actions``: what can be done with an experiment, and what was."""

    operations: ClassVar = {"get": operation("The commands about an experiment")}
    action = "run-experiment"

    async def get(self, expid: str) -> None:
        about = await self.about(expid)
        runners = self.service.runners
        rows = await self.service.looks.run(lambda: commands_of(runners.database, expid))
        self.show_now(
            "actions.html.j2",
            **about,
            offered=await offered_actions(self, expid),
            commands=list(map(command_answer, rows[:COMMANDS_LISTED])),
        )


class ActionForm(FormHandler):
    """``GET`` and ``POST /experiments/{expid}/actions/{action}``: one command, from form to begin."""

    operations: ClassVar = {
        "get": operation(
            "A form for a command",
            Text(name="q", meaning="The jobs that it is about, as a query.", longest=2000),
            path=(EXPID, _ACTION),
        ),
        "post": Operation(
            summary="What a command would do, or its begin",
            path=(EXPID, _ACTION),
            media=("text/html",),
            refusals=_FORM_REFUSALS,
        ),
    }

    async def get(self, expid: str, action: str) -> None:
        asked = self.arguments()
        self.action = asked["action"]
        values = {}
        if asked["q"]:
            about = (job_names, expid, asked["q"])
            values["job_names"] = await self.service.share(about, expid, *about)
        await self.show_form(expid, values)

    async def post(self, expid: str, action: str) -> None:
        self.action = self.arguments()["action"]
        await self.answer_form(expid)


class NewExperiment(FormHandler):
    """``GET`` and ``POST /new-experiment``: creating an experiment, from form to begin."""

    action = CREATE
    operations: ClassVar = {
        "get": Operation(summary="A form for a new experiment", media=("text/html",)),
        "post": Operation(
            summary="What would be created, or its begin",
            media=("text/html",),
            refusals=_FORM_REFUSALS,
        ),
    }

    async def get(self) -> None:
        await self.show_form(None, {})

    async def post(self) -> None:
        await self.answer_form(None)


routes = [
    Route("/experiments/{expid}/actions", Actions),
    Route("/experiments/{expid}/actions/{action}", ActionForm),
    Route("/new-experiment", NewExperiment),
]
