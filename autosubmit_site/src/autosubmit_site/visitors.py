"""Visitors who are known by a cookie: what they hold, and what the forms of their pages may do."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any, ClassVar, cast
from urllib.parse import parse_qsl

from autosubmit_core.access import Known, Needs, User
from autosubmit_core.server import RefusedError

from autosubmit_site.handlers import PageHandler
from autosubmit_site.identities import Sessions, SiteCookie, TokensOrSessions
from autosubmit_site.settings import SiteSettings

__all__ = ["VisitorHandler"]

_FORM = "application/x-www-form-urlencoded"


class VisitorHandler(PageHandler):
    """The base of pages that begin and end sessions, and of those with forms that change something."""

    #: The most fields that a form of its has.
    most_fields: ClassVar[int] = 20

    async def check_caller(self) -> None:
        """Find out who calls; what is about them is for browsers that have logged in (S-05).

        Whoever got hold of a token would otherwise make others with it that outlive it.
        """
        await super().check_caller()
        if self.needs is Needs.SELF and self.identity.known is not Known.SESSION:
            self.record("request", "session_needed")
            raise RefusedError(
                403,
                "This page needs a login in a browser: a token is not enough.",
                "session_needed",
            )

    @property
    def sessions(self) -> Sessions:
        """The sessions of this site."""
        return cast(TokensOrSessions, self.service.access.identities).sessions

    @property
    def user(self) -> User:
        """Who asks; for handlers that need somebody."""
        return cast(User, self.identity.user)

    def hold(self, cookie: SiteCookie, value: str, *, seconds: int) -> None:
        """Let the browser hold something that no script reads and no other site sends; "" is nothing."""
        kept: dict[str, Any] = {"path": cookie.path, "secure": cookie.secure}
        kept |= {"httponly": True, "samesite": "Lax"}
        if value:
            self.set_cookie(cookie.name, value, max_age=seconds, **kept)
        else:
            self.clear_cookie(cookie.name, **kept)

    def hold_session(self, held: str) -> None:
        """Let the browser hold a session; "" ends that."""
        settings = cast(SiteSettings, self.service.settings)
        self.hold(self.sessions.cookie, held, seconds=settings.session_seconds)

    def address_of(self, path: str) -> str:
        """Return the whole address of a path of this site, as its settings have it."""
        settings = self.service.settings
        return settings.public_url.removesuffix(settings.root_path) + path

    def xsrf(self) -> str:
        """Return the word that the forms of this session hold; empty without a session.

        It is made of the cookie. Another site's page can make a browser send the cookie, but cannot
        read it, and so cannot know the word (S-32).
        """
        if self.identity.known is not Known.SESSION:
            # Whoever sends the cookie has made it up, and knows the word.
            return ""
        held = self.get_cookie(self.sessions.cookie.name, "")
        return hmac.digest(held.encode(), b"form", hashlib.sha256).hex() if held else ""

    def fields(self) -> dict[str, str]:
        """Return the fields of the form that was sent, whoever had it sent: for what changes nothing."""
        try:
            text = self.body(_FORM).decode()
            return dict(parse_qsl(text, keep_blank_values=True, max_num_fields=self.most_fields))
        except ValueError:
            raise RefusedError(400, "The form cannot be read.", "malformed_form") from None

    def form(self) -> dict[str, str]:
        """Return the fields of the form that was sent; raises :class:`RefusedError` for a forged one."""
        fields = self.fields()
        word, sent = self.xsrf(), fields.pop("xsrf", "")
        if not word or not hmac.compare_digest(word.encode(), sent.encode()):
            self.record("form", "foreign_form")
            raise RefusedError(
                403, "This form is of another session. Please open its page again.", "foreign_form"
            )
        return fields
