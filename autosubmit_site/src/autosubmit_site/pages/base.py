"""What the pages of one experiment have alike."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from autosubmit_core import SourceError, Status
from autosubmit_core.server import EXPID, Operation, Parameter

from autosubmit_site.handlers import PageHandler

__all__ = ["EXPID", "ExperimentPage", "counted", "operation", "problem_of"]


def operation(summary: str, *query: Parameter, path: Sequence[Parameter] = (EXPID,)) -> Operation:
    """Return what a page of an experiment takes and answers."""
    return Operation(summary=summary, path=tuple(path), query=query, media=("text/html",))


class ExperimentPage(PageHandler):
    """The base of pages that are a template and a view, with nothing else to decide."""

    template: ClassVar[str]
    view: ClassVar[Callable[..., Any]]

    async def get(self, **path: str) -> None:
        await self.show(self.template, type(self).view, **self.arguments())


def counted(counters: dict[Status, int]) -> dict[Status, int]:
    """Return the statuses that there are any jobs in."""
    return {status: number for status, number in counters.items() if number}


def problem_of(error: SourceError) -> str:
    """Return why a source cannot be shown, as a sentence."""
    reason = error.reason.rstrip(".")
    return f"{reason[:1].upper()}{reason[1:]}."
