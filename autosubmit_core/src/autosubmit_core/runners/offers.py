"""What a caller is offered: which commands they may have run, in which profiles, and else why not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from autosubmit_core.errors import CommandForbiddenError, SourceError, StoreError
from autosubmit_core.runners.commands import Runners
from autosubmit_core.runners.permissions import Caller, read_allow
from autosubmit_core.runners.profiles import open_choices, shown
from autosubmit_core.store import commands as store

__all__ = ["ACTIONS", "Offer", "Unavailable", "offers_of", "unavailable_actions"]

#: The commands by their published names, each with the switch that permits it.
ACTIONS: Mapping[str, str] = {
    "run-experiment": "RUNNER_RUN",
    "stop-experiment": "RUNNER_RUN",
    "create-job-list": "RUNNER_RUN",
    "set-job-status": "SET_JOB_STATUS",
    "update-experiment-description": "UPDATE_EXPERIMENT_DETAILS",
    "create-experiment": "CREATE_EXPERIMENT",
}


@dataclass(frozen=True, slots=True)
class Unavailable:
    """Why somebody may not have a command run."""

    #: A stable word: ``not_configured``, ``switched_off``, ``login_needed``, ``no_profile``,
    #: ``forbidden``, ``unreadable``, ``running`` or ``not_running``.
    code: str
    #: The same for people.
    sentence: str


@dataclass(frozen=True, slots=True)
class Offer:
    """A profile that a caller may use at all."""

    name: str
    #: What clients may see of it: ``RUNNER_TYPE``, ``MODULE_LOADER_TYPE``, ``MODULES``, ``SSH``.
    shown: Mapping[str, Any]
    #: What it leaves to the caller, by names such as ``SSH.USERNAME``, and what each may be.
    choices: Mapping[str, tuple[str, ...]]
    #: Why the caller may not use it for the experiment; empty if they may.
    reason: str


def offers_of(runners: Runners, caller: Caller, expid: str | None) -> tuple[Offer, ...]:
    """Return the profiles that a caller may use, for an experiment or for one that is to be created."""
    return tuple(
        Offer(
            name,
            shown(written),
            open_choices(written, caller),
            _refusal(runners, caller, expid, written),
        )
        for name, written in runners.profiles_of(caller).items()
    )


def unavailable_actions(
    runners: Runners, caller: Caller, may_act: bool, expid: str | None
) -> dict[str, Unavailable | None]:
    """Return of every command why a caller may not have it run now, None if they may.

    ``may_act`` tells whether they may have anything done at all. Without an experiment it is about
    creating one. Machines are not asked: a run counts as going on until it is known to be over.
    """
    about = [name for name in ACTIONS if (name == "create-experiment") == (expid is None)]
    told = runners.configuration
    if not told.profiles:
        sentence = "No commands can be run from here: this server has no profiles for them."
        return dict.fromkeys(about, Unavailable("not_configured", sentence))
    if not may_act:
        return dict.fromkeys(about, Unavailable("login_needed", "Commands need a login."))
    try:
        denied = _denied(offers_of(runners, caller, expid))
        runs = expid is not None and bool(store.live_runs(runners.database, expid))
    except (SourceError, StoreError):
        sentence = "What was started from here cannot be read now."
        return dict.fromkeys(about, Unavailable("unreadable", sentence))
    found = {}
    for action in about:
        reason = denied
        if not told.enabled(ACTIONS[action]):
            sentence = "Those who run this server have switched this off."
            reason = Unavailable("switched_off", sentence)
        found[action] = reason or _untimely(action, runs)
    return found


def _denied(offers: tuple[Offer, ...]) -> Unavailable | None:
    if not offers:
        return Unavailable("no_profile", "No profile of this server is for you.")
    if all(offer.reason for offer in offers):
        return Unavailable("forbidden", offers[0].reason)
    return None


def _untimely(action: str, runs: bool) -> Unavailable | None:
    if action == "run-experiment" and runs:
        return Unavailable("running", "The experiment runs already.")
    if action == "stop-experiment" and not runs:
        return Unavailable("not_running", "No run of it that was started from here goes on.")
    return None


def _refusal(
    runners: Runners, caller: Caller, expid: str | None, written: Mapping[str, Any]
) -> str:
    try:
        runners.rule.check(caller, "profile", expid, read_allow(written.get("ALLOW")))
    except CommandForbiddenError as error:
        return str(error)
    return ""
