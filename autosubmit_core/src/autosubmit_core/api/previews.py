"""What a command would do, told before it is run."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from autosubmit_core.api.commanding import CommandHandler, Plan
from autosubmit_core.runners.loaders import command_of
from autosubmit_core.runners.touching import Touched, touched_jobs

__all__ = ["Preview", "preview_of"]


@dataclass(frozen=True, slots=True)
class Preview:
    """A command as it would be run, and whether it would be."""

    plan: Plan
    #: The command lines that one would type, each with ``autosubmit`` first.
    lines: Sequence[str]
    #: The arguments of what is run instead; none for a stop, which is a signal to the process.
    arguments: Sequence[Sequence[str]]
    #: What it touches, where jobs are named.
    jobs: Touched | None
    #: Why the caller may not have it run now; empty if they may.
    reason: str


async def preview_of(desk: CommandHandler, plan: Plan) -> Preview:
    """Return what would become of a plan, of which nothing is done."""
    profile, expid, jobs = plan.ordered.profile, plan.ordered.expid, None
    if plan.names:
        about = (touched_jobs, expid, plan.names)
        jobs = await desk.service.share(about, expid, *about)
    stops = desk.action == "stop-experiment"
    return Preview(
        plan=plan,
        lines=[shlex.join(["autosubmit", *line]) for line in plan.lines],
        arguments=[]
        if stops
        else [command_of(profile.loader, profile.modules, line) for line in plan.lines],
        jobs=jobs,
        reason=await desk.refusal(plan.ordered),
    )
