"""Having commands of Autosubmit run: who may, and how a command begins that a page goes on to show."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import Any

from autosubmit_core import AutosubmitError
from autosubmit_core.access import Known, Needs
from autosubmit_core.commands import (
    Body,
    Command,
    CommandHandler,
    Offer,
    offers_of,
    unavailable_actions,
)
from autosubmit_core.server import RefusedError

from autosubmit_site.handlers import PageHandler
from autosubmit_site.visitors import VisitorHandler

__all__ = ["ActingHandler", "OfferedAction", "offered_actions"]

log = logging.getLogger(__name__)

#: What was begun here and goes on: nobody else holds on to it.
_UNDER_WAY: set[asyncio.Future[Any]] = set()


@dataclass(frozen=True, slots=True)
class OfferedAction:
    """A command as a visitor is offered it."""

    #: Its published name.
    action: str
    #: Why they may not have it run, as a word and a sentence; empty if they may.
    code: str = ""
    sentence: str = ""


def may_act(page: PageHandler) -> bool:
    """Tell whether a visitor may have anything run: the forms of pages need a session."""
    allowed = page.service.access.permission.allows(page.identity, Needs.ACT)
    return allowed and page.identity.known is Known.SESSION


async def offered_actions(page: PageHandler, expid: str | None) -> tuple[OfferedAction, ...]:
    """Return the commands that a visitor is offered about an experiment, or to create one."""
    runners, user, acts = page.service.runners, page.identity.user, may_act(page)

    def told() -> tuple[OfferedAction, ...]:
        caller = runners.caller(user.key if user else "")
        return tuple(
            OfferedAction(action, why.code, why.sentence) if why else OfferedAction(action)
            for action, why in unavailable_actions(runners, caller, acts, expid).items()
        )

    return await page.service.looks.run(told, about=expid)


class ActingHandler(VisitorHandler, CommandHandler):
    """The base of pages that have commands run."""

    needs = Needs.READ
    most_fields = 200

    def check_session(self) -> None:
        """Raise :class:`RefusedError` for who is no visitor with a session: they are asked to log in."""
        if self.identity.user is None:
            raise RefusedError(401, "Commands need a login.", "unauthorized")
        if not may_act(self):
            self.record("request", "session_needed")
            raise RefusedError(
                403,
                "This form needs a login in a browser: a token is not enough.",
                "session_needed",
            )

    async def offers(self, expid: str | None) -> tuple[Offer, ...]:
        """Return the profiles that the visitor may use."""
        runners = self.service.runners
        return await self.service.looks.run(
            lambda: offers_of(runners, self.caller, expid), about=expid
        )

    async def begin(self, command: Command, body: Body) -> None:
        """Have a command begin; it goes on when this has returned.

        Raises what stands against it, as long as it has not begun.
        """

        async def work() -> dict[str, Any]:
            return await command.do(self, await command.plan(self, body))

        doing = asyncio.ensure_future(self.recorded(work))
        _UNDER_WAY.add(doing)
        doing.add_done_callback(_ended)
        beginning = asyncio.ensure_future(self.begun.wait())
        await asyncio.wait({doing, beginning}, return_when=asyncio.FIRST_COMPLETED)
        beginning.cancel()
        if not self.begun.is_set():
            doing.result()


def _ended(doing: asyncio.Future[Any]) -> None:
    """Say what went wrong for another reason than those that a command is refused or fails for."""
    _UNDER_WAY.discard(doing)
    error = None if doing.cancelled() else doing.exception()
    if error and not isinstance(error, (AutosubmitError, RefusedError)):
        log.error("a command ended with a mistake of this program", exc_info=error)
