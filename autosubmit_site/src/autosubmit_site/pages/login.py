"""The way in and out: the login providers, the way to one and back, and logging out."""

from __future__ import annotations

import logging
from typing import ClassVar

import tornado.web
from autosubmit_core.access import (
    LOGIN_SECONDS,
    Known,
    LoginFlow,
    LoginHandler,
    Needs,
    ProviderError,
    User,
    local_path,
)
from autosubmit_core.server import Operation, Refusal, Route, Text

from autosubmit_site.browsers import browser_of
from autosubmit_site.visitors import VisitorHandler

__all__ = ["routes"]

log = logging.getLogger(__name__)

#: For how long a login that was begun is held, in seconds: who comes back too late is still shown what
#: they wanted.
_ATTEMPT_SECONDS = 6 * LOGIN_SECONDS

#: The refusals after which one may log in again, as the page where one does tells.
_TOLD = ("login_refused", "provider_unavailable", "sessions_unavailable", "too_many_requests")

#: The most characters of a path that is gone back to: a cookie holds it, of which browsers keep 4096.
_LONGEST_THEN = 2000

_THEN = Text(
    name="then", meaning="The page to go to afterwards, a path of this site.", longest=None
)
_PROVIDER = Text(name="provider", meaning="The login provider.", example="cas")


class ThenHandler(VisitorHandler):
    """The base of what leads to a page in the end."""

    needs: ClassVar = Needs.NOTHING

    def then(self) -> str:
        """Return the path of the page that was wanted; the first page if that is none of this site."""
        first = self.urls.index()
        wanted = local_path(self.arguments()["then"] or "", first)
        return wanted if len(wanted) <= _LONGEST_THEN else first

    def show_refusal(self, refusal: Refusal) -> None:
        if refusal.code in _TOLD:
            self.show_login(self.then(), refusal)
        else:
            super().show_refusal(refusal)


class LoginPage(ThenHandler):
    """``GET /login``: the login providers to choose from."""

    operations: ClassVar = {
        "get": Operation(
            summary="Log in",
            query=(_THEN,),
            media=("text/html",),
            refusals={503: "Nobody can log in now: sessions cannot be noted."},
        )
    }

    async def get(self) -> None:
        then = self.then()
        if self.identity.user is not None:
            self.redirect(then, status=303)
            return
        await self.sessions.check()
        self.show_login(then)


class ProviderHandler(LoginHandler, ThenHandler):
    """What the way to a login provider and the way back have alike."""

    @property
    def flow(self) -> LoginFlow:
        return self.service.access.flow

    def back_from(self, provider: str) -> str:
        """Return the path that browsers come back to; raises :class:`tornado.web.HTTPError`."""
        if provider not in self.flow.providers:
            raise tornado.web.HTTPError(404)
        return self.urls.page(f"login/{provider}/back")


class LoginBegin(ProviderHandler):
    """``GET /login/{provider}``: sends the browser to a login provider."""

    operations: ClassVar = {
        "get": Operation(
            summary="Log in with a provider",
            path=(_PROVIDER,),
            query=(_THEN,),
            media=("text/html",),
            refusals={
                404: "There is no such provider.",
                429: "Too many logins were begun from there.",
                503: "The provider does not answer.",
            },
        )
    }

    async def get(self, provider: str) -> None:
        back = self.address_of(self.back_from(provider))
        self.count_beginning()
        try:
            begun = await self.flow.begin(provider, back, self.then())
        except ProviderError as error:
            log.warning("login provider %s: %s", provider, error.reason)
            raise
        self.hold(self.sessions.attempt, begun.cookie, seconds=_ATTEMPT_SECONDS)
        self.set_header("Cache-Control", "no-store")
        self.redirect(begun.url, status=303)


class LoginBack(ProviderHandler):
    """``GET /login/{provider}/back``: where a login provider sends the browser back to."""

    operations: ClassVar = {
        "get": Operation(
            summary="Come back from a login provider",
            path=(_PROVIDER,),
            media=("text/html",),
            refusals={401: "The login did not succeed.", 503: "The provider does not answer."},
        )
    }

    def then(self) -> str:
        """Return the path that was wanted when this browser began the login, if it did."""
        return self.flow.then(self.get_cookie(self.sessions.attempt.name, "")) or self.urls.index()

    async def get(self, provider: str) -> None:
        told = {name: self.get_query_argument(name) for name in self.request.query_arguments}
        self.back_from(provider)  # a 404 for none
        held = self.get_cookie(self.sessions.attempt.name, "")
        self.hold(self.sessions.attempt, "", seconds=0)

        async def verify() -> User:
            user, _ = await self.flow.finish(provider, held, told)
            return user

        await self._enter(await self.log_in(provider, verify))
        self.set_header("Cache-Control", "no-store")
        self.redirect(self.then(), status=303)

    async def _enter(self, user: User) -> None:
        """Begin a session; the one that this browser had, whosever it was, ends."""
        if self.identity.known is Known.SESSION:
            await self.sessions.end(self.user, self.identity.token_id)
        browser = browser_of(self.request.headers.get("User-Agent", ""))
        self.hold_session(await self.sessions.begin(user, browser))


class Logout(VisitorHandler):
    """``POST /logout``: ends the session of this browser."""

    needs: ClassVar = Needs.SELF
    operations: ClassVar = {"post": Operation(summary="Log out", media=("text/html",))}

    async def post(self) -> None:
        self.form()
        await self.sessions.end(self.user, self.identity.token_id)
        self.hold_session("")
        self.record("logout", "done")
        self.redirect(self.urls.page("login"), status=303)


routes = [
    Route("/login", LoginPage),
    Route("/login/{provider}", LoginBegin),
    Route("/login/{provider}/back", LoginBack),
    Route("/logout", Logout),
]
