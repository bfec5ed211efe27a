"""Who sends a request: somebody with a token, or a browser with a session of this site."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from autosubmit_core import SourceError
from autosubmit_core.access import (
    ANONYMOUS,
    Access,
    Identity,
    IdentityProvider,
    Known,
    NotIdentifiedError,
    User,
)
from autosubmit_core.server import RefusedError, Workers
from tornado.httputil import HTTPServerRequest

from autosubmit_site.sessions import Session, SessionStore
from autosubmit_site.settings import SiteSettings

__all__ = ["PURPOSE", "Sessions", "SiteCookie", "TokensOrSessions", "site_cookie"]

log = logging.getLogger(__name__)

Result = TypeVar("Result")

#: What the tokens of sessions are good for: they are none of the API's, and the reverse.
PURPOSE = "session"


@dataclass(frozen=True, slots=True)
class SiteCookie:
    """A cookie that says who somebody is, and where browsers send it."""

    name: str
    path: str
    #: Whether it is sent over https alone.
    secure: bool


def site_cookie(name: str, public_url: str, root_path: str) -> SiteCookie:
    """Return a cookie of a site that browsers find at an address.

    What the address says counts, not what a request says of itself. Over https it has the prefix
    ``__Host-``: no other host of the domain can set it then, so that nobody is logged in as somebody
    else (S-10). Browsers want such a cookie to be for the whole host; its name has the path, so that
    two sites of one host have two.

    >>> site_cookie("autosubmit", "https://example.org/as", "/as")
    SiteCookie(name='__Host-autosubmit.as', path='/', secure=True)
    >>> site_cookie("autosubmit", "http://localhost/as", "/as")
    SiteCookie(name='autosubmit', path='/as', secure=False)
    """
    if public_url.startswith("https://"):
        return SiteCookie(f"__Host-{name}{root_path.replace('/', '.')}", "/", True)
    return SiteCookie(name, root_path or "/", False)


class Sessions:
    """The sessions of a site; to be used from the loop."""

    def __init__(self, access: Access, settings: SiteSettings) -> None:
        self._tokens = access.tokens
        self._seconds = settings.session_seconds
        # Where the installation is on a server every copy of the site reaches it; else a file is ours.
        file = settings.state.expanduser() / "sessions.db"
        place = file if isinstance(access.database, Path) else access.database
        self._store = SessionStore(place, settings.session_idle_seconds)
        self._threads = Workers(settings.computations, settings.waiting)
        at = (settings.public_url, settings.root_path)
        #: What holds a session, and what ties a browser to the login that it has begun.
        self.cookie = site_cookie("autosubmit", *at)
        self.attempt = site_cookie("autosubmit-login", *at)

    async def begin(self, user: User, browser: str) -> str:
        """Begin a session of somebody who has logged in; return what their browser is to hold."""
        made = self._tokens.make(user, seconds=self._seconds, purpose=PURPOSE)
        await self._run(
            self._store.begin,
            Session(made.token_id, user.key, browser, made.issued, made.issued, made.expires),
        )
        return made.text

    async def identify(self, held: str, *, use: bool) -> Identity:
        """Return whose session a browser holds, :data:`ANONYMOUS` if it is none or has ended.

        Unless this is no ``use`` of it, it lives on from now.
        """
        try:
            identity = await self._tokens.known(held, purpose=PURPOSE)
        except NotIdentifiedError:
            return ANONYMOUS
        ask = self._store.use if use else self._store.lives
        lives = await self._run(ask, identity.token_id, int(time.time()))
        return replace(identity, known=Known.SESSION) if lives else ANONYMOUS

    async def check(self) -> None:
        """Tell, by raising :class:`RefusedError`, that nobody can log in: their session could not be noted."""
        await self._run(self._store.check)

    async def of_user(self, user: User) -> list[Session]:
        """Return the sessions of somebody, the one used last first."""
        return await self._run(self._store.of_user, user.key, int(time.time()))

    async def end(self, user: User, session_id: str) -> None:
        """End a session of somebody, at once and everywhere."""
        await self._run(self._store.end, user.key, session_id)

    async def end_others(self, user: User, session_id: str) -> None:
        """End all sessions of somebody but one."""
        await self._run(self._store.end_others, user.key, session_id)

    async def looked(self, user: User) -> tuple[int, int] | None:
        """Return when somebody looked before their last visit, and in it; None if they never did."""
        return await self._run(self._store.looked, user.key)

    async def note_look(self, user: User, held: tuple[int, int]) -> None:
        """Remember when somebody looked before their visit, and in it."""
        await self._run(self._store.note_look, user.key, held)

    async def _run(self, function: Callable[..., Result], *arguments: object) -> Result:
        try:
            return await self._threads.run(function, *arguments)
        except (SourceError, OSError) as error:
            log.warning("sessions cannot be used: %s", error)
            raise RefusedError(
                503, "Sessions cannot be read or noted now.", "sessions_unavailable"
            ) from error


@dataclass(frozen=True, slots=True)
class TokensOrSessions:
    """Who sends a request: what its token says, and without any, whose session it holds."""

    tokens: IdentityProvider
    sessions: Sessions

    async def identify(self, request: HTTPServerRequest, *, use: bool = True) -> Identity:
        """Return who sends a request; raises :class:`NotIdentifiedError` for a token that is no good."""
        held = request.cookies.get(self.sessions.cookie.name)
        if "Authorization" in request.headers or held is None:
            return await self.tokens.identify(request, use=use)
        return await self.sessions.identify(held.value, use=use)
