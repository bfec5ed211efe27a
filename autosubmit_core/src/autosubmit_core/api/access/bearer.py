"""Callers that show a token in the ``Authorization`` header."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tornado.httputil import HTTPServerRequest

from autosubmit_core.api.access.identity import (
    ANONYMOUS,
    MACHINE,
    Identity,
    Known,
    NotIdentifiedError,
)
from autosubmit_core.api.access.secret import Secret
from autosubmit_core.api.access.tokens import Tokens

__all__ = ["BearerTokens", "bearer_token"]

_BEARER = re.compile(r"bearer\s+(\S+)\s*", re.IGNORECASE | re.ASCII)


def bearer_token(request: HTTPServerRequest) -> str | None:
    """Return the token that a request shows, None if it shows none."""
    found = _BEARER.fullmatch(request.headers.get("Authorization", ""))
    return found[1] if found else None


@dataclass(frozen=True, slots=True)
class BearerTokens:
    """Knows callers by their token, and by nothing else that they send."""

    tokens: Tokens
    #: The token that programs share, if there is one.
    secret_token: Secret | None = None

    async def identify(self, request: HTTPServerRequest, *, use: bool = True) -> Identity:
        """Return who sends a request; raises :class:`NotIdentifiedError` for a token that is no good."""
        if "Authorization" not in request.headers:
            return ANONYMOUS
        token = bearer_token(request)
        if token is None:
            raise NotIdentifiedError("Unauthorized")
        if self.secret_token and self.secret_token.equals(token):
            return Identity(MACHINE, Known.SECRET_TOKEN)
        return await self.tokens.known(token)
