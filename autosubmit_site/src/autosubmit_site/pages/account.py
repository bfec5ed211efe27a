"""What belongs to one user: tokens for programs, the Linux account, where they are logged in."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar

from autosubmit_core.access import Needs, preference_of, remember_preference
from autosubmit_core.server import Operation, RefusedError, Route

from autosubmit_site.visitors import VisitorHandler

__all__ = ["routes"]

#: For how many days a token may be made, the usual first.
TOKEN_DAYS = (30, 7, 90, 365)

#: The most characters of the name of a token.
LONGEST_NAME = 64

_DAY = 86_400
#: What Linux lets be the name of an account.
_ACCOUNT = re.compile(r"[a-z_][a-z0-9_.-]{0,31}", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token that was just made, to be shown this once."""

    name: str
    text: str
    #: The address of an answer of the API that it can be tried with.
    example: str


class AccountHandler(VisitorHandler):
    """The base of what is about one user."""

    needs: ClassVar = Needs.SELF

    async def show_account(self, made: NewToken | None = None) -> None:
        """Answer with the page; nothing of it is kept anywhere."""
        access = self.service.access
        preferred = await self.service.light.run(preference_of, access.database, self.user.key)
        self.show_now(
            "account.html.j2",
            user=self.user,
            provider=self._title(),
            xsrf=self.xsrf(),
            made=made,
            tokens=await access.tokens.named_tokens(self.user),
            token_days=TOKEN_DAYS,
            longest_name=LONGEST_NAME,
            username=preferred.username if preferred else "",
            sessions=await self.sessions.of_user(self.user),
            this_session=self.identity.token_id,
        )

    def _title(self) -> str:
        """Return the name of where the user logged in; a token may be of before that was changed."""
        found = self.service.access.flow.providers.get(self.user.provider)
        return found.title if found else self.user.provider

    def back(self, part: str) -> None:
        """Go back to the page, where something is different now."""
        self.redirect(f"{self.urls.page('account')}#{part}", status=303)


class Account(AccountHandler):
    """``GET /account``: what belongs to the caller."""

    operations: ClassVar = {"get": Operation(summary="Your account", media=("text/html",))}

    async def get(self) -> None:
        await self.show_account()


class MakeToken(AccountHandler):
    """``POST /account/tokens``: makes a token and shows it, once."""

    operations: ClassVar = {"post": Operation(summary="Make a token", media=("text/html",))}

    async def post(self) -> None:
        fields = self.form()
        name, days = fields.get("name", "").strip(), fields.get("days", "")
        if not (0 < len(name) <= LONGEST_NAME and name.isprintable()):
            raise RefusedError(422, f"A name has 1 to {LONGEST_NAME} characters.", "name_invalid")
        if days not in map(str, TOKEN_DAYS):
            raise RefusedError(422, "This is no time that a token may be good for.", "days_invalid")
        tokens = self.service.access.tokens
        made = tokens.make(self.user, seconds=int(days) * _DAY)
        await tokens.name_token(self.user, name, made)
        self.record("token", "made", token_id=made.token_id)
        example = self.address_of(self.urls.api("/v4/experiments"))
        await self.show_account(NewToken(name, made.text, example))


class RevokeToken(AccountHandler):
    """``POST /account/tokens/revoke``: takes a token back."""

    operations: ClassVar = {"post": Operation(summary="Take a token back", media=("text/html",))}

    async def post(self) -> None:
        token_id, tokens = self.form().get("token_id", ""), self.service.access.tokens
        # Only one's own: the id of another's token is no secret.
        for token in await tokens.named_tokens(self.user):
            if token.token_id == token_id:
                await tokens.revoke(token.token_id, token.expires)
                self.record("token", "revoked", token_id=token_id)
        self.back("tokens")


class LinuxAccount(AccountHandler):
    """``POST /account/linux``: remembers as whom commands are to be run."""

    operations: ClassVar = {
        "post": Operation(summary="Remember a Linux account", media=("text/html",))
    }

    async def post(self) -> None:
        username = self.form().get("username", "").strip()
        if not _ACCOUNT.fullmatch(username):
            raise RefusedError(422, "This cannot be the name of an account.", "username_invalid")
        await self.service.light.run(
            remember_preference, self.service.access.database, self.user.key, username
        )
        self.back("linux")


class EndSessions(AccountHandler):
    """``POST /account/sessions/end``: ends a session, and without one all but this."""

    operations: ClassVar = {"post": Operation(summary="Log out elsewhere", media=("text/html",))}

    async def post(self) -> None:
        session_id = self.form().get("session_id")
        if session_id is None:
            await self.sessions.end_others(self.user, self.identity.token_id)
        else:
            await self.sessions.end(self.user, session_id)
        self.back("sessions")


routes = [
    Route("/account", Account),
    Route("/account/tokens", MakeToken),
    Route("/account/tokens/revoke", RevokeToken),
    Route("/account/linux", LinuxAccount),
    Route("/account/sessions/end", EndSessions),
]
