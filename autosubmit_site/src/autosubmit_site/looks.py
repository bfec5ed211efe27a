"""When visitors looked before: of somebody who is logged in, or else in one browser."""

from __future__ import annotations

import re
import time
from typing import NamedTuple

from autosubmit_core.access import Known

from autosubmit_site.visitors import VisitorHandler

__all__ = ["FIRST_SECONDS", "VISIT_SECONDS", "Look", "LookHandler", "look_again"]

#: A visit goes on for as long as its looks are no farther apart, in seconds: what it showed first stays.
VISIT_SECONDS = 3_600

#: What the first look shows, in seconds.
FIRST_SECONDS = 86_400

_COOKIE, _DAYS = "looked", 365
_HELD = re.compile(r"(\d{1,12})-(\d{1,12})", re.ASCII)


class Look(NamedTuple):
    """A look of somebody, in seconds since 1970 UTC."""

    #: When their visit before this one ended.
    before: int
    #: When they look now.
    now: int
    #: Whether they never looked before this visit.
    first: bool = False


def look_again(held: tuple[int, int] | None, now: int) -> Look:
    """Return the look of somebody whose last one was ``held``: what was before it, and when it was.

    >>> look_again((1_000, 5_000), 6_000), look_again((1_000, 5_000), 9_000)
    (Look(before=1000, now=6000, first=False), Look(before=5000, now=9000, first=False))
    >>> look_again(None, 100_000), look_again((0, 100_000), 100_900)
    (Look(before=13600, now=100000, first=True), Look(before=14500, now=100900, first=True))
    """
    before, last = held or (0, now)
    if now - last > VISIT_SECONDS:
        before = last
    return Look(before, now) if before else Look(now - FIRST_SECONDS, now, first=True)


class LookHandler(VisitorHandler):
    """The base of pages that tell what is new to who looks at them."""

    async def look(self) -> Look:
        """Return this look of the visitor, which counts from now on.

        Raises :class:`~autosubmit_core.server.RefusedError` if theirs cannot be remembered.
        """
        now = int(time.time())
        if self.identity.known is Known.SESSION:
            look = look_again(await self.sessions.looked(self.user), now)
            await self.sessions.note_look(self.user, _held(look))
        else:
            found = _HELD.fullmatch(self.get_cookie(_COOKIE, "") or "")
            look = look_again((int(found[1]), int(found[2])) if found else None, now)
            self.set_cookie(
                _COOKIE,
                "{}-{}".format(*_held(look)),
                expires_days=_DAYS,
                path=self.service.settings.root_path or "/",
                samesite="Lax",
                httponly=True,
            )
        return look


def _held(look: Look) -> tuple[int, int]:
    """Return what is remembered of a look; nothing was before the first visit."""
    return (0 if look.first else look.before, look.now)
