"""What bodies say of commands, read into what Autosubmit is told."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from autosubmit_core.api.bodies import Body, wrong_field
from autosubmit_core.errors import CommandInvalidError
from autosubmit_core.runners import rules
from autosubmit_core.runners.command_lines import NewExperiment, StatusChange

__all__ = ["command_id_of", "new_experiment", "status_change"]

#: What may be said of a new experiment: texts with what holds for them, and switches.
_CHECKS: Mapping[str, Callable[[str, str], str]] = {
    "git_repo": rules.checked_repository,
    "git_branch": rules.checked_branch,
    "config_path": rules.checked_path,
    "hpc": rules.checked_platform,
    "copy": rules.checked_expid,
}
_SWITCHES = ("minimal", "use_local_minimal", "operational", "testcase")


def command_id_of(body: Body) -> str:
    """Return the name of a command: that which the client gave it, or a new one."""
    return body.command_id() or secrets.token_hex(16)


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
