"""``/v4/auth``: to get a token, to ask whether it is good, and to let it be so no more."""

from __future__ import annotations

from typing import Any, ClassVar

from autosubmit_core.api.access.clients import allowed_client
from autosubmit_core.api.access.identity import Known, User
from autosubmit_core.api.access.permission import Needs
from autosubmit_core.api.access.users import LoginRefusedError, code_of, ticket_of
from autosubmit_core.api.encoding import json_bytes
from autosubmit_core.api.handlers import ApiHandler, Operation, Route
from autosubmit_core.api.parameters import Boolean
from autosubmit_core.api.published_logins import PublishedLogin, configured, login_operation
from autosubmit_core.api.refusals import Refusal, RefusedError
from autosubmit_core.api.schemas import constant, record, text

__all__ = ["routes"]


class VerifyToken(ApiHandler):
    """``GET /v4/auth/verify-token``: whether a token is good.

    Clients take any 2xx for a login, so that no token is a refusal also where none is needed.
    """

    operations: ClassVar = {
        "get": Operation(
            summary="Whether a token is good",
            answer=record({"authenticated": constant(True), "user": text("ahill")}),
            refusals={401: "There is no token, or it is not good."},
        )
    }
    needs = Needs.NOTHING
    error_schema = "TokenError"

    async def get(self) -> None:
        if self.identity.user is None:
            raise RefusedError(401, "Unauthorized", "unauthorized")
        self.set_header("Cache-Control", "no-store")
        self.write(json_bytes({"authenticated": True, "user": self.identity.user.name}))

    def refusal_body(self, refusal: Refusal) -> dict[str, Any]:
        self.set_header("Cache-Control", "no-store")
        return {"authenticated": False, "user": None}


class Logout(ApiHandler):
    """``POST /v4/auth/logout``: the token that was sent is good no more, on no server."""

    operations: ClassVar = {
        "post": Operation(
            summary="End a token",
            query=(
                Boolean(
                    name="everywhere",
                    default=False,
                    meaning="End all that was ever issued to this user.",
                ),
            ),
            answer=record({"authenticated": constant(False)}),
            refusals={
                403: "This is the secret token, which only whoever runs the server can end.",
                422: "A parameter is wrong.",
                503: "It cannot be written down that the token has ended.",
            },
        )
    }
    needs = Needs.SELF

    async def post(self) -> None:
        everywhere = self.arguments()["everywhere"]
        tokens, caller = self.service.access.tokens, self.identity
        if caller.known is Known.SECRET_TOKEN:
            # All who share it would be logged out by one of them.
            self.record("logout", "secret_token")
            raise RefusedError(
                403,
                "The secret token cannot be ended here: whoever runs the server has to replace it.",
                "secret_token",
            )
        if everywhere and caller.user:
            await tokens.revoke_all(caller.user)
        await tokens.revoke(caller.token_id, caller.expires)
        self.record("logout", "everywhere" if everywhere else "done")
        self.set_header("Cache-Control", "no-store")
        self.write(json_bytes({"authenticated": False}))


class CasLogin(PublishedLogin):
    """``GET /v4/auth/cas/v2/login``: a token for a ticket of the CAS server, or the way there."""

    operations: ClassVar = {
        "get": login_operation(
            "Log in with CAS",
            service="The page that the ticket was given for; by default this server itself.",
            ticket="The ticket that the CAS server sent the browser back with.",
        )
    }
    provider = "cas"

    async def get(self) -> None:
        arguments = self.arguments()
        if not arguments["ticket"]:
            cas = configured(self.service.access.cas)
            self.send_to(cas.login_address(self._service(arguments["service"])))
            return
        await self.give_token(lambda: self.user_of(arguments))

    async def user_of(self, arguments: dict[str, str | None]) -> User:
        cas, ticket = configured(self.service.access.cas), ticket_of(arguments)
        return await cas.verify(self._service(arguments["service"]), ticket)

    def _service(self, asked: str | None) -> str:
        """Return the page that a ticket is for: one of an allowed client, or this server."""
        public = self.service.settings.public_url
        own = f"{public}/" if public else None
        service = asked or own
        if service and (service == own or allowed_client(service, self.service.access.clients)):
            return service
        raise LoginRefusedError(
            "Your service is not authorized for this operation. "
            "The API admin needs to add your URL to the list of allowed clients."
        )


class GithubLogin(PublishedLogin):
    """``GET /v4/auth/oauth2/github/login``: a token for a code of GitHub."""

    operations: ClassVar = {
        "get": login_operation(
            "Log in with GitHub",
            code="The code that GitHub sent the browser back with.",
            redirect_uri="The page that it was sent back to.",
        )
    }
    provider = "github"

    async def user_of(self, arguments: dict[str, str | None]) -> User:
        code = code_of(arguments, "Can't verify user")
        github, page = configured(self.service.access.github), arguments["redirect_uri"]
        # The published client does not tell its page here; GitHub sends it to the registered one.
        self.check_page(page)
        return await github.verify(code, page or "")


class OpenIdLogin(PublishedLogin):
    """``GET /v4/auth/oidc/login``: a token for a code of the OpenID Connect provider."""

    operations: ClassVar = {
        "get": login_operation(
            "Log in with OpenID Connect",
            code="The code that the provider sent the browser back with.",
            redirect_uri="The page that it was sent back to.",
        )
    }
    provider = "oidc"

    async def user_of(self, arguments: dict[str, str | None]) -> User:
        code = code_of(arguments, "Can't verify user, missing code")
        openid, page = configured(self.service.access.openid), arguments["redirect_uri"] or ""
        self.check_page(page)
        return await openid.verify(code, page)


routes = [
    Route("/v4/auth/verify-token", VerifyToken),
    Route("/v4/auth/logout", Logout),
    Route("/v4/auth/cas/v2/login", CasLogin),
    Route("/v4/auth/oauth2/github/login", GithubLogin),
    Route("/v4/auth/oidc/login", OpenIdLogin),
]
