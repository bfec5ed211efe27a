"""The logins of clients that know Autosubmit API: who comes with a ticket or code gets a token."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, ClassVar, TypeVar

from autosubmit_core.api.access.identity import User
from autosubmit_core.api.access.logins import LoginHandler
from autosubmit_core.api.access.permission import Needs
from autosubmit_core.api.access.users import LoginRefusedError
from autosubmit_core.api.encoding import json_bytes
from autosubmit_core.api.handlers import ApiHandler, Operation
from autosubmit_core.api.parameters import Parameter, Text
from autosubmit_core.api.refusals import Refusal
from autosubmit_core.api.schemas import constant, record, text

__all__ = ["PublishedLogin", "configured", "login_operation"]

Provider = TypeVar("Provider")

_BARE_CODES = "This server takes no login of this form from that page (see --published-logins)."


def login_operation(summary: str, **arguments: str) -> Operation:
    """Describe a login and the arguments with which the browser comes back."""
    return Operation(
        summary=summary,
        query=tuple(_argument(name, meaning) for name, meaning in arguments.items()),
        answer=record(
            {
                "authenticated": constant(True),
                "user": text("ahill"),
                "token": text("Bearer eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.e30.c2ln"),
                "message": constant("Token generated"),
            }
        ),
        refusals={
            307: "The browser is to log in first, there.",
            401: "Nobody is logged in; the message says why.",
            429: "Too many logins from there failed.",
            503: "The login provider does not answer.",
        },
    )


def _argument(name: str, meaning: str) -> Parameter:
    return Text(name=name, meaning=meaning, longest=None)


class PublishedLogin(LoginHandler, ApiHandler):
    """The base of the published logins."""

    needs = Needs.NOTHING
    error_schema = "LoginError"
    #: Whose login it is, and what is said of success.
    provider: ClassVar[str]
    message: ClassVar[str] = "Token generated"

    async def get(self) -> None:
        await self.give_token(lambda: self.user_of(self.arguments()))

    async def user_of(self, arguments: dict[str, str | None]) -> User:
        """Return who comes with what the provider gave them; raises :class:`RefusedError` if nobody."""
        raise NotImplementedError

    async def give_token(self, verify: Callable[[], Awaitable[User]]) -> None:
        """Answer with a token of whoever is verified."""
        user = await self.log_in(self.provider, verify)
        made = self.service.access.tokens.make(user)
        self.write(
            json_bytes(
                {
                    "authenticated": True,
                    "user": user.name,
                    "token": f"Bearer {made.text}",
                    "message": self.message,
                }
            )
        )

    def send_to(self, address: str) -> None:
        """Send the browser to where its user logs in."""
        self.redirect(address, status=307)

    def check_page(self, redirect_uri: str | None) -> None:
        """Refuse the page of a client that brings a bare code, unless the server knows it (S-10)."""
        pages = self.service.settings.published_logins
        if not pages or (redirect_uri is not None and redirect_uri not in pages):
            raise LoginRefusedError(_BARE_CODES)

    def set_default_headers(self) -> None:
        super().set_default_headers()
        self.set_header("Cache-Control", "no-store")

    def refusal_body(self, refusal: Refusal) -> dict[str, Any]:
        nobody = {"authenticated": False, "user": None, "token": None}
        return {**nobody, "message": refusal.message}


def configured(provider: Provider | None) -> Provider:
    """Return a provider if the server has it; raises :class:`LoginRefusedError` if not."""
    if provider is None:
        raise LoginRefusedError("This server has no login of that kind.")
    return provider
