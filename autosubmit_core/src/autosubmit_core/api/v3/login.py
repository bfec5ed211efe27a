"""``/v3/login``: the login of clients of the first generation."""

from __future__ import annotations

import re
from typing import Any, ClassVar

from autosubmit_core.api.access.clients import allowed_client, read_address
from autosubmit_core.api.access.identity import User
from autosubmit_core.api.access.users import LoginRefusedError, ticket_of
from autosubmit_core.api.handlers import Route
from autosubmit_core.api.published_logins import PublishedLogin, configured, login_operation
from autosubmit_core.api.refusals import Refusal

__all__ = ["routes"]

_ENVIRONMENT = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)


class Login(PublishedLogin):
    """``GET /v3/login``: a token for a ticket of the CAS server, or the way there.

    The client is known by the page that it comes from, as its browser tells it.
    """

    operations: ClassVar = {
        "get": login_operation(
            "Log in with CAS",
            env="The part of the client's address between its beginning and /login.",
            ticket="The ticket that the CAS server sent the browser back with.",
        )
    }
    provider = "cas"
    message = "Token generated."

    async def get(self) -> None:
        arguments = self.arguments()
        if not arguments["ticket"]:
            service = self._service(arguments["env"])
            self.send_to(configured(self.service.access.cas).login_address(service))
            return
        await self.give_token(lambda: self.user_of(arguments))

    async def user_of(self, arguments: dict[str, str | None]) -> User:
        service, ticket = self._service(arguments["env"]), ticket_of(arguments)
        return await configured(self.service.access.cas).verify(service, ticket)

    def _service(self, environment: str | None) -> str:
        """Return the client's login page, which the ticket is for."""
        page = self.request.headers.get("Referer", "")
        client = allowed_client(page, self.service.access.clients)
        if client is None:
            raise LoginRefusedError(
                "Your client is not authorized for this operation. "
                "The API admin needs to add your URL to the list of allowed clients."
            )
        if environment and not _ENVIRONMENT.fullmatch(environment):
            raise LoginRefusedError("Can't verify user.")
        service = "/".join(filter(None, [client.text.rstrip("/"), environment, "login"]))
        address = read_address(service)
        # An environment such as .. leads out of the client.
        if address is None or not client.holds(address):
            raise LoginRefusedError("Can't verify user.")
        return service

    def refusal_body(self, refusal: Refusal) -> dict[str, Any]:
        message = refusal.message.rstrip(".") + "."
        return {**super().refusal_body(refusal), "message": message}


routes = [Route("/v3/login", Login)]
